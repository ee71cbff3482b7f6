# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import LeadCommon

OURS = "crm_lead_management.crm_lead_management_menu"


@tagged("post_install", "-at_install")
class TestMenus(LeadCommon):
    def _names(self, user, lang="en_US"):
        """Return the names of the menus at the top of CRM, by their ids."""
        menus = self.env["ir.ui.menu"].with_user(user).with_context(lang=lang)
        loaded = menus.load_menus(False)
        root = self.env.ref("crm.crm_menu_root").id
        shown = (loaded[menu] for menu in loaded[root]["children"])
        return {menu["xmlid"]: menu["name"] for menu in shown}

    def _use_leads(self, use):
        """Switch CRM's own leads on or off, as the setting does."""
        group = self.env.ref("crm.group_use_lead")
        command = [(4, group.id)] if use else [(3, group.id)]
        self.env.ref("base.group_user").implied_ids = command

    def test_ours_is_called_leads(self):
        self._use_leads(False)
        names = self._names(self.user_seller)
        self.assertEqual(names[OURS], "Leads")
        self.assertNotIn("crm.crm_menu_leads", names)

    def test_beside_the_one_of_crm_it_has_another_name(self):
        self._use_leads(True)
        names = self._names(self.user_seller)
        self.assertEqual(names[OURS], "Lead Management")
        self.assertEqual(names["crm.crm_menu_leads"], "Leads")
        self._use_leads(False)
        self.assertEqual(self._names(self.user_seller)[OURS], "Leads")

    def test_the_other_name_is_translated(self):
        self._use_leads(True)
        self.env["res.lang"]._activate_lang("tr_TR")
        names = self._names(self.user_seller, "tr_TR")
        self.assertEqual(names[OURS], "Aday Yönetimi")
