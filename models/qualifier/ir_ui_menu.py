# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class IrUiMenu(models.Model):
    """*Set Aside* is there where a company sets leads aside that do not fit."""

    _inherit = "ir.ui.menu"

    @api.model
    def load_menus(self, debug):
        menus = super().load_menus(debug)
        aside = self.env["ir.model.data"]._xmlid_to_res_id(
            "crm_lead_management.crm_lead_menu_set_aside"
        )
        if aside in menus and not self._crm_sets_aside():
            menus = self._crm_without(menus, aside)
        return menus

    @api.model
    def _crm_sets_aside(self):
        """Return whether one of the user's companies sets leads aside."""
        companies = self.env["res.company"]._crm_setting_aside()
        return not companies.isdisjoint(self.env.user._get_company_ids())
