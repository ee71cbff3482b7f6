# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    def load_menus(self, debug):
        """Return the menus of CRM as the one who asks needs them.

        - Never two menus called "Leads" side by side: CRM has one of that name of its own
          for those who work with leads before opportunities (a setting). It keeps its name
          and ours takes another, for them only.
        - *Team* is for those who see the leads of others, or lead a team: groups alone cannot
          say the latter.
        """
        menus = super().load_menus(debug)
        to_id = self.env["ir.model.data"]._xmlid_to_res_id
        ours = to_id("crm_lead_management.crm_lead_management_menu")
        team = to_id("crm_lead_management.crm_lead_team_menu")
        # Copies: what super() returned is in its cache.
        if ours in menus and to_id("crm.crm_menu_leads") in menus:
            renamed = {**menus[ours], "name": self.env._("Lead Management")}
            menus = {**menus, ours: renamed}
        if team in menus and not self._crm_leads_others():
            menus = self._crm_without(menus, team)
        return menus

    @api.model
    def _crm_leads_others(self):
        """Return whether the user sees the leads of others, or is the leader of a team."""
        if self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            return True
        led = [("user_id", "=", self.env.uid)]
        return bool(self.env["crm.team"].search_count(led, limit=1))

    @api.model
    def _crm_without(self, menus, gone):
        """Return the menus without one of them, and without what hangs on it."""
        drop, left = set(), [gone]
        while left:
            menu = left.pop()
            drop.add(menu)
            left += menus[menu]["children"]
        return {
            key: {**menu, "children": [c for c in menu["children"] if c not in drop]}
            for key, menu in menus.items()
            if key not in drop
        }
