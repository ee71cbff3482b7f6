# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestHub(LeadCommon):
    """The overrides of create() and write(): when the engines run, and when they don't."""

    def test_skip_key_evaluates_nothing(self):
        persona = self.env["crm.persona"].create(
            {
                "name": "Anybody",
                "criterion_ids": [(0, 0, {"name": "all", "domain": "[]"})],
            }
        )
        skipped = (
            self.env["crm.lead"]
            .with_context(crm_lead_management_skip=True)
            .create({"name": "Imported"})
        )
        self.assertFalse(skipped.persona_id)
        self.assertEqual(self._make_lead().persona_id, persona)

    def test_changed_fields_include_computed_ones(self):
        changed = self.env["crm.lead"]._lead_changed_fields({"email_from"})
        self.assertLessEqual({"email_from", "email_normalized", "email_state"}, changed)

    def test_write_evaluates_only_what_reads_the_field(self):
        self.env["crm.persona"].create(
            {
                "name": "Big",
                "criterion_ids": [
                    (0, 0, {"name": "big", "domain": "[('company_size', '>', 9)]"})
                ],
            }
        )
        lead = self._make_lead(company_size=10)
        lead.name = "first"
        self.env.flush_all()
        with self.assertQueryCount(1):  # the UPDATE of the name, and nothing of ours
            lead.write({"color": 3})
            self.env.flush_all()
