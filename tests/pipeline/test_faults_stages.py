# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PipelineCommon

MIXIN = "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"


@tagged("post_install", "-at_install")
class TestFaultsStages(PipelineCommon):
    """Stages: what is demanded holds everywhere, and closed leads stay where they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.stage.gate"].search([]).active = False

    def _lead(self, role="open", **values):
        return self._make_lead(
            stage_id=self.stages[role].id,
            user_id=self.user_seller.id,
            company_id=self.company.id,
            type="opportunity",
            **values,
        )

    def _gate(self, role, kind="fact", **values):
        gates = self.env["crm.stage.gate"].with_user(self.user_manager)
        vals = {"stage_id": self.stages[role].id, "kind": kind}
        if kind == "fact":
            vals["field_name"] = "phone"
        return gates.create({**vals, **values})

    def test_created_in_the_column_unqualified(self):
        """Fault 22: by "+" in the column as by value."""
        leads = self.env["crm.lead"].with_user(self.user_manager)
        stage_id = self.stages["unqualified"].id
        for lead in (
            leads.create({"name": "By value", "stage_id": stage_id}),
            leads.with_context(default_stage_id=stage_id).create({"name": "By +"}),
            leads.with_context(
                default_stage_id=stage_id, crm_lead_management_skip=True
            ).create({"name": "In silence"}),
        ):
            self.assertEqual((lead.active, lead.won_status), (False, "lost"))
            self.assertTrue(lead.lost_reason_id)

    def test_unqualified_demands_nothing_of_anybody(self):
        """Mutant: nor of a lead that stands nowhere: who does not fit is let go."""
        self._gate("unqualified")
        for stage in (self.stages["qualified"], self.env["crm.stage"]):
            lead = self._lead()
            lead.with_context(crm_lead_management_skip=True).stage_id = stage
            lead.with_user(self.user_seller).stage_id = self.stages["unqualified"]
            self.assertFalse(lead.active)

    def test_demands_of_stages_that_are_jumped_over(self):
        """A3: by a drag further on, by winning, by creating it there."""
        self._gate("qualified")
        lead = self._lead().with_user(self.user_seller)
        with self.assertRaisesRegex(UserError, "Fill in: Phone"):
            lead.stage_id = self.stages["negotiation"]
        with self.assertRaisesRegex(UserError, "Fill in: Phone"):
            lead.action_set_won()
        leads = self.env["crm.lead"].with_user(self.user_seller)
        for role in ("qualified", "negotiation"):
            new = {"name": "Straight", "type": "opportunity"}
            with self.assertRaisesRegex(UserError, "Fill in: Phone"):
                leads.create({**new, "stage_id": self.stages[role].id})
            with self.assertRaisesRegex(UserError, "Fill in: Phone"):
                leads.with_context(default_stage_id=self.stages[role].id).create(new)
        lead.write(
            {"phone": "+32 470 12 34 56", "stage_id": self.stages["customer"].id}
        )
        self.assertEqual(lead.won_status, "won")

    def test_a_demand_can_be_for_its_stage_only(self):
        """A3: a switch per demand; and nobody is held up where leads begin."""
        gate = self._gate("qualified")
        gate.is_strict = False
        lead = self._lead().with_user(self.user_seller)
        lead.stage_id = self.stages["negotiation"]
        self._gate("open")
        self.env["crm.lead"].with_user(self.user_seller).create({"name": "New"})

    def test_lost_leads_are_not_moved_by_facts(self):
        """D01, D03: neither by a call, nor by a quotation."""
        self.company.lead_stage_by_contact = True
        self.company.lead_stage_by_quotation = True
        lead = self._lead()
        lead.action_set_lost()
        self.env["crm.touchpoint"]._record(
            [{"lead_id": lead.id, "kind": "call", "direction": "out", "is_human": True}]
        )
        self.env["crm.pipeline.mover"]._quoted(lead)
        self.assertEqual(lead.stage_id, self.stages["open"])
        self.assertEqual(lead.won_status, "lost")

    def test_archived_leads_are_not_moved_by_facts(self):
        """Mutant: put away, though not lost."""
        self.company.lead_stage_by_contact = True
        lead = self._lead(probability=20)
        lead.active = False
        self.assertEqual(lead.won_status, "pending")
        self.env["crm.pipeline.mover"]._contacted(lead)
        self.assertEqual(lead.stage_id, self.stages["open"])
        lead.active = True
        self.env["crm.pipeline.mover"]._contacted(lead)
        self.assertEqual(lead.stage_id, self.stages["contacted"])

    def test_the_list_of_demands_opens(self):
        """C39, D38b: also where a field, or a type of activity, is gone; and it says so."""
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_budget_code",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "field_description": "Budget",
                "ttype": "char",
            }
        )
        kind = self.env["mail.activity.type"].create({"name": "Visit"})
        fact = self._gate("qualified", field_name="x_budget_code")
        visit = self._gate("qualified", "activity", activity_type_id=kind.id)
        field.unlink()
        kind.unlink()
        self.env.invalidate_all()
        with mute_logger(MIXIN):
            (fact + visit).mapped("pass_count")
        self.assertFalse(fact.active or visit.active)
        self.assertIn("x_budget_code", fact.broken_reason)
        self.assertIn("activity", visit.broken_reason)
        self._lead().with_user(self.user_seller).stage_id = self.stages["qualified"]

    def test_a_language_that_comes_later(self):
        """A10: stages that the set-up added have their names in it, once its terms are there.

        First it is switched on, then its terms are loaded, as Odoo's window does both. Who
        named a stage himself keeps the name.
        """
        self.env["res.lang"]._activate_lang("tr_TR")
        stage, own = self.stages["contacted"], self.stages["qualified"]
        own.with_context(lang="tr_TR").name = "Bizim adımız"
        self.env["ir.module.module"]._load_module_terms(
            ["crm_lead_management"], ["tr_TR"]
        )
        turkish = stage.with_context(lang="tr_TR").name
        self.assertEqual(turkish, stage._role_names("contacted")["tr_TR"])
        self.assertNotEqual(turkish, stage.with_context(lang="en_US").name)
        self.assertEqual(own.with_context(lang="tr_TR").name, "Bizim adımız")

    def test_a_call_without_an_answer_is_no_talk(self):
        """K19: the demand asks where all ask; a visit of the website is no talk either."""
        self._gate("contacted", "contact")
        lead = self._lead()
        record = self.env["crm.touchpoint"]._record
        base = {"lead_id": lead.id, "is_human": True}
        record([{**base, "kind": "call", "direction": "out", "outcome": "no_answer"}])
        record([{**base, "kind": "web_visit", "direction": "in"}])
        with self.assertRaises(UserError):
            lead.with_user(self.user_seller).stage_id = self.stages["contacted"]
        record([{**base, "kind": "call", "direction": "in", "outcome": "talked"}])
        lead.with_user(self.user_seller).stage_id = self.stages["contacted"]

    def test_a_neutralised_copy_stays_still(self):
        """D39: saving configuration switches no job on."""
        cron = self.env.ref("crm_lead_management.ir_cron_routing")
        cron.active = False
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        self.env["crm.lead.batch"]._start()
        self.assertFalse(cron.active)
        self.assertFalse(self.env["crm.lead.batch"]._cron().active)
        self.env["ir.config_parameter"].set_param("database.is_neutralized", False)
        self.env["crm.routing.policy"].create({"name": "2 h", "minutes": 120})
        self.assertTrue(cron.active)
