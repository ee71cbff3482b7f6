"""Make a company that has used Odoo's CRM for a while; run by `odoo shell` for no_harm.py.

Six stages of its own, two teams with assignment rules, 3,000 leads: open, won and lost.
"""

import random

rng = random.Random(7)
env = env(context={**env.context, "tracking_disable": True})  # noqa: F821  (the shell's)
env["crm.stage"].search([]).unlink()
stages = env["crm.stage"].create(
    [
        {"name": name, "sequence": number, "is_won": name == "Signed"}
        for number, name in enumerate(
            ("Fresh", "Called", "Visited", "Quoted", "Haggling", "Signed"), start=3
        )
    ]
)
users = env["res.users"].create(
    [
        {
            "name": name,
            "login": name.lower(),
            "group_ids": [(4, env.ref("sales_team.group_sale_salesman").id)],
        }
        for name in ("Aylin", "Basim", "Carla", "Deniz")
    ]
)
teams = env["crm.team"].create(
    [
        {"name": "Inside", "assignment_domain": "[('phone', '!=', False)]"},
        {"name": "Outside", "assignment_domain": "[('country_id', '!=', False)]"},
    ]
)
env["crm.team.member"].create(
    [
        {"crm_team_id": teams[number % 2].id, "user_id": user.id, "assignment_max": 45}
        for number, user in enumerate(users)
    ]
)
countries = env["res.country"].search([("code", "in", ["SA", "TR", "BE", "AE"])])
leads = env["crm.lead"].create(
    [
        {
            "name": f"Inquiry {number}",
            "type": rng.choice(["lead", "opportunity"]),
            "email_from": f"buyer{number}@company{number % 40}.example",
            "phone": f"+3225550{number:04d}",
            "country_id": rng.choice(countries).id,
            "expected_revenue": rng.randrange(0, 50_000, 500),
            "user_id": rng.choice(users).id,
            "team_id": teams[number % 2].id,
            "stage_id": rng.choice(stages[:5]).id,
        }
        for number in range(3000)
    ]
)
leads[:600].action_set_won()
leads[600:1200].action_set_lost(
    lost_reason_id=env["crm.lost.reason"].search([], limit=1).id
)
leads[1200].with_context(tracking_disable=False).message_post(body="They called back.")
env.ref("crm.ir_cron_crm_lead_assign").active = True
env.cr.commit()
