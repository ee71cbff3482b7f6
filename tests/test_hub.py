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

    def test_odoo_reads_a_lead_without_our_columns(self):
        """And ours come with one of them; after a custom field was added, too."""
        for number in range(2):
            lead = self._make_lead(company_size=10).with_user(self.user_seller)
            ours = [
                field
                for field in lead._fields.values()
                if getattr(field, "lead_kind", None)
                and field.store
                and field.column_type
                and not getattr(field, "tracking", None)
            ]
            self.assertGreater(len(ours), 40)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertTrue(lead.sudo().name)
            read = [f.name for f in ours if lead.id in f._get_cache(lead.sudo().env)]
            self.assertEqual(read, [])
            self.assertEqual(lead.sudo().company_size, 10)
            with self.assertQueryCount(0):
                for field in ours:
                    lead.sudo()._fields[field.name].convert_to_read(
                        lead.sudo()[field.name], lead.sudo(), use_display_name=False
                    )
            self.env["ir.model.fields"].create(
                {
                    "name": f"x_more_{number}",
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "field_description": "More",
                    "ttype": "char",
                }
            )
