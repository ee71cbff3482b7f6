# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo.tests import tagged

from .test_honest import HonestCommon


@tagged("post_install", "-at_install")
class TestFreshCases(HonestCommon):
    """Issue 14: cases of the kinds of its faults, looked for once all of these were mended."""

    def _points(self, leads, card):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["crm.score.engine"]._points(leads, card)

    def test_closed_again(self):
        """Kind 1: a lead that was restored and closed again is judged as of its last close."""
        leads, closed = self._closed_leads(1, 0)
        card = self._draft(
            {
                "name": "Wrote in 30 days",
                "points": 60,
                "measure": "at_least",
                "event_days": 30,
                "event_direction": "in",
            }
        )
        self._wrote(leads, closed + timedelta(60))
        self.assertEqual(self._points(leads, card)[leads.id], 0)
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = %s WHERE id = %s",
            [closed + timedelta(70), leads.id],
        )
        self.assertEqual(self._points(leads, card)[leads.id], 60)

    def test_an_event_ahead_of_the_clock(self):
        """Kind 1: what is dated after now (a clock that is ahead) counts for no open lead."""
        lead = self._make_lead()
        card = self._draft(
            {
                "name": "Wrote",
                "points": 60,
                "measure": "at_least",
                "event_days": 30,
                "event_direction": "in",
            }
        )
        moment = self.env.cr.now() + timedelta(3)
        self._wrote(lead, moment)
        self.assertEqual(self._points(lead, card)[lead.id], 0)

    def test_an_archived_contact(self):
        """Kind 4, C46: that a contact was archived changes no rule that names him."""
        partner = self.env["res.partner"].create({"name": "Ann", "function": "CEO"})
        lead = self._make_lead(partner_id=partner.id)
        self._make_scorecard(
            ("Has a contact", 10, [("partner_id", "!=", False)]),
            ("Is that one", 5, [("partner_id", "=", partner.id)]),
            ("By his name", 3, [("partner_id.name", "=", "Ann")]),
        )
        self.env["crm.score.engine"]._score(lead)
        self.assertEqual(lead.lead_points, 18)
        partner.active = False
        self.env["crm.score.engine"]._score(lead)
        self.assertEqual(lead.lead_points, 18)
        self.assertExplained(lead)

    def test_a_copy_is_another_lead(self):
        """Kind 17: a grade by hand is about this lead: a copy is graded by its facts."""
        self._make_scorecard(("Any", 10, []))
        lead = self._make_lead()
        self._by_hand(lead, 5)
        self.assertEqual(lead.lead_grade, 5)
        other = lead.copy()
        self.assertFalse(other.grade_manual)
        self.assertFalse(other.grade_manual_reason)

    def _by_hand(self, lead, grade):
        self.env["crm.lead.grade.manual"].create(
            {
                "lead_id": lead.id,
                "grade": str(grade),
                "reason": "The CEO is a friend",
            }
        ).action_set()

    def test_linked_records_of_two_companies(self):
        """Kinds 6 and 13: a campaign of both; each lead follows by its own company's card."""
        other = self.env["res.company"].create({"name": "Other"})
        campaign = self.env["utm.campaign"].create({"title": "Spring"})
        domain = [("campaign_id.title", "=", "Autumn")]
        self._make_scorecard(("Mine", 10, domain), company_id=self.company.id)
        self._make_scorecard(("Theirs", 70, domain), company_id=other.id)
        values = {"campaign_id": campaign.id, "team_id": False, "user_id": False}
        mine = self._make_lead(company_id=self.company.id, **values)
        theirs = self._make_lead(company_id=other.id, **values)
        campaign.with_company(other).title = "Autumn"
        self.env.cr.flush()
        self.assertEqual((mine.lead_points, theirs.lead_points), (10, 70))

    def test_a_linked_record_that_changes_by_itself(self):
        """Kind 6: Odoo copies the company's city to its contacts; their leads follow."""
        company = self.env["res.partner"].create(
            {"name": "Trading", "is_company": True}
        )
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": company.id, "type": "contact"}
        )
        self._make_scorecard(
            ("In Rome", 40, [("partner_id.commercial_partner_id.city", "=", "Rome")])
        )
        lead = self._make_lead(partner_id=contact.id)
        self.env.cr.flush()
        self.assertEqual(lead.lead_points, 0)
        company.city = "Rome"
        self.env.cr.flush()
        self.assertEqual(lead.lead_points, 40)
        # The contact goes to another company: its commercial company is computed anew.
        contact.parent_id = self.env["res.partner"].create(
            # With a city: to one that has none Odoo would give that of the contact.
            {"name": "Else", "is_company": True, "city": "Oslo", "street": "A 1"}
        )
        self.env.cr.flush()
        self.assertEqual(lead.lead_points, 0)
