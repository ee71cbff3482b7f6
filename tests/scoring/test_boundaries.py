# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.common.rule.rule_set import RuleSet
from ...models.scoring.learning.closed import ClosedLeads
from .common import ScoringCommon
from .test_honest import HonestCommon

NOW = datetime(2025, 6, 30, 12, 0)


@tagged("post_install", "-at_install")
class TestBoundaries(ScoringCommon):
    """The very moment, the very mark; and what each condition on a state leaves out."""

    def _aged(self, **age):
        """Create a lead so long before NOW."""
        lead = self._make_lead()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            (NOW - timedelta(**age), lead.id),
        )
        self.env.invalidate_all()
        return lead

    def _points_at(self, lead, card, **later):
        now = NOW + timedelta(**later)
        return self.env["crm.score.engine"]._points(lead, card, now)[lead.id]

    def test_an_event_exactly_so_many_days_ago(self):
        rule = {"name": "R", "points": 5, "measure": "at_least", "event_days": 7}
        card, lead = self._make_scorecard(rule, state="draft"), self._aged(days=50)
        self.env["crm.touchpoint"]._record(
            [{"lead_id": lead.id, "kind": "web_visit", "occurred_on": NOW}]
        )
        self.assertEqual(self._points_at(lead, card), 5, "the moment it happens")
        self.assertEqual(self._points_at(lead, card, days=7, seconds=-1), 5)
        self.assertEqual(self._points_at(lead, card, days=7), 0)

    def test_the_last_day_of_grace(self):
        rule = {
            "name": "R",
            "points": -5,
            "measure": "fewer",
            "event_count": 1,
            "grace_days": 10,
        }
        card, lead = self._make_scorecard(rule, state="draft"), self._aged(days=10)
        self.assertEqual(self._points_at(lead, card, seconds=-1), 0)
        self.assertEqual(self._points_at(lead, card), -5)

    def test_known_as_much_as_it_takes(self):
        """UX A8: at the very share a grade counts; below it, it is provisional."""
        self.env["crm.info.item"].search([]).active = False
        self.env["crm.info.item"].create(
            [{"name": name, "field_name": name} for name in ("city", "street")]
        )
        self.company.lead_known_least = 50
        self._make_scorecard()
        lead = self._make_lead(city="A")
        self.assertEqual((lead.info_completeness, lead.lead_band), (50, "leave"))
        self.company.lead_known_least = 51
        self.env["crm.score.engine"]._cron_score()
        self.assertEqual(lead.lead_band, "nurture")

    def test_points_that_just_reach_a_grade(self):
        card = self._make_scorecard(("Any", 60, []))
        starts = {row.grade: row.threshold for row in card.grade_ids}
        lead = self._make_lead()
        for grade in (5, 4, 3, 2):
            for less, expected in ((0, grade), (0.01, grade - 1)):
                card.rule_ids.points = starts[grade] - less
                self.env["crm.score.engine"]._score(lead)
                self.assertEqual(lead.lead_grade, expected, (grade, less))
                self.assertEqual(card._grade_of(lead.lead_points), expected)

    def test_a_share_of_a_team_is_no_share_of_all(self):
        self._make_scorecard(("Any", 20, []))
        self._make_scorecard(
            ("Any", 80, []),
            state="pilot",
            pilot_share=30,
            pilot_team_ids=[(4, self.team_south.id)],
        )
        north = self._make_leads(50, team_id=self.team_north.id)
        south = self._make_leads(50, team_id=self.team_south.id)
        self.assertEqual(set(north.mapped("lead_grade")), {2})
        self.assertEqual(set(south.mapped("lead_grade")), {2, 5})

    def test_a_pilot_of_a_company_is_no_live_card(self):
        """The general card goes on for those leads of a company that its pilot leaves."""
        other = self.env["res.company"].create({"name": "Other"})
        self._make_scorecard(("Any", 40, []))
        self._make_scorecard(
            ("Any", 80, []),
            state="pilot",
            company_id=other.id,
            pilot_team_ids=[(4, self.team_south.id)],
        )
        lead = self._make_lead(company_id=other.id, team_id=False, user_id=False)
        self.assertEqual(lead.lead_points, 40)

    def test_a_lead_of_no_company_where_each_has_its_own(self):
        """Fault 25: with two cards and no general one it is graded all the same."""
        other = self.env["res.company"].create({"name": "Other"})
        self._make_scorecard(("Own", 40, []), company_id=self.company.id)
        self._make_scorecard(("Own", 40, []), company_id=other.id)
        lead = self._make_lead(company_id=False, team_id=False, user_id=False)
        self.assertEqual(lead.lead_points, 40)

    def test_of_merged_leads_a_grade_of_today(self):
        """Fault 17: on its last day a grade by hand is still kept; one that ended is not."""
        self._make_scorecard(("A", 30, []))
        for days, grade in ((0, 5), (-1, 0)):
            kept, other = self._make_lead(type="opportunity"), self._make_lead()
            other.write(
                {
                    "grade_manual": 5,
                    "grade_manual_reason": "Met",
                    "grade_manual_until": fields.Date.today() + timedelta(days),
                }
            )
            merged = (kept | other).merge_opportunity()
            self.assertEqual(merged.grade_manual or 0, grade, days)

    def test_closed_leads_are_not_judged_anew(self):
        """A question that is edited changes no verdict on leads that are won or lost."""
        question = self.env["crm.qualifier"].create(
            {"name": "Seats", "kind": "number", "number_test": "min", "number_from": 10}
        )
        lead, closed = self._make_leads(2)
        for each in (lead, closed):
            each.action_answer_qualifier(question.id, 12)
        closed.action_set_won()
        question.number_from = 20
        self.assertEqual(lead.qualification_state, "failed")
        self.assertEqual(closed.qualification_state, "passed")

    def test_closed_leads_keep_an_archived_persona(self):
        persona = self.env["crm.persona"].create(
            {
                "name": "P",
                "criterion_ids": [
                    (0, 0, {"name": "C", "domain": "[('city', '=', 'R')]"})
                ],
            }
        )
        lead, closed = self._make_leads(2, city="R")
        closed.action_set_won()
        persona.active = False
        self.assertFalse(lead.persona_id)
        self.assertEqual(closed.persona_id, persona)

    def test_a_shadow_that_is_edited(self):
        """Fault 19: the grades that only the scoring team sees follow, too."""
        if "queue.job" in self.env:
            self.skipTest("with queue_job it runs as jobs: see test_queue_job")
        card = self._make_scorecard(("Any", 30, []), state="shadow")
        lead = self._make_lead()
        self.env["crm.score.engine"]._cron_score()
        card.rule_ids.points = 95
        self.env["crm.score.engine"]._cron_score()
        shadow = self.env["crm.lead.grade.shadow"].search([("lead_id", "=", lead.id)])
        self.assertEqual(shadow.grade, 5)

    def test_a_grade_by_hand_until_today(self):
        self._make_scorecard(("Any", 30, []))
        lead = self._make_lead()
        Wizard = self.env["crm.lead.grade.manual"].with_context(default_lead_id=lead.id)
        with freeze_time("2031-03-05 12:00:00"):
            values = {"grade": "5", "reason": "Met them"}
            with self.assertRaises(UserError):
                Wizard.create({**values, "until": date(2031, 3, 4)}).action_set()
            Wizard.create({**values, "until": date(2031, 3, 5)}).action_set()
        self.assertEqual(lead.lead_grade, 5)

    def test_who_may_not_write_a_lead_sets_no_grade(self):
        self._make_scorecard(("Any", 30, []))
        lead = self._make_lead(user_id=self.user_manager.id)
        wizards = self.env["crm.lead.grade.manual"].with_user(self.user_seller)
        wizard = wizards.create({"lead_id": lead.id, "grade": "5", "reason": "R"})
        for grade in (5, 0):
            with self.assertRaises(AccessError):
                wizard._store(grade, "R", False)
        self.assertFalse(lead.grade_manual)

    def test_the_shipped_card_is_kept_in_memory(self):
        """House F4: the second lead finds its statements ready with all that is shipped."""
        card = self.env.ref("crm_lead_management.crm_scorecard_starter")
        card.write({"active": True, "state": "live"})
        leads = self.env["crm.lead"].with_user(self.user_all)
        leads.create({"name": "First", "phone": "+966501234567"}).phone = False
        made, compiled = [], RuleSet.compiled

        def compile_and_note(rules):
            made.append(rules.source)
            return compiled(rules)

        with patch.object(RuleSet, "compiled", compile_and_note):
            lead = leads.create({"name": "Second", "phone": "+966501234567"})
            lead.phone = False
        self.assertTrue(lead.sudo().lead_grade)
        self.assertEqual(made, [])

    def test_the_name_of_an_answer(self):
        """UX A13: a new one is not titled "False:"."""
        answers = self.env["crm.qualifier.answer"]
        self.assertNotIn("False", answers.new({}).display_name or "")
        question = self.env["crm.qualifier"].create({"name": "Q", "kind": "yes_no"})
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, "yes")
        self.assertEqual(lead.qualifier_answer_ids.display_name, "Q: Yes")


