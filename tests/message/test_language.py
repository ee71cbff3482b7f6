# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from freezegun import freeze_time

from odoo.tests import Form, tagged

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
        form.save().action_continue()
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
