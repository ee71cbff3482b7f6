# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Have the job that sent first messages send all that goes by itself.

    Whether it is on stays as it is; messages of selections that wait already want it on.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    cron = env.ref(
        "crm_lead_management.ir_cron_message_queue", raise_if_not_found=False
    )
    if not version or not cron:
        return
    cron.write(
        {
            "name": "Lead Management: messages that go by themselves",
            "model_id": env["ir.model"]._get_id("crm.message.queue"),
            "code": "model._cron_run()",
            "interval_number": 5,
            "interval_type": "minutes",
        }
    )
    waiting = [("crm_message_channel", "!=", False)]
    if env["mail.scheduled.message"].search_count(waiting, limit=1):
        env["crm.message.queue"]._switch_on()
