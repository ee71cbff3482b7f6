# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from .folding import folded


class CrmLead(models.Model):
    _inherit = "crm.lead"

    need_to_know = fields.Boolean(
        string="Folded Card",
        compute="_compute_need_to_know",
        exportable=False,
        help="Nobody was in touch with the lead yet: its card shows what is needed for that.",
    )
    card_question = fields.Char(
        string="Ask Next",
        compute="_compute_card_question",
        exportable=False,
        export_string_translation=False,
    )

    @api.depends("first_response_on", "won_status", "active", "company_id", "team_id")
    @api.depends_context("uid")
    def _compute_need_to_know(self):
        ids = folded(self._origin)
        for lead in self:
            lead.need_to_know = lead._origin.id in ids

    @api.depends("need_to_know", "lead_profile")
    @api.depends_context("uid", "lang")
    def _compute_card_question(self):
        for lead in self:
            asked = lead.need_to_know and self.env["crm.lead.profile"]._next(
                lead._origin
            )
            lead.card_question = asked and asked["name"]

    def action_show_all(self):
        """Show all of the card, for the user, from now on; it is counted.

        :return: True.
        :raise AccessError: where the leads are not for the user.
        """
        self.check_access("read")
        self.env["crm.lead.card.look"]._note(self.filtered("need_to_know"))
        self.invalidate_recordset(["need_to_know", "card_question"], flush=False)
        return True
