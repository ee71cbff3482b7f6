# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError


class CrmNurturePause(models.TransientModel):
    """Has a lead stand still in its track until a day."""

    _name = "crm.nurture.pause"
    _description = "Pause a lead in its track"

    enrollment_id = fields.Many2one(
        "crm.nurture.enrollment", required=True, readonly=True, ondelete="cascade"
    )
    until = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now() + timedelta(days=7)
    )

    def action_pause(self):
        """Pause it.

        :return: the action that closes the window.
        :rtype: dict
        :raise UserError: where the day has passed, or is years away.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if not now < self.until < now + timedelta(days=400):
            raise UserError(self.env._("Choose a day within the next year."))
        self.enrollment_id._for_people()
        self.env["crm.nurture.engine"]._pause(self.enrollment_id, self.until)
        return {"type": "ir.actions.act_window_close"}
