"""What the addon costs where a salesperson would feel it: creating one lead.

Odoo's own creation, with the owner given, beside the addon's, which finds persona,
qualification, grade and the owner: with 20 scorecard rules and 10 routing rules.
"""

SCORECARD_RULES, ROUTING_RULES, MEMBERS = 20, 10, 5
LEADS = 20


def run(env, report):
    users, team = _company(env)
    country = env.ref("base.sa").id

    def values(number):
        return {
            "name": f"Inquiry {number}",
            "contact_name": "Ann Example",
            "partner_name": "Example Trading",
            "email_from": f"ann{number}@trading.example",
            "phone": f"+9665012345{number:02d}",
            "function": "CEO",
            "expected_revenue": 1000.0,
            "country_id": country,
        }

    def core():
        Lead = env["crm.lead"].with_context(crm_lead_management_skip=True)
        for number in range(LEADS):
            owner = users[number % MEMBERS].id
            Lead.create({**values(number), "user_id": owner, "team_id": team.id})
            env.flush_all()

    def ours():
        for number in range(LEADS):
            lead = env["crm.lead"].create(values(number))
            env.flush_all()
        assert lead.lead_grade and lead.user_id in users

    report.compare(
        "create a lead", {"core": core, "ours": ours}, per=LEADS, repeat=9, limit=1.3
    )


def _company(env):
    """Set up a team of five with its rules."""
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
    scorecard = env["crm.scorecard"].search([("state", "=", "live")], limit=1)
    scorecard.rule_ids[SCORECARD_RULES:].active = False
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
    assert len(scorecard.rule_ids) == SCORECARD_RULES
    return users, team
