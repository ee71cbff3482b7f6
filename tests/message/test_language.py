# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import Form, tagged

from ...models.common.moments import format_moment
from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageLanguage(MessageCommon):
    """Nobody gets English without a word: the language is guessed, shown, and can be chosen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("ar_001", "tr_TR"):
            cls.env["res.lang"]._activate_lang(code)
        cls.message.with_context(lang="tr_TR").whatsapp_body = "Merhaba"
        cls.message.with_context(lang="ar_001").whatsapp_body = "مرحبًا"

    def _lead(self, **values):
        return self._make_lead(user_id=self.user_seller.id, **values)

    def _assert_guessed(self, code, **values):
        lead = self._lead(**values)
        self.assertEqual(lead.message_lang, code)
        self.assertTrue(lead.message_lang_is_guessed)

    def test_script_then_phone_then_country_then_ours(self):
        """Ux A9: an Arab and a Turkish customer got English."""
        self._assert_guessed("ar_001", contact_name="سالم الكعبي")
        self._assert_guessed("ar_001", contact_name="سالم", phone="+905321234567")
        self._assert_guessed("ar_001", request_note="أريد عرض سعر")
        self._assert_guessed("tr_TR", contact_name="Burak Tuna", phone="+905321234567")
        self._assert_guessed("tr_TR", contact_name="Ayşe Yıldız")
        turkey = self.env.ref("base.tr").id
        self._assert_guessed("tr_TR", contact_name="Burak Tuna", country_id=turkey)
        lead = self._lead(contact_name="Ann Lee")
        self.assertEqual(lead.message_lang, "en_US")
        self.assertFalse(lead.message_lang_is_guessed)

    def test_what_is_known_is_no_guess(self):
        """Ux A9."""
        turkish = self.env["res.lang"]._lang_get("tr_TR")
        lead = self._lead(contact_name="سالم", lang_id=turkish.id)
        self.assertEqual(lead.message_lang, "tr_TR")
        self.assertFalse(lead.message_lang_is_guessed)
        partner = self.env["res.partner"].create({"name": "Burak", "lang": "tr_TR"})
        lead = self._lead(partner_id=partner.id)
        self.assertEqual(lead.message_lang, "tr_TR")
        self.assertFalse(lead.message_lang_is_guessed)

    def test_what_odoo_took_from_the_contact_is_not_said_by_anybody(self):
        """Line 7: the language of a contact is that of whoever made it, and always won."""
        partner = self.env["res.partner"].create({"name": "سالم", "lang": "en_US"})
        lead = self._lead(partner_id=partner.id)
        self.assertEqual(lead.lang_id.code, "en_US")
        self.assertEqual(lead.message_lang, "ar_001")
        self.assertTrue(lead.message_lang_is_guessed)
        # What a form sends along is what it showed.
        english = self.env["res.lang"]._lang_get("en_US")
        lead = self._lead(partner_id=partner.id, lang_id=english.id)
        self.assertEqual(lead.message_lang, "ar_001")
        # Who says so has his way, also where it is what Odoo had found.
        lead.with_user(self.user_seller).lang_id = english
        self.assertEqual(lead.message_lang, "en_US")
        self.assertFalse(lead.message_lang_is_guessed)
        other = self.env["res.partner"].create({"name": "سعاد", "lang": "en_US"})
        lead.partner_id = other
        self.assertEqual(lead.message_lang, "ar_001", "it is another person")

    def test_a_lead_that_becomes_a_contact_keeps_its_language(self):
        """Line 7: the contact was given the language of whoever converted the lead."""
        lead = self._lead(contact_name="Burak Tuna", phone="+905321234567")
        self.assertEqual(lead.message_lang, "tr_TR")
        lead.with_user(self.user_seller)._handle_partner_assignment(create_missing=True)
        self.assertTrue(lead.partner_id)
        self.assertEqual(lead.message_lang, "tr_TR")
        lead = self._lead(contact_name="Burak Tuna", phone="+905321234567")
        arabic = self.env["res.lang"]._lang_get("ar_001")
        lead.with_user(self.user_seller).lang_id = arabic
        lead._handle_partner_assignment(create_missing=True)
        self.assertEqual(lead.message_lang, "ar_001")
        self.assertFalse(lead.message_lang_is_guessed)

    def test_a_contact_in_a_language_of_its_own(self):
        """Line 7: no false guess where the contact says something that its maker does not."""
        self.env.user.lang = "tr_TR"
        partner = self.env["res.partner"].create(
            {"name": "Ann Lee", "lang": "en_US", "phone": "+905321234567"}
        )
        lead = self._lead(partner_id=partner.id)
        self.assertEqual(lead.message_lang, "en_US")
        self.assertFalse(lead.message_lang_is_guessed)

    def test_moments_are_told_as_their_reader_writes_them(self):
        """A27: "2026-12-01 14:00" for everybody."""
        moment = datetime(2026, 12, 1, 14)
        self.assertEqual(format_moment(self.env, moment, "UTC"), "12/01/2026 02:00 PM")
        turkish = self.env["res.lang"].with_context(lang="tr_TR").env
        self.assertEqual(format_moment(turkish, moment, "UTC"), "01.12.2026 14:00")
        self.assertIn("17:00", format_moment(turkish, moment, "Asia/Riyadh"))

    def test_the_window_has_a_switch_which_is_remembered(self):
        """Ux A9: no choice of language in the window."""
        lead = self._lead(contact_name="Burak Tuna", phone="+905321234567")
        window = self.env["crm.message.compose"].with_user(self.user_seller)
        form = Form(window.with_context(default_lead_id=lead.id))
        form.template_id = self.message
        form.channel = "whatsapp"
        self.assertEqual((form.lang, form.body), ("tr_TR", "Merhaba"))
        self.assertIn("guessed", form.language_info)
        self.assertFalse(form.is_rtl)
        form.lang = "ar_001"
        self.assertEqual(form.body, "مرحبًا")
        self.assertTrue(form.is_rtl)
        form.save().action_send()
        self.assertEqual(lead.lang_id.code, "ar_001")
        self.assertFalse(lead.message_lang_is_guessed)

    def test_a_selection_says_what_is_guessed(self):
        """Ux A9."""
        lead = self._lead(contact_name="سالم", phone="+966501112233")
        batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = batch.create(
            {
                "lead_ids": [(6, 0, lead.ids)],
                "template_id": self.message.id,
                "channel": "whatsapp",
            }
        )
        batch.action_plan()
        self.assertIn("guessed", batch.line_ids.reason)

    def test_born_on_a_leap_day(self):
        """A27: a birthday in leap years only."""
        lead = self._lead(birthdate=date(2000, 2, 29))
        for day, is_it in (("2027-02-28", 1), ("2028-02-28", 0), ("2028-02-29", 1)):
            with freeze_time(f"{day} 12:00:00"):
                self.assertEqual(lead._message_has_birthday(), bool(is_it), day)

    def test_a_whatsapp_message_of_the_year_9999(self):
        """A18 (b): the lead's windows could not be opened any more."""
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead_full.id,
                    "kind": "whatsapp",
                    "direction": "in",
                    "occurred_on": "9999-12-31 23:59:59",
                }
            ]
        )
        self.assertTrue(self.lead_full.whatsapp_window_end)
