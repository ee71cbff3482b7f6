# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestStandardise(PersonaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_standardise = True
        cls.saudi = cls.env.ref("base.sa")

    def _note(self, lead):
        return "".join(lead.message_ids.mapped("body"))

    def test_off_by_default(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(other.lead_standardise)
        self.company.lead_standardise = False
        lead = self._make_lead(contact_name="AMAL  HADDAD", phone="+966 50 123 4567")
        self.assertEqual(lead.contact_name, "AMAL  HADDAD")
        self.assertEqual(lead.phone, "+966 50 123 4567")
        self.assertFalse(lead.country_id)

    def test_what_is_entered_is_written_in_one_way_and_kept_as_typed(self):
        lead = self._make_lead(
            name=" Clinic   software ",
            contact_name="AMAL  HADDAD",
            partner_name=" Haddad  CLINICS",
            email_from="Amal@Clinic.EXAMPLE",
            website="Clinic.Example/",
            phone="00966 50 123 4567",
        )
        self.assertEqual(lead.name, "Clinic software")
        self.assertEqual(lead.contact_name, "Amal Haddad")
        self.assertEqual(lead.partner_name, "Haddad CLINICS")
        self.assertEqual(lead.email_from, "Amal@clinic.example")
        self.assertEqual(lead.website, "https://clinic.example")
        self.assertEqual(lead.phone, "+966501234567")
        self.assertEqual(lead.country_id, self.saudi)
        note = self._note(lead)
        for typed in (
            "AMAL  HADDAD",
            "00966 50 123 4567",
            "Amal@Clinic.EXAMPLE",
            "Saudi Arabia",
        ):
            self.assertIn(typed, note)

    def test_on_write_too(self):
        lead = self._make_lead(country_id=self.saudi.id)
        lead.with_user(self.user_all).write(
            {"phone": "050 123 4567", "contact_name": "amal h."}
        )
        self.assertEqual(lead.phone, "+966501234567")
        self.assertEqual(lead.contact_name, "Amal H.")
        self.assertIn("050 123 4567", self._note(lead))
        notes = len(lead.message_ids)
        lead.write({"phone": "+966501234567", "color": 3})
        self.assertEqual(
            len(lead.message_ids), notes, "nothing changed, nothing to note"
        )

    def test_country_from_the_mail_domain_but_not_of_everybodys(self):
        for email, country in (
            ("a@clinic.com.sa", self.saudi),
            ("a@clinic.com", self.env["res.country"]),
            ("a@startup.io", self.env["res.country"]),
            ("a@yahoo.co.uk", self.env["res.country"]),
            ("a@mail.ru", self.env["res.country"]),
            ("no address", self.env["res.country"]),
        ):
            with self.subTest(email=email):
                self.assertEqual(self._make_lead(email_from=email).country_id, country)

    def test_a_country_that_is_known_is_kept(self):
        belgium = self.env.ref("base.be")
        lead = self._make_lead(country_id=belgium.id, phone="+966501234567")
        self.assertEqual(lead.country_id, belgium)
        partner = self.env["res.partner"].create(
            {"name": "P", "country_id": belgium.id}
        )
        lead = self._make_lead(partner_id=partner.id, phone="+966501234567")
        self.assertEqual(lead.country_id, belgium)

    def test_what_cannot_be_understood_stays(self):
        lead = self._make_lead(
            phone="call the office", website="javascript:alert(1)", contact_name="R2-D2"
        )
        self.assertEqual(lead.phone, "call the office")
        self.assertIn("javascript", lead.website)
        self.assertEqual(lead.contact_name, "R2-D2")

    def test_a_batch_costs_as_many_queries_as_one(self):
        def run(size):
            vals = {"name": "L", "phone": "+966 50 123 4567", "contact_name": "AMAL  H"}
            return lambda: self.env["crm.lead.standardiser"]._log(
                {
                    lead: self.env["crm.lead.standardiser"]._standardise(dict(vals))
                    for lead in leads[size]
                }
            )

        leads = {size: self._make_leads(size) for size in (10, 100)}
        self.assertSameQueryCount(run, 10, 100)
