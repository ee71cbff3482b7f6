# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestStarterScorecard(ScoringCommon):
    """The scorecard that the addon ships spreads realistic leads over all grades."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        starter = cls.env.ref("crm_lead_management.crm_scorecard_starter")
        starter.write({"active": True, "state": "live"})
        country = cls.env.ref("base.be")
        cls.company.country_id = country

    def _score(self, **values):
        lead = self._make_lead(user_id=False, **values)
        self.assertExplained(lead)
        return lead.lead_grade

    def test_spread(self):
        self.assertEqual(self._score(), 1)
        self.assertEqual(self._score(email_from="jo@gmail.com", function="Student"), 1)
        self.assertEqual(
            self._score(email_from="jo@gmail.com", phone="+32 2 290 34 90"), 2
        )
        known = {
            "email_from": "an@company.example.com",
            "phone": "+32 2 290 34 90",
            "partner_name": "Company",
        }
        self.assertEqual(self._score(**known), 3)
        self.assertEqual(self._score(**known, function="Sales Director"), 4)
        keen = self._make_lead(
            **known,
            function="Sales Director",
            request_note="10 chairs",
            expected_revenue=900,
        )
        self.env["crm.touchpoint"]._record(
            [{"lead_id": keen.id, "kind": "email", "direction": "in", "is_human": True}]
        )
        self.assertEqual(keen.lead_grade, 5)
        self.assertExplained(keen)

    def test_internal_is_no_intern(self):
        labels = [
            part["label"]
            for function in ("Internal auditor", "Marketing intern")
            for part in self.env["crm.score.engine"]._explain(
                self._make_lead(function=function)
            )
        ]
        self.assertEqual(labels.count("Studies or is in training"), 1)

    def test_blacklisted(self):
        self.env["mail.blacklist"]._add("no@company.example.com")
        lead = self._make_lead(email_from="no@company.example.com")
        parts = {
            p["label"]: p["points"] for p in self.env["crm.score.engine"]._explain(lead)
        }
        self.assertEqual(parts["Does not want emails"], -20)

    def test_templates_are_drafts_that_work(self):
        leads = self._make_leads(3, function="Director", phone="+32 2 290 34 90")
        grades = leads.mapped("lead_grade")
        for xmlid in ("crm_scorecard_b2c", "crm_scorecard_services"):
            card = self.env.ref(f"crm_lead_management.{xmlid}")
            card.active = True
            self.assertEqual(card.state, "draft")
            self.assertTrue(
                any(self.env["crm.score.engine"]._points(leads, card).values())
            )
            self.assertFalse(card.rule_ids.filtered("broken_reason"))
            self.assertEqual(
                set(card.rule_ids.mapped("kind")), {"explicit", "implicit", "negative"}
            )
        self.assertEqual(leads.mapped("lead_grade"), grades)
