# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestCarriedSetup(LeadCommon):
    """Set-up that comes from a file of another database: no number means another record."""

    def _load(self, model, columns, *rows):
        loader = self.env[model].with_context(import_file=True)
        result = loader.load(columns, list(rows))
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"])
        return self.env[model].with_context(active_test=False).browse(result["ids"])

    def test_rules_of_every_kind(self):
        """C44: a rule that names records by number is taken, and switched off."""
        foreign = "[('tag_ids', 'in', [8])]"
        fine = "[('tag_ids.name', '=', 'VIP')]"
        for model, more in (
            ("crm.segment", {}),
            ("crm.qualifier", {"kind": "Fact"}),
            ("crm.routing.rule", {"team_id/.id": str(self.team_north.id)}),
        ):
            names = ["name", "domain", *more]
            rows = [
                [title, domain, *more.values()]
                for title, domain in (("Foreign", foreign), ("Fine", fine))
            ]
            with self.subTest(model=model):
                found = self._load(model, names, *rows)
                self.assertEqual(found.mapped("active"), [False, True])
                self.assertIn("came from a file", found[0].broken_reason)

    def test_criteria_of_a_persona(self):
        """C44: those of a persona, too."""
        persona = self._load(
            "crm.persona",
            ["name", "criterion_ids/name", "criterion_ids/domain"],
            ["P", "Tagged", "[('tag_ids', 'in', [8])]"],
        )
        criteria = persona.with_context(active_test=False).criterion_ids
        self.assertFalse(criteria.active)
