# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import LeadCommon

# A Thursday: two days on is a Saturday.
THURSDAY = "2026-03-05 09:00:00"


@tagged("post_install", "-at_install")
class TestPlanLauncher(LeadCommon):
    """The one launcher of activity plans: one creation, one message each, working days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Launcher = cls.env["crm.plan.launcher"].with_context(tracking_disable=False)
        call = cls.env.ref("mail.mail_activity_data_call")
        cls.plan = cls.env["mail.activity.plan"].create(
            {
                "name": "Call fast",
                "res_model": "crm.lead",
                "template_ids": [
                    (
                        0,
                        0,
                        {
                            "activity_type_id": call.id,
                            "summary": "Call",
                            "responsible_type": "on_demand",
                            "delay_from": "after_plan_date",
                            "delay_count": 2,
                            "delay_unit": "days",
                        },
                    ),
                    (
                        0,
                        0,
                        {
                            "activity_type_id": call.id,
                            "summary": "Look at it",
                            "responsible_type": "other",
                            "responsible_id": cls.user_manager.id,
                            "delay_count": 0,
                            "delay_unit": "days",
                        },
                    ),
                ],
            }
        )

    def _launch(self, leads):
        before = self.env["mail.message"].search([], order="id desc", limit=1).id or 0
        with freeze_time(THURSDAY):
            refused = self.Launcher._launch(leads.sudo(), self.plan)
        told = self.env["mail.message"].search(
            [("id", ">", before), ("message_type", "=", "user_notification")]
        )
        return refused, told

    def test_one_creation_one_message_each_and_a_note(self):
        leads = self._make_leads(3, user_id=self.user_seller.id)
        Activity = type(self.env["mail.activity"])
        with patch.object(
            Activity, "create", autospec=True, side_effect=Activity.create
        ) as create:
            refused, told = self._launch(leads)
        self.assertFalse(refused)
        self.assertEqual(create.call_count, 1)
        self.assertEqual(len(leads.activity_ids), 6)
        calls = leads.activity_ids.filtered(lambda one: one.summary == "Call")
        # Whoever has the lead does what is asked on demand.
        self.assertEqual(calls.user_id, self.user_seller)
        people = told.partner_ids
        self.assertEqual(
            people, self.user_seller.partner_id | self.user_manager.partner_id
        )
        self.assertEqual(len(told), 2)
        for lead in leads:
            self.assertIn("Call fast", lead.message_ids[0].body)
            self.assertIn("Look at it", lead.message_ids[0].body)

    def test_no_activity_on_a_day_without_work(self):
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Mornings",
                "tz": "UTC",
                "attendance_ids": [
                    (
                        0,
                        0,
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        },
                    )
                    for day in range(5)
                ],
            }
        )
        lead = self._make_lead(user_id=self.user_seller.id)
        self._launch(lead)
        days = {one.summary: one.date_deadline for one in lead.activity_ids}
        self.assertEqual(
            days, {"Call": date(2026, 3, 9), "Look at it": date(2026, 3, 5)}
        )
        # Around the clock each day will do.
        self.company.resource_calendar_id = False
        other = self._make_lead(user_id=self.user_seller.id)
        self._launch(other)
        days = {one.summary: one.date_deadline for one in other.activity_ids}
        self.assertEqual(days["Call"], date(2026, 3, 7))

    def test_one_that_cannot_start_stops_no_other(self):
        good, bad = leads = self._make_leads(2, user_id=self.user_seller.id)
        Template = type(self.env["mail.activity.plan.template"])
        usual = Template._determine_responsible

        def asked(template, on_demand, record):
            found = usual(template, on_demand, record)
            return {**found, "error": "Nobody" if record == bad else found["error"]}

        with patch.object(Template, "_determine_responsible", asked):
            refused, told = self._launch(leads)
        self.assertEqual(refused, {bad.id: "Nobody"})
        self.assertEqual(len(good.activity_ids), 2)
        self.assertFalse(bad.activity_ids)
        # One activity each: Odoo's own message.
        self.assertEqual(len(told), 2)

    def test_the_same_queries_for_few_and_many(self):
        quiet = self.Launcher.with_context(tracking_disable=True)

        def run(size):
            leads = self._make_leads(size, user_id=self.user_seller.id).sudo()
            return lambda: quiet._launch(leads, self.plan)

        # Odoo creates 100 records with each statement.
        self.assertSameQueryCount(run, 10, 50)
        # Whoever follows from the leads is asked for once.
        self._assign("lead_owner")
        self.assertSameQueryCount(run, 10, 50)

    # === WHO FOLLOWS FROM THE LEAD === #

    def _assign(self, kind, **values):
        self.plan.template_ids.write({"responsible_type": kind, **values})

    def _people(self, lead):
        """Return for whom a launch, and Odoo's own window, make the activities of the plan."""
        people = []
        for own_window in (False, True):
            lead.activity_ids.unlink()
            if own_window:
                window = self.env["mail.activity.schedule"].with_user(self.user_manager)
                window = window.with_context(
                    active_model="crm.lead", active_ids=lead.ids, active_id=lead.id
                )
                window = window.create({"plan_id": self.plan.id})
                self.assertFalse(window.error)
                window.action_schedule_plan()
            else:
                refused, _told = self._launch(lead)
                self.assertFalse(refused)
            people.append(lead.activity_ids.user_id)
        self.assertEqual(*people)
        return people[0]

    def test_the_owner_of_the_lead(self):
        """next.md 2.3: never nobody, whoever launches."""
        self._assign("lead_owner")
        lead = self._make_lead(user_id=self.user_seller.id)
        self.assertEqual(self._people(lead), self.user_seller)
        # Nobody's lead: the fallback of the company.
        self.company.lead_fallback_user_id = self.user_colleague
        self.assertEqual(
            self._people(self._make_lead(user_id=False)), self.user_colleague
        )

    def test_the_leader_of_its_team(self):
        self._assign("team_leader")
        team = self.env["crm.team"].create(
            {"name": "Led", "user_id": self.user_all.id, "company_id": self.company.id}
        )
        lead = self._make_lead(user_id=self.user_seller.id, team_id=team.id)
        self.assertEqual(self._people(lead), self.user_all)
        # A team without a leader: the owner.
        team.user_id = False
        self.assertEqual(self._people(lead), self.user_seller)

    def test_who_does_a_step(self):
        self.env["crm.followup.duty"].search([]).unlink()
        self._assign("duty", lead_duty="offer")
        lead = self._make_lead(user_id=self.user_seller.id)
        self.assertEqual(self._people(lead), self.user_seller)
        self.env["crm.followup.duty"].create(
            {"code": "offer", "who": "person", "user_id": self.user_colleague.id}
        )
        self.assertEqual(self._people(lead), self.user_colleague)

    def test_assignments_that_cannot_be(self):
        with self.assertRaises(ValidationError):
            self._assign("duty")
        # Only leads have an owner, a team and steps.
        with self.assertRaises(ValidationError):
            self.env["mail.activity.plan"].create(
                {
                    "name": "Of a contact",
                    "res_model": "res.partner",
                    "template_ids": [(0, 0, {"responsible_type": "lead_owner"})],
                }
            )
