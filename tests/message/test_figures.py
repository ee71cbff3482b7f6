# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageFigures(MessageCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()

    def _sent(self, lead, days_ago=10):
        touchpoint = self.env["crm.message.sender"]._record(self.message, lead, "email")
        touchpoint.occurred_on = self.now - timedelta(days=days_ago)

    def _touch(self, lead, kind, direction, days_ago):
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": kind,
                    "direction": direction,
                    "occurred_on": self.now - timedelta(days=days_ago),
                }
            ]
        )

    def _figures(self, user=None):
        message = self.message.with_user(user or self.user_manager)
        message.invalidate_recordset()
        return (
            message.sent_count,
            message.answered_count,
            message.meeting_count,
            message.moved_count,
        )

    def test_nothing_sent(self):
        self.assertEqual(self._figures(), (0, 0, 0, 0))
        self.assertFalse(self.message.answer_summary)

    def test_answers_count_in_time_and_from_the_lead_only(self):
        self._sent(self.lead_full, 40)
        self._touch(self.lead_full, "email", "in", 41)
        self._touch(self.lead_full, "email", "out", 39)
        self._touch(self.lead_full, "web_visit", "in", 39)
        self._touch(self.lead_full, "email", "in", 20)
        self.assertEqual(self._figures(), (1, 0, 0, 0))
        self._touch(self.lead_full, "email", "in", 30)
        self.assertEqual(self._figures(), (1, 1, 0, 0))

    def test_an_answer_knows_the_message_that_it_answers(self):
        other = self._make_message(name="Other")
        self._sent(self.lead_full, 10)
        self.env["crm.message.sender"]._record(other, self.lead_company, "sms")
        for days_ago in (11, 5):
            self._touch(self.lead_full, "email", "in", days_ago)
        self._touch(self.lead_full, "call", "in", 5)
        self._touch(self.lead_company, "sms", "in", -1)
        answers = (self.lead_full | self.lead_company).touchpoint_ids.filtered(
            lambda touchpoint: touchpoint.direction == "in"
        )
        self.assertEqual(
            {(a.kind, a.message_template_id) for a in answers},
            {
                ("email", self.message),
                ("email", self.message.browse()),
                ("call", self.message.browse()),
                ("sms", other),
            },
        )
        self.assertEqual(self._figures(), (1, 1, 0, 0))

    def test_meetings(self):
        self._sent(self.lead_full)
        self._touch(self.lead_full, "meeting", "out", 5)
        self.assertEqual(self._figures(), (1, 0, 1, 0))

    def test_moved_on_to_a_later_stage(self):
        stages = self.env["crm.stage"].create(
            [{"name": name, "sequence": 900 + rank} for rank, name in enumerate("AB")]
        )
        leads = self.lead_full | self.lead_company
        self.lead_full.stage_id = stages[0]
        self.lead_company.stage_id = stages[1]
        for lead in leads:
            self._sent(lead, days_ago=1)
        self.env["crm.lead.stage.log"].search(
            [("lead_id", "in", leads.ids)]
        ).sudo().unlink()
        self.lead_full.stage_id = stages[1]
        self.lead_company.stage_id = stages[0]
        self.assertEqual(self._figures(), (2, 0, 0, 1), "moving back is not moving on")

    def test_few_messages_allow_no_verdict(self):
        self._sent(self.lead_full)
        self.assertEqual(self.message.answer_summary, "0 of 1, too few to judge")
        self.assertEqual(self.message._summary(10, 40), "25 %, likely 14 to 40 %")

    def test_everybody_sees_the_figures_of_his_leads(self):
        self.lead_company.user_id = self.user_colleague
        self._sent(self.lead_full)
        self._sent(self.lead_company)
        self.assertEqual(self._figures(self.user_seller)[0], 1)
        self.assertEqual(self._figures(self.user_all)[0], 2)

    def test_rights_on_messages(self):
        message = self.message.with_user(self.user_seller)
        self.assertTrue(message.name)
        for action in (
            lambda: message.write({"name": "Mine"}),
            lambda: message.create({"name": "New", "purpose": "other"}),
            message.unlink,
        ):
            with self.assertRaises(AccessError):
                action()
        self.message.with_user(self.user_manager).name = "Renamed"

    def test_messages_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.message.company_id = company
        self.assertFalse(
            self.env["crm.message.template"]
            .with_user(self.user_seller)
            .search([("id", "=", self.message.id)])
        )
        self.assertFalse(self.env["crm.message.template"]._propose(self.lead_full))
