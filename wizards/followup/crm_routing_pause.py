# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

# Whoever has to wait longer has no lead, but a wish for later.
LONGEST = timedelta(days=90)


class CrmRoutingPause(models.TransientModel):
    """Stops the clock of a lead for a while, with a reason and an end."""

    _name = "crm.routing.pause"
    _description = "Pause of a response time"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Char(required=True)
    until = fields.Datetime(required=True)

    def action_pause(self):
        """Stop the clock until the chosen moment.

        :return: the action that closes the dialog.
        :rtype: dict
        :raise UserError: where the end is not in the future, or no clock is running.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.until <= fields.Datetime.now():
            raise UserError(self.env._("Choose an end in the future."))
        if self.until > fields.Datetime.now() + LONGEST:
            raise UserError(
                self.env._(
                    "A pause ends within %s days. Close the lead if nobody has to answer it.",
                    LONGEST.days,
                )
            )
        if not self.lead_id.routing_next_on:
            raise UserError(
                self.env._(
                    "Nothing is due for %s: there is no clock to stop.",
                    self.lead_id.name,
                )
            )
        lead = self.lead_id.sudo()  # sudo: fields that only the engine writes
        lead._routing_pause(self.reason, self.until)
        return {"type": "ir.actions.act_window_close"}
