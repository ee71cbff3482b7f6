# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import QualifierCommon


@tagged("post_install", "-at_install")
class TestQualifierEngine(QualifierCommon):
    def test_without_qualifiers_the_gate_is_open_wide(self):
        self.assertEqual(self._make_lead().qualification_state, "passed")

    def test_required_fact_open_passed_failed(self):
        self._fact("[('company_size', '>=', 10)]")
        lead = self._make_lead()
        self.assertEqual(lead.qualification_state, "open")
        lead.company_size = 5
        self.assertEqual(lead.qualification_state, "failed")
        lead.company_size = 50
        self.assertEqual(lead.qualification_state, "passed")

    def test_on_mismatch(self):
        fact = self._fact("[('country_id.code', '=', 'SA')]")
        unknown = self._make_lead()
        other = self._make_lead(country_id=self.env.ref("base.be").id)
        for on_mismatch, states in (
            ("known", ("open", "failed")),
            ("open", ("open", "open")),
            ("fail", ("failed", "failed")),
        ):
            with self.subTest(on_mismatch=on_mismatch):
                fact.on_mismatch = on_mismatch
                self.env["crm.qualifier.engine"]._qualify(unknown + other)
                self.assertEqual(
                    (unknown.qualification_state, other.qualification_state), states
                )

    def test_every_fact_of_a_condition_must_be_known_to_fail(self):
        self._fact("[('company_size', '>=', 10), ('city', '=', 'Mecca')]")
        lead = self._make_lead(company_size=2)
        self.assertEqual(lead.qualification_state, "open")
        lead.city = "Mecca"
        self.assertEqual(lead.qualification_state, "failed")

    def test_importance(self):
        nice = self._fact("[('company_size', '>=', 10)]", importance="nice_to_have")
        knock_out = self._fact("[('city', '!=', 'Nowhere')]", importance="knock_out")
        lead = self._make_lead(company_size=1, city="Mecca")
        self.assertEqual(lead.qualification_state, "passed")
        self.assertEqual(self._row(lead, nice)["mark"], "fail")
        lead.city = "Nowhere"
        self.assertEqual(lead.qualification_state, "failed")
        self.assertEqual(self._row(lead, knock_out)["mark"], "fail")

    def test_open_knock_out_does_not_hold_the_gate(self):
        question = self._question("yes_no", importance="knock_out")
        lead = self._make_lead()
        self.assertEqual(lead.qualification_state, "passed")
        lead.action_answer_qualifier(question.id, "no")
        self.assertEqual(lead.qualification_state, "failed")

    def test_scope_by_team_persona_and_product_category(self):
        persona = self.env["crm.persona"].create({"name": "Big"})
        parent = self.env["product.category"].create({"name": "Machines"})
        child = self.env["product.category"].create(
            {"name": "Pumps", "parent_id": parent.id}
        )
        product = self.env["product.template"].create(
            {"name": "Pump", "categ_id": child.id}
        )
        for scope, values in (
            ({"team_ids": self.team_north.ids}, {"team_id": self.team_north.id}),
            ({"persona_ids": persona.ids}, {"persona_id": persona.id}),
            ({"categ_ids": parent.ids}, {"product_ids": product.ids}),
        ):
            with self.subTest(scope=scope):
                qualifier = self._question("yes_no", **scope)
                inside = self._make_lead(
                    **{"user_id": False, "team_id": False, **values}
                )
                outside = self._make_lead(user_id=False, team_id=False)
                self.assertEqual(inside.qualification_state, "open")
                self.assertEqual(outside.qualification_state, "passed")
                self.assertIsNone(self._row(outside, qualifier))
                qualifier.active = False

    def test_company_scope(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._question("yes_no", company_id=other.id)
        lead = self._make_lead(company_id=self.company.id, user_id=False, team_id=False)
        self.assertEqual(lead.qualification_state, "passed")

    def test_a_yes_no_field_is_always_known(self):
        self._fact("[('is_blacklisted', '=', False)]", importance="knock_out")
        self._fact("[('persona_is_manual', '=', True)]")
        self.assertEqual(self._make_lead().qualification_state, "failed")

    def test_shipped_qualifiers_leave_a_fresh_lead_open(self):
        shipped = (
            self.env["crm.qualifier"]
            .with_context(active_test=False)
            .search([("id", "in", self._shipped_ids())])
        )
        self.assertEqual(len(shipped), 7)
        shipped.active = True
        for values in (
            {},
            {
                "expected_revenue": 0.0,
                "company_size": 1,
                "country_id": self.env.ref("base.be").id,
            },
        ):
            lead = self._make_lead(**values)
            self.assertEqual(lead.qualification_state, "open")
            self.assertNotIn(
                "fail", {row["mark"] for row in lead.qualifier_checklist["rows"]}
            )
        for qualifier in shipped.filtered(lambda q: q.importance == "required"):
            best = qualifier.option_ids[:1].id if qualifier.kind == "choice" else "yes"
            lead.action_answer_qualifier(qualifier.id, best)
        self.assertEqual(lead.qualification_state, "passed")

    def _shipped_ids(self):
        return (
            self.env["ir.model.data"]
            .search(
                [
                    ("module", "=", "crm_lead_management"),
                    ("model", "=", "crm.qualifier"),
                ]
            )
            .mapped("res_id")
        )

    def test_a_broken_qualifier_is_switched_off_and_the_gate_still_works(self):
        broken = self._fact("[('company_size', '>', 1)]")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_qualifier SET domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", broken.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with mute_logger(
            "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"
        ):
            lead = self._make_lead()
        self.assertEqual(lead.qualification_state, "passed")
        self.assertFalse(broken.active)

    def test_queries_do_not_grow_with_the_leads(self):
        self._fact("[('company_size', '>=', 10)]")
        self._question("yes_no", team_ids=self.team_north.ids)
        engine = self.env["crm.qualifier.engine"]

        def run(size):
            leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
            leads = leads.create([{"name": "L", "company_size": 80}] * size)
            return lambda: engine._qualify(leads)

        self.assertSameQueryCount(run, 10, 100)

        def explain(size):
            leads = self._make_leads(size)
            return lambda: engine._marks(leads)

        self.assertSameQueryCount(explain, 10, 100)

    def test_a_change_that_no_qualifier_reads_costs_nothing(self):
        self._fact("[('company_size', '>=', 10)]")
        lead = self._make_lead()
        self.env.flush_all()
        with self.assertQueryCount(1):
            lead.write({"color": 5})
            self.env.flush_all()

    def test_the_checklist_says_why_a_fact_is_failed_or_open(self):
        fact = self._fact(
            "[('company_size', '>=', 10), ('country_id.code', '=', 'SA')]"
        )
        lead = self._make_lead(company_size=3)
        row = self._row(lead, fact)
        self.assertEqual((row["mark"], row["field"]), ("open", "country_id"))
        self.assertEqual(row["reason"], "Not known yet: Country")
        lead.country_id = self.env.ref("base.be")
        row = self._row(lead, fact)
        self.assertEqual(row["mark"], "fail")
        self.assertEqual(row["reason"], "The lead says: Employees: 3, Country: Belgium")
        fact.fail_reason = "Too small for us"
        lead.invalidate_recordset()
        self.assertEqual(self._row(lead, fact)["reason"], "Too small for us")
        lead.write({"company_size": 30, "country_id": self.env.ref("base.sa").id})
        self.assertEqual(self._row(lead, fact)["reason"], "")
