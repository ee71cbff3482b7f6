# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import shutil

from odoo.tests import HttpCase, tagged

from .common import QualifierCommon


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestQualifierTours(QualifierCommon, HttpCase):
    def test_checklist_during_a_call(self):
        self._question("yes_no", name="Need", sequence=1)
        self._question(
            "choice",
            [("Approved", "pass"), ("None", "fail")],
            name="Budget",
            fail_reason="No money",
            sequence=2,
        )
        users = self._question(
            "number", name="Users", number_test="min", number_from=5, sequence=3
        )
        self._question("text", name="Tool", importance="nice_to_have", sequence=4)
        self._fact(
            "[('city', '=', 'Mecca')]",
            name="Town",
            importance="nice_to_have",
            sequence=5,
        )
        lead = self._make_lead(
            name="A call", type="opportunity", user_id=self.user_seller.id
        )
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}",
            "qualifier_checklist_during_a_call",
            login="lead_seller",
        )
        self.assertEqual(lead.qualification_state, "passed")
        self.assertEqual(lead.phone, "+966 50 123 4567")
        answer = lead.qualifier_answer_ids.filtered(lambda a: a.qualifier_id == users)
        self.assertEqual(answer.value_number, 12)
        self.assertEqual(answer.user_id, self.user_seller)

    def test_right_to_left(self):
        if not shutil.which("rtlcss"):
            self.skipTest(
                "rtlcss is not installed: without it Odoo shows Arabic left to right"
            )
        self.env["res.lang"]._activate_lang("ar_001")
        self.user_seller.lang = "ar_001"
        self._question("yes_no", name="Need")
        lead = self._make_lead(
            name="نداء", type="opportunity", user_id=self.user_seller.id
        )
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "qualifier_right_to_left", login="lead_seller"
        )
        self.assertEqual(lead.qualification_state, "passed")
