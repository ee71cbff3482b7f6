# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import Form, tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageToOpen(MessageCommon):
    """ux.md D: links that a person opens were lost when the window was closed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.lead_full | cls.lead_company
        cls.other = cls._make_message(name="Another", sequence=1)

    def _selection(self):
        batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = batch.create(
            {
                "lead_ids": self.leads.ids,
                "channel": "whatsapp",
                "template_id": self.message.id,
            }
        )
        batch.action_plan()
        batch.action_send()
        return batch

    def _asked(self, lead):
        return lead.activity_ids.filtered("crm_message_template_id")

    def test_what_was_not_opened_is_found_again(self):
        batch = self._selection()
        self.assertEqual(set(batch.line_ids.mapped("state")), {"open"})
        batch.sudo().unlink()  # Odoo clears windows away.
        activity = self._asked(self.lead_full)
        self.assertEqual(activity.user_id, self.user_seller)
        self.assertIn("See you", activity.summary)
        self.assertFalse(self._sent(self.lead_full), "it did not go")
        # Send message proposes it again.
        lead = self.lead_full.with_user(self.user_seller)
        context = lead.action_send_message()["context"]
        form = Form(
            self.env["crm.message.compose"]
            .with_user(self.user_seller)
            .with_context(**context)
        )
        self.assertEqual((form.template_id, form.channel), (self.message, "whatsapp"))
        window = form.save()
        window.action_send()
        self.assertEqual(self._asked(self.lead_full), activity, "opened is not sent")
        window.action_confirm()
        self.assertFalse(self._asked(self.lead_full))
        self.assertTrue(self._sent(self.lead_full))
        self.assertTrue(self._asked(self.lead_company), "the others wait")
        context = lead.action_send_message()["context"]
        self.assertEqual(context, {"default_lead_id": lead.id})

    def test_the_line_of_the_selection_ends_it(self):
        batch = self._selection()
        first, second = (
            batch.line_ids.filtered(lambda line, lead=lead: line.lead_id == lead)
            for lead in self.leads
        )
        for line in first, second:
            line.action_open_whatsapp()
        first.action_confirm()
        second.action_not_on_whatsapp()
        self.assertFalse(self._asked(self.leads[0]) | self._asked(self.leads[1]))

    def test_a_window_closed_without_an_answer(self):
        """Whether it was sent is not forgotten either."""
        window = self.env["crm.message.compose"].with_user(self.user_seller)
        window = window.create(
            {
                "lead_id": self.lead_full.id,
                "channel": "whatsapp",
                "template_id": self.message.id,
            }
        )
        window.action_send()
        window.action_send()  # Open WhatsApp again
        self.assertEqual(len(self._asked(self.lead_full)), 1, "asked once")
        window.action_not_on_whatsapp()
        self.assertFalse(self._asked(self.lead_full))

    def test_a_colleague_is_not_asked(self):
        self._selection()
        lead = self.lead_full.with_user(self.user_manager)
        self.assertNotIn("default_template_id", lead.action_send_message()["context"])
        # Nor what was archived since.
        self.message.active = False
        lead = self.lead_full.with_user(self.user_seller)
        self.assertNotIn("default_template_id", lead.action_send_message()["context"])

    def test_two_who_prepare_the_same_are_asked_each(self):
        """Who closes his window is not helped by what a colleague was asked."""
        self._selection()
        window = self.env["crm.message.compose"].with_user(self.user_manager)
        window = window.create(
            {
                "lead_id": self.lead_full.id,
                "channel": "whatsapp",
                "template_id": self.message.id,
            }
        )
        window.action_send()
        asked = self._asked(self.lead_full)
        self.assertEqual(asked.user_id, self.user_seller | self.user_manager)

    def test_what_was_taken_out_is_not_asked_for(self):
        batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = batch.create(
            {
                "lead_ids": self.leads.ids,
                "channel": "whatsapp",
                "template_id": self.message.id,
            }
        )
        batch.action_plan()
        line = batch.line_ids.filtered(lambda line: line.lead_id == self.lead_full)
        line.action_take_out()
        self.assertFalse(self.leads.activity_ids, "nothing before Send")
        batch.action_send()
        self.assertFalse(self._asked(self.lead_full))
        self.assertTrue(self._asked(self.lead_company))
