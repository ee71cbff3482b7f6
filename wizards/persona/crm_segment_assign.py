# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmSegmentAssign(models.TransientModel):
    """Puts the selected leads into segments that are kept by hand, or takes them out."""

    _name = "crm.segment.assign"
    _description = "Change market segments"

    lead_ids = fields.Many2many(
        "crm.lead",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    mode = fields.Selection(
        [("add", "Put into"), ("remove", "Take out of")], required=True, default="add"
    )
    segment_ids = fields.Many2many(
        "crm.segment", string="Segments", domain=[("is_dynamic", "=", False)]
    )

    def action_apply(self):
        """Change the memberships of the selected leads.

        :return: the action that closes the dialog.
        :rtype: dict
        """
        self.ensure_one()
        command = fields.Command.link if self.mode == "add" else fields.Command.unlink
        # A segment kept by a rule knows itself who belongs to it.
        segments = self.segment_ids.filtered(lambda segment: not segment.is_dynamic)
        if segments:
            self.lead_ids.write(
                {"segment_ids": [command(segment.id) for segment in segments]}
            )
        return {"type": "ir.actions.act_window_close"}
