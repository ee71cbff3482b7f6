"""A message to a selection: checked, recorded and put into the queue, beside Odoo's own.

Odoo's mails and SMS are those of the same templates to the same leads, without any of what
is asked before ours go: wishes, blocks, limits, hours, repeats, languages.
"""

from bench_data import owned_leads, team

LEADS = 500


def run(env, report):
    env.company.message_calendar_id = False
    leads = owned_leads(env, team(env, "Seller", 5), LEADS)
    template = env.ref("crm_lead_management.crm_message_template_introduction")
    template.repeat_days = 0

    def ours(channel):
        batch = env["crm.message.batch"].create(
            {
                "lead_ids": [(6, 0, leads.ids)],
                "template_id": template.id,
                "channel": channel,
            }
        )
        batch.action_plan()
        batch.action_send()
        went = batch.open_count if channel == "whatsapp" else batch.queued_count
        assert went == LEADS, batch.line_ids.mapped("reason")

    def mails():
        template.mail_template_id.send_mail_batch(leads.ids)

    def texts():
        leads._message_sms_schedule_mass(template=template.sms_template_id)

    for channel, odoo in (("email", mails), ("sms", texts), ("whatsapp", None)):
        report.compare(
            f"{LEADS} leads get a message by {channel}",
            {
                **({"Odoo's": odoo} if odoo else {}),
                "ours": lambda channel=channel: ours(channel),
            },
            per=LEADS,
            repeat=5,
            cpu=True,
        )
