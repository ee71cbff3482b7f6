# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import io
from email.message import EmailMessage

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...tools.intake.bodies import too_deep
from .common import IntakeCommon


@tagged("post_install", "-at_install")
class TestIntakeBadInput(IntakeCommon):
    """next.md 6.6: what is odd is said, and stops nothing."""

    def _lead(self, **data):
        item = self._bring({"name": "Odd One", "email": "odd@x.example", **data})
        self.assertTrue(item.lead_id, item.reason)
        return item.lead_id

    def _said(self, lead):
        return " ".join(str(body) for body in lead.message_ids.mapped("body"))

    def test_how_deep(self):
        def nested(depth):
            data = "x"
            for _level in range(depth):
                data = {"a": data}
            return data

        self.assertFalse(too_deep(nested(20)))
        self.assertTrue(too_deep(nested(21)))
        item = self.engine._receive(self.source, nested(21))
        self.assertEqual((item.state, item.reason_code), ("failed", "too_deep"))

    def test_names_of_all_kinds(self):
        for name, shown in (
            ("😀 Sara 🌷", "😀 Sara 🌷"),
            ("أمل الحداد", "أمل الحداد"),
            ("שרה לוי", "שרה לוי"),
            ("Martinez, Carlos", "Carlos Martinez"),
            ("Bo\x00b", "Bob"),
        ):
            with self.subTest(name=name):
                lead = self._lead(name=name, email=f"n{abs(hash(name))}@x.example")
                self.assertEqual(lead.contact_name, shown)

    def test_address_and_number_in_each_others_field(self):
        lead = self._lead(email="+966501234567", phone="sara@clinic-x.example")
        self.assertEqual(lead.email_from, "sara@clinic-x.example")
        self.assertEqual(lead.phone_sanitized, "+966501234567")
        self.assertIn("each other", self._said(lead))
        lead = self._lead(name="Bo", email="0501112233", phone="")
        self.assertEqual(lead.phone_sanitized, "+966501112233")
        self.assertFalse(lead.email_from)
        lead = self._lead(name="Cem", email="", phone="cem@x.example")
        self.assertEqual(lead.email_normalized, "cem@x.example")
        self.assertFalse(lead.phone)
        lead = self._lead(name="Di", email="di@x.example", phone="+966501112244")
        self.assertNotIn("each other", self._said(lead))
        lead = self._lead(email="", phone="not a number", name="Li")
        self.assertEqual(lead.phone, "not a number", "as typed")

    def test_an_address_with_as_many_digits_as_a_number(self):
        """Alone, or beside a number: it is an address (the birthday of many)."""
        for phone in ("", "+966501112255"):
            with self.subTest(phone=phone):
                email = f"ali19851012{len(phone)}@x.example"
                lead = self._lead(name=f"Ali {len(phone)}", email=email, phone=phone)
                self.assertEqual(lead.email_normalized, email)
                self.assertEqual(lead.phone or "", phone)
                self.assertNotIn("each other", self._said(lead))

    def test_what_cannot_be_read_is_told(self):
        self.source.mapping_ids = [
            (0, 0, {"path": path, "target": target})
            for path, target in (
                ("name", "contact_name"),
                ("email", "email_from"),
                ("country", "country_id"),
                ("born", "birthdate"),
                ("budget", "expected_revenue"),
                ("size", "company_size"),
            )
        ]
        lead = self._lead(
            country="Atlantis", born="31/02/2026", budget="1.000,50", size="many"
        )
        self.assertFalse(lead.birthdate or lead.company_size)
        self.assertEqual(lead.expected_revenue, 1000.5)
        said = self._said(lead)
        for odd in ("Atlantis", "31/02/2026", "many"):
            self.assertIn(odd, said)
        self.assertNotIn("1.000,50", said)

    def test_a_blank_campaign(self):
        """Odoo's own helper raises UnboundLocalError on a blank name."""
        lead = self._lead(utm_source=" ", utm_medium="", utm_campaign="  Spring ")
        self.assertFalse(lead.source_id or lead.medium_id)
        self.assertEqual(lead.campaign_id.name, "Spring")

    def test_a_mail_with_an_attachment_of_ten_megabytes(self):
        source = self._make_source("email", sender="@portal.example")
        mail = EmailMessage()
        mail["From"], mail["To"] = "Portal <leads@portal.example>", "x@our.example"
        mail["Subject"], mail["Message-Id"] = "Enquiry", "<big-1@portal.example>"
        mail.set_content("Name: Sara\nEmail: sara@clinic-x.example\nMessage: Price?\n")
        mail.add_attachment(
            bytes(10 * 1024 * 1024),
            maintype="application",
            subtype="pdf",
            filename="plan.pdf",
        )
        files = self.env["ir.attachment"]
        before = files.search_count([])
        process = self.env["mail.thread"].message_process
        lead = self.env["crm.lead"].browse(process("crm.lead", mail.as_bytes()))
        self.assertEqual(lead.email_normalized, "sara@clinic-x.example")
        self.assertIn("plan.pdf", self._said(lead))
        self.assertEqual(files.search_count([]), before, "it is not kept")
        item = self.env["crm.intake.item"].search([("source_id", "=", source.id)])
        self.assertLess(len(item.payload), 10_000)

    def test_standardising_at_the_door(self):
        """Line 4: by the company's choice, and what was typed stays readable."""
        said = {
            "name": "AMAL HADDAD",
            "email": "Amal.Haddad@CLINIC-X.EXAMPLE",
            "phone": "+966 50 123 4567",
            "website": "CLINIC-X.example",
        }
        self.company.lead_standardise = False
        lead = self._bring(said).lead_id
        self.assertEqual(lead.contact_name, "AMAL HADDAD")
        self.assertEqual(
            lead.phone_sanitized, "+966501234567", "found by it all the same"
        )
        lead.unlink()
        self.company.lead_standardise = True
        item = self._bring({**said, "message": "Again"})
        lead = item.lead_id
        self.assertEqual(lead.contact_name, "Amal Haddad")
        self.assertEqual(lead.email_from, "Amal.Haddad@clinic-x.example")
        self.assertEqual(lead.phone, "+966501234567")
        self.assertEqual(lead.country_id, self.env.ref("base.sa"))
        for typed in said.values():
            self.assertIn(typed, item.payload)

    # === FILES === #

    def _file(self, raw):
        files = self.env["crm.intake.file"].with_user(self.user_manager)
        file = files.create({"name": "list.csv", "data": base64.b64encode(raw)})
        file.action_read()
        file.action_import()
        self.engine._process(file.sudo().item_ids)
        return file.sudo().item_ids.lead_id

    def test_files_of_all_kinds(self):
        text = "Name{0}Email\nÇağla Şen{0}cagla@x.example\n"
        for number, raw in enumerate(
            (
                text.format(",").encode("utf-8-sig"),
                text.format(";").encode("utf-16"),
                text.format("\t").encode("utf-16-le"),
                text.format(";").encode("cp1254"),
                f"sep=;\n{text.format(';')}".encode(),
            )
        ):
            with self.subTest(kind=number):
                lead = self._file(raw)
                self.assertEqual(lead.contact_name, "Çağla Şen")
                self.assertEqual(lead.email_from, "cagla@x.example")
                lead.unlink()

    def test_columns_of_the_same_name(self):
        lead = self._file(b"Name,Email,Email\nAmal,a@x.example,b@x.example\n")
        self.assertEqual(lead.email_from, "a@x.example")
        self.assertIn("b@x.example", self._said(lead), "nothing is lost")

    def test_no_rows(self):
        for raw in (b"Name,Email\n", b"\xef\xbb\xbf", b"\n\n\n"):
            with self.assertRaises(UserError):
                self._file(raw)

    def test_a_sheet_with_nothing_in_it(self):
        from openpyxl import Workbook

        out = io.BytesIO()
        Workbook().save(out)
        with self.assertRaises(UserError):
            self._file(out.getvalue())
