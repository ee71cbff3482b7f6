"""Scoring all open leads with 20 rules, against the bare UPDATE of the same rows.

Both go over the leads in batches of 5,000. A second run finds nothing to write.
"""

import resource

from odoo.tools import SQL

RULES = [
    ("phone", "!=", False),
    ("email_from", "!=", False),
    ("email_domain_criterion", "=like", "@%"),
    ("partner_name", "!=", False),
    ("function", "ilike", "director"),
    ("function", "ilike", "manager"),
    ("function", "ilike", "student"),
    ("city", "=", "Town 3"),
    ("city", "in", ["Town 1", "Town 2"]),
    ("country_id", "=", False),
    ("company_size", ">", 10),
    ("company_size", ">", 100),
    ("company_size", "=", 0),
    ("expected_revenue", ">", 500),
    ("request_note", "!=", False),
    ("website", "=", False),
    ("type", "=", "opportunity"),
    ("team_id.name", "ilike", "sales"),
    ("tag_ids", "!=", False),
    ("touchpoint_ids.kind", "=", "call"),
]
BATCH = 5000


def run(env, report):
    done = 0
    scorecard = env["crm.scorecard"].create(
        {
            "name": "Benchmark",
            "state": "live",
            "rule_ids": [
                (
                    0,
                    0,
                    {
                        "name": str(condition),
                        "points": place + 1,
                        "domain": repr([condition]),
                    },
                )
                for place, condition in enumerate(RULES)
            ],
        }
    )
    for size, repeat in ((10_000, 3), (50_000, 2), (200_000, 1)):
        _fill(env, done, size)
        done = size
        _measure(env, report, scorecard, size, repeat)


def _fill(env, done, size):
    """Add open leads up to ``size``, and one touchpoint for every third of them."""
    env.cr.execute(
        """
        WITH leads AS (
            INSERT INTO crm_lead (name, type, active, won_status, phone, email_from,
                        email_domain_criterion, partner_name, function, city, company_size,
                        expected_revenue, request_note, create_date)
            SELECT 'Lead ' || i, CASE WHEN i %% 2 = 0 THEN 'lead' ELSE 'opportunity' END, TRUE,
                   'pending', CASE WHEN i %% 3 = 0 THEN '+3222903490' END,
                   'lead' || i || '@company' || i %% 97 || '.example.com',
                   '@company' || i %% 97 || '.example.com',
                   CASE WHEN i %% 4 = 0 THEN 'Company ' || i END,
                   (ARRAY['Director', 'Manager', 'Student', NULL])[1 + i %% 4],
                   'Town ' || i %% 50, i %% 300, i %% 1000, CASE WHEN i %% 5 = 0 THEN 'Chairs' END,
                   now() at time zone 'UTC'
              FROM generate_series(%s::int + 1, %s::int) AS i
         RETURNING id
        )
        INSERT INTO crm_touchpoint (lead_id, kind, direction, occurred_on)
        SELECT id, 'call', 'out', now() at time zone 'UTC' FROM leads WHERE id %% 3 = 0
        """,
        (done, size),
    )
    env.cr.execute("ANALYZE crm_lead")
    env.cr.execute("ANALYZE crm_touchpoint")
    env.invalidate_all()


def _measure(env, report, scorecard, size, repeat):
    engine, leads = env["crm.score.engine"], env["crm.lead"]

    def bare():
        ids = leads.search([("won_status", "=", "pending")], order="id").ids
        for start in range(0, len(ids), BATCH):
            env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET lead_points = COALESCE(lead_points, 0) + 1,"
                    " lead_grade = 1 + id %% 5, lead_band = 'nurture', is_mql = id %% 2 = 0"
                    " WHERE id = ANY(%s)",
                    ids[start : start + BATCH],
                )
            )

    def score():
        return engine._score()

    title = f"{size:,} leads, {len(scorecard.rule_ids)} rules"
    report.compare(
        f"{title}: all change",
        {"bare UPDATE": bare, "score": score},
        per=size,
        repeat=repeat,
        limit=2.5,
    )
    score()
    env.flush_all()
    assert score() == 0, "a second run must change nothing"
    report.compare(
        f"{title}: nothing changes",
        {"bare UPDATE": bare, "score": score},
        per=size,
        repeat=repeat,
        limit=0.5,
    )
    env.cr.execute("UPDATE crm_lead SET lead_grade = NULL, lead_points = NULL")
    env.invalidate_all()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report.note(f"{size:,} leads: {peak} MB of memory at most")
