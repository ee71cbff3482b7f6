# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntakeCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
PORTAL = """Return-Path: <leads@portal.example>
To: {alias}
From: Portal <leads@portal.example>
Subject: Enquiry {number}
Message-Id: <q-{number}@portal.example>
Content-Type: text/plain; charset=utf-8

Name: Person {number}
Email: p{number}@home.example
Mobile / Cell Phone: +96650123{number:04}
Message:
I need {number} machines
"""
PERSON = """To: {alias}
From: Lena Roth <lena@roth.example>
Subject: Price list
Message-Id: <lena-1@roth.example>
Content-Type: text/plain; charset=utf-8

Please send it.
"""
AWAY = """To: {alias}
From: Lena Roth <lena@roth.example>
Subject: Out of office
Message-Id: <away-1@roth.example>
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

I am away.
"""

NOT_TODAY = "No leads today"


@tagged("post_install", "-at_install")
class TestIntakeMail(IntakeCommon):
    """Mails of portals become leads of people; a mail that fails is not lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._make_source("email", sender="@portal.example")
        domain = cls.env["mail.alias.domain"].search([], limit=1)
        cls.env.company.alias_domain_id = domain or cls.env["mail.alias.domain"].create(
            {"name": "our.example"}
        )
        cls.team_north.write(
            {
                "alias_name": "leads-north",
                "alias_domain_id": cls.env.company.alias_domain_id.id,
                "use_leads": True,
            }
        )
        cls.alias = cls.team_north.alias_full_name

    def _fetch(self, text, number=1, to=None):
        mail = text.format(alias=to or self.alias, number=number)
        return self.env["mail.thread"].message_process("crm.lead", mail)

    def _items(self):
        return self.env["crm.intake.item"].search([("source_id", "=", self.portal.id)])

    def test_twenty_one_mails_of_a_portal_are_leads_of_twenty_one_people(self):
        """next.md 6.3: Odoo drops the 21st mail of one sender within two hours."""
        self.env["crm.routing.rule"].search([]).write(
            {"method": "round_robin", "team_id": self.team_north.id, "user_id": False}
        )
        ids = [self._fetch(PORTAL, number) for number in range(21)]
        leads = self.env["crm.lead"].browse(ids)
        self.assertEqual(len(set(ids)), 21)
        self.assertEqual(len(set(leads.mapped("email_normalized"))), 21)
        self.assertNotIn("leads@portal.example", leads.mapped("email_normalized"))
        self.assertEqual(leads[7].contact_name, "Person 7")
        self.assertEqual(leads[7].request_note, "I need 7 machines")
        counts = [
            len(leads.filtered(lambda one, u=u: one.user_id == u))
            for u in leads.user_id
        ]
        self.assertEqual(sorted(counts), [10, 11], "in turn")
        self._fetch(PORTAL, 3)
        self.assertEqual(len(self._items()), 21, "the same mail twice does no harm")

    def test_a_mail_that_nothing_is_read_of_becomes_a_lead_all_the_same(self):
        mail = PORTAL.replace("Name: Person", "Somebody").replace("Email: p", "at ")
        lead = self.env["crm.lead"].browse(
            self._fetch(mail.replace("Mobile / Cell Phone", "x"))
        )
        self.assertEqual(lead.name, "Enquiry 1")
        self.assertIn("Somebody 1", lead.description)
        self.assertFalse(lead.email_from, "the portal is nobody's address")

    def test_other_mails_go_the_way_of_odoo(self):
        lead = self.env["crm.lead"].browse(self._fetch(PERSON))
        self.assertEqual(lead.email_normalized, "lena@roth.example")
        self.assertFalse(self._items())

    def test_a_mail_that_fails_is_kept_and_tried_again(self):
        """next.md 6.3: Odoo takes a mail as handled also where its processing raised."""

        def fail(*args, **kwargs):
            raise ValidationError(NOT_TODAY)

        lead = type(self.env["crm.lead"])
        with patch.object(lead, "message_new", fail), mute_logger(GUARD):
            self._fetch(PERSON, to="any@our.example")
        item = self._items()
        self.assertEqual((item.state, item.attempts), ("failed", 1))
        self.assertIn("No leads today", item.reason)
        with patch.object(lead, "message_new", fail), mute_logger(GUARD):
            self.engine._process(item)
        self.assertEqual(item.attempts, 2)
        self.engine._process(item)
        self.assertEqual(item.state, "done")
        self.assertEqual(item.lead_id.email_normalized, "lena@roth.example")
        self.assertIn("Please send it", str(item.lead_id.message_ids.mapped("body")))

    def test_at_last_its_text_becomes_a_lead(self):
        def fail(*args, **kwargs):
            raise ValidationError(NOT_TODAY)

        with (
            patch.object(type(self.env["crm.lead"]), "message_new", fail),
            mute_logger(GUARD),
        ):
            self._fetch(PERSON, to="any@our.example")
            for _attempt in range(5):
                self.engine._process(self._items())
        self.assertEqual(self._items().state, "check")
        self.assertIn("Please send it", self._items().lead_id.description)

    def test_without_a_source_nothing_changes(self):
        self.portal.active = False

        def fail(*args, **kwargs):
            raise ValidationError(NOT_TODAY)

        with (
            patch.object(type(self.env["crm.lead"]), "message_new", fail),
            self.assertRaises(ValidationError),
        ):
            self._fetch(PERSON, to="any@our.example")

    def test_automatic_replies(self):
        self.assertTrue(
            self._fetch(AWAY), "as Odoo does, until the company wants otherwise"
        )
        self.portal.no_auto_replies = True
        self.assertFalse(self._fetch(AWAY.replace("away-1", "away-2")))
        self.assertEqual(
            (self._items().state, self._items().reason),
            ("ignored", "An automatic reply."),
        )
