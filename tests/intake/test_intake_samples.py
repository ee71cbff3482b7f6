# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import json
from collections import Counter
from pathlib import Path

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

    def test_an_automatic_reply(self):
        """out_of_office.eml: kept once, and nobody's lead, where the company wants that."""
        domain = self.env["mail.alias.domain"].create({"name": "our.example"})
        self.company.alias_domain_id = domain
        raw = (SAMPLES / "out_of_office.eml").read_text()
        raw = raw.replace("ALIAS@DOMAIN", "leads@our.example")
        source = self._make_source(
            "email", sender="@portal.example", no_auto_replies=True
        )
        before = self.env["crm.lead"].search_count([])
        for _time in range(2):
            self.assertFalse(self.env["mail.thread"].message_process("crm.lead", raw))
        item = self.env["crm.intake.item"].search([("source_id", "=", source.id)])
        self.assertEqual((item.state, item.reason_code), ("ignored", "auto_reply"))
        self.assertEqual(self.env["crm.lead"].search_count([]), before)

    def test_calls_of_a_telephone_system(self):
        """pbx_calls.csv: touchpoints of a known lead, once."""
        lead = self._make_lead(email_from="an@shop-x.test")
        lead.user_id = self.user_manager
        raw = base64.b64encode((SAMPLES / "pbx_calls.csv").read_bytes())
        for said in ("3 recorded, 0 known", "0 recorded, 3 known"):
            window = self.env["crm.touchpoint.import"].with_user(self.user_manager)
            window = window.create({"file": raw, "filename": "pbx_calls.csv"})
            window.action_import()
            self.assertIn(said, window.result)
        self.assertEqual(
            sorted(lead.touchpoint_ids.mapped("summary")),
            [
                '12" pipe, steel',
                'Asked "how much, and when?" twice',
                "Asked about the price",
            ],
        )

    def test_phones(self):
        """phones.txt: each by the form, twice, in whatever way it is written."""
        known = {
            "+966501234567": 3,
            "+905321234567": 5,
            "+902125550102": 1,
            "+905320001144": 1,
        }
        found = Counter()
        for line in (SAMPLES / "phones.txt").read_text().splitlines():
            data = {"name": f"Person {line}", "phone": line, "message": "Price?"}
            item = self._bring(data)
            self.assertEqual(self._bring(data), item)
            found[item.lead_id.phone_sanitized] += 1
            if "ext." in line or "dahili" in line:
                self.assertEqual(item.lead_id.phone, line, "an extension stays")
            item.lead_id.unlink()
        self.assertEqual(
            {number: found[number] for number in known}, known, dict(found)
        )

    def test_all_samples_are_tried(self):
        """A file that is put there is tried, or this says so."""
        here = Path(__file__).read_text() + (
            Path(__file__).with_name("test_intake_file.py").read_text()
        )
        for path in SAMPLES.iterdir():
            if path.name != "README.txt":
                self.assertIn(path.name, here)

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
