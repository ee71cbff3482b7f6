# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestUnqualifiedWindow(LeadCommon):
    """ux.md C4: Unqualified asked nothing, and a reason that nobody gave fed the figures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_new, cls.stage_out = cls.env["crm.stage"].create(
            [
                {"name": "Fresh", "sequence": 1, "lead_role": "open"},
                {"name": "Out", "sequence": 90, "lead_role": "unqualified"},
            ]
        )
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Wrong country"})
        cls.lead = cls._make_lead(
            type="opportunity", user_id=cls.user_seller.id, stage_id=cls.stage_new.id
        )

    def _window(self):
        lead = self.lead.with_user(self.user_seller)
        action = lead.action_ask_unqualified()
        model = self.env[action["res_model"]].with_user(self.user_seller)
        return Form(model.with_context(**action["context"]))

    def test_it_asks_for_the_reason_and_keeps_it(self):
        with self._window() as window:
            self.assertTrue(window.lost_reason_id, "the shipped reason is proposed")
            window.lost_reason_id = self.reason
        window.record.action_lost_reason_apply()
        self.assertEqual(self.lead.stage_id.lead_role, "unqualified")
        self.assertEqual(self.lead.lost_reason_id, self.reason)
        self.assertFalse(self.lead.active)

    def test_what_it_offers_takes_it_back(self):
        with self._window() as window:
            window.lost_reason_id = self.reason
        told = window.record.action_lost_reason_apply()
        self.assertEqual(told["tag"], "crm_lead_management.undo")
        undo = told["params"]
        leads = self.env[undo["model"]].with_user(self.user_seller).browse(undo["ids"])
        getattr(leads, undo["method"])()
        self.assertTrue(self.lead.active)
        self.assertEqual(self.lead.stage_id, self.stage_new)
        self.assertFalse(self.lead.lost_reason_id)

    def test_lost_offers_it_likewise(self):
        lost = self.env["crm.lead.lost"].with_user(self.user_seller)
        window = lost.create(
            {"lead_ids": self.lead.ids, "lost_reason_id": self.reason.id}
        )
        told = window.action_lost_reason_apply()
        self.assertFalse(self.lead.active)
        self.assertEqual(self.lead.stage_id, self.stage_new, "lost is not unqualified")
        self.assertEqual(told["params"]["ids"], self.lead.ids)

    def test_it_takes_nothing_back_that_somebody_has_changed_since(self):
        """What a colleague has restored, and won, stays so; the other leads come back."""
        other = self._make_lead(
            type="opportunity", user_id=self.user_seller.id, stage_id=self.stage_new.id
        )
        gone = other.copy()
        leads = self.lead + other + gone
        leads.action_set_lost(lost_reason_id=self.reason.id)
        self.lead.action_unarchive()
        won = self.env["crm.stage"].create({"name": "Ours", "is_won": True})
        self.lead.write({"stage_id": won.id, "probability": 100})
        self.lead.automated_probability = 12
        gone.unlink()
        mine = leads.with_user(self.user_seller)
        mine.action_take_back_lost()
        self.assertEqual((self.lead.won_status, self.lead.probability), ("won", 100))
        self.assertTrue(other.active)
        with self.assertRaisesRegex(UserError, "nothing to take back"):
            mine.action_take_back_lost()
