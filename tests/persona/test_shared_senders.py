# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestSharedSenders(LeadCommon):
    """What is no company: free mail that Odoo does not know, portals, forms."""

    def test_free_mail_of_turkey_and_the_gulf(self):
        """C35: strangers at such a provider have nothing in common."""
        for domain in ("hotmail.com.tr", "mynet.com", "outlook.sa", "maktoob.com"):
            with self.subTest(domain=domain):
                lead = self._make_lead(email_from=f"Ann@{domain}")
                self.assertEqual(lead.email_domain_criterion, f"ann@{domain}")
        lead = self._make_lead(email_from="ann@clinic.com.sa")
        self.assertEqual(lead.email_domain_criterion, "@clinic.com.sa")

    def test_no_country_from_free_mail(self):
        """C35: x@hotmail.com.tr says nothing of a country."""
        self.env.company.lead_standardise = True
        lead = self._make_lead(email_from="x@hotmail.com.tr")
        self.assertFalse(lead.country_id)
        lead = self._make_lead(email_from="x@firma.com.tr")
        self.assertEqual(lead.country_id.code, "TR")

    def test_portals_and_forms(self):
        """C36: one sender address for many buyers is no account, once it is named."""
        lead = self._make_lead(email_from="buyleads@portal.example")
        self.assertEqual(lead.email_domain_criterion, "@portal.example")
        self.env.company.lead_shared_senders = "@portal.example\nwordpress@ours.example"
        for email in ("buyleads@portal.example", "wordpress@ours.example"):
            self.assertFalse(self._make_lead(email_from=email).email_domain_criterion)
        ours = self._make_lead(email_from="ann@ours.example")
        self.assertEqual(ours.email_domain_criterion, "@ours.example")