@tagged("post_install", "-at_install")
class TestBoundariesOfJudging(HonestCommon):
    """What figures of closed leads rest on."""

    def test_revenue_at_the_rate_of_the_close(self):
        """Fault 21: not at the rate of today."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.env["res.currency.rate"].create(
            [
                {"currency_id": yen.id, "name": "2020-01-01", "rate": 100.0},
                {"currency_id": yen.id, "name": fields.Date.today(), "rate": 200.0},
            ]
        )
        tokyo = self.env["res.company"].create({"name": "Tokyo", "currency_id": yen.id})
        self._closed_leads(1, 0, company_id=tokyo.id, team_id=False)
        lead = self.env["crm.lead"].search([], order="id desc", limit=1)
        self.env.cr.execute(
            "UPDATE crm_lead SET expected_revenue = 100000 WHERE id = %s", [lead.id]
        )
        self.env.invalidate_all()
        closed = ClosedLeads(self.env)
        rows = closed.find([("id", "=", lead.id)])
        self.assertEqual(
            closed.revenues(rows, self.company.currency_id), [1000.0], "100 to 1"
        )

    def test_a_field_that_shows_another_ones_outcome(self):
        """Fault 2: a related field is what it is related to."""
        leads, _closed = self._closed_leads(30, 30)
        card = self._draft(("Role", 5, [("stage_role", "=", "customer")]))
        self.assertIn("Role", self._judge(card, leads).warning)

    def test_changes_of_before_the_close_leave_nobody_out(self):
        """Fault 1: a fact that was filled in while the lead was open counts."""
        leads, closed = self._closed_leads(30, 30)
        field = self.env["ir.model.fields"]._get("crm.lead", "email_from")
        for days in (-3, 3):
            self.env["mail.message"].create(
                {
                    "model": "crm.lead",
                    "res_id": leads[0].id,
                    "date": closed + timedelta(days),
                    "tracking_value_ids": [
                        (0, 0, {"field_id": field.id, "old_value_char": "a@b.example"})
                    ],
                }
            )
            changed = ClosedLeads(self.env).changed_since(leads.ids, {"email_from"})
            self.assertEqual(bool(changed), days > 0)
