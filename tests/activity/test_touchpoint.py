# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestTouchpoint(LeadCommon):
    """Events of leads: recorded once, never changed, seen with the lead."""

    def _record(self, *vals_list):
        return self.env["crm.touchpoint"]._record(list(vals_list))

    def test_defaults(self):
        lead = self._make_lead()
        touchpoint = self._record({"lead_id": lead.id, "kind": "call"})
        self.assertEqual(lead.touchpoint_ids, touchpoint)
        self.assertEqual(touchpoint.direction, "internal")
        self.assertFalse(touchpoint.is_human)
        self.assertTrue(touchpoint.occurred_on)

    def test_the_same_event_is_recorded_once(self):
        lead = self._make_lead()
        event = {
            "lead_id": lead.id,
            "kind": "social",
            "source": "net",
            "external_ref": "7",
        }
        self.assertEqual(len(self._record(event, event)), 1)
        self.assertFalse(self._record(event))
        self.assertEqual(len(self._record({**event, "source": "other net"})), 1)
        self.assertEqual(len(self._record({**event, "external_ref": False})), 1)
        self.assertEqual(len(self._record({**event, "external_ref": False})), 1)

    def test_the_same_event_without_a_source_is_recorded_once(self):
        event = {"lead_id": self._make_lead().id, "kind": "form", "external_ref": "9"}
        self.assertTrue(self._record(event))
        self.assertFalse(self._record(event))

    def test_a_lead_that_is_gone_is_skipped(self):
        gone = self._make_lead()
        gone.unlink()
        lead = self._make_lead()
        touchpoints = self._record(
            {"lead_id": gone.id, "kind": "call"}, {"lead_id": lead.id, "kind": "call"}
        )
        self.assertEqual(touchpoints.lead_id, lead)

    def test_unusable_values(self):
        lead = self._make_lead()
        with self.assertRaises(ValidationError):
            self._record({"lead_id": lead.id, "kind": "telepathy"})
        with self.assertRaises(ValidationError):
            self._record({"lead_id": lead.id, "kind": "call", "direction": "up"})
        with self.assertRaises(ValidationError):
            self._record({"kind": "call"})
        self.assertEqual(
            self._record(
                {"lead_id": lead.id, "kind": "call", "value": float("nan")}
            ).value,
            0,
        )

    def test_leads_are_told(self):
        leads = self._make_leads(2)
        told = []
        with patch.object(
            type(leads),
            "_lead_touched",
            lambda self, touchpoints: told.append((self.ids, touchpoints.ids)),
        ):
            touchpoints = self._record(
                *[{"lead_id": lead.id, "kind": "call"} for lead in (*leads, *leads)]
            )
        self.assertEqual(told, [(leads.ids, touchpoints.ids)])

    def test_merge_keeps_the_story(self):
        leads = self._make_leads(2, type="opportunity")
        self._record(*[{"lead_id": lead.id, "kind": "call"} for lead in leads])
        self.assertEqual(len(leads.merge_opportunity().touchpoint_ids), 2)

    def test_constant_number_of_queries(self):
        def run(size):
            vals_list = [
                {
                    "lead_id": lead.id,
                    "kind": "web_visit",
                    "occurred_on": datetime(2024, 1, 2),
                }
                for lead in self._make_leads(size)
            ]
            return lambda: self.env["crm.touchpoint"]._record(vals_list)

        self.assertSameQueryCount(run, 10, 100)

    def test_read_with_the_lead_and_written_by_nobody(self):
        mine = self._make_lead(user_id=self.user_seller.id)
        others = self._make_lead(user_id=self.user_colleague.id)
        touchpoints = self._record(
            {"lead_id": mine.id, "kind": "call"}, {"lead_id": others.id, "kind": "call"}
        )
        Touchpoint = self.env["crm.touchpoint"]
        domain = [("id", "in", touchpoints.ids)]
        self.assertEqual(
            Touchpoint.with_user(self.user_seller).search(domain).lead_id, mine
        )
        self.assertEqual(Touchpoint.with_user(self.user_all).search_count(domain), 2)
        self.assertEqual(
            Touchpoint.with_user(self.user_manager).search_count(domain), 2
        )
        with self.assertRaises(AccessError):
            touchpoints[0].with_user(self.user_manager).write({"kind": "sms"})
        with self.assertRaises(AccessError):
            Touchpoint.with_user(self.user_manager).create(
                {"lead_id": mine.id, "kind": "call"}
            )
        with self.assertRaises(AccessError):
            touchpoints[0].with_user(self.user_manager).unlink()

    def test_number_on_the_lead(self):
        mine = self._make_lead(user_id=self.user_seller.id)
        self._record(*[{"lead_id": mine.id, "kind": "call"}] * 3)
        lead = mine.with_user(self.user_seller)
        self.assertEqual(lead.touchpoint_count, 3)
        action = lead.action_open_touchpoints()
        found = self.env["crm.touchpoint"].with_user(self.user_seller)
        self.assertEqual(found.search(action["domain"]), mine.touchpoint_ids)
        self._record({"lead_id": mine.id, "kind": "call"})
        self.assertEqual(lead.touchpoint_count, 4)
        self.assertEqual(self.env["crm.lead"].new({"name": "New"}).touchpoint_count, 0)

        def run(size):
            leads = self._make_leads(size)
            return lambda: leads.mapped("touchpoint_count")

        self.assertSameQueryCount(run, 10, 100)

    def test_screens(self):
        """The menus open for a salesperson, with a text where nothing happened yet."""
        for name, modes in (
            ("crm_touchpoint_action", "list,kanban,pivot,graph,form"),
            ("crm_touchpoint_action_analysis", "graph,pivot,list,form"),
        ):
            action = self.env.ref(f"crm_lead_management.{name}")
            self.assertEqual(action.view_mode, modes)
            self.assertTrue(action.help)
            touchpoints = self.env["crm.touchpoint"].with_user(self.user_seller)
            views = [(False, mode) for mode in modes.split(",")] + [(False, "search")]
            found = touchpoints.get_views(views)["views"]
            self.assertEqual(set(found), {*modes.split(","), "search"})
        menu = self.env.ref("crm_lead_management.crm_touchpoint_menu_analysis")
        self.assertEqual(menu.parent_id, self.env.ref("crm.crm_menu_report"))
        menus = self.env["ir.ui.menu"].with_user(self.user_seller)
        self.assertIn(menu.id, menus._visible_menu_ids())
