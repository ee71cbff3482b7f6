# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LeadCommon

TEXT = "Hello"
MAIL = """Return-Path: <an@company.example.com>
To: {alias}
From: An <an@company.example.com>
Subject: {subject}
Message-Id: <{ref}@company.example.com>
Content-Type: text/plain

Hello
"""


@tagged("post_install", "-at_install")
class TestTouchpointHooks(LeadCommon):
    """What Odoo knows becomes a touchpoint: mails, bounces, wishes, calls, meetings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "An", "email": "an@company.example.com"}
        )
        cls.lead = cls._make_lead(
            user_id=cls.user_seller.id, partner_id=cls.customer.id, type="opportunity"
        )

    def _seen(self, lead=None):
        touchpoints = (lead or self.lead).touchpoint_ids.sorted("id")
        return [(t.kind, t.direction, t.is_human) for t in touchpoints]

    def _post(self, **values):
        lead = self.lead.with_user(self.user_seller)
        return lead.message_post(body=TEXT, **{"message_type": "comment", **values})

    def test_mail_to_the_lead(self):
        self._post(
            partner_ids=self.customer.ids,
            subtype_xmlid="mail.mt_comment",
            subject="Offer",
        )
        self.assertEqual(self._seen(), [("email", "out", True)])
        self.assertEqual(self.lead.touchpoint_ids.summary, "Offer")

    def test_notes_and_mails_among_colleagues_are_none(self):
        self._post(subtype_xmlid="mail.mt_note")
        self._post(partner_ids=self.user_colleague.partner_id.ids)
        self.lead.color = 3
        self.assertEqual(self._seen(), [])

    def test_automatic_mail_is_by_nobody(self):
        self._post(
            partner_ids=self.customer.ids,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.lead.with_user(self.env.ref("base.user_root")).message_post(
            body=TEXT, message_type="comment", partner_ids=self.customer.ids
        )
        self.assertEqual(self._seen(), [("email", "out", False)] * 2)

    def test_mail_from_the_lead(self):
        alias = "sales@company.example.org"
        first = self.env["mail.thread"].message_process(
            "crm.lead", MAIL.format(alias=alias, subject="Request", ref="1")
        )
        lead = self.env["crm.lead"].browse(first)
        self.assertEqual(self._seen(lead), [("email", "in", True)])
        self.env["mail.thread"].message_process(
            "crm.lead",
            MAIL.format(alias=alias, subject="More", ref="2"),
            thread_id=lead.id,
        )
        self.assertEqual(self._seen(lead), [("email", "in", True)] * 2)

    def test_bounce(self):
        self.lead._message_receive_bounce("an@company.example.com", self.customer)
        self.assertEqual(self._seen(), [("bounce", "in", False)])

    def test_blacklists(self):
        lead = self._make_lead(
            email_from="no@company.example.com", phone="+32 2 290 34 90"
        )
        self.env["mail.blacklist"]._add("no@company.example.com")
        self.env["mail.blacklist"]._remove("no@company.example.com")
        self.env["mail.blacklist"]._add("no@company.example.com")
        self.assertEqual(self._seen(lead), [("unsubscribe", "in", True)] * 2)
        self.env["phone.blacklist"]._add([lead.phone_sanitized])
        self.assertEqual(len(lead.touchpoint_ids), 3)

    def test_activities_that_are_done(self):
        for xmlid in ("mail_activity_data_call", "mail_activity_data_todo"):
            activity = self.lead.activity_schedule(
                f"mail.{xmlid}", user_id=self.user_seller.id, summary="Talk"
            )
            activity.with_user(self.user_seller).action_feedback("done")
        self.assertEqual(self._seen(), [("call", "out", True)])
        self.assertEqual(self.lead.touchpoint_ids.summary, "Talk: done")

    def test_meetings_that_took_place(self):
        now = fields.Datetime.now()
        for hours in (-3, 3):
            self.env["calendar.event"].create(
                {
                    "name": "Meet",
                    "opportunity_id": self.lead.id,
                    "start": now + timedelta(hours=hours),
                    "stop": now + timedelta(hours=hours + 1),
                }
            )
        self.env["crm.touchpoint"]._cron_collect()
        self.env["crm.touchpoint"]._cron_collect()
        self.assertEqual(self._seen(), [("meeting", "out", True)])

    # === FROM OUTSIDE === #

    def _events(self, *events, user=None):
        touchpoints = self.env["crm.touchpoint"].with_user(user or self.user_seller)
        return touchpoints.record_events(list(events))

    def test_events_from_outside(self):
        self.lead.email_from = "an@company.example.com"
        event = {
            "email": "An@Company.example.com",
            "kind": "web_visit",
            "value": 3,
            "source": "analytics",
            "external_ref": "1",
        }
        result = self._events(event, {"lead_id": self.lead.id, "kind": "social"})
        self.assertEqual(result, {"recorded": 2, "known": 0, "errors": []})
        self.assertEqual(self._events(event)["known"], 1)
        self.assertEqual(
            self._seen(), [("web_visit", "in", True), ("social", "in", True)]
        )

    def test_bad_events_are_named_and_good_ones_recorded(self):
        gone = self._make_lead(user_id=self.user_seller.id)
        gone.unlink()
        theirs = self._make_lead(user_id=self.user_colleague.id)
        result = self._events(
            {"lead_id": gone.id, "kind": "call"},
            {"email": "nobody@example.com", "kind": "call"},
            {"lead_id": theirs.id, "kind": "call"},
            {"lead_id": self.lead.id, "kind": "telepathy"},
            {"lead_id": self.lead.id, "kind": "call", "occurred_on": "yesterday"},
            {"lead_id": self.lead.id, "kind": "call", "create_uid": 1},
            {"lead_id": "x", "kind": "call"},
            {"lead_id": 10**12, "kind": "call"},
            {"lead_id": self.lead.id, "kind": "call", "value": "much"},
            {"kind": "call"},
            "call",
            {"lead_id": self.lead.id, "kind": "call", "summary": "a\x00b"},
        )
        self.assertEqual(result["recorded"], 1)
        self.assertEqual(
            [error["event"] for error in result["errors"]], list(range(11))
        )
        self.assertTrue(all(error["reason"] for error in result["errors"]))
        self.assertFalse(theirs.touchpoint_ids)

    def test_who_may_send_events(self):
        with self.assertRaises(AccessError):
            self._events(user=self.env.ref("base.public_user"))
        with self.assertRaises(UserError):
            self._events(*[{}] * 1001)
