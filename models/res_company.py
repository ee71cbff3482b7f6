# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    @api.model
    @tools.ormcache()
    def _crm_is_only_company(self):
        """Tell whether the database has a single company, as most have."""
        # sudo: a count of companies, whichever of them the user may see.
        return self.sudo().with_context(active_test=False).search_count([], limit=2) < 2
