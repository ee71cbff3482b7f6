# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from freezegun import freeze_time

from odoo.tests import HttpCase, tagged
from odoo.tools.misc import hash_sign

from ...models.message.guarding.unsubscribe import PATH, SCOPE, url_of
from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestUnsubscribe(MessageCommon, HttpCase):
    """A27: what nobody wrote to this one lead says how to get no more of it."""

    def _mail(self, lead):
        return self._mails(lead).sorted("id")[-1:]

    def _select(self, leads):
        batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = batch.create(
            {
                "lead_ids": [(6, 0, leads.ids)],
                "template_id": self.message.id,
                "channel": "email",
            }
        )
        batch.action_plan()
        batch.action_send()

    def _path(self, lead):
        return PATH + url_of(lead).partition(PATH)[2]

    def test_which_mails_carry_it(self):
        self.message.with_user(self.user_seller)._send(
            self.lead_full.with_user(self.user_seller), "email"
        )
        letter = self._mail(self.lead_full)
        self.assertFalse(letter.headers)
        self.assertNotIn(PATH, letter.body_html)
        self.message.repeat_days = 0
        self._select(self.lead_full | self.lead_company)
        for lead in self.lead_full | self.lead_company:
            mail = self._mail(lead)
            self.assertIn(url_of(lead), mail.body_html)
            self.assertIn(f"<{url_of(lead)}>", mail.headers)
            self.assertIn("One-Click", mail.headers)
        # What goes by itself.
        self.message.with_user(1)._send(self.lead_full.with_user(1), "email")
        self.assertIn(PATH, self._mail(self.lead_full).body_html)

    def test_a_look_changes_nothing_and_a_push_counts_for_the_person(self):
        twin = self._make_lead(email_from="sara@example.com")
        page = self.url_open(self._path(self.lead_full))
        self.assertEqual(page.status_code, 200)
        self.assertIn("<form", page.text)
        self.assertFalse(self.lead_full.optout_email)
        for _push in range(2):
            page = self.url_open(self._path(self.lead_full), data={"x": "1"})
            self.assertIn("no more", page.text)
        both = self.lead_full | twin
        both.invalidate_recordset()
        self.assertEqual(both.mapped("optout_email"), [True, True])
        for lead in both:
            found = lead.touchpoint_ids.filtered(lambda t: t.kind == "unsubscribe")
            self.assertEqual(len(found), 1)
        self.assertFalse(self.lead_company.optout_email)

    def test_the_lead_is_gone_by_then(self):
        twin = self._make_lead(email_from="sara@example.com")
        path = self._path(self.lead_full)
        self.lead_full.unlink()
        self.assertEqual(self.url_open(path, data={"x": "1"}).status_code, 200)
        twin.invalidate_recordset()
        self.assertTrue(twin.optout_email)
        twin.unlink()
        self.assertEqual(self.url_open(path, data={"x": "1"}).status_code, 200)

    def test_a_forged_link(self):
        path = self._path(self.lead_full)
        token = path.rpartition("/")[2]
        other = self._path(self.lead_company).rpartition("/")[2]
        for forged in ("x", token[:-4], token[:50] + other[50:], "%00", "AQ=="):
            page = self.url_open(f"{PATH}/{forged}", data={"x": "1"})
            self.assertEqual(page.status_code, 404, forged)
        self.assertFalse(self.lead_full.optout_email or self.lead_company.optout_email)

    def test_a_link_that_is_too_old(self):
        """Issue 17: it says so, and changes nothing; links of before knew no day."""
        with freeze_time("2020-01-01"):
            path = self._path(self.lead_full)
        page = self.url_open(path, data={"x": "1"})
        self.assertEqual(page.status_code, 410)
        self.assertIn("too old", page.text)
        self.assertNotIn("<form", page.text)
        self.lead_full.invalidate_recordset()
        self.assertFalse(self.lead_full.optout_email)
        before = hash_sign(
            self.env, SCOPE, [self.lead_full.id, self.lead_full.email_normalized]
        )
        page = self.url_open(f"{PATH}/{before}", data={"x": "1"})
        self.assertEqual(page.status_code, 200)
        self.lead_full.invalidate_recordset()
        self.assertTrue(self.lead_full.optout_email)

    def test_from_a_forwarded_mail(self):
        """Who presses the button there sees whose it is; his own leads are left alone."""
        reader = self._make_lead(email_from="reader@example.com")
        page = self.url_open(self._path(self.lead_full))
        self.assertIn("sa…@example.com", page.text)
        self.assertNotIn("sara@example.com", page.text)
        self.url_open(self._path(self.lead_full), data={"x": "1"})
        reader.invalidate_recordset()
        self.assertFalse(reader.optout_email)

    def test_the_page_is_in_the_language_of_the_lead(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.lead_full.lang_id = self.env["res.lang"]._lang_get("ar_001")
        page = self.url_open(self._path(self.lead_full))
        self.assertIn('dir="rtl"', page.text[:200])
