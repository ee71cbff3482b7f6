"""The first page of the story of a lead with 1,000 events, beside Odoo's chatter of it."""

from odoo import fields

from odoo.addons.mail.tools.discuss import Store

EVENTS = 1000
SAID = 300


def run(env, report):
    lead = env["crm.lead"].create({"name": "A long story"})
    now = fields.Datetime.now()
    for number in range(SAID):
        lead.message_post(body=f"Note {number}", message_type="comment")
    env["crm.touchpoint"]._record(
        [
            {
                "lead_id": lead.id,
                "kind": ("call", "email", "meeting")[number % 3],
                "direction": "out",
                "is_human": True,
                "occurred_on": fields.Datetime.subtract(now, hours=number),
                "summary": f"Event {number}",
            }
            for number in range(EVENTS - SAID)
        ]
    )
    env.cr.commit()

    def chatter():
        env.invalidate_all()
        found = env["mail.message"]._message_fetch(domain=None, thread=lead)
        Store().add(found["messages"]).get_result()

    def story():
        env.invalidate_all()
        assert len(lead.get_story()["rows"]) == 50

    report.compare(
        f"first page of a lead with {EVENTS} events",
        {"chatter": chatter, "story": story},
        repeat=15,
        limit=1.5,
    )
