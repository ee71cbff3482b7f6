# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re

from lxml import etree

from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import LeadCommon

OURS = "crm_lead_management.crm_lead_management_menu"
TEAM = "crm_lead_management.crm_lead_team_menu"
OWN = "crm_lead_management."
# Where the work of the day is not: what it came to, the set-up, and how it is done.
NOT_DAILY = (
    "crm.crm_menu_report",
    "crm.crm_menu_config",
    "crm_lead_management.crm_guide_menu",
)


# What the pages of insight ask the server for.
PAGES = {
    "crm_lead_insight": ("crm.insight", "get_board"),
    "crm_lead_insight_people": ("crm.insight.people", "get_people"),
    "crm_lead_insight_money": ("crm.insight.money", "get_money"),
}


class MenuCase(LeadCommon):
    def _loaded(self, user, lang="en_US"):
        """Return CRM's menus as a user has them, by id, and the id of their root."""
        menus = self.env["ir.ui.menu"].with_user(user).with_context(lang=lang)
        return menus.load_menus(False), self.env.ref("crm.crm_menu_root").id

    def _names(self, user, lang="en_US"):
        """Return the names of the menus at the top of CRM, by their ids."""
        loaded, root = self._loaded(user, lang)
        shown = (loaded[menu] for menu in loaded[root]["children"])
        return {menu["xmlid"]: menu["name"] for menu in shown}

    def _under(self, user, root=None, without=()):
        """Return all menus below one of them (CRM's own where none is named)."""
        loaded, top = self._loaded(user)
        left = list(loaded[root or top]["children"])
        found = []
        while left:
            menu = loaded[left.pop(0)]
            if menu["xmlid"] not in without:
                found.append(menu)
                left += menu["children"]
        return found

    def _use_leads(self, use):
        """Switch CRM's own leads on or off, as the setting does."""
        group = self.env.ref("crm.group_use_lead")
        command = [(4, group.id)] if use else [(3, group.id)]
        self.env.ref("base.group_user").implied_ids = command

    @classmethod
    def _with_two_roles(cls):
        """Return a salesperson with own documents, who leads a team in two companies."""
        other = cls.env["res.company"].create({"name": "Menus of a Second Company"})
        user = new_test_user(
            cls.env,
            "lead_two_roles",
            "sales_team.group_sale_salesman",
            company_ids=[(6, 0, [cls.company.id, other.id])],
        )
        cls.env["crm.team"].create(
            [
                {"name": "East", "user_id": user.id, "company_id": cls.company.id},
                {"name": "West", "user_id": user.id, "company_id": other.id},
            ]
        )
        return user


@tagged("post_install", "-at_install")
class TestMenus(MenuCase):
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

    def test_the_team_is_shown_to_those_who_have_one(self):
        self.assertNotIn(TEAM, self._names(self.user_seller))
        self.assertIn(TEAM, self._names(self.user_all))
        self.assertIn(TEAM, self._names(self.user_manager))
        self.assertIn(TEAM, self._names(self._with_two_roles()))
        shown = {menu["xmlid"] for menu in self._under(self.user_seller)}
        board = OWN + "crm_followup_board_menu"
        self.assertNotIn(board, shown, "nor what hangs on it")
        self.team_north.user_id = self.user_seller
        self.assertIn(TEAM, self._names(self.user_seller), "as soon as it is so")

    def test_set_aside_is_shown_where_leads_are(self):
        """R018: the list with the reason is found; where nothing is set aside it is not."""
        for switch in (False, True, False):
            self.company.lead_set_aside = switch
            shown = {menu["xmlid"] for menu in self._under(self.user_all)}
            self.assertEqual(OWN + "crm_lead_menu_set_aside" in shown, switch)


