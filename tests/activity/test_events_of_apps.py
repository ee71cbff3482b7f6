# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MockEmail

from ..common import NEIGHBOUR, LeadCommon, needs

EMAIL = "an@company.example.com"


@tagged(*NEIGHBOUR)
class TestEventsOfApps(MockEmail, HttpCase, LeadCommon):
    """Mailings and web pages, where Email Marketing and Website are installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("mailing.trace" in cls.env, "mass_mailing")
        needs("visitor_ids" in cls.env["crm.lead"]._fields, "website_crm")
        cls.lead = cls._make_lead(user_id=cls.user_seller.id, email_from=EMAIL)

    def _seen(self):
        """Return what came from the lead, as kind and whether a person did it."""
        touchpoints = self.lead.touchpoint_ids.sorted("id")
        return [(t.kind, t.is_human) for t in touchpoints if t.direction == "in"]

    def _collect(self):
        """Let the scheduled action run, twice: nothing may be recorded twice."""
        for _run in range(2):
            self.env["crm.touchpoint"]._cron_collect()
        self.lead.invalidate_recordset()

    # === MAILINGS === #

    def _send(self):
        """Send a mailing to the lead; return its trace and the mail as it went out."""
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get("crm.lead").id,
                "mailing_domain": repr([("id", "=", self.lead.id)]),
                "body_html": '<p><a href="https://shop.example/">Shop</a></p>',
                "keep_archives": True,
            }
        )
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        return mailing.mailing_trace_ids, self._mails

    def test_a_mailing_to_who_cannot_be_reached(self):
        """A26 of messages: the mail was cancelled, its trace stayed "going out"."""
        self.lead.message_bounce = 3
        trace, mails = self._send()
        self.assertFalse(mails)
        self.assertEqual(trace.trace_status, "cancel")

    def test_a_mailing_that_was_opened_and_clicked(self):
        trace, [mail] = self._send()
        self.assertEqual(trace.trace_status, "sent")
        self._collect()
        self.assertEqual(self._seen(), [])
        self.assertFalse(self.lead.first_response_on, "a mailing is no answer")
        pixel = re.search(r"/mail/track/[^\"]+/blank.gif", mail["body"]).group()
        link = re.search(r"/r/\w+/m/\d+", mail["body"]).group()
        self.assertEqual(self.url_open(pixel).status_code, 200)
        self.url_open(link, allow_redirects=False)
        self._collect()
        self.assertCountEqual(
            self._seen(), [("email_open", False), ("email_click", False)]
        )
        self.assertEqual(set(self.lead.touchpoint_ids.mapped("summary")), {"News"})

    def test_who_unsubscribes_from_a_mailing(self):
        trace, _mails = self._send()
        mailing = trace.mass_mailing_id
        token = mailing._generate_mailing_recipient_token(self.lead.id, EMAIL)
        result = self.make_jsonrpc_request(
            "/mailing/blocklist/add",
            {
                "mailing_id": mailing.id,
                "document_id": self.lead.id,
                "email": EMAIL,
                "hash_token": token,
            },
        )
        self.assertTrue(result)
        self.lead.invalidate_recordset()
        self.assertTrue(self.lead.is_blacklisted)
        self.assertEqual(self._seen(), [("unsubscribe", True)])
        again = self._send()[0]
        self.assertEqual(again.trace_status, "cancel", "nobody writes to them again")

    def test_who_wants_no_mail_gets_no_mailing(self):
        self.lead.optout_email = True
        trace, mails = self._send()
        self.assertFalse(mails)
        self.assertEqual(trace.trace_status, "cancel")

    def test_a_mailing_that_came_back(self):
        trace, _mails = self._send()
        self.env["mail.thread"]._routing_handle_bounce(
            False,
            {
                "email_from": "mailer-daemon@company.example.com",
                "to": "bounce@company.example.org",
                "message_id": "<bounce@company.example.com>",
                "bounced_email": EMAIL,
                "bounced_partner": self.env["res.partner"],
                "bounced_message": self.env["mail.message"],
                "bounced_msg_ids": [trace.message_id],
                "body": "No such address",
            },
        )
        self.assertEqual(trace.trace_status, "bounce")
        self._collect()
        self.assertEqual(self._seen(), [("bounce", False)])

    # === WEB PAGES === #

    def test_pages_that_were_seen(self):
        visitor = self.env["website.visitor"].create(
            {"access_token": "a" * 32, "lead_ids": [(4, self.lead.id)]}
        )
        now = fields.Datetime.now()
        self.env["website.track"].create(
            [
                {
                    "visitor_id": visitor.id,
                    "url": "/prices",
                    "visit_datetime": now - timedelta(days=days),
                }
                for days in (0, 1)
            ]
        )
        self._collect()
        # Pages were loaded; nobody has talked, and nobody knows who read them (A16).
        self.assertEqual(self._seen(), [("web_visit", False)] * 2)
        self.assertEqual(set(self.lead.touchpoint_ids.mapped("summary")), {"/prices"})

    def test_the_same_page_three_times_in_a_minute(self):
        """A16: one visit; another page, and the same one later, are others."""
        visitor = self.env["website.visitor"].create(
            {"access_token": "b" * 32, "lead_ids": [(4, self.lead.id)]}
        )
        hour = fields.Datetime.now().replace(minute=0, second=0) - timedelta(hours=1)
        self.env["website.track"].create(
            [
                {
                    "visitor_id": visitor.id,
                    "url": url,
                    "visit_datetime": hour + timedelta(minutes=minute, seconds=second),
                }
                for url, minute, second in (
                    ("/prices", 1, 5),
                    ("/prices", 1, 20),
                    ("/prices", 1, 50),
                    ("/team", 1, 30),
                    ("/prices", 9, 0),
                )
            ]
        )
        self._collect()
        self.assertEqual(self._seen(), [("web_visit", False)] * 3)
