# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmIntakeJoin(models.TransientModel):
    """Joins an entry of the letterbox with the lead of the same person, chosen by a person."""

    _name = "crm.intake.join"
    _description = "Join an entry with a lead"

    item_id = fields.Many2one("crm.intake.item", required=True, ondelete="cascade")
    candidate_ids = fields.Many2many("crm.lead", compute="_compute_candidates")
    lead_id = fields.Many2one(
        "crm.lead", string="Lead of the Person", ondelete="cascade"
    )
    made_lead_id = fields.Many2one(
        related="item_id.lead_id", string="Lead Made of the Entry"
    )
    title = fields.Char(related="item_id.title")
    payload = fields.Text(related="item_id.payload")

    @api.depends("item_id")
    def _compute_candidates(self):
        for window in self:
            window.candidate_ids = window.item_id.candidate_ids.filtered(
                lambda lead: lead._lead_is_open()
            )

    def action_join(self):
        """Join the entry; the lead that was made of it is archived, and nothing deleted.

        :return: a window action: the lead.
        :rtype: dict
        :raise UserError: where the lead is not among those that the entry resembles.
        """
        self.ensure_one()
        item, lead = self.item_id._mine(), self.lead_id
        if item.state != "check" or lead not in self.candidate_ids:
            raise UserError(self.env._("There is no open lead that it may belong to."))
        lead.check_access("write")
        # sudo: what the person says is added to the lead by the letterbox.
        self.env["crm.intake.writer"]._join_by_hand(item, lead.sudo())
        return lead.get_formview_action()
