# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..common import LeadCommon

MAIL = """From: {sender}
To: {to}
Cc: {cc}
Subject: {subject}
Message-Id: <{subject}@mail.example>
{headers}
Content-Type: text/plain

Hello
"""
CUSTOMER = "an@company.example"
TEXT = "Hello"


@tagged("post_install", "-at_install")
class TestFaultsContact(MockEmail, LeadCommon):
    """What counts as a contact with a lead: which way, by whom, and did it land."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        cls.customer, cls.supplier = cls.env["res.partner"].create(
            [
                {"name": "An", "email": CUSTOMER},
                {"name": "Supplier", "email": "sales@supplier.example"},
            ]
        )
        cls.user_seller.email = "seller@ours.example"
        cls.lead = cls._make_lead(
            user_id=cls.user_seller.id, partner_id=cls.customer.id, type="opportunity"
        )

    def _seen(self):
        touchpoints = self.lead.touchpoint_ids.sorted("id")
        return [(t.kind, t.direction, t.is_human) for t in touchpoints]

    def _post(self, **values):
        lead = self.lead.with_user(self.user_seller)
        return lead.message_post(
            body=TEXT,
            **{
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **values,
            },
        )

    def _receive(
        self, sender=CUSTOMER, to="info@ours.example", cc="", headers="", n="1"
    ):
        raw = MAIL.format(
            sender=sender,
            to=to,
            cc=cc,
            subject=f"Mail-{n}",
            headers=headers or "X-A: b",
        )
        thread = self.env["mail.thread"].with_context(mail_create_nolog=True)
        thread.message_process("crm.lead", raw, thread_id=self.lead.id)
        self.env.flush_all()

    # === MAIL === #

    def test_automatic_replies(self):
        """Fault 28, C16: RFC 3834, bulk and lists are by no person."""
        for number, headers in enumerate(
            (
                "Auto-Submitted: auto-replied",
                "Precedence: bulk",
                "X-Autoreply: yes",
                "List-Id: <news.company.example>",
            )
        ):
            self._receive(headers=headers, n=f"auto{number}")
        self.assertEqual(self._seen(), [("email", "in", False)] * 4)
        self._receive(headers="Auto-Submitted: no", n="person")
        self.assertEqual(self._seen()[-1], ("email", "in", True))

    def test_an_answer_from_one_s_own_mail_program(self):
        """C15: to the customer, with the alias in copy."""
        self._receive(
            sender="seller@ours.example", to=CUSTOMER, cc="info@ours.example", n="own"
        )
        self.assertEqual(self._seen(), [("email", "out", True)])
        self.assertTrue(self.lead.first_response_on)
        self.assertFalse(self.lead.routing_next_on)

    def test_a_supplier_is_not_the_lead(self):
        """D48: what goes to others, and comes from others, is no contact."""
        self._post(partner_ids=self.supplier.ids)
        self._receive(sender="sales@supplier.example", n="supplier")
        self.assertEqual({row[1] for row in self._seen()}, {"internal"})
        self.assertFalse(self.lead.first_response_on)
        self._post(partner_ids=(self.supplier + self.customer).ids)
        self.assertTrue(self.lead.first_response_on)

    def test_people_of_the_lead_s_company(self):
        """D48: a colleague of the contact is the lead; so is a second address."""
        self._receive(sender="boss@company.example", n="boss")
        self.assertEqual(self._seen(), [("email", "in", True)])

    def test_a_message_that_was_timed(self):
        """D58: "Send Later" is an answer when it goes; a timed note is none."""
        for is_note in (True, False):
            timed = (
                self.env["mail.scheduled.message"]
                .with_user(self.user_seller)
                .create(
                    {
                        "model": "crm.lead",
                        "res_id": self.lead.id,
                        "author_id": self.user_seller.partner_id.id,
                        "partner_ids": [] if is_note else self.customer.ids,
                        "body": "Later",
                        "is_note": is_note,
                        "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
                    }
                )
            )
            timed._post_message()
            self.assertEqual(bool(self.lead.first_response_on), not is_note)
        self.assertEqual(self._seen(), [("email", "out", True)])

    def test_a_mail_that_failed(self):
        """C63: no answer; the clock goes on. Sent after all: an answer."""
        message = self._post(partner_ids=self.customer.ids)
        self.assertTrue(self.lead.first_response_on)
        mail = self.env["mail.mail"].create({"mail_message_id": message.id})
        mail._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertFalse(self.lead.first_response_on)
        self.assertTrue(self.lead.routing_next_on)
        self.assertEqual(self._seen(), [("email", "internal", True)])
        mail._postprocess_sent_message([], [])
        self.assertTrue(self.lead.first_response_on)
        self.assertFalse(self.lead.routing_next_on)
        self.assertEqual(self._seen(), [("email", "out", True)])

    def test_a_mail_that_failed_for_one_of_two(self):
        """C63: somebody else outside has it all the same."""
        other = self.env["res.partner"].create(
            {"name": "Boss", "email": "boss@customer.example"}
        )
        message = self._post(partner_ids=(self.customer | other).ids)
        mails = self.env["mail.mail"].create([{"mail_message_id": message.id}] * 2)
        rows = message.notification_ids.filtered("res_partner_id.partner_share")
        self.assertEqual(len(rows), 2)
        rows = rows.sudo()
        for row, mail in zip(rows, mails, strict=True):
            row.mail_mail_id = mail
        rows[0].notification_status = "sent"
        mails[1]._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertTrue(self.lead.first_response_on)

    def test_a_mail_to_our_own_desk(self):
        """D71: users whose address is typed in, and our aliases, are colleagues."""
        self.company.email = "desk@ours.example"
        for address in ("seller@ours.example", "desk@ours.example"):
            self.env["mail.mail"].create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "email_to": address,
                    "message_type": "email_outgoing",
                    "subject": "To the desk",
                }
            )
        self.assertEqual(self._seen(), [])

    # === CALLS, ACTIVITIES === #

    def _call(self, direction, action):
        call = self.env["crm.lead.call"].with_user(self.user_seller)
        getattr(
            call.create({"lead_id": self.lead.id, "direction": direction}), action
        )()

    def test_a_call_that_was_answered(self):
        """Fault 29: "They called", and somebody talked."""
        self._call("in", "action_no_answer")
        self.assertFalse(self.lead.first_response_on)
        self._call("in", "action_talked")
        self.assertTrue(self.lead.first_response_on)
        self.assertFalse(self.lead.routing_next_on)
        self.assertEqual(
            self.lead.touchpoint_ids.sorted("id").mapped("outcome"),
            ["no_answer", "talked"],
        )

    def test_an_activity_email(self):
        """D55: the mail that he wrote elsewhere, and marks as done."""
        activity = self.lead.activity_schedule(
            "mail.mail_activity_data_email", user_id=self.user_seller.id
        )
        activity.with_user(self.user_seller).action_feedback("Wrote")
        self.assertEqual(self._seen(), [("email", "out", True)])

    # === MEETINGS === #

    def _meet(self, hours=3, partners=None, **values):
        stop = fields.Datetime.now() - timedelta(hours=hours)
        partners = self.customer if partners is None else partners
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": stop - timedelta(hours=1),
                "stop": stop,
                "opportunity_id": self.lead.id,
                "partner_ids": [(6, 0, (partners + self.user_seller.partner_id).ids)],
                **values,
            }
        )

    def _collect(self):
        self.env["crm.touchpoint"]._cron_collect()
        self.lead.invalidate_recordset()

    def test_a_meeting_that_was_declined(self):
        """D05: by all outside, or with nobody outside: no answer."""
        self._meet().attendee_ids.filtered(
            lambda one: one.partner_id == self.customer
        ).state = "declined"
        self._meet(partners=self.user_colleague.partner_id)
        self._collect()
        self.assertFalse(self.lead.first_response_on)
        self.assertFalse(self.lead.touchpoint_ids.filtered("is_answer"))
        self._meet(hours=1)
        self._collect()
        self.assertTrue(self.lead.first_response_on)

    def test_a_meeting_written_down_late(self):
        """C26, 18b: five days ago, entered now; and after a server stood still."""
        self._collect()
        self._meet(hours=120)
        self._collect()
        self.assertEqual(len(self.lead.touchpoint_ids), 1)

    def test_more_meetings_than_at_once(self):
        """Fault 18a: none of them is left out."""
        from ...models.activity import crm_touchpoint_collector

        self.patch(crm_touchpoint_collector, "MOST_EVENTS", 3)
        for _n in range(8):
            self._meet()
        self._collect()
        self.assertEqual(len(self.lead.touchpoint_ids), 8)

    def test_a_meeting_that_changes_afterwards(self):
        """18c, D06, D07, D63, C62: moved, given to another lead, deleted and made anew."""
        event = self._meet()
        self._collect()
        event.write(
            {
                "start": event.start - timedelta(hours=5),
                "stop": event.stop - timedelta(hours=5),
            }
        )
        self._collect()
        self.assertEqual(self.lead.touchpoint_ids.occurred_on, event.start)
        other = self._make_lead(user_id=self.user_seller.id)
        event.opportunity_id = other
        self._collect()
        self.assertFalse(self.lead.touchpoint_ids)
        self.assertFalse(self.lead.first_response_on)
        self.assertEqual(len(other.touchpoint_ids), 1)
        event.opportunity_id = self.lead
        start, stop = event.start, event.stop
        event.unlink()
        self._meet(start=start, stop=stop)
        self._collect()
        self.assertEqual(len(self.lead.touchpoint_ids), 1)
        self.assertEqual(self.lead.touchpoint_ids.occurred_on, start)

    def test_a_meeting_that_is_accepted_after_all(self):
        """D05, C62: declined, then accepted, declined again, and taken out of the meeting."""
        event = self._meet()
        attendee = event.attendee_ids.filtered(
            lambda one: one.partner_id == self.customer
        )
        for state, outcome in (
            ("declined", "cancelled"),
            ("accepted", "held"),
            ("declined", "cancelled"),
            ("tentative", "held"),
        ):
            attendee.state = state
            # However long ago it was answered: the cursor is further by now.
            self.env["crm.touchpoint.cursor"].sudo().search([]).seen_until = (
                fields.Datetime.now() + timedelta(hours=1)
            )
            self._collect()
            with self.subTest(state=state):
                self.assertEqual(self.lead.touchpoint_ids.mapped("outcome"), [outcome])
                self.assertEqual(bool(self.lead.first_response_on), outcome == "held")
        colleagues = self.user_seller.partner_id | self.user_colleague.partner_id
        event.partner_ids = colleagues
        self._collect()
        self.assertEqual(self._seen(), [("meeting", "internal", True)])
        self.assertFalse(self.lead.touchpoint_ids.outcome)
        event.partner_ids |= self.customer
        self._collect()
        self.assertEqual(self.lead.touchpoint_ids.outcome, "held")

    def test_a_meeting_that_was_called_off(self):
        """Mutant of the collector: an archived meeting did not take place."""
        self._meet().active = False
        self._collect()
        self.assertFalse(self.lead.touchpoint_ids)

    def test_a_private_meeting_has_no_summary(self):
        """Mutant of the collector: the privacy check."""
        self._meet(privacy="private")
        self._meet(privacy="public")
        self._collect()
        summaries = self.lead.touchpoint_ids.sorted("id").mapped("summary")
        self.assertEqual(summaries, [False, "Meeting"])

    # === MERGING === #

    def test_an_answer_to_one_is_an_answer_to_all(self):
        """K19, merges: nothing is due for the lead that stays; its chain is whole."""
        other = self._make_lead(
            user_id=self.user_seller.id, partner_id=self.customer.id, type="opportunity"
        )
        other.with_user(self.user_seller).message_post(
            body=TEXT, partner_ids=self.customer.ids, message_type="comment"
        )
        self.assertTrue(other.first_response_on)
        leads = (self.lead + other).with_user(self.user_manager)
        kept = leads.merge_opportunity().sudo()
        self.assertTrue(kept.first_response_on)
        self.assertFalse(kept.routing_next_on)
        self.assertEqual(len(kept.touchpoint_ids), 1)

    def test_engine_fields_are_the_engines(self):
        """Fault 32: a deadline is not the owner's to write."""
        lead = self.lead.with_user(self.user_seller)
        for values in (
            {"response_deadline": "2099-01-01"},
            {"routing_next_on": False, "name": "x"},
            {"first_response_on": "2026-01-01"},
        ):
            with self.assertRaises(AccessError):
                lead.write(values)

    def test_a_form_of_the_website(self):
        """D37b: how the lead came in is part of its story."""
        station = "odoo.addons.crm_lead_management.models.activity.crm_activity_station"
        request = SimpleNamespace(
            website=True, httprequest=SimpleNamespace(path="/website/form/crm.lead")
        )
        # Which stations hear of a creation is kept in memory.
        self.registry.clear_cache()
        self.addCleanup(self.registry.clear_cache)
        with (
            patch(f"{station}.request", request),
            patch(f"{station}.has_visitors", return_value=True),
        ):
            lead = self._make_lead(name="From the form")
        touch = lead.touchpoint_ids
        self.assertEqual(
            (touch.kind, touch.direction, touch.is_human), ("form", "in", True)
        )
        request.httprequest.path = "/web/dataset/call_kw"
        with patch(f"{station}.request", request):
            self.assertFalse(self._make_lead().touchpoint_ids)
