# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import QualifierCommon


@tagged("post_install", "-at_install")
class TestQualifierConflict(QualifierCommon):
    def test_contradicting_qualifiers_are_told_on_both(self):
        big = self._fact("[('company_size', '>', 50)]", name="Big")
        small = self._fact("[('company_size', '<', 10)]", name="Small")
        self.assertIn("Small", big.conflict_note)
        self.assertIn("Employees", big.conflict_note)
        self.assertIn("Big", small.conflict_note)
        lead = self._make_lead(company_size=80)
        self.assertEqual(lead.qualification_state, "failed")  # and saved nevertheless

    def test_no_alarm_where_both_can_hold(self):
        big = self._fact("[('company_size', '>', 50)]", name="Big")
        for domain, values in (
            ("[('company_size', '<', 100)]", {}),
            ("['|', ('company_size', '<', 10), ('city', '=', 'Mecca')]", {}),
            ("[('company_size', '<', 10)]", {"importance": "nice_to_have"}),
            ("[('tag_ids', 'in', [1])]", {}),
        ):
            with self.subTest(domain=domain):
                other = self._fact(domain, **values)
                self.assertFalse(big.conflict_note)
                other.active = False
                big.invalidate_recordset()

    def test_no_alarm_where_no_lead_must_pass_both(self):
        north = self._fact("[('company_size', '>', 50)]", team_ids=self.team_north.ids)
        self._fact("[('company_size', '<', 10)]", team_ids=self.team_south.ids)
        self.assertFalse(north.conflict_note)
