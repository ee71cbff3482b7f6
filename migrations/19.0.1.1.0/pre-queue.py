# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
def migrate(cr, version):
    """Keep the job that sent first messages: it is the one clock of all that goes by itself.

    Selections were windows: those that are open are closed, what was sent stays on record.
    """
    if version:
        cr.execute("DELETE FROM crm_message_batch")
        cr.execute(
            "UPDATE ir_model_data SET name = 'ir_cron_message_queue'"
            " WHERE module = 'crm_lead_management' AND name = 'ir_cron_first_message'"
        )
