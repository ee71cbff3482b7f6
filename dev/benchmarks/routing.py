"""Routing beside Odoo's own assignment, and one lead among many rules and members.

Four territories with five members each, by country, in turn, every decision on record;
against Odoo's own assignment of the same leads by the same domains. Then the curve to
100,000 leads, batch by batch as in the background, and one lead among 50 rules and 200
members. What a killed worker leaves behind is in routing_killed.py.
"""

import resource
import time

from odoo.modules import module

LEADS, TERRITORIES, MEMBERS = 2000, ("sa", "ae", "tr", "be"), 5
RULES, CROWD = 50, 200
CURVE, BATCH = (2000, 10_000, 20_000, 50_000, 100_000), 1000


def run(env, report):
    teams = _territories(env)
    leads = _leads(env, LEADS)
    engine = env["crm.routing.engine"]

    def core():
        # Odoo commits while it assigns, unless a test runs; here all is rolled back.
        before, module.current_test = module.current_test, True
        try:
            teams._action_assign_leads(force_quota=True, creation_delta_days=0)
        finally:
            module.current_test = before

    def ours():
        logs = engine._route(leads)
        owners = logs.grouped("to_user_id")
        for team in teams:
            counts = [len(owners.get(user, ())) for user in team.member_ids]
            assert max(counts) - min(counts) <= 1, counts

    report.compare(
        f"assign {LEADS} leads",
        {"core": core, "ours": ours},
        per=LEADS,
        repeat=1,
    )
    times, each_ms = 1 / report.rows[-1]["ratio"], report.rows[-1]["median_ms"]
    report.note(f"{times:.0f} times as fast as Odoo's own assignment, with full logs")
    assert times >= 20
    took, most = _one_lead(env, report)
    _curve(env, report, 3 * each_ms)
    assert took <= most


def _curve(env, report, most):
    """Route more and more leads; neither memory nor the time for each must grow with them.

    They have come in just now: the database takes the table for as small as it was.

    :param float most: how many milliseconds each may take.
    """
    ids = insert_leads(env, CURVE[-1])
    engine, start, first = env["crm.routing.engine"], time.perf_counter(), None
    for done in range(0, len(ids), BATCH):
        engine._route(env["crm.lead"].browse(ids[done : done + BATCH]))
        # What the background does after each batch, but for the commit.
        env.cr.flush()
        env.invalidate_all()
        env.cr.postcommit.clear()
        if done + BATCH in CURVE:
            took = time.perf_counter() - start
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            first = first or memory
            report.note(
                f"route {done + BATCH:7} leads {took * 1000 / (done + BATCH):9.2f} ms each,"
                f" {took:6.1f} s, memory {memory:4.0f} MB"
            )
    assert memory < first + 200, "memory grows with the number of leads"
    assert took * 1000 / len(ids) < most, f"more than {most:.1f} ms each"
    env.cr.execute(
        "SELECT count(*), count(DISTINCT lead_id) FROM crm_lead_routing_log"
        " WHERE lead_id = ANY(%s)",
        [ids],
    )
    assert env.cr.fetchone() == (len(ids), len(ids))


def _one_lead(env, report):
    """One lead created among 50 rules and a team of 200, beside Odoo's own creation.

    Returns the milliseconds that it took, and those that it may take at most.
    """
    team = _team(env, "Crowd", CROWD)
    for number in range(RULES - len(TERRITORIES)):
        env["crm.routing.rule"].create(
            {
                "name": f"Rule {number}",
                "sequence": 5 if number else 90,
                "team_id": team.id,
                "domain": f"[('expected_revenue', '>', {10**6 + number})]"
                if number
                else "[]",
            }
        )
    owner = team.member_ids[0]

    def create(**values):
        for number in range(20):
            env["crm.lead"].create({"name": f"Lead {number}", **values})
            env.flush_all()

    skip = {"crm_lead_management_skip": True}

    def core():
        for number in range(20):
            leads = env["crm.lead"].with_context(**skip)
            leads.create(
                {"name": f"Lead {number}", "user_id": owner.id, "team_id": team.id}
            )
            env.flush_all()

    report.compare(
        f"one lead, {RULES} rules, {CROWD} members",
        {"core": core, "ours": create},
        per=20,
        repeat=5,
    )
    core_ms, ours_ms = (row["median_ms"] for row in report.rows[-2:])
    most = 1.3 * core_ms + 20
    report.note(
        f"{ours_ms:.1f} ms; at most 1.3 times Odoo's own plus 20 ms: {most:.1f}"
    )
    return ours_ms, most


def insert_leads(env, count, **values):
    """Insert leads that belong to nobody by SQL, spread over the territories.

    :param values: columns with their values, for all leads.
    :return: their ids.
    """
    columns = "".join(f", {name}" for name in values)
    given = "".join(f", %({name})s" for name in values)
    env.cr.execute(
        f"""
        INSERT INTO crm_lead (
            name, type, active, email_from, email_normalized, country_id, priority,
            probability, automated_probability, won_status, stage_id, lead_grade,
            create_uid, create_date, write_uid, write_date {columns}
        )
        SELECT 'Lead ' || n, 'lead', TRUE, mail, mail,
               (%(_countries)s)[1 + n %% {len(TERRITORIES)}], '0', 0, 0, 'pending',
               %(_stage)s, 0, 1, now(), 1, now() {given}
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


def _territories(env):
    teams = env["crm.team"]
    for code in TERRITORIES:
        team = _team(env, code, MEMBERS)
        domain = f"[('country_id.code', '=', '{code.upper()}')]"
        team.assignment_domain = domain
        env["crm.routing.rule"].create(
            {"name": code, "team_id": team.id, "domain": domain}
        )
        teams += team
    return teams


def _team(env, name, size):
    """Create a team with so many members, who can take any number of leads."""
    seller = env.ref("sales_team.group_sale_salesman")
    team = env["crm.team"].create({"name": name, "use_leads": True})
    users = env["res.users"].create(
        [
            {
                "name": f"{name} {number}",
                "login": f"{name}_{number}",
                "group_ids": [(4, seller.id)],
            }
            for number in range(size)
        ]
    )
    env["crm.team.member"].create(
        [
            {"crm_team_id": team.id, "user_id": user.id, "assignment_max": 30 * LEADS}
            for user in users
        ]
    )
    return team


def _leads(env, count):
    """Create leads that belong to nobody, spread over the territories."""
    countries = [env.ref(f"base.{code}").id for code in TERRITORIES]
    leads = env["crm.lead"].with_context(
        crm_lead_management_skip=True, tracking_disable=True
    )
    created = leads.create(
        [
            {
                "name": f"Lead {number}",
                "type": "lead",
                "user_id": False,
                "country_id": countries[number % len(countries)],
                "email_from": f"someone{number}@company{number}.test",
            }
            for number in range(count)
        ]
    )
    return created.with_env(env)
