"""Use all that the addon had at 19.0.1.0.0; run by `odoo shell` with that code for upgrade.py.

On top of the demo company: rules, answers, scorecards, segments, messages and leads in every
state, as a company has them that comes to the day of an update.
"""

env = env  # noqa: F821  (the shell's)
COMPANY = "crm_lead_management"

# A field of the company's own, which a rule of its own reads.
env["ir.model.fields"].create(
    {
        "model_id": env["ir.model"]._get("crm.lead").id,
        "name": "x_machines",
        "field_description": "Machines",
        "ttype": "integer",
    }
)
# Routing: people of a rule, a policy, a pause.
team = env["crm.team"].search([("crm_team_member_ids", "!=", False)], limit=1)
env["crm.routing.rule"].create(
    {
        "name": "Many machines",
        "sequence": 5,
        "team_id": team.id,
        "method": "weighted",
        "domain": "[('x_machines', '>', 10)]",
        "member_ids": [(6, 0, team.crm_team_member_ids[:2].ids)],
        "note": "Our own rule.",
    }
)
first = env["crm.message.template"].search([], limit=1)
first.write({"persona_ids": [(4, env["crm.persona"].search([], limit=1).id)]})
product = env["product.template"].search([], limit=1)
first.product_ids = product
env["crm.routing.rule"].create(
    {
        "name": "By themselves",
        "sequence": 6,
        "team_id": team.id,
        "method": "fixed",
        "user_id": team.crm_team_member_ids[0].user_id.id,
        "domain": "[('x_machines', '=', 7)]",
        "extra_team_ids": [(6, 0, (env["crm.team"].search([]) - team)[:1].ids)],
        "first_message_id": first.id,
        "first_message_for": "all",
    }
)
team.crm_team_member_ids[:1].write(
    {
        "routing_lang_ids": [(4, env.ref("base.lang_en").id)],
        "routing_industry_ids": [(4, env["res.partner.industry"].search([])[0].id)],
        "routing_product_ids": [(4, product.id)],
        "routing_tag_ids": [(4, env["crm.tag"].search([], limit=1).id)],
        "routing_cap_day": 50,
    }
)
env["crm.routing.rule"].create({"name": "Of old", "team_id": team.id, "active": False})
env["crm.routing.policy"].create(
    {"name": "Ours", "minutes": 30, "domain": "[('x_machines', '>', 10)]"}
)
# Qualifiers with answers of each kind, options among them.
qualifiers = env["crm.qualifier"].create(
    [
        {"name": "Power", "question": "Is there power?", "kind": "yes_no"},
        {"name": "Cups", "question": "How many cups a day?", "kind": "number"},
        {"name": "Milk", "question": "Whose milk?", "kind": "text"},
        {"name": "Date", "question": "From when on?", "kind": "date"},
        {
            "name": "Water",
            "question": "Which water?",
            "kind": "choice",
            "option_ids": [
                (0, 0, {"name": "Hard", "verdict": "pass"}),
                (0, 0, {"name": "Salty", "verdict": "fail"}),
            ],
        },
    ]
)
qualifiers[0].write(
    {
        "team_ids": [(4, team.id)],
        "persona_ids": [(4, env["crm.persona"].search([], limit=1).id)],
        "categ_ids": [(4, env["product.category"].search([], limit=1).id)],
    }
)
open_leads = env["crm.lead"].search([("won_status", "=", "pending")], order="id")
values = [
    {"value_yes_no": "no"},
    {"value_number": 120},
    {"value_text": "Ours"},
    {"value_date": "2030-01-01"},
    {"option_id": qualifiers[4].option_ids[1].id},
]
env["crm.qualifier.answer"].create(
    [
        {"lead_id": lead.id, "qualifier_id": qualifier.id, **value}
        for lead in open_leads[:3]
        for qualifier, value in zip(qualifiers, values, strict=True)
    ]
)
reason = env["crm.lost.reason"].search([], limit=1)
closed = env["crm.lead"].create(
    [{"name": f"Closed {number}", "x_machines": number} for number in range(20)]
)
closed[:12].action_set_won()
closed[12:].action_set_lost(lost_reason_id=reason.id)
# Scorecards: a copy that is tried beside, and one that was learned.
live = env["crm.scorecard"].search([("state", "=", "live")], limit=1)
copied = live.copy({"name": "Ours"})
copied.rule_ids[0].write({"points": 7, "domain": "[('x_machines', '>', 3)]"})
copied.rule_ids[1].active = False
copied.group_ids = [(0, 0, {"name": "Size", "max_points": 20})]
copied.rule_ids[0].group_id = copied.group_ids
copied.state = "shadow"
pilot = live.copy({"name": "Pilot"})
pilot.pilot_team_ids = team
pilot.state = "pilot"
env["crm.scorecard.learn"].create({}).action_learn()
# Segments by a rule and by hand, a persona of ours and one that was chosen by hand.
env["crm.segment"].create({"name": "Machines", "domain": "[('x_machines', '>', 3)]"})
by_hand = env["crm.segment"].create({"name": "Friends", "is_dynamic": False})
open_leads[:4].segment_ids = [(4, by_hand.id)]
persona = env["crm.persona"].create(
    {
        "name": "Office",
        "criterion_ids": [
            (0, 0, {"name": "Desk", "domain": "[('x_machines', '>', 0)]"}),
        ],
    }
)
open_leads[4].persona_id = persona
# Leads: graded by hand, lost, won, put aside, told to skip; with calls, visits and messages.
manual = env["crm.lead.grade.manual"]
manual.create(
    {"lead_id": open_leads[5].id, "grade": "5", "reason": "I know her"}
).action_set()
open_leads[6:9].action_set_lost(lost_reason_id=reason.id)
open_leads[9].action_set_won()
open_leads[10].action_archive()
made = env["crm.lead"].create(
    [
        {
            "name": f"Machines {number}",
            "email_from": f"cook{number}@kitchen{number}.example",
            "phone": f"+3225551{number:04d}",
            "x_machines": number,
        }
        for number in range(40)
    ]
)
env["crm.lead"].with_context(crm_lead_management_skip=True).create({"name": "Skipped"})
env["crm.touchpoint"]._record(
    [
        {
            "lead_id": lead.id,
            "kind": kind,
            "direction": direction,
            "is_human": True,
            "source": COMPANY,
            "external_ref": f"{kind} {lead.id}",
        }
        for lead in made
        for kind, direction in (("call", "out"), ("web_visit", "in"))
    ]
)
batch = env["crm.message.batch"].create({"lead_ids": [(6, 0, made[:8].ids)]})
batch.action_plan()
batch.action_send()
# Stages: a demand, a moved lead, a step of the ladder, a company that looks at it all.
stage = env["crm.stage"].search([("lead_role", "=", "contacted")], limit=1)
env["crm.stage.gate"].create(
    {"name": "Machines", "stage_id": stage.id, "kind": "fact", "field_name": "phone"}
)
made[10:14].stage_id = stage
ladder = env["crm.stage.dormancy"].search([], limit=1)
ladder.write({"name": "Our own words", "days": 77})
env["crm.info.item"].search([], limit=1).write(
    {"weight": 9, "name": "Our own words", "persona_ids": [(4, persona.id)]}
)
env["mail.blacklist"]._add(made[15].email_from)
env["phone.blacklist"].add("+3222903490")
env["crm.message.template"].search([], limit=1).name = "Our own words"
env["crm.routing.engine"]._route(made[20:30], mode="manual")
env.cr.commit()
