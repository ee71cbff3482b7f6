# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestStoryTour(LeadCommon, HttpCase):
    def test_tour(self):
        lead = self._make_lead(name="Story of a hotel", user_id=self.user_seller.id)
        now = fields.Datetime.now()
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": kind,
                    "direction": direction,
                    "is_human": True,
                    "occurred_on": fields.Datetime.subtract(now, days=days),
                    "summary": summary,
                }
                for kind, direction, days, summary in (
                    ("call", "out", 3, "Called about the offer"),
                    ("form", "in", 20, "Asked for an offer"),
                )
            ]
        )
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "insight_story", login=self.user_seller.login
        )
