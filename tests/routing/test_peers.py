# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestPeers(LeadCommon):
    """How well a colleague did is between him and his leader."""

    def test_rates_are_not_shown_to_peers(self):
        """D10: the story of "best match" shows a salesperson nobody's rates but his own."""
        lead = self._make_lead(user_id=self.user_seller.id)
        me, peer = self.user_seller, self.user_colleague
        log = self.env["crm.lead.routing.log"].create(
            {
                "lead_id": lead.id,
                "to_user_id": me.id,
                "mode": "auto",
                "outcome": "best_match",
                "facts": {"compared": {"rate": [61, 23], "cases": [9, 5], "ties": 1}},
                "judged": [
                    {
                        "rule": "R",
                        "filters": [],
                        "people": [[me.id, "Me", []], [peer.id, "Peer", []]],
                    }
                ],
            }
        )
        mine = log.with_user(me)
        self.assertIn("61 %", mine.story)
        self.assertNotIn("23 %", mine.story)
        self.assertIn("Peer", mine.story)
        self.assertNotIn("rate", mine.candidates[1])
        self.assertIn("23 %", log.with_user(self.user_manager).story)

    def test_raw_figures_are_not_for_peers(self):
        """D10: by RPC, too: neither read nor searched, while the sentences are still there."""
        lead = self._make_lead(user_id=self.user_seller.id)
        log = self.env["crm.lead.routing.log"].create(
            {
                "lead_id": lead.id,
                "to_user_id": self.user_seller.id,
                "mode": "auto",
                "outcome": "by_hand",
                "facts": {"author": "Eva", "user": "Ann", "compared": {"rate": [61]}},
            }
        )
        mine = log.with_user(self.user_seller)
        with self.assertRaises(AccessError):
            mine.read(["facts"])
        with self.assertRaises(AccessError):
            mine.search([("facts", "ilike", "61")])
        self.assertNotIn("facts", mine.read()[0])
        self.assertEqual(mine.reason, "Eva gave the lead to Ann.")
        self.assertTrue(log.with_user(self.user_manager).facts["compared"])
