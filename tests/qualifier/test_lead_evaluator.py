# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import QualifierCommon


@tagged("post_install", "-at_install")
class TestLeadEvaluator(QualifierCommon):
    """Persona, completeness and qualification are written together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.persona = cls.env["crm.persona"].create(
            {
                "name": "Big",
                "criterion_ids": [
                    (0, 0, {"name": "b", "domain": "[('company_size', '>', 50)]"})
                ],
            }
        )
        cls.item = cls.env["crm.info.item"].create(
            {"name": "Town", "field_name": "city"}
        )
        cls.qualifier = cls._fact("[('company_size', '>', 5)]")

    def _result(self, lead):
        return (lead.persona_id, lead.info_completeness, lead.qualification_state)

    def test_one_update_for_all_parts(self):
        lead = self._make_lead(company_size=80, city="Mecca")
        self.assertEqual(self._result(lead), (self.persona, 100, "passed"))
        statements = []
        execute = self.env.cr.execute

        def spy(query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(query, *args, **kwargs)

        lead.with_context(crm_lead_management_skip=True).write(
            {"company_size": 1, "city": False}
        )
        self.env.flush_all()
        with patch.object(self.env.cr, "execute", spy):
            self.env["crm.lead.evaluator"]._evaluate(lead, None)
        self.assertEqual(sum("UPDATE crm_lead" in text for text in statements), 1)
        self.assertEqual(self._result(lead), (self.env["crm.persona"], 0, "failed"))

    def test_what_reads_the_outcome_of_another_part_is_computed_again(self):
        self.item.persona_ids = self.persona
        self.qualifier.domain = f"[('persona_id', '=', {self.persona.id})]"
        complete = self._fact("[('info_completeness', '>=', 50)]", on_mismatch="fail")
        lead = self._make_lead(company_size=80)
        self.assertEqual(self._row(lead, self.qualifier)["mark"], "pass")
        self.assertEqual(self._result(lead), (self.persona, 0, "failed"))
        lead.city = "Mecca"
        self.assertEqual(self._result(lead), (self.persona, 100, "passed"))
        self.assertEqual(self._row(lead, complete)["mark"], "pass")

    def test_segments_by_what_the_engines_find_follow_at_once(self):
        passed, big, other = self.env["crm.segment"].create(
            [
                {
                    "name": "Passed",
                    "domain": "[('qualification_state', '=', 'passed')]",
                },
                {"name": "Big", "domain": f"[('persona_id', '=', {self.persona.id})]"},
                {"name": "Other", "domain": "[('segment_ids.name', '=', 'Passed')]"},
            ]
        )
        lead = self._make_lead(company_size=80)
        self.assertLessEqual(passed | big, lead.segment_ids)
        lead.company_size = 3
        self.assertFalse(lead.segment_ids & (passed | big))
        lead.company_size = 6
        self.assertEqual(lead.segment_ids & (passed | big), passed)
        self.assertNotIn(big, lead.segment_ids)
        self.assertTrue(other.active)

    def test_a_rule_that_breaks_in_the_database_stops_its_own_part_only(self):
        criterion = self.persona.criterion_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_persona_criterion SET domain = %s WHERE id = %s",
            ["[('company_size', 'in', ['many'])]", criterion.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with mute_logger(
            "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"
        ):
            lead = self._make_lead(company_size=80, city="Mecca")
        self.assertEqual(self._result(lead), (self.env["crm.persona"], 100, "passed"))
        self.assertFalse(criterion.active)
        self.assertTrue(self.item.active and self.qualifier.active)

    def test_a_thousand_leads_cost_as_many_queries_as_ten(self):
        self.env["crm.segment"].create(
            {"name": "Town", "domain": "[('city', '!=', False)]"}
        )
        self._question("yes_no", persona_ids=self.persona.ids)
        Lead = self.env["crm.lead"].with_context(
            crm_lead_management_skip=True, mail_create_nolog=True, mail_notrack=True
        )

        def run(size):
            vals = {"name": "L", "company_size": 80, "city": "Mecca", "user_id": False}
            leads = Lead.create([vals] * size)
            return lambda: self.env["crm.lead.evaluator"]._evaluate(leads, None)

        self.assertSameQueryCount(run, 10, 1000)
