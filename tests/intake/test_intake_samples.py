# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json

from odoo.tests import tagged

from .common import IntakeCommon
from .samples import SAMPLES, needs_files


@needs_files
@tagged("post_install", "-at_install")
class TestIntakeSamples(IntakeCommon):
    """What other systems send, in their own formats, without a field map: twice, one lead."""

    def _twice(self, kind, name, **values):
        source = self._make_source(kind, **values)
        raw = (SAMPLES / name).read_text()
        item = self._bring(raw, source)
        before = self.env["crm.lead"].search_count([])
        self.assertEqual(self._bring(raw, source), item)
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        return item

    def _check(self, item, **expected):
        for name, value in expected.items():
            self.assertEqual(item.lead_id[name], value, name)

    def test_contact_form_7(self):
        item = self._twice("web", "contact_form_7.json")
        self._check(
            item,
            contact_name="Sara",
            email_normalized="sara@clinic-x.sa",
            phone_sanitized="+966500001122",
            request_note="Merhaba,\nfiyat?",
            consent_state="yes",
        )

    def test_elementor(self):
        item = self._twice("web", "elementor_form.json")
        self._check(
            item,
            contact_name="Sara",
            email_normalized="sara@clinic-x.sa",
            phone_sanitized="+966500001122",
        )

    def test_gravity_forms(self):
        item = self._twice("web", "gravity_forms_entry.json")
        self.assertEqual(item.external_ref, "3-77")
        self._check(item, contact_name="Ana Silva", email_normalized="ana@loja-x.pt")
        self.assertIn("Grinder, Duo", str(item.lead_id.message_ids.mapped("body")))

    def test_indiamart(self):
        item = self._twice("web", "indiamart_pull.json")
        self.assertEqual(item.external_ref, "2000000001")
        self._check(
            item,
            contact_name="Asha V",
            email_normalized="asha@travels-x.test",
            phone_sanitized="+919800000022",
            partner_name="Travels X",
            city="Mumbai",
            country_id=self.env.ref("base.in"),
            name="Requirement for Espresso Machine",
        )
        self.assertNotIn("<br>", item.lead_id.request_note)

    def test_google(self):
        item = self._twice("google", "google_ads_lead_form.json")
        self.assertEqual(item.external_ref, "CjwKEXAMPLE0001")
        self._check(
            item,
            contact_name="Rana Ozturk",
            email_normalized="rana@mailbox-r.test",
            phone_sanitized="+905320001133",
            partner_name="Öztürk Kafe",
        )
        self.assertIn("101-250", str(item.lead_id.message_ids.mapped("body")))
        self.assertNotIn("not-a-key", str(item.lead_id.message_ids.mapped("body")))
        data = json.loads((SAMPLES / "google_ads_lead_form.json").read_text())
        item = self._bring({**data, "lead_id": "2", "is_test": True}, item.source_id)
        self.assertEqual((item.state, item.lead_id.id), ("ignored", False))

    def test_telegram(self):
        item = self._twice("web", "telegram_update.json")
        self._check(item, contact_name="Sara", request_note="/start")
        self.assertEqual(item.person_ref, "200000001")
        data = json.loads((SAMPLES / "telegram_update.json").read_text())
        data["update_id"], data["message"]["text"] = 100000002, "Price?"
        again = self._bring(data, item.source_id)
        self.assertEqual((again.state, again.lead_id), ("joined", item.lead_id))

    def test_whatsapp(self):
        item = self._twice("whatsapp", "whatsapp_cloud_webhook.json")
        self._check(item, contact_name="Sara", phone_sanitized="+966500001122")
        self.assertEqual(item.lead_id.request_note, "السعر؟")
        touch = item.lead_id.touchpoint_ids
        self.assertEqual(
            (touch.kind, touch.direction, touch.is_human), ("whatsapp", "in", True)
        )

    def test_portals(self):
        domain = self.env["mail.alias.domain"].create({"name": "our.example"})
        self.company.alias_domain_id = domain
        for name, sender, who, email in (
            (
                "portal_lead.eml",
                "buyleads@portal-x.test",
                "Asha V",
                "asha@travels-x.test",
            ),
            (
                "adf_lead.eml",
                "@cars-portal.test",
                "Rana Ozturk",
                "rana.ozturk@mailbox-r.test",
            ),
        ):
            self._make_source("email", sender=sender)
            raw = (
                (SAMPLES / name)
                .read_text()
                .replace("ALIAS@DOMAIN", "leads@our.example")
            )
            process = self.env["mail.thread"].message_process
            lead = self.env["crm.lead"].browse(process("crm.lead", raw))
            before = self.env["crm.lead"].search_count([])
            process("crm.lead", raw)
            self.assertEqual(self.env["crm.lead"].search_count([]), before)
            self.assertEqual((lead.contact_name, lead.email_normalized), (who, email))
            self.assertTrue(lead.phone_sanitized)
        self.assertEqual(lead.city, "Izmir")
        self.assertIn("Is it still for sale?", lead.request_note)
