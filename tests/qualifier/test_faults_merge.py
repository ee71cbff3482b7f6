# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestFaultsMerge(LeadCommon):
    """Merging loses nothing that says something about the lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.question = cls.env["crm.qualifier"].create(
            {
                "name": "Licence",
                "kind": "yes_no",
                "question": "Is there a licence?",
                "importance": "knock_out",
            }
        )

    def _answered(self, answer):
        lead = self._make_lead(user_id=self.user_seller.id, type="opportunity")
        if answer is not None:
            lead.action_answer_qualifier(self.question.id, answer)
        return lead

    def test_the_gate_is_that_of_the_answers(self):
        """C09: whichever lead stays, and whoever merges."""
        for first, second in (
            (False, True),
            (True, False),
            (None, True),
            (None, False),
            (True, None),
            (False, None),
        ):
            with self.subTest(first=first, second=second):
                leads = self._answered(first) + self._answered(second)
                kept = leads.with_user(self.user_manager).merge_opportunity().sudo()
                before = kept.qualification_state
                kept._lead_evaluate(None)
                self.assertEqual(before, kept.qualification_state)
                self.assertNotEqual(before, "open")
