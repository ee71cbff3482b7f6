# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestAsTheyCame(PersonaCommon):
    """Facts as they came: what is uncertain stays as typed, nothing is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_standardise = True
        cls.saudi = cls.env.ref("base.sa")
        cls.turkey = cls.env.ref("base.tr")

    def test_phones(self):
        """Fault 16, C28, C29: the country of the number; extensions are kept as typed."""
        none = self.env["res.country"]
        for typed, kept, country in (
            ("\u202a+966 50 123 4567\u202c", "+966501234567", self.saudi),
            ("p:+90 532 123 45 67", "+905321234567", self.turkey),
            ("tel:+905321234567", "+905321234567", self.turkey),
            ("(+90) 532 123 45 67", "+905321234567", self.turkey),
            ("'+966501234567", "+966501234567", self.saudi),
            ("٠٠٩٦٦٥٠١٢٣٤٥٦٧", "+966501234567", self.saudi),
            ("+966 11 555 0123 ext. 123", "+966 11 555 0123 ext. 123", self.saudi),
            ("N/A", False, none),
            (" ", False, none),
        ):
            with self.subTest(typed=typed):
                lead = self._make_lead(phone=typed)
                self.assertEqual(lead.phone, kept)
                self.assertEqual(lead.country_id, country)

    def test_names(self):
        """Fault 16, C30, C31, C32, C33: capitals by language, no placeholders, nothing unseen."""
        for values, kept in (
            (
                {"contact_name": "MEHMET AYDIN", "country_id": self.turkey.id},
                "Mehmet Aydın",
            ),
            ({"contact_name": "CAN KILIÇ", "phone": "+90 532 123 45 67"}, "Can Kılıç"),
            ({"contact_name": "ÇINAR"}, "ÇINAR"),
            ({"contact_name": "J.R.R. TOLKIEN"}, "J.R.R. Tolkien"),
            ({"contact_name": "None"}, False),
            ({"contact_name": "\u200fSara\u202c"}, "Sara"),
        ):
            with self.subTest(values=values):
                self.assertEqual(self._make_lead(**values).contact_name, kept)
        lead = self._make_lead(
            email_from="\u200fSARA@CLINIC-X.example,ALI@CLINIC-X.example", website="n/A"
        )
        self.assertEqual(lead.email_from, "SARA@clinic-x.example,ALI@clinic-x.example")
        self.assertFalse(lead.website)
        site = "firma.example / shop.example"
        self.assertIn("firma.example / shop", self._make_lead(website=site).website)

    def test_an_import_is_not_refused_for_an_odd_link(self):
        """C34: the lead is saved, the link left out and noted; a form may refuse."""
        Lead = self.env["crm.lead"].with_context(import_file=True)
        result = Lead.load(
            ["name", "social_instagram"],
            [["A", "N/A"], ["B", "Third Cup Cafe"], ["C", "cup.example_x"]],
        )
        self.assertFalse(result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(
            leads.mapped("social_instagram"),
            [False, False, "https://www.instagram.com/cup.example_x"],
        )
        notes = "".join(leads[1].message_ids.mapped("body"))
        self.assertIn("Third Cup Cafe", notes)
        with self.assertRaises(ValidationError):
            self._make_lead(social_instagram="Third Cup Cafe")
        for text in ("yok", "-", "none"):
            self.assertFalse(self._make_lead(social_instagram=text).social_instagram)

    def test_an_unchanged_import_changes_nothing(self):
        """C38: the persona that a lead has already is no choice by hand."""
        persona = self.env["crm.persona"].create(
            {
                "name": "Riyadh",
                "criterion_ids": [
                    (0, 0, {"name": "C", "domain": "[('city', '=', 'R')]"})
                ],
            }
        )
        lead = self._make_lead(city="R")
        self.assertEqual(lead.persona_id, persona)
        lead.write({"persona_id": persona.id, "function": "CEO"})
        self.assertFalse(lead.persona_is_manual)
        lead.city = "Elsewhere"
        self.assertFalse(lead.persona_id)

    def test_ranges_of_employees(self):
        """C37: ranges as LinkedIn and HubSpot give them are read at their lower end."""
        result = self.env["crm.lead"].load(
            ["name", "company_size"],
            [["A", "51-200"], ["B", "10,001+"], ["C", "11 – 50 employees"], ["D", "7"]],
        )
        self.assertFalse(result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(leads.mapped("company_size"), [51, 10001, 11, 7])
        # What people and other exports write: with spaces, thousands, signs, other digits.
        result = self.env["crm.lead"].load(
            ["name", "company_size"],
            [
                ["A", "1 000-5 000"],
                ["B", "10k+"],
                ["C", "> 500"],
                ["D", "١١-٥٠ موظف"],
                ["E", "50 ~ 100 çalışan"],
            ],
        )
        self.assertFalse(result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertEqual(leads.mapped("company_size"), [1000, 10000, 500, 11, 50])

    def test_addresses_that_were_pasted(self):
        """Kind of C32, C33: what a browser, a mail or a list left around an address."""
        for typed, kept in (
            ("http:/clinic.example", "http://clinic.example"),
            ("https:\\\\clinic.example", "https://clinic.example"),
            ("https://https://clinic.example", "https://clinic.example"),
            ("http//clinic.example", "http://clinic.example"),
        ):
            with self.subTest(typed=typed):
                self.assertEqual(self._make_lead(website=typed).website, kept)
        for typed, kept in (
            ("mailto:ann@clinic.example?subject=Hi", "ann@clinic.example"),
            ("ann@clinic.example, ", "ann@clinic.example"),
            ("ann@clinic.example.", "ann@clinic.example"),
            ("'ann@clinic.example'", "ann@clinic.example"),
        ):
            with self.subTest(typed=typed):
                lead = self._make_lead(email_from=typed)
                self.assertEqual(lead.email_from, kept)
                self.assertEqual(lead.email_normalized, kept)
        # An address is no web site: left as it was typed, for somebody to look at.
        self.assertIn(
            "ann@clinic", self._make_lead(website="ann@clinic.example").website
        )

    def test_placeholders_of_three_languages(self):
        """Kind of C32: "nothing" in Arabic and Turkish, and signs for it, are no facts."""
        for text in ("لا يوجد", "غير معروف", "bilinmiyor", "-", "--", "?", "(blank)"):
            with self.subTest(text=text):
                lead = self._make_lead(contact_name=text, function=text, phone=text)
                self.assertFalse(lead.contact_name or lead.function or lead.phone)
        self.assertEqual(self._make_lead(name="-").name, "-")
