# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class MailActivity(models.Model):
    """A WhatsApp message that its sender opens himself stands among his activities until then.

    The window in which it was prepared may be closed: *Send message* on the lead proposes it
    again.
    """

    _inherit = "mail.activity"

    crm_message_template_id = fields.Many2one(
        "crm.message.template",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        export_string_translation=False,
    )

    @api.model
    def _crm_message_ask(self, leads, template):
        """Remind the user of messages that he has to open in WhatsApp, once of each.

        :param leads: crm.lead records that he may write to.
        :param template: the crm.message.template.
        """
        waiting = self._crm_message_asked(leads, template)
        known = waiting.filtered(lambda one: one.user_id == self.env.user)
        (leads - leads.browse(known.mapped("res_id"))).activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Send by WhatsApp: %s", template.name),
            user_id=self.env.uid,
            crm_message_template_id=template.id,
        )

    @api.model
    def _crm_message_asked(self, leads, template=None):
        """Return what waits to be opened in WhatsApp.

        :param leads: crm.lead records.
        :param template: the crm.message.template; any when None.
        """
        return self.search(
            [
                ("res_model", "=", leads._name),
                ("res_id", "in", leads.ids),
                ("crm_message_template_id", "=", template.id)
                if template
                else ("crm_message_template_id", "!=", False),
            ]
        )
