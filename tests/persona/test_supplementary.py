# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestSupplementary(PersonaCommon):
    def test_impossible_birth_dates_are_refused(self):
        lead = self._make_lead(birthdate="1980-02-29")
        for date in (
            "1899-12-31",
            "0001-01-01",
            fields.Date.today() + timedelta(days=1),
        ):
            with self.subTest(date=date), self.assertRaises(ValidationError) as caught:
                lead.birthdate = date
            self.assertIn(lead.name, str(caught.exception))
        lead.birthdate = fields.Date.today()
        lead.birthdate = False

    def test_social_links_are_completed_and_scripts_refused(self):
        lead = self._make_lead(
            social_linkedin="www.linkedin.com/in/amal", social_x="@amal"
        )
        self.assertEqual(lead.social_linkedin, "https://www.linkedin.com/in/amal")
        self.assertEqual(lead.social_x, "https://x.com/amal")
        for text in (
            "javascript:alert(1)",
            "https://evil.example/in/amal",
            "data:text/html,x",
        ):
            with self.subTest(text=text), self.assertRaises(ValidationError) as caught:
                lead.social_linkedin = text
            self.assertIn("LinkedIn", str(caught.exception))
        with self.assertRaises(ValidationError):
            self._make_lead(social_facebook="javascript:alert(1)")
        with self.assertRaises(ValidationError):
            self.env["crm.lead"].with_context(crm_lead_management_skip=True).create(
                {"name": "L", "social_facebook": "javascript:alert(1)"}
            )
