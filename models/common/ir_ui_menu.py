# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    def load_menus(self, debug):
        """Never show two menus called "Leads" side by side.

        CRM has a menu of that name of its own for those who work with leads before
        opportunities (a setting). It keeps its name and ours takes another, for them only.
        """
        menus = super().load_menus(debug)
        to_id = self.env["ir.model.data"]._xmlid_to_res_id
        ours = to_id("crm_lead_management.crm_lead_management_menu")
        if ours in menus and to_id("crm.crm_menu_leads") in menus:
            # A copy: what super() returned is in its cache.
            renamed = {**menus[ours], "name": self.env._("Lead Management")}
            menus = {**menus, ours: renamed}
        return menus
