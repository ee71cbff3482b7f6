# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import MONDAY, NurtureCase


@tagged("post_install", "-at_install")
class TestNurtureFigures(NurtureCase):
    """Issue 17, line 6: figures per track and step, each with what it can say."""

    def _through(self, number, **values):
        return self._make_lead(
            email_from=f"figures{number}@ex.example",
            user_id=self.user_seller.id,
            **values,
        )

    def test_an_answer_belongs_to_the_last_message_before_it(self):
        first, second, _third = self.track.step_ids
        answers, silent = self._through(1), self._through(2)
        for lead in answers + silent:
            self._enroll(lead)
        self._go(MONDAY)
        self._go(self.day(3))
        self._answer(answers, self.day(4))
        self.assertEqual((first.sent_count, first.answered_count), (2, 0))
        self.assertEqual((second.sent_count, second.answered_count), (2, 1))
        self.assertEqual(second.answer_summary, "1 of 2, too few to judge")
        self.assertEqual(self.track.answer_summary, "1 of 1, too few to judge")

    def test_an_interval_stands_beside_the_share(self):
        leads = [self._through(number) for number in range(20)]
        for lead in leads:
            self._enroll(lead)
        self._go(MONDAY)
        for lead in leads[:5]:
            self._answer(lead, self.day(1))
        step = self.track.step_ids[0]
        self.assertEqual(step.answer_summary, "25 %, likely 11 to 47 %")

    def test_what_nobody_counts_is_not_none(self):
        """Odoo knows openings of mailings only: without any the figure is empty, not 0."""
        self.env["crm.touchpoint"].search(
            [("kind", "in", ("email_open", "email_click"))]
        ).sudo().unlink()
        opens, silent = self._through(1), self._through(2)
        for lead in opens + silent:
            self._enroll(lead)
        self._go(MONDAY)
        first, second, _third = self.track.step_ids
        self.assertFalse(first.open_summary)
        self._answer(opens, self.day(0, 5), "email_open")
        self._go(self.day(3))
        self._answer(opens, self.day(3, 5), "email_click")
        self.track.invalidate_recordset()
        self.track.step_ids.invalidate_recordset()
        self.assertEqual(first.open_summary, "1 of 2, too few to judge")
        self.assertEqual(first.click_summary, "0 of 2, too few to judge")
        self.assertEqual(second.click_summary, "1 of 2, too few to judge")

    def test_customers_that_went_through(self):
        """R050: how many, of how many; those who are still in it are not through."""
        wins, ends, stays = (self._through(number) for number in range(3))
        for lead in wins + ends + stays:
            lead.type = "opportunity"
            self._enroll(lead)
        wins.action_set_won()
        self.engine._exit(ends.nurture_enrollment_ids, "stage")
        self.assertEqual(self.track.customer_summary, "1 of 2, too few to judge")

    def test_each_sees_the_figures_of_his_own_leads(self):
        mine = self._through(1)
        other = self._through(2)
        other.user_id = self.user_colleague
        for lead in mine + other:
            self._enroll(lead)
        self._go(MONDAY)
        step = self.track.step_ids[0]
        self.assertEqual(step.sent_count, 2)
        self.assertEqual(step.with_user(self.user_seller).sent_count, 1)
        action = self.track.with_user(self.user_seller).action_open_report()
        rows = self.env["crm.nurture.report"].with_user(self.user_seller)
        self.assertEqual(rows.search(action["domain"]).lead_id, mine)

    def test_the_report_says_why_they_left(self):
        lead = self._through(1)
        self._enroll(lead)
        self._go(MONDAY)
        lead.optout_email = True
        row = self.env["crm.nurture.report"].search([("lead_id", "=", lead.id)])
        self.assertEqual(
            (row.exit_code, row.opted_out, row.answered), ("opted_out", 1, 0)
        )
