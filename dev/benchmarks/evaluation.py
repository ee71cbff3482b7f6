"""Persona, segments, completeness and qualification of many leads.

Against the bare UPDATE of the same rows, which nobody can do without: 50,000 leads may cost
at most three times as much. Both write the same columns of every row; ours also fills the
segments.
"""

LEADS, BATCH = 50_000, 1000


def run(env, report):
    _rules(env)
    leads = _leads(env)
    batches = [leads[start : start + BATCH] for start in range(0, LEADS, BATCH)]
    evaluate = env["crm.lead.evaluator"]._evaluate
    other = env["crm.persona"].create({"name": "Somebody else"})

    def bare():
        for batch in batches:
            env.cr.execute(
                "UPDATE crm_lead SET persona_id = %s, persona_match = 50,"
                " info_completeness = 50, qualification_state = 'failed' WHERE id = ANY(%s)",
                [other.id, batch.ids],
            )
        env.invalidate_all()

    def ours():
        for batch in batches:
            evaluate(batch, None)

    # Each writes other values than the one before, to every row.
    report.compare(
        f"evaluate {LEADS} leads",
        {"core": bare, "ours": ours},
        per=LEADS,
        repeat=1,
        limit=3.0,
    )
    report.time(f"evaluate {LEADS} leads again, nothing new", ours, per=LEADS, repeat=1)


def _rules(env):
    """Three personas of three criteria, three segments; items and qualifiers as shipped."""
    for number in range(3):
        env["crm.persona"].create(
            {
                "name": f"Persona {number}",
                "criterion_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "size",
                            "domain": f"[('company_size', '>', {number})]",
                        },
                    ),
                    (0, 0, {"name": "phone", "domain": "[('phone', '!=', False)]"}),
                    (
                        0,
                        0,
                        {
                            "name": "Gulf",
                            "domain": "[('country_id.code', 'in', ['SA'])]",
                        },
                    ),
                ],
            }
        )
        env["crm.segment"].create(
            {
                "name": f"Segment {number}",
                "domain": f"[('company_size', '>', {number})]",
            }
        )


def _leads(env):
    """Create the leads by copying one in the database: only the evaluation is measured."""
    lead = (
        env["crm.lead"]
        .with_context(crm_lead_management_skip=True)
        .create({"name": "Lead", "type": "lead", "phone": "+966501234567"})
    )
    env.flush_all()
    env.cr.execute(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_name = 'crm_lead' AND column_name NOT IN ('id', 'company_size')"
    )
    (columns,) = env.cr.fetchone()
    env.cr.execute(
        f"INSERT INTO crm_lead (company_size, {columns})"
        f" SELECT number %% 9, {columns} FROM crm_lead, generate_series(1, %s) AS number"
        " WHERE id = %s RETURNING id",
        [LEADS, lead.id],
    )
    leads = env["crm.lead"].browse(row[0] for row in env.cr.fetchall())
    env.cr.execute("ANALYZE crm_lead")
    return leads
