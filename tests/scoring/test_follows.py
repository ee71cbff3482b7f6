# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged

from ...models.common.batch import crm_lead_batch
from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestFollows(ScoringCommon):
    """Leads follow a change of the set-up, or who made it is told when they will."""

    def setUp(self):
        super().setUp()
        self.patch(crm_lead_batch, "AT_ONCE", 3)
        self.cron = self.env.ref("crm_lead_management.ir_cron_evaluate_leads")
        self.cron.active = False

    def _persona(self):
        persona = self.env["crm.persona"].create(
            {
                "name": "Riyadh",
                "criterion_ids": [
                    (0, 0, {"name": "C", "domain": "[('city', '=', 'R')]"})
                ],
            }
        )
        return persona, self._make_leads(5, city="R")

    def _told(self, act):
        with patch.object(type(self.env.user), "_bus_send") as send:
            act()
        return [call.args[1]["message"] for call in send.call_args_list]

    def test_more_than_at_once(self):
        """Line 5: with the nightly evaluation off, the screen says what makes them follow."""
        persona, leads = self._persona()
        (told,) = self._told(lambda: persona.write({"active": False}))
        self.assertIn("2 more leads keep what they have", told)
        self.assertEqual(len(leads.filtered("persona_id")), 2)

    def test_in_the_background(self):
        """Line 5: with it on, a pass over all open leads begins now."""
        persona, leads = self._persona()
        self.cron.active = True
        (told,) = self._told(lambda: persona.write({"active": False}))
        self.assertIn("2 more leads follow in the background", told)
        self.assertTrue(self.env["crm.lead.batch"]._progress()[0])
        leads._lead_evaluate(None)  # as the pass does
        self.assertFalse(leads.persona_id)

    def test_few_are_told_of_nothing(self):
        persona, leads = self._persona()
        leads[:3].unlink()
        self.assertEqual(self._told(lambda: persona.write({"active": False})), [])

    def test_questions_and_segments(self):
        """Line 5: the same for a question that is edited, and for a segment."""
        question = self.env["crm.qualifier"].create(
            {"name": "Seats", "kind": "number", "number_test": "min", "number_from": 10}
        )
        leads = self._make_leads(5)
        self.env["crm.qualifier.answer"].create(
            [
                {"lead_id": lead.id, "qualifier_id": question.id, "value_number": 12}
                for lead in leads
            ]
        )
        told = self._told(lambda: question.write({"number_from": 20}))
        self.assertIn("2 more leads keep", told[0])
        told = self._told(
            lambda: self.env["crm.segment"].create(
                {"name": "S", "domain": repr([("id", "in", leads.ids)])}
            )
        )
        self.assertIn("2 more leads keep", told[0])
