# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.scoring.grading.questions import Questions
from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestVersions(ScoringCommon):
    """Shadow, pilot and live; grades by hand; what is done on reaching a grade."""

    def _without_jobs(self):
        if "queue.job" in self.env:
            self.skipTest("with queue_job it runs as jobs: see test_queue_job")

    def test_a_shadow_changes_no_visible_grade(self):
        self._make_scorecard(("Any", 60, []))
        lead = self._make_lead()
        shadow = self._make_scorecard(("Any", 5, []), state="draft")
        shadow.with_user(self.user_manager).action_shadow()
        self.env["crm.score.engine"]._score(lead)
        self.assertEqual(lead.lead_grade, 4)
        stored = self.env["crm.lead.grade.shadow"].search([("lead_id", "=", lead.id)])
        self.assertEqual((stored.grade, stored.points, stored.live_grade), (1, 5, 4))
        shadow.rule_ids.points = 30
        self.env["crm.score.engine"]._score(lead)
        stored.invalidate_recordset()
        self.assertEqual((stored.grade, stored.points), (2, 30))
        self.assertEqual(lead.grade_log_ids.mapped("to_grade"), [4])
        with self.assertRaises(AccessError):
            stored.with_user(self.user_seller).read(["grade"])
        with self.assertRaises(AccessError):
            stored.with_user(self.user_manager).write({"grade": 5})

    def test_a_pilot_grades_its_teams_only(self):
        live = self._make_scorecard(("Any", 20, []))
        pilot = self._make_scorecard(("Any", 80, []), state="draft")
        with self.assertRaises(ValidationError):
            pilot.state = "pilot"
        pilot.pilot_team_ids = self.team_south
        pilot.with_user(self.user_manager).action_pilot()
        north = self._make_lead(team_id=self.team_north.id)
        south = self._make_lead(team_id=self.team_south.id)
        self.assertEqual((north.lead_grade, south.lead_grade), (2, 5))
        self.assertEqual(self.env["crm.score.engine"]._scorecard_of(north), live)
        self.assertEqual(self.env["crm.score.engine"]._scorecard_of(south), pilot)
        self.assertExplained(north | south)
        north.team_id = self.team_south
        self.assertEqual(north.lead_grade, 5)
        pilot.action_retire()
        self.env["crm.score.engine"]._score(north)
        self.assertEqual(north.lead_grade, 2)

    def test_a_pilot_on_a_share_of_the_leads(self):
        self._make_scorecard(("Any", 20, []))
        self._make_scorecard(("Any", 80, []), state="pilot", pilot_share=30)
        leads = self._make_leads(100)
        grades = leads.mapped("lead_grade")
        self.assertEqual({2, 5}, set(grades))
        self.assertEqual(grades.count(5), 30)
        self.assertExplained(leads[:20])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            self._make_scorecard(state="pilot", pilot_share=101)

    def test_publishing_scores_the_open_leads_in_the_background(self):
        self._without_jobs()
        leads = self._make_leads(3)
        draft = self._make_scorecard(("Any", 60, []), state="draft")
        draft.action_publish()
        self.assertEqual(leads.mapped("lead_grade"), [0, 0, 0])
        self.assertGreaterEqual(draft.rescore_remaining, 3)
        self.env["crm.score.engine"]._cron_score()
        draft.invalidate_recordset()
        self.assertEqual(leads.mapped("lead_grade"), [4, 4, 4])
        self.assertEqual(draft.rescore_remaining, 0)

    def test_a_pass_that_was_killed_goes_on_where_it_was(self):
        self._without_jobs()
        leads = self._make_leads(4)
        self._make_scorecard(("Any", 60, []), state="draft").action_publish()
        params = self.env["ir.config_parameter"]
        params.set_param("crm_lead_management.score_cursor", str(leads[1].id))
        self.env["crm.score.engine"]._cron_score()
        self.assertEqual(leads.mapped("lead_grade"), [0, 0, 4, 4])

    def _by_hand(self, lead, user=None, **values):
        Wizard = self.env["crm.lead.grade.manual"].with_user(user or self.user_seller)
        return Wizard.create(
            {"lead_id": lead.id, "grade": "5", "reason": "Met them", **values}
        )

    def test_grade_by_hand(self):
        self._make_scorecard(("Any", 20, []))
        lead = self._make_lead(user_id=self.user_seller.id)
        self.assertEqual(lead.lead_grade, 2)
        self._by_hand(lead, until=fields.Date.today() + timedelta(days=3)).action_set()
        self.assertEqual(
            (lead.lead_grade, lead.lead_band, lead.is_mql), (5, "focus", True)
        )
        self.assertEqual(lead.lead_points, 20)
        self.assertIn("Met them", lead.get_grade_explanation()["manual"])
        self.assertIn("Met them", lead.message_ids[0].body)
        now = fields.Datetime.now() + timedelta(days=5)
        self.assertEqual(self.env["crm.score.engine"]._score_by_clock(now), 1)
        self.assertEqual(lead.lead_grade, 2)

    def test_grade_by_hand_is_taken_back(self):
        self._make_scorecard(("Any", 20, []))
        lead = self._make_lead(user_id=self.user_seller.id)
        self._by_hand(lead).action_set()
        self._by_hand(lead).action_reset()
        self.assertEqual((lead.lead_grade, lead.grade_manual), (2, 0))

    def test_grade_by_hand_needs_reason_and_right(self):
        lead = self._make_lead(user_id=self.user_seller.id)
        with self.assertRaises(UserError):
            self._by_hand(lead, reason=" ").action_set()
        with self.assertRaises(UserError):
            self._by_hand(lead, until=date(2020, 1, 1)).action_set()
        with self.assertRaises(AccessError):
            self._by_hand(lead, user=self.user_colleague).action_set()

    def _plan(self):
        return self.env["mail.activity.plan"].create(
            {
                "name": "Call fast",
                "res_model": "crm.lead",
                "template_ids": [
                    (
                        0,
                        0,
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_call"
                            ).id,
                            "summary": "Call",
                            "responsible_type": "other",
                            "responsible_id": self.user_manager.id,
                        },
                    )
                ],
            }
        )

    def test_the_plan_of_a_grade_is_launched_once(self):
        card = self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        card.grade_ids.filtered(lambda row: row.grade == 4).plan_id = self._plan()
        lead = self._make_lead(user_id=self.user_seller.id)
        self.assertFalse(lead.activity_ids)
        lead.with_user(self.user_seller).company_size = 100
        self.assertEqual(lead.activity_ids.mapped("summary"), ["Call"])
        self.assertEqual(lead.activity_ids.user_id, self.user_manager)
        lead.company_size = 1
        lead.company_size = 100
        self.assertEqual(len(lead.activity_ids), 1)
        self.assertEqual(
            self._make_lead(company_size=100).activity_ids.mapped("summary"), ["Call"]
        )

    def test_passes_over_many_leads_launch_no_plans(self):
        leads = self._make_leads(2, company_size=100)
        card = self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        card.grade_ids.filtered(lambda row: row.grade == 4).plan_id = self._plan()
        self.env["crm.score.engine"]._score()
        self.assertEqual(leads.mapped("lead_grade"), [4, 4])
        self.assertFalse(leads.activity_ids)

    def test_a_plan_that_cannot_start_stops_nothing(self):
        card = self._make_scorecard(("Any", 60, []))
        plan = self._plan()
        plan.template_ids.write(
            {"responsible_type": "on_demand", "responsible_id": False}
        )
        card.grade_ids.plan_id = plan
        self.assertEqual(self._make_lead().lead_grade, 4)

    def test_next_best_question(self):
        self._make_scorecard(
            ("Big", 30, [("company_size", ">=", 100)]),
            ("Mid", 10, [("company_size", ">=", 10)]),
            ("No phone", -15, [("phone", "=", False)]),
            ("Known", 9, [("city", "=", "A")]),
        )
        lead = self._make_lead(city="B")
        self.assertEqual(
            Questions(lead).values(),
            {"company_size": 40, "phone": 15},
        )
        self.assertEqual(lead._lead_question_values()["company_size"], 40)
        lead.company_size = 100
        self.assertEqual(lead._lead_question_values(), {"phone": 15})
