# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import RoutingCommon

FRIDAY = "2024-01-05 %s:00"


@tagged("post_install", "-at_install")
class TestRoutingForecast(RoutingCommon):
    """Who would answer too late, in a dry run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["resource.calendar.leaves"].search([]).unlink()
        calendar = cls.env["resource.calendar"].create(
            {"name": "Weekdays", "tz": "UTC"}
        )
        cls.members.routing_calendar_id = calendar
        cls.pool.tz = "UTC"

    def _arrive(self, *moments, **values):
        leads = self._make_waiting(len(moments), **values)
        for lead, moment in zip(leads, moments, strict=True):
            self.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s", (moment, lead.id)
            )
        leads.invalidate_recordset(["create_date"])
        return leads

    def _trial(self, leads, rule, **values):
        trial = self.env["crm.routing.trial"].with_user(self.user_manager)
        trial = trial.create(
            {"count": len(leads), "rule_ids": [(6, 0, rule.ids)], **values}
        )
        trial.action_try()
        return trial

    def test_a_person_answers_one_lead_after_the_other(self):
        rule = self._make_rule(method="fixed", user_id=self.pool[0].id)
        rule.write({"response_minutes": 30, "active": False})
        leads = self._arrive(*[FRIDAY % "09:00"] * 3, FRIDAY % "14:00")
        trial = self._trial(leads, rule)
        self.assertTrue(trial.has_limits)
        self.assertEqual(trial.late, 1)
        self.assertEqual(trial.line_ids.filtered("late").lead_id, leads[2])
        self.assertEqual(trial.member_ids.mapped("late"), [1, 0])
        self.assertIn("1 of 4", trial.late_text)
        self.assertEqual(self._trial(leads, rule, answer_minutes=10).late, 0)
        self.assertFalse(leads.routing_log_ids)

    def test_the_night_and_the_weekend_do_not_count(self):
        rule = self._make_rule(method="fixed", user_id=self.pool[0].id)
        rule.response_minutes = 30
        leads = self._arrive(FRIDAY % "23:00", "2024-01-06 12:00:00")
        self.assertEqual(self._trial(leads, rule).late, 0)
        leads = self._arrive(*[FRIDAY % "23:00"] * 3)
        self.assertEqual(self._trial(leads, rule).late, 1)

    def test_many_hands(self):
        rule = self._make_rule(response_minutes=15)
        leads = self._arrive(*[FRIDAY % "09:00"] * 8)
        trial = self._trial(leads, rule)
        self.assertEqual(trial.late, 4)
        of_pool = trial.member_ids.filtered(lambda line: line.user_id in self.pool)
        self.assertEqual(of_pool.mapped("late"), [1, 1, 1, 1])

    def test_the_limit_of_a_response_time_and_of_nothing(self):
        rule = self._make_rule(method="fixed", user_id=self.pool[0].id)
        leads = self._arrive(*[FRIDAY % "09:00"] * 3)
        trial = self._trial(leads, rule)
        self.assertFalse(trial.has_limits)
        self.assertEqual(trial.late, 0)
        self.assertIn("No time limit", trial.late_text)
        self.env["crm.routing.policy"].create({"name": "Quick", "minutes": 20})
        self.assertEqual(self._trial(leads, rule).late, 2)

    def test_an_ownerless_lead_is_nobody_s_delay(self):
        rule = self._make_rule(response_minutes=15)
        self.members.assignment_optout = True
        self.team_pool.user_id = False
        trial = self._trial(self._arrive(FRIDAY % "09:00"), rule)
        self.assertEqual((trial.waiting, trial.late), (1, 0))
