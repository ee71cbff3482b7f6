# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...common.crm_config_mixin import kept


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_need_to_know = fields.Boolean(
        string="Need-to-Know Card",
        help="Until somebody of ours was in touch with a lead, lists and its card show what is"
        " needed to handle it; amounts, company size, probability and the story are folded"
        " away. A click shows them, and is counted.",
    )

    @api.model
    @kept()
    def _crm_need_to_know(self):
        """Return the ids of the companies that show the need-to-know card.

        :rtype: frozenset[int]
        """
        # sudo: a setting of companies, whoever looks at their leads.
        return frozenset(self.sudo().search([("lead_need_to_know", "=", True)]).ids)

    def write(self, vals):
        result = super().write(vals)
        if "lead_need_to_know" in vals:
            self.env["crm.config.mixin"]._crm_changed()
        return result
