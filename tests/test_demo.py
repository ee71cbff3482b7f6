# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import unittest
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..models.scoring.grading.explainer import Explainer

MODULE = "crm_lead_management"


# The tag of the tours: ./dev/test runs those on a database that has the demo company.
@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestDemo(TransactionCase):
    """The demo company, on databases that have it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(f"{MODULE}.team_gulf_demo", raise_if_not_found=False):
            raise unittest.SkipTest("no demo data here")
        cls.leads = cls._ours("crm.lead")

    @classmethod
    def _ours(cls, model):
        """Return the records of a model that our demo data made."""
        data = cls.env["ir.model.data"].search(
            [
                ("module", "=", MODULE),
                ("model", "=", model),
                ("name", "=like", "%_demo"),
            ]
        )
        return (
            cls.env[model].with_context(active_test=False).browse(data.mapped("res_id"))
        )

    def test_enough_leads_with_grade_and_owner(self):
        self.assertGreaterEqual(len(self.leads), 60)
        share = len(
            self.leads.filtered(lambda lead: lead.lead_grade and lead.user_id)
        ) / len(self.leads)
        self.assertGreaterEqual(share, 0.95)

    def test_the_whole_database_looks_alive(self):
        leads = self.env["crm.lead"].search([])
        good = leads.filtered(lambda lead: lead.lead_grade and lead.user_id)
        self.assertGreaterEqual(len(good), 60)
        self.assertGreaterEqual(len(good) / len(leads), 0.6)

    def test_eight_stages_with_leads(self):
        roles = set(self.leads.stage_id.mapped("lead_role"))
        self.assertEqual(len(roles - {False}), 8)

    def test_reviews_were_held(self):
        """Decisions of the last time, what became of them, and what was not done comes first."""
        first, second = self._ours("crm.review.meeting").sorted("day")
        self.assertEqual((first.state, second.state), ("held", "held"))
        self.assertEqual(second.last_id, first)
        became = set(first.line_ids.mapped("outcome")) - {False}
        self.assertEqual(became, {"done", "late", "missed"})
        self.assertEqual(second.line_ids[0].reason, "1_decided")
        # Next week begins with what was not done.
        third = self.env["crm.review.meeting"].create({"team_id": first.team_id.id})
        self.assertEqual(third.last_id, second)
        self.assertEqual(third.line_ids[0].reason, "1_decided")

    def test_all_grades_personas_and_states(self):
        self.assertEqual(set(self.leads.mapped("lead_grade")), {1, 2, 3, 4, 5})
        self.assertEqual(self.leads.persona_id, self._ours("crm.persona"))
        self.assertEqual(
            set(self.leads.mapped("qualification_state")), {"open", "passed", "failed"}
        )

    def test_work_is_shared(self):
        owners = self.leads.user_id
        self.assertEqual(owners, self._ours("res.users"))
        for leads in self.leads.grouped("user_id").values():
            self.assertGreaterEqual(len(leads), 5)

    def test_who_is_away_gets_nothing_today(self):
        today = self.env.ref(f"{MODULE}.crm_lead_bank_geneva_demo")
        away = self.env.ref(f"{MODULE}.user_tomas_demo")
        log = self.env["crm.lead.routing.log"].search(
            [("lead_id", "=", today.id)], limit=1
        )
        candidate = next(c for c in log.candidates if c["user_id"] == away.id)
        self.assertEqual((candidate["passed"], candidate["reason"]), (False, "away"))

    def test_customers_are_won_and_unqualified_lost(self):
        by_role = self.leads.grouped(lambda lead: lead.stage_id.lead_role)
        self.assertEqual(set(by_role["customer"].mapped("won_status")), {"won"})
        self.assertEqual(set(by_role["inactive"].mapped("won_status")), {"won"})
        self.assertEqual(set(by_role["unqualified"].mapped("won_status")), {"lost"})

    def test_history_is_enough_to_judge_the_scorecard(self):
        scorecard = self.env.ref(f"{MODULE}.scorecard_demo")
        evaluation = scorecard._evaluate([("id", "in", self.leads.ids)])
        self.assertGreaterEqual(evaluation.n, 50)
        self.assertGreater(evaluation.auc, 0.5)

    def test_the_analyses_have_something_to_show(self):
        self.env.flush_all()
        sent = self.env["crm.message.report"].search([])
        self.assertGreaterEqual(len(sent.template_id), 3)
        self.assertTrue(any(sent.mapped("answered")))
        scorecard = self.env.ref(f"{MODULE}.scorecard_demo")
        evaluations = self.env["crm.scorecard.evaluation"].search(
            [("scorecard_id", "=", scorecard.id)]
        )
        self.assertTrue(evaluations.filtered("auc"))

    def test_every_grade_is_explained(self):
        engine, now = self.env["crm.score.engine"], fields.Datetime.now()
        leads = self.env["crm.lead"].with_context(active_test=False).search([])
        engine._score(leads, now)
        graded = leads.filtered("lead_grade")
        self.assertLessEqual(self.leads, graded)
        # by the rules alone: nothing is left over as "Changed since"
        with patch.object(Explainer, "_rest", lambda self, lead, rows: []):
            explained = Explainer(self.env, now).explain(graded)
        for lead in graded:
            total = sum(part["points"] for part in explained[lead.id])
            self.assertAlmostEqual(
                total, lead.lead_points, places=6, msg=explained[lead.id]
            )

    def test_grades_have_a_history(self):
        graded = self.leads.filtered("lead_grade")
        for lead in graded:
            logs = lead.grade_log_ids.sorted("id")
            self.assertEqual(logs[-1].to_grade, lead.lead_grade)
            self.assertEqual(logs[0].from_grade, 0)
            self.assertEqual(
                logs[1:].mapped("from_grade"), logs[:-1].mapped("to_grade")
            )
        self.assertEqual(set(graded.mapped("grade_trend")), {"up", "down", False})

    def test_nothing_was_sent(self):
        partners = self._ours("res.users").partner_id
        addresses = set(partners.mapped("email")) | set(self.leads.mapped("email_from"))
        domain = [
            "|",
            ("recipient_ids", "in", partners.ids),
            ("email_to", "in", list(addresses - {False})),
        ]
        self.assertFalse(self.env["mail.mail"].search(domain))
        leads = [("model", "=", "crm.lead"), ("res_id", "in", self.leads.ids)]
        self.assertFalse(self.env["mail.mail"].search(leads))
        numbers = self.leads.mapped("phone_sanitized")
        self.assertFalse(self.env["sms.sms"].search([("number", "in", numbers)]))

    def test_addresses_are_reserved(self):
        people = [
            *self.leads.mapped("email_from"),
            *self._ours("res.users").mapped("email"),
        ]
        for address in filter(None, people):
            self.assertRegex(address, r"\.example$")

    def test_every_id_says_that_it_is_demo(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "crm.lead")]
        )
        self.assertEqual(len(data), len(self.leads))

    def test_the_letterbox_shows_what_can_become_of_an_entry(self):
        """Issue 16: all states but the one that lasts for seconds."""
        items = self.env["crm.intake.item"].search([])
        demo = items.filtered(lambda one: (one.external_ref or "").startswith("demo-"))
        self.assertEqual(
            set(demo.mapped("state")), {"done", "joined", "check", "failed", "ignored"}
        )
        self.assertTrue(all(demo.mapped("reason")))

    def test_no_rule_is_broken(self):
        for model in ("crm.routing.rule", "crm.segment", "crm.scorecard.rule"):
            rules = self._ours(model)
            self.assertTrue(rules, model)
            self.assertFalse(rules.filtered("broken_reason"), model)
            self.assertTrue(all(rules.mapped("active")), model)
