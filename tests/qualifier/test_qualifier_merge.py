# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .common import QualifierCommon


@tagged("post_install", "-at_install")
class TestQualifierMerge(QualifierCommon):
    """What becomes of answers when leads merge, and of leads that are knocked out."""

    def test_the_later_answer_counts_and_both_are_kept(self):
        budget, need = self._question("yes_no"), self._question("yes_no")
        first, second = self._make_leads(
            2, user_id=self.user_seller.id, type="opportunity"
        )
        now = fields.Datetime.now()
        self.env["crm.qualifier.answer"].create(
            [
                {
                    "lead_id": lead.id,
                    "qualifier_id": question.id,
                    "value_yes_no": value,
                    "answered_on": now - timedelta(days=days),
                }
                for lead, question, value, days in (
                    (first, budget, "yes", 3),
                    (second, budget, "no", 1),
                    (first, need, "yes", 1),
                    (second, need, "no", 3),
                )
            ]
        )
        merged = (first | second).with_user(self.user_seller).merge_opportunity()
        counting = {a.qualifier_id: a.value_yes_no for a in merged.qualifier_answer_ids}
        self.assertEqual(counting, {budget: "no", need: "yes"})
        log = self.env["crm.qualifier.answer"].with_context(active_test=False)
        self.assertEqual(log.search_count([("lead_id", "=", merged.id)]), 4)
        self.assertEqual(merged.qualification_state, "failed")

    def test_a_failed_knock_out_is_proposed_once_with_its_reason(self):
        question = self._question(
            "yes_no", importance="knock_out", fail_reason="No licence"
        )
        lead = self._make_lead()
        proposed = []

        def propose(leads, reason):
            proposed.append((leads.ids, reason))

        model = type(self.env["crm.lead"])
        with patch.object(model, "_lead_propose_unqualified", propose):
            lead.action_answer_qualifier(question.id, "yes")
            self.assertFalse(proposed)
            self.assertFalse(lead.knock_out_reason)
            lead.action_answer_qualifier(question.id, "no")
            self.assertEqual(proposed, [(lead.ids, "No licence")])
            lead.name = "Something else"
        self.assertEqual(len(proposed), 1)
        self.assertIn("No licence", lead.knock_out_reason)

    def test_a_failed_required_qualifier_is_not_proposed(self):
        question = self._question("yes_no")
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, "no")
        self.assertEqual(lead.qualification_state, "failed")
        self.assertFalse(lead.knock_out_reason)

    def test_open_questions_are_asked_required_ones_first(self):
        nice = self._question("yes_no", importance="nice_to_have", sequence=1)
        required = self._question("yes_no", sequence=2)
        self.env["crm.info.item"].create(
            {"name": "Town", "field_name": "city", "weight": 9}
        )
        lead = self._make_lead()
        self.assertEqual(lead.lead_profile["next"]["id"], required.id)
        self.assertEqual(lead.lead_profile["next"]["kind"], "question")
        lead.action_answer_qualifier(required.id, "yes")
        self.assertEqual(lead.lead_profile["next"]["id"], nice.id)
        lead.action_answer_qualifier(nice.id, "yes")
        self.assertEqual(lead.lead_profile["next"]["field"], "city")
        lead.city = "Mecca"
        self.assertIsNone(lead.lead_profile["next"])
