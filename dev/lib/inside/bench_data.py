"""Teams, rules and leads to measure with: what several benchmarks share."""

import resource

TERRITORIES = ("sa", "ae", "tr", "be")


def team(env, name, size, **capacity):
    """Create a team with so many salespeople, who are notified by mail.

    :param capacity: values of its members, ``assignment_max`` above all.
    """
    seller = env.ref("sales_team.group_sale_salesman")
    made = env["crm.team"].create({"name": name, "use_leads": True})
    users = env["res.users"].create(
        [
            {
                "name": f"{name} {number}",
                "login": f"{name.lower()}_{number}",
                "email": f"{name.lower()}_{number}@example.com",
                "group_ids": [(4, seller.id)],
            }
            for number in range(size)
        ]
    )
    env["crm.team.member"].create(
        [{"crm_team_id": made.id, "user_id": user.id, **capacity} for user in users]
    )
    return made


def one_rule(env, receiver):
    """Have all leads routed to a team, in turn, by one rule; all else stays as shipped."""
    return env["crm.routing.rule"].create(
        {
            "name": "All leads",
            "team_id": receiver.id,
            "method": "round_robin",
            "domain": "[]",
        }
    )


def territories(env, size, **capacity):
    """Set up a team of so many members for each territory, who get its leads in turn.

    Where the addon is, by routing rules; for Odoo's own assignment, by the teams' domains.
    """
    teams = env["crm.team"]
    for code in TERRITORIES:
        domain = f"[('country_id.code', '=', '{code.upper()}')]"
        made = team(env, code, size, **capacity)
        made.assignment_domain = domain
        if "crm.routing.rule" in env:
            values = {"name": code, "team_id": made.id, "domain": domain}
            env["crm.routing.rule"].create(values)
        teams += made
    return teams


def inquiry(env, number):
    """Return the values of a lead as somebody enters it; no two have an address in common."""
    return {
        "name": f"Inquiry {number}",
        "contact_name": "Ann Example",
        "partner_name": f"Example Trading {number}",
        "email_from": f"ann{number}@trading{number}.example",
        "phone": f"+9665{number:08d}",
        "function": "CEO",
        "expected_revenue": 1000.0,
        "country_id": env.ref("base.sa").id,
    }


def owned_leads(env, receiver, count):
    """Create leads that belong to the members of a team in turn."""
    owners = receiver.crm_team_member_ids.user_id
    return env["crm.lead"].create(
        [
            {
                **inquiry(env, number),
                "user_id": owners[number % len(owners)].id,
                "team_id": receiver.id,
            }
            for number in range(count)
        ]
    )


def scorecard_rules(env):
    """Return how many rules the live scorecard has."""
    live = env["crm.scorecard"].search([("state", "=", "live")], limit=1)
    return len(live.rule_ids)


def insert_leads(env, count, **values):
    """Insert leads that belong to nobody by SQL, spread over the territories.

    :param values: columns with their values, for all leads.
    :return: their ids.
    """
    if "lead_grade" in env["crm.lead"]._fields:
        values = {"lead_grade": 0, **values}
    columns = "".join(f", {name}" for name in values)
    given = "".join(f", %({name})s" for name in values)
    env.cr.execute(
        f"""
        INSERT INTO crm_lead (
            name, type, active, email_from, email_normalized, country_id, priority,
            probability, automated_probability, won_status, stage_id,
            create_uid, create_date, write_uid, write_date {columns}
        )
        SELECT 'Lead ' || n, 'lead', TRUE, mail, mail,
               (%(_countries)s)[1 + n %% {len(TERRITORIES)}], '0', 0, 0, 'pending',
               %(_stage)s, 1, now(), 1, now() {given}
          FROM (SELECT n, 'someone' || n || '@company' || n || '.test' AS mail
                  FROM generate_series(1, %(_count)s) AS n) AS numbered
        RETURNING id
        """,
        {
            "_countries": [env.ref(f"base.{code}").id for code in TERRITORIES],
            "_stage": env["crm.stage"].search([], limit=1).id,
            "_count": count,
            **values,
        },
    )
    return [row[0] for row in env.cr.fetchall()]


def fill(env, done, size):
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


def peak_memory():
    """Return the highest memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
