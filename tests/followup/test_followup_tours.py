# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..test_main_tours import MainTours


class FollowupTours(MainTours):
    """Leads that somebody is late with."""

    def _late_leads(self):
        self.env["crm.followup.duty"].search([]).active = False
        self.env["crm.followup.policy"].search([]).active = False
        # Around the clock: the tour does not depend on the day on which it runs.
        self.company.resource_calendar_id = False
        self.env["crm.followup.policy"].create({"name": "All", "first_days": 3})
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "user_id": self.user_seller.id,
                    "team_id": self.team_north.id,
                    "contact_name": contact,
                    "type": "opportunity",
                    "expected_revenue": 20000,
                }
                for name, contact in (
                    ("Six espresso machines", "Noura Al Sayed"),
                    ("Hostel in Porto", "Rui Nunes"),
                )
            ]
        )
        now = fields.Datetime.now()
        engine = self.env["crm.followup.engine"]
        for lead in leads:
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "call",
                        "direction": "out",
                        "outcome": "talked",
                        "is_human": True,
                        "occurred_on": now - timedelta(days=9),
                    }
                ]
            )
        engine._plan(leads)
        late = leads.followup_ids.filtered(lambda one: one.state == "planned")
        # Until the end of the day, as Odoo's activities are.
        day = now.replace(hour=23, minute=59, second=59, microsecond=0)
        late.due_on = day - timedelta(days=1)
        late.planned_on = now - timedelta(days=6)
        return leads

    def _in_arabic(self, user):
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["ir.module.module"].search(
            [("name", "=", "crm_lead_management")]
        )._update_translations("ar_001")
        user.lang = "ar_001"

    def _monday(self):
        """Walk a leader's Monday: the figures, who is late, the weekly review."""
        # The demo company has a namesake.
        self.user_seller.name = "Salma Noor"
        first, _second = self._late_leads()
        yesterday = fields.Datetime.now() - timedelta(days=1)
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s", (yesterday, first.id)
        )
        self.env.invalidate_all()
        meetings = self.env["crm.review.meeting"]
        meetings.search([]).unlink()
        meeting = meetings.create({"team_id": self.team_north.id})
        self._tour("/odoo/lead-insight", "main_monday", "lead_manager")
        meeting.invalidate_recordset()
        self.assertEqual(meeting.state, "held")


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestFollowupTours(FollowupTours):
    browser_size = "1366x900"

    def test_a_day_from_my_day_alone(self):
        first, second = self._late_leads()
        self._tour("/odoo/lead-day", "followup_day", "lead_seller")
        first.invalidate_recordset()
        self.assertEqual(
            sorted(first.followup_ids.mapped("state")), ["late", "planned"]
        )
        planned = first.followup_ids.filtered(lambda one: one.state == "planned")
        self.assertEqual(planned.note_before, "Who signs?")
        self.assertIn("skipped", second.followup_ids.mapped("state"))

    def test_a_day_in_arabic(self):
        self._in_arabic(self.user_seller)
        first, _second = self._late_leads()
        self._tour("/odoo/lead-day", "followup_day_arabic", "lead_seller")
        first.invalidate_recordset()
        self.assertIn("late", first.followup_ids.mapped("state"))

    def test_a_monday(self):
        self._monday()

    def test_a_monday_in_arabic(self):
        self._in_arabic(self.user_manager)
        self._monday()

    def test_a_leader_finds_who_is_late(self):
        # The demo company has a namesake.
        self.user_seller.name = "Salma Noor"
        leads = self._late_leads()
        self.env["crm.routing.rule"].search([]).active = False
        self.env["crm.routing.rule"].create(
            {"name": "All", "method": "round_robin", "team_id": self.team_north.id}
        )
        self._tour("/odoo/lead-team", "followup_team", "lead_manager")
        leads.invalidate_recordset()
        self.assertEqual(leads.user_id, self.user_colleague)
        steps = leads.followup_ids
        # Whoever was late stays late; whoever has it now was not born late.
        late = steps.filtered(lambda one: one.user_id == self.user_seller)
        self.assertEqual(set(late.mapped("state")), {"missed"})
        now = fields.Datetime.now()
        planned = steps.filtered(lambda one: one.state == "planned")
        self.assertEqual(planned.user_id, self.user_colleague)
        self.assertTrue(all(step.due_on > now for step in planned))

    def test_the_matrix(self):
        duties = self.env["crm.followup.duty"].with_context(active_test=False)
        duties.search(
            [("code", "in", ("welcome", "needs_call", "offer"))]
        ).active = True
        self._tour("/odoo/lead-duties", "followup_matrix", "lead_manager")

    def test_the_weekly_review(self):
        first, _second = self._late_leads()
        meeting = self.env["crm.review.meeting"].create({"team_id": self.team_north.id})
        line = meeting.line_ids.filtered(lambda one: one.lead_id == first)
        due = fields.Datetime.now() + timedelta(days=1)
        line.write({"decision": "call", "due_on": due})
        self._tour(f"/odoo/lead-review/{meeting.id}", "followup_review", "lead_manager")
        self.assertEqual(line.followup_id.due_on, due)


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestFollowupToursPhone(FollowupTours):
    browser_size = "390x844"
    touch_enabled = True

    def test_a_day_on_the_phone(self):
        first, _second = self._late_leads()
        self._tour("/odoo/lead-day", "followup_day_phone", "lead_seller")
        first.invalidate_recordset()
        self.assertIn("late", first.followup_ids.mapped("state"))

    def test_a_day_on_the_phone_in_arabic(self):
        self._in_arabic(self.user_seller)
        first, _second = self._late_leads()
        self._tour("/odoo/lead-day", "followup_day_phone", "lead_seller")
        first.invalidate_recordset()
        self.assertIn("late", first.followup_ids.mapped("state"))

    def test_a_monday_on_the_phone(self):
        self._monday()

    def test_a_monday_on_the_phone_in_arabic(self):
        self._in_arabic(self.user_manager)
        self._monday()
