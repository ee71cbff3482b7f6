# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import ANSWER_DAYS

# The source of the messages that this room sends.
SOURCE = "crm.message"
# What a lead writes back; a call or a meeting may be about anything.
ANSWERS = ("email", "sms", "whatsapp")


class CrmTouchpoint(models.Model):
    _inherit = "crm.touchpoint"

    message_template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message that was sent, or that the lead answered.",
    )

    mail_message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        export_string_translation=False,
    )

    @api.model
    def _event_values(self, event):
        """Refuse events from outside that pose as what Odoo itself records.

        Their references would make a colleague's message "known" before it is sent, and a
        "failed" number blocks it.
        """
        values = super()._event_values(event)
        source = (values.get("source") or "").strip()
        parts = source.split(".")
        names = {".".join(parts[:end]) for end in range(2, len(parts) + 1)}
        if SOURCE in names or any(name in self.env for name in names):
            raise UserError(
                self.env._(
                    "The source %(source)s is kept for what Odoo records itself: give the"
                    " other system's name.",
                    source=source,
                )
            )
        return values

    def _message_link_answers(self):
        """Note which message the leads answer with these touchpoints.

        An answer is what a lead writes within 14 days of a message; it belongs to the last
        one before it. One statement for any number.
        """
        answers = self.filtered(
            lambda touchpoint: (
                touchpoint.direction == "in" and touchpoint.kind in ANSWERS
            )
        )
        if not answers:
            return
        self.flush_model(["message_template_id", "occurred_on", "direction", "kind"])
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_touchpoint answer
                   SET message_template_id = (
                       SELECT sent.message_template_id
                         FROM crm_touchpoint sent
                        WHERE sent.lead_id = answer.lead_id
                          AND sent.direction = 'out'
                          AND sent.message_template_id IS NOT NULL
                          AND sent.occurred_on <= answer.occurred_on
                          AND sent.occurred_on > answer.occurred_on - %s
                     ORDER BY sent.occurred_on DESC, sent.id DESC
                        LIMIT 1)
                 WHERE answer.id = ANY(%s)
             RETURNING answer.id
                """,
                timedelta(days=ANSWER_DAYS),
                answers.ids,
            )
        )
        answers.invalidate_recordset(["message_template_id"], flush=False)
