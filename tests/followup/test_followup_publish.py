# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..scoring.common import ScoringCommon
from .common import FollowupCase


@tagged("post_install", "-at_install")
class TestFollowupPublish(FollowupCase, ScoringCommon):
    """Before a scorecard is published it says for how many owners other steps come of it."""

    QUIET_MODELS = tuple({*FollowupCase.QUIET_MODELS, *ScoringCommon.QUIET_MODELS})

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.live = cls._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        cls.draft = cls._make_scorecard(
            ("Chief", 80, [("function", "=", "CEO")]), state="draft"
        )
        cls.policy.sequence = 9

    def _lead(self, user, **values):
        return self._make_lead(user_id=user.id, **values)

    def _said(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.draft.with_user(user or self.user_manager).publish_preview

    def _leads(self):
        self._lead(self.user_seller, function="CEO")
        self._lead(self.user_seller, function="CEO")
        self._lead(self.user_colleague, function="CEO")
        self._lead(self.user_all)  # stays as it is
        self._make_lead(user_id=False, function="CEO")

    def test_no_policy_goes_by_grades(self):
        self._leads()
        said = self._said()
        self.assertIn("4 of the latest 5 open leads would rise", said)
        self.assertNotIn("next steps", said)

    def test_owners_of_leads_that_another_policy_is_for(self):
        self._leads()
        for condition in (
            "[('lead_grade', '>=', 4)]",
            "[('lead_band', '=', 'focus')]",
            "[('lead_points', '>', 70)]",
        ):
            with self.subTest(condition=condition):
                policy = self._policy(name="Best", sequence=1, domain=condition)
                self.assertIn("2 owners would get other next steps.", self._said())
                policy.active = False
        leads = self.env["crm.lead"].search([])
        self.assertEqual(set(leads.mapped("lead_grade")), {1})  # nothing is written

    def test_marketing_qualified_leads(self):
        self._lead(self.user_seller, function="CEO")
        theirs = self._lead(self.user_colleague, function="CEO")
        self._policy(name="MQL", sequence=1, domain="[('is_mql', '=', True)]")
        self.assertIn("2 owners would", self._said())
        self.env["crm.qualifier"].create(
            {
                "name": "Has a site",
                "kind": "fact",
                "importance": "required",
                "domain": "[('website', '!=', False)]",
            }
        )
        theirs.website = "https://site.example"
        self.assertEqual(theirs.qualification_state, "passed")
        self.env["crm.lead"].search([])._lead_evaluate(None)
        self.assertIn("One owner would get other next steps.", self._said())

    def test_what_a_policy_says_of_earlier_leads_holds(self):
        """They are other leads, whose grade stays as it is."""
        partner = self.env["res.partner"].create({"name": "Bought"})
        won = self._make_lead(partner_id=partner.id, type="opportunity")
        won.action_set_won()
        again = self._lead(self.user_seller, partner_id=partner.id, function="CEO")
        self.assertTrue(again.bought_before)
        policy = self._policy(
            name="Again", sequence=1, domain="[('bought_before', '=', True)]"
        )
        self.assertNotIn("next steps", self._said())
        policy.domain = "[('bought_before', '=', True), ('lead_grade', '>=', 4)]"
        self.assertIn("One owner would", self._said())

    def test_steps_of_the_same_policy(self):
        self._leads()
        step = self.env["crm.followup.step"].create(
            {
                "name": "Call",
                "policy_id": self.policy.id,
                "sequence": 1,
                "channel": "call",
                "delay": 1,
                "domain": "[('lead_grade', '=', 5)]",
            }
        )
        self.assertIn("2 owners would", self._said())
        step.active = False
        self.assertNotIn("next steps", self._said())

    def test_a_policy_that_breaks_is_switched_off(self):
        self._leads()
        policy = self._policy(
            name="Best", sequence=1, domain="[('lead_grade', '>', 3)]"
        )
        self.env.cr.execute(
            "UPDATE crm_followup_policy SET domain = %s WHERE id = %s",
            ("[('gone', '=', 1)]", policy.id),
        )
        self.env.invalidate_all()
        self.env["crm.config.mixin"]._crm_changed()
        self.assertNotIn("next steps", self._said())
        self.assertFalse(policy.active)

    def test_as_many_statements_for_any_number(self):
        self._policy(name="Best", sequence=1, domain="[('lead_grade', '>=', 4)]")

        def run(size):
            leads = self._make_leads(size, function="CEO", user_id=self.user_seller.id)
            self.env.flush_all()

            def ask():
                self.env.invalidate_all()
                return self.draft.publish_preview

            self.assertTrue(ask())
            leads.flush_recordset()
            return ask

        self.assertSameQueryCount(run, 3, 30)