@tagged("post_install", "-at_install")
class TestMenusWalked(MenuCase):
    """ux.md B3: the menus went by the rooms, with 13 entries and three screens twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_two_roles = cls._with_two_roles()
        cls.user_admin = new_test_user(
            cls.env,
            "lead_admin",
            "sales_team.group_sale_manager,base.group_system",
            company_ids=[(6, 0, cls.env["res.company"].search([]).ids)],
        )
        # Of each of them there is something to be seen.
        for user in (cls.user_seller, cls.user_all, cls.user_two_roles):
            cls._make_lead(name=f"For {user.login}", user_id=user.id)
        cls.users = [
            cls.user_seller,
            cls.user_all,
            cls.user_manager,
            cls.user_two_roles,
            cls.user_admin,
        ]

    def _action(self, menu):
        return self.env[menu["action_model"]].sudo().browse(menu["action_id"])

    def _screen(self, menu):
        """Return what tells one screen from another."""
        action = self._action(menu)
        if action._name != "ir.actions.act_window":
            return (action._name, action.id)
        views = tuple((view.view_mode, view.view_id.id) for view in action.view_ids)
        return (
            action.res_model,
            action.domain or "[]",
            action.context or "{}",
            action.view_mode,
            action.view_id.id,
            views,
        )

    def test_a_salesperson_has_at_most_seven_daily_entries_of_ours(self):
        for use in (False, True):
            self._use_leads(use)
            daily = [
                menu["xmlid"]
                for menu in self._under(self.user_seller, without=NOT_DAILY)
                if menu["action_id"] and menu["xmlid"].startswith(OWN)
            ]
            self.assertLessEqual(len(daily), 7, daily)
            self.assertIn(OWN + "crm_lead_agenda_menu", daily)

    def test_no_screen_stands_twice(self):
        for use in (False, True):
            self._use_leads(use)
            for user in self.users:
                seen = {}
                for menu in self._under(user):
                    if menu["action_id"]:
                        seen.setdefault(self._screen(menu), []).append(menu["xmlid"])
                twice = [
                    names
                    for names in seen.values()
                    if len(names) > 1 and any(name.startswith(OWN) for name in names)
                ]
                self.assertFalse(twice, f"{user.login}, leads {use}")

    def test_no_name_stands_twice_in_one_place(self):
        for use in (False, True):
            self._use_leads(use)
            loaded, root = self._loaded(self.user_manager)
            for menu in [loaded[root], *self._under(self.user_manager)]:
                names = [loaded[child]["name"] for child in menu["children"]]
                self.assertEqual(len(names), len(set(names)), names)

    def test_no_menu_is_a_dead_end(self):
        """Each leaf opens for its reader: its views, and what they ask for of the first page."""
        for use in (False, True):
            self._use_leads(use)
            for user in self.users:
                for menu in self._under(user):
                    with self.subTest(user=user.login, menu=menu["xmlid"]):
                        self._open(user, menu)

    def test_a_card_reads_what_its_view_has_loaded(self):
        """On a phone a list is cards: one asked for a field that it had not, and broke."""
        for view in self.env["ir.ui.view"].search([("type", "=", "kanban")]):
            if not view.xml_id.startswith(OWN):
                continue
            arch = view._get_combined_arch()
            loaded = set(arch.xpath("//field/@name"))
            read = set(re.findall(r"\brecord\.(\w+)", etree.tostring(arch).decode()))
            self.assertLessEqual(read, loaded, view.xml_id)

    def _open(self, user, menu):
        """Open a menu as its reader does, as far as a server can: what the screen asks for."""
        if not menu["action_id"]:
            self.assertTrue(menu["children"], "a menu without anything")
            return
        if not menu["xmlid"].startswith(OWN):
            return
        action = self._action(menu)
        if action._name == "ir.actions.act_window":
            self._open_window(user, action)
        elif action._name == "ir.actions.client":
            model, method = PAGES[action.tag]
            self.assertTrue(getattr(self.env[model].with_user(user), method)())
        elif action._name == "ir.actions.server":
            self.assertTrue(action.with_user(user).run())

    def _open_window(self, user, action):
        model = self.env[action.res_model].with_user(user)
        modes = [mode for mode in action.view_mode.split(",") if mode != "search"]
        views = [(view.view_id.id, view.view_mode) for view in action.view_ids]
        views += [
            (False, mode) for mode in modes if mode not in dict(map(reversed, views))
        ]
        views = [
            (action.view_id.id, mode)
            if not view and mode == action.view_id.type
            else (view, mode)
            for view, mode in views
        ]
        loaded = model.get_views([*views, (action.search_view_id.id, "search")])
        names = {"uid": user.id, "active_id": False, "active_ids": []}
        domain = safe_eval(action.domain or "[]", names)
        model = model.with_context(**safe_eval(action.context or "{}", names))
        known = loaded["models"][action.res_model]["fields"]
        for mode, view in loaded["views"].items():
            arch = etree.fromstring(view["arch"])
            shown = {
                name: {}
                for name in arch.xpath("//field[not(ancestor::field)]/@name")
                if name in known
            }
            if mode == "form" and action.target == "new":
                model.onchange({}, [], shown)
            elif mode in ("list", "kanban"):
                model.web_search_read(domain, shown, limit=2)
            elif mode in ("pivot", "graph"):
                model.formatted_read_group(domain, [], ["__count"])
