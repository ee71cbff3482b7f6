# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestArchived(ScoringCommon):
    """What a lead is linked to stays linked when it is archived."""

    def test_archiving_a_product_takes_no_points(self):
        """C46: rules that read its name, or a path, go on matching, as ids do."""
        product = self.env["product.template"].create({"name": "Old press"})
        domains = (
            [("product_ids", "in", product.ids)],
            [("product_ids", "ilike", "old press")],
            [("product_ids.name", "=", "Old press")],
            [("product_ids", "any", [("name", "=like", "Old%")])],
            [("product_ids.name", "not ilike", "drill")],
        )
        self.scorecard = self._make_scorecard(*((str(d), 5, d) for d in domains))
        leads = self._make_lead(product_ids=product.ids) + self._make_lead()
        before = leads.mapped("lead_points")
        self.assertEqual(before, [25, 0])
        product.active = False
        later = self._make_lead(product_ids=product.ids)
        every = leads + later
        for context in ({}, {"active_test": False}):
            engine = self.env["crm.score.engine"].with_context(**context)
            points = engine._points(every, self.scorecard)
            self.assertEqual([points[k] for k in every.ids], [25, 0, 25])
        self.assertEqual(later.lead_points, 25)
        rows = leads[0].get_grade_explanation()["rows"]
        self.assertTrue(all("Old press" in row["reason"] for row in rows[:4]))

    def test_what_is_over_does_not_count(self):
        """C46: an activity that was done is archived, and no longer planned."""
        domain = [("activity_ids.summary", "=", "Ring")]
        self.scorecard = self._make_scorecard(("Planned", 10, domain))
        lead = self._make_lead()
        activity = lead.activity_schedule(
            "mail.mail_activity_data_todo", summary="Ring"
        )
        self.assertEqual(self._now(lead), 10)
        activity.active = False
        self.env.flush_all()
        self.assertEqual(self._now(lead), 0)

    def _now(self, lead):
        return self.env["crm.score.engine"]._points(lead, self.scorecard)[lead.id]
