"""What the addon costs where a salesperson would feel it: creating one lead.

Odoo's own creation, with the owner given, in a database without the addon, beside the addon's,
which finds persona, qualification, grade and the owner: with 20 scorecard rules and 10 routing
rules. Both notify the owner. In between: the addon told to evaluate and route nothing.
"""

SCORECARD_RULES, ROUTING_RULES, MEMBERS = 20, 10, 5
LEADS = 20


def run(env, report):
    bare_env = report.bare_env
    teams = {each: _team(each) for each in (env, bare_env)}
    _rules(env, teams[env])

    def values(number, each):
        return {
            "name": f"Inquiry {number}",
            "contact_name": "Ann Example",
            "partner_name": "Example Trading",
            "email_from": f"ann{number}@trading.example",
            "phone": f"+9665012345{number:02d}",
            "function": "CEO",
            "expected_revenue": 1000.0,
            "country_id": each.ref("base.sa").id,
        }

    def with_owner(each):
        Lead = each["crm.lead"].with_context(crm_lead_management_skip=True)
        team = teams[each]
        owners = team.crm_team_member_ids.user_id
        for number in range(LEADS):
            owner = owners[number % MEMBERS]
            vals = {**values(number, each), "user_id": owner.id, "team_id": team.id}
            Lead.create(vals)
            each.flush_all()

    def ours():
        for number in range(LEADS):
            lead = env["crm.lead"].create(values(number, env))
            env.flush_all()
        assert lead.lead_grade
        assert lead.user_id in teams[env].crm_team_member_ids.user_id

    report.compare(
        "create a lead",
        {
            "Odoo": (lambda: with_owner(bare_env), bare_env),
            "not evaluated": lambda: with_owner(env),
            "evaluated": ours,
        },
        per=LEADS,
        repeat=15,
        limit=1.3,
    )


def _team(env):
    """Set up a team of five."""
    seller = env.ref("sales_team.group_sale_salesman")
    users = env["res.users"].create(
        [
            {
                "name": f"Seller {number}",
                "login": f"seller{number}",
                "group_ids": [(4, seller.id)],
            }
            for number in range(MEMBERS)
        ]
    )
    team = env["crm.team"].create({"name": "Benchmark"})
    env["crm.team.member"].create(
        [{"user_id": user.id, "crm_team_id": team.id} for user in users]
    )
    return team


def _rules(env, team):
    """Set up the rules that give the leads to a team."""
    scorecard = env["crm.scorecard"].search([("state", "=", "live")], limit=1)
    scorecard.rule_ids[SCORECARD_RULES:].active = False
    assert len(scorecard.rule_ids) == SCORECARD_RULES
    env["crm.routing.rule"].create(
        [
            {
                "name": f"Rule {number}",
                "sequence": number,
                "team_id": team.id,
                "method": "round_robin",
                # The last one matches: all have to be tried.
                "domain": "[]"
                if number == ROUTING_RULES - 1
                else f"[('company_size', '>', {1000 - number})]",
            }
            for number in range(ROUTING_RULES)
        ]
    )
