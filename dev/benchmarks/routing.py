"""Routing beside Odoo's own assignment, and one lead among many rules and members.

Four territories with five members each, by country, in turn, every decision on record;
against Odoo's own assignment of the same leads by the same domains.
"""

from odoo.modules import module

LEADS, TERRITORIES, MEMBERS = 2000, ("sa", "ae", "tr", "be"), 5
RULES, CROWD = 50, 200
CURVE = (1000, 10_000)


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
    times = 1 / report.rows[-1]["ratio"]
    report.note(f"{times:.0f} times as fast as Odoo's own assignment, with full logs")
    assert times >= 20
    for size in CURVE:
        more = _leads(env, size)
        report.time(
            f"route {size} leads",
            lambda more=more: [
                engine._route(more[start : start + 1000])
                for start in range(0, len(more), 1000)
            ],
            per=size,
            repeat=1,
        )
    _one_lead(env, report)


def _one_lead(env, report):
    """One lead created among 50 rules and a team of 200, beside Odoo's own creation."""
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
