# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageBatch(MessageCommon):
    """One personal message to each lead of a selection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.lead_full | cls.lead_company | cls.lead_bare

    def _batch(self, leads=None, user=None, **values):
        leads = (leads or self.leads).with_user(user or self.user_seller)
        action = leads.action_send_message()
        self.assertEqual(action["res_model"], "crm.message.batch")
        model = self.env["crm.message.batch"].with_user(user or self.user_seller)
        batch = Form(model.with_context(**action["context"])).save()
        batch.write(values)
        batch.action_plan()
        return batch

    def _line(self, batch, lead):
        return batch.line_ids.filtered(lambda line: line.lead_id == lead)

    def _all_mails(self, leads):
        return self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "in", leads.ids)]
        )

    def test_checks_first_and_sends_nothing(self):
        batch = self._batch(channel="email")
        self.assertEqual((batch.ready_count, batch.skipped_count), (2, 1))
        self.assertIn("no e-mail address", self._line(batch, self.lead_bare).reason)
        self.assertFalse(self._all_mails(self.leads))

    def test_each_lead_gets_its_own_message(self):
        batch = self._batch(channel="email")
        batch.action_send()
        mails = self._all_mails(self.leads)
        self.assertEqual(len(mails), 2)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        by_lead = {mail.res_id: mail for mail in mails}
        self.assertIn("Hello Sara Khan,", by_lead[self.lead_full.id].body_html)
        self.assertIn("Hello Umbrella", by_lead[self.lead_company.id].body_html)
        self.assertEqual(batch.queued_count, 2)
        self.assertEqual(len(self.leads.touchpoint_ids), 2)

    def test_a_second_click_sends_nothing_more(self):
        batch = self._batch(channel="email")
        batch.action_send()
        first = batch.sent_on = fields.Datetime.now() - timedelta(hours=1)
        batch.action_send()
        self.assertEqual(batch.sent_on, first, "answers count from the first time on")
        batch.action_plan()
        batch.state = "planned"
        batch.line_ids.sudo().state = "ready"
        self.message.repeat_days = 0
        batch.action_send()
        self.assertEqual(len(self._all_mails(self.leads)), 2)
        self.assertEqual(len(self.leads.touchpoint_ids), 2)

    def test_the_same_selection_again_is_left_out(self):
        self._batch(channel="email").action_send()
        again = self._batch(channel="email", template_id=self.message.id)
        self.assertFalse(again.ready_count)
        self.assertIn("has had this message", self._line(again, self.lead_full).reason)

    def test_what_was_queued_is_gone_when_the_worker_dies(self):
        batch = self._batch(channel="email")
        planner = type(self.env["crm.message.planner"])
        deliver = planner._deliver

        def die(planner, plan, batch_ref):
            deliver(planner, plan, batch_ref)
            raise ZeroDivisionError

        with (
            patch.object(planner, "_deliver", die),
            self.assertRaises(ZeroDivisionError),
            self.env.cr.savepoint(),
        ):
            batch.action_send()
        self.env.invalidate_all()
        self.assertFalse(self._all_mails(self.leads))
        self.assertFalse(self.leads.touchpoint_ids)
        batch.action_send()
        self.assertEqual(len(self._all_mails(self.leads)), 2)

    def test_best_channel_for_each_lead(self):
        self.lead_full.preferred_channel = "sms"
        batch = self._batch()
        self.assertEqual(self._line(batch, self.lead_full).channel, "sms")
        self.assertEqual(self._line(batch, self.lead_company).channel, "email")
        batch.action_send()
        self.assertEqual(self._sms(self.lead_full).body, "Hello Sara Khan, see you")

    def test_blocked_between_check_and_send(self):
        batch = self._batch(channel="email")
        self.env["mail.blacklist"]._add("sara@example.com")
        batch.action_send()
        self.assertFalse(self._mails(self.lead_full))
        line = self._line(batch, self.lead_full)
        self.assertEqual(line.state, "skipped")
        self.assertIn("blacklist", line.reason)

    def test_blocked_leads_get_nothing_in_any_channel(self):
        self.env["mail.blacklist"]._add("sara@example.com")
        self.env["phone.blacklist"]._add(["+966501234567"])
        for channel in ("email", "sms", "whatsapp"):
            batch = self._batch(channel=channel)
            self.assertEqual(self._line(batch, self.lead_full).state, "skipped")
            batch.action_send()
        self.assertFalse(self._mails(self.lead_full) or self._sms(self.lead_full))

    def test_two_leads_with_one_address_get_one_message(self):
        twin = self._make_lead(
            email_from="SARA@example.com", user_id=self.user_seller.id
        )
        batch = self._batch(self.lead_full | twin, channel="email")
        self.assertEqual(batch.line_ids.sorted().mapped("state"), ["skipped", "ready"])
        self.assertIn("Same address", batch.line_ids.sorted()[0].reason)

    def test_what_is_to_do_stands_first(self):
        """Who is left out before it is sent; what has to be opened afterwards."""
        batch = self._batch(self.lead_bare | self.lead_full, channel="whatsapp")
        self.assertEqual(batch.line_ids.sorted().mapped("state"), ["skipped", "open"])
        batch.action_send()
        self.env.invalidate_all()
        self.assertEqual(batch.line_ids.sorted().mapped("state"), ["open", "skipped"])
        batch.line_ids.filtered(
            lambda line: line.state == "open"
        ).action_open_whatsapp()
        self.env.invalidate_all()
        self.assertEqual(batch.line_ids.sorted()[0].state, "opened")

    def test_template_that_cannot_be_rendered_blocks_only_itself(self):
        self._smuggle(self.message.sms_template_id, body="{{ object.no_such_field }}")
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            batch = self._batch(channel="sms")
        self.assertFalse(batch.ready_count)
        self.assertIn("no_such_field", self._line(batch, self.lead_full).reason)

    def test_whatsapp_is_opened_lead_by_lead(self):
        batch = self._batch(channel="whatsapp")
        line = self._line(batch, self.lead_full)
        self.assertEqual(line.state, "open")
        batch.action_send()
        self.assertFalse(self.lead_full.touchpoint_ids)
        action = line.action_open_whatsapp()
        self.assertTrue(action["url"].startswith("https://wa.me/966501234567"))
        line.action_confirm()
        line.action_confirm()
        self.assertEqual(self.lead_full.touchpoint_ids.kind, "whatsapp")
        self.assertEqual(line.state, "sent")

    def test_a_line_shows_its_text_and_can_be_taken_out(self):
        """Ux D: a click on a line opened a raw form; no way to take one out."""
        batch = self._batch(channel="email")
        line = self._line(batch, self.lead_full)
        self.assertIn("Hello Sara Khan,", line.body_html)
        self.assertEqual(line.subject, "About Garden House")
        self.assertFalse(line.body)
        self.assertIn("English", line.lang)
        bare = self._line(batch, self.lead_bare)
        reason = bare.reason
        bare.action_take_out()
        self.assertEqual(bare.reason, reason, "it was out already")
        line.action_take_out()
        self.assertEqual((line.state, batch.ready_count), ("skipped", 1))
        batch.action_send()
        self.assertFalse(self._mails(self.lead_full))
        other = self._line(batch, self.lead_company)
        other.action_take_out()
        self.assertEqual(other.state, "queued", "too late")
        text = self._line(self._batch(channel="sms"), self.lead_full)
        self.assertEqual(text.body, "Hello Sara Khan, see you")
        self.assertFalse(text.body_html)

    def test_progress(self):
        batch = self._batch(channel="email")
        batch.action_send()
        self.assertEqual(batch.progress, 0)
        mails = self._all_mails(self.leads)
        mails[0].write({"state": "exception", "failure_reason": "No such mailbox"})
        mails[1].sudo().unlink()
        batch.action_refresh()
        self.assertEqual(batch.progress, 100)
        self.assertEqual(
            set(batch.line_ids.mapped("state")), {"failed", "sent", "skipped"}
        )
        self.assertEqual(
            (batch.sent_count, batch.failed_count, batch.skipped_count), (1, 1, 1)
        )
        failed = batch.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(failed.reason, "No such mailbox")

    def test_progress_names_who_was_blocked_meanwhile(self):
        self.message.repeat_days = 0
        for channel in ("email", "sms"):
            self._batch(channel=channel).action_send()
        self.env["mail.blacklist"]._add("sara@example.com")
        self.env["phone.blacklist"]._add(["+966501234567"])
        self._mails(self.lead_full).send()
        self._sms(self.lead_full).send()
        for batch in self.env["crm.message.batch"].search([]):
            batch.action_refresh()
            line = self._line(batch, self.lead_full)
            self.assertEqual(line.state, "failed")
            self.assertIn("lacklist", line.reason)

    def test_leads_of_a_colleague_cannot_be_written_to(self):
        with self.assertRaises(AccessError):
            self._batch(user=self.user_colleague)

    def test_a_line_cannot_be_forged_for_a_lead_of_a_colleague(self):
        mine = self._make_leads(
            2, user_id=self.user_colleague.id, email_from="x@example.com"
        )
        batch = self._batch(mine, user=self.user_colleague, channel="email")
        with self.assertRaises(AccessError):
            batch.line_ids[0].write({"lead_id": self.lead_full.id, "state": "ready"})
            batch.action_send()

    def test_lines_are_written_by_the_selection_only(self):
        """A forged reference would take back the message of somebody else."""
        self.message._send(self._make_lead(email_from="theirs@x.example"), "email")
        theirs = self.env["mail.mail"].search([], order="id desc", limit=1)
        line = self._batch(channel="email").line_ids[0]
        for vals in (
            {"message_ref": theirs.mail_message_id.id, "state": "queued"},
            {"state": "ready"},
        ):
            with self.assertRaises(AccessError):
                line.write(vals)
        with self.assertRaises(AccessError):
            line.unlink()

    def test_a_lead_that_a_colleague_has_by_now_is_left_alone(self):
        batch = self._batch(channel="email")
        self.lead_full.user_id = self.user_colleague
        self.env.invalidate_all()
        batch.action_send()
        self.assertFalse(self._all_mails(self.lead_full))
        self.assertEqual(len(self._all_mails(self.lead_company)), 1)

    def test_it_goes_on_where_it_was(self):
        """Ux D: "3 to open in WhatsApp" were lost with the window; now they are found again."""
        self.lead_full.preferred_channel = "whatsapp"
        batch = self._batch()
        batch.action_send()
        self.env.invalidate_all()
        found = self.env["crm.message.batch"].with_user(self.user_seller).search([])
        self.assertEqual(found, batch)
        line = self._line(found, self.lead_full)
        self.assertEqual(line.state, "open")
        line.action_open_whatsapp()
        line.action_confirm()
        self.assertEqual((line.state, found.open_count), ("sent", 0))
        others = self.env["crm.message.batch"].with_user(self.user_colleague)
        self.assertFalse(others.search([]), "a colleague's selection")
        leader = self.env["crm.message.batch"].with_user(self.user_all)
        self.assertEqual(leader.search([]), batch)

    def test_at_a_moment_that_somebody_chose(self):
        moment = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        batch = self._batch(channel="email", send_on=moment)
        self.assertEqual((batch.later_count, batch.ready_count), (2, 0))
        self.assertEqual(
            set(batch.line_ids.filtered("until").mapped("until")), {moment}
        )
        batch.action_send()
        self.assertFalse(self._all_mails(self.leads))
        self._run_queue(moment - timedelta(minutes=1))
        self.assertFalse(self._all_mails(self.leads))
        self._run_queue(moment)
        self.assertEqual(len(self._all_mails(self.leads)), 2)
        self.assertEqual((batch.later_count, batch.queued_count), (0, 2))

    def test_what_is_cancelled_in_the_conversation_is_told(self):
        moment = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        batch = self._batch(channel="email", send_on=moment)
        batch.action_send()
        line = self._line(batch, self.lead_full)
        line.waiting_id.with_user(self.user_seller).unlink()
        self.assertEqual(line.state, "skipped")
        self.lead_company.optout_email = True
        self._run_queue(moment)
        other = self._line(batch, self.lead_company)
        self.assertEqual(other.state, "failed")
        self.assertIn("does not want", other.reason)

    def test_what_has_not_left_is_taken_back(self):
        batch = self._batch(channel="email")
        batch.action_send()
        self._mails(self.lead_full).write({"state": "sent"})
        batch.action_recall()
        self.assertEqual(self._line(batch, self.lead_full).state, "sent")
        self.assertEqual(self._line(batch, self.lead_company).state, "skipped")
        self.assertEqual(self._mails(self.lead_company).state, "cancel")
        self.assertFalse(self._sent(self.lead_company), "it counts for nothing")
        again = self._batch(self.lead_company | self.lead_full, channel="email")
        self.assertEqual(self._line(again, self.lead_company).state, "ready")

    def test_who_answered(self):
        batch = self._batch(channel="email")
        batch.action_send()
        self.assertEqual(batch.answer_summary, "0 of 2, too few to judge")
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead_full.id,
                    "kind": "email",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": fields.Datetime.now() + timedelta(minutes=2),
                }
            ]
        )
        self.env.invalidate_all()
        self.assertEqual(batch.answer_summary, "1 of 2, too few to judge")

    def test_what_nobody_sent_is_forgotten(self):
        old, new = self._batch(channel="email"), self._batch(channel="sms")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_message_batch SET write_date = now() - interval '40 days'"
            " WHERE id = %s",
            old.ids,
        )
        self.env.invalidate_all()
        self.env["crm.message.batch"]._forget_old()
        self.assertEqual((old.exists(), new.exists()), (old.browse(), new))


@tagged("post_install", "-at_install")
class TestWhatsappService(MessageCommon):
    """A service that only remembers what it was given stands in for a real one."""

    def setUp(self):
        super().setUp()
        self.delivered = []
        service = type(self.env["crm.message.whatsapp"])
        for name, double in (
            ("_is_available", lambda service, company: True),
            ("_deliver", lambda service, messages: self.delivered.extend(messages)),
        ):
            patcher = patch.object(service, name, double)
            patcher.start()
            self.addCleanup(patcher.stop)

    def test_one_lead(self):
        self.assertIs(self.message._send(self.lead_full, "whatsapp"), True)
        (message,) = self.delivered
        self.assertEqual(message["number"], "+966501234567")
        self.assertEqual(message["body"], "Hello Sara Khan,\n\nsee you & yours")
        self.assertFalse(message["in_window"])
        self.assertEqual(self.lead_full.touchpoint_ids.kind, "whatsapp")

    def test_window_for_free_text(self):
        self.env["crm.touchpoint"]._record(
            [{"lead_id": self.lead_full.id, "kind": "whatsapp", "direction": "in"}]
        )
        self.message._send(self.lead_full, "whatsapp")
        self.assertTrue(self.delivered[0]["in_window"])

    def test_from_the_window_with_an_edited_text(self):
        wizard = self.env["crm.message.compose"].create(
            {"lead_id": self.lead_full.id, "channel": "whatsapp", "body": "Hi"}
        )
        wizard.action_send()
        self.assertEqual(self.delivered[0]["body"], "Hi")
        self.assertEqual(len(self.lead_full.touchpoint_ids), 1)

    def test_selection(self):
        batch = self.env["crm.message.batch"].create(
            {
                "lead_ids": (self.lead_full | self.lead_company).ids,
                "template_id": self.message.id,
                "channel": "whatsapp",
            }
        )
        batch.action_plan()
        self.assertEqual(batch.ready_count, 2)
        batch.action_send()
        self.assertEqual(len(self.delivered), 2)

    def test_blacklist_comes_first(self):
        self.env["phone.blacklist"]._add(["+966501234567"])
        with self.assertRaises(UserError):
            self.message._send(self.lead_full, "whatsapp")
        self.assertFalse(self.delivered)
