# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestStageGate(PipelineCommon):
    """What stages demand: who is held up, what he is told, and who may pass."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usual_gates = cls.env["crm.stage.gate"].search([])
        cls.usual_gates.active = False

    def _gate(self, role, kind, **values):
        return (
            self.env["crm.stage.gate"]
            .with_user(self.user_manager)
            .create({"stage_id": self.stages[role].id, "kind": kind, **values})
        )

    def _lead(self, user=None, **values):
        lead = self._make_lead(
            stage_id=self.stages["open"].id,
            user_id=self.user_seller.id,
            type="opportunity",
            **values,
        )
        return lead.with_user(user or self.user_seller)

    def _move(self, lead, role, **values):
        lead.web_save({"stage_id": self.stages[role].id, **values}, {"stage_id": {}})

    # === THE USUAL ONES === #

    def test_the_set_up_adds_two_demands_and_offers_others(self):
        every = self.env["crm.stage.gate"].with_context(active_test=False)
        gates = every.search([("setup_log_id", "=", self.setup_log.id)])
        self.assertEqual(
            set(self.usual_gates.mapped("lead_role")), {"contacted", "qualified"}
        )
        self.assertEqual(
            set((gates - self.usual_gates).mapped("kind")), {"grade", "fact"}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_stage_gate SET write_date = write_date + interval '1 day'"
            " WHERE id = ANY(%s)",
            [self.usual_gates.ids],
        )
        self.env.invalidate_all()
        self.setup_log.action_undo()
        left = every.search([("setup_log_id", "=", self.setup_log.id)])
        # What was changed by hand since stays; what belongs to an added stage goes with it.
        self.assertEqual(left.stage_id.name, "Qualified")

    def test_without_the_set_up_nothing_is_demanded(self):
        self._gate("contacted", "contact")
        self.stages["contacted"].lead_role = False
        self._move(self._lead(), "contacted")

    def test_a_role_that_moves_to_another_stage(self):
        """D42: its demands stay with their stage, demand nothing, and the list says so."""
        gate = self._gate("contacted", "contact")
        old, new = self.stages["contacted"], self.stages["nurturing"]
        old.lead_role = False
        new.lead_role = "contacted"
        self._move(self._lead(), "nurturing")
        self.assertTrue(gate.active)
        self.assertFalse(gate.lead_role)
        view = self.env["crm.stage.gate"].get_view(
            self.env.ref("crm_lead_management.crm_stage_gate_view_list").id, "list"
        )
        arch = etree.fromstring(view["arch"])
        self.assertEqual(arch.get("decoration-warning"), "active and not lead_role")
        self.assertIsNone(arch.find("field[@name='lead_role']").get("column_invisible"))
        old.lead_role = False
        new.lead_role = False
        old.lead_role = "contacted"
        with self.assertRaises(UserError):
            self._move(self._lead(), "contacted")

    def test_the_wizard_can_leave_them_out(self):
        self.setup_log.action_undo()
        self.env["crm.stage.gate"].with_context(active_test=False).search([]).unlink()
        self._apply_setup(with_gates=False)
        self.assertFalse(
            self.env["crm.stage.gate"].with_context(active_test=False).search([])
        )

    def test_contacted_needs_a_contact_or_the_request(self):
        self.usual_gates.filtered(
            lambda gate: gate.lead_role == "contacted"
        ).active = True
        one, two, three = self._lead(), self._lead(), self._lead()
        with self.assertRaisesRegex(UserError, "Nobody talked to the lead yet"):
            self._move(one, "contacted")
        self.assertEqual(one.stage_id, self.stages["open"])
        one.request_note = "A roof for a barn"
        self._move(one, "contacted")
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": two.id,
                    "kind": "call",
                    "direction": "out",
                    "is_human": True,
                },
                {
                    "lead_id": three.id,
                    "kind": "email",
                    "direction": "out",
                    "is_human": False,
                },
            ]
        )
        self._move(two, "contacted")
        with self.assertRaises(UserError):
            self._move(three, "contacted")

    def test_qualified_names_the_open_questions(self):
        self.usual_gates.filtered(
            lambda gate: gate.lead_role == "qualified"
        ).active = True
        question = self.env["crm.qualifier"].create(
            {"name": "Budget", "kind": "yes_no", "question": "Is there a budget?"}
        )
        lead = self._lead()
        with self.assertRaisesRegex(UserError, "Qualifiers still open: Budget"):
            self._move(lead, "qualified")
        lead.action_answer_qualifier(question.id, False)
        with self.assertRaisesRegex(UserError, "Qualifiers that failed: Budget"):
            self._move(lead, "qualified")
        lead.action_answer_qualifier(question.id, True)
        self._move(lead, "qualified")
        self.assertEqual(lead.stage_id, self.stages["qualified"])

    # === KINDS === #

    def test_facts_are_named_one_by_one(self):
        self._gate("negotiation", "fact", field_name="expected_revenue")
        self._gate("negotiation", "fact", field_name="phone")
        lead = self._lead(phone="+3225550100")
        with self.assertRaises(UserError) as caught:
            self._move(lead, "negotiation")
        self.assertIn("Fill in: Expected Revenue.", str(caught.exception))
        self.assertNotIn("Phone", str(caught.exception))

    def test_what_is_saved_together_with_the_stage_counts(self):
        self._gate("negotiation", "fact", field_name="expected_revenue")
        self._gate("negotiation", "fact", field_name="phone")
        lead = self._lead()
        with self.assertRaisesRegex(UserError, r"Fill in: Phone\."):
            self._move(lead, "negotiation", expected_revenue=100)
        self._move(lead, "negotiation", expected_revenue=100, phone="+3225550100")
        self.assertEqual(lead.stage_id, self.stages["negotiation"])

    def test_grade(self):
        self._gate("qualified", "grade", grade_min=4)
        lead = self._lead()
        lead.sudo().lead_grade = 3
        with self.assertRaisesRegex(UserError, "The grade is 3; it must be at least 4"):
            self._move(lead, "qualified")
        lead.sudo().lead_grade = 4
        self._move(lead, "qualified")

    def test_activity(self):
        call = self.env.ref("mail.mail_activity_data_call")
        self._gate(
            "contacted", "activity", activity_type_id=call.id, hint="Use the script."
        )
        lead = self._lead()
        activity = lead.activity_schedule(activity_type_id=call.id)
        with self.assertRaisesRegex(
            UserError, 'No "Call" was done yet. Use the script.'
        ):
            self._move(lead, "contacted")
        activity.action_feedback(feedback="Talked")
        self._move(lead, "contacted")

    def test_rule(self):
        self._gate(
            "nurturing", "rule", name="Lives here", domain="[('city', '=', 'Ghent')]"
        )
        lead = self._lead(city="Lille")
        with self.assertRaisesRegex(UserError, "Not met: Lives here"):
            self._move(lead, "nurturing")
        lead.city = "Ghent"
        self._move(lead, "nurturing")

    def test_another_companys_demand_holds_nobody_up(self):
        other = self.env["res.company"].create({"name": "Other"})
        gate = self._gate("nurturing", "fact", field_name="phone")
        gate.sudo().company_id = other
        self._move(self._lead(), "nurturing")

    # === WHO AND WHEN === #

    def test_many_leads_are_refused_together(self):
        self._gate("nurturing", "fact", field_name="phone")
        leads = self._make_leads(7, user_id=self.user_seller.id).with_user(
            self.user_seller
        )
        ready = self._lead(phone="+3225550100")
        with self.assertRaises(UserError) as caught:
            (leads + ready).write({"stage_id": self.stages["nurturing"].id})
        self.assertIn("7 of 8 leads cannot move to Nurturing", str(caught.exception))
        self.assertIn("and 2 more", str(caught.exception))
        self.assertEqual(ready.stage_id, self.stages["open"], "None was moved.")

    def test_checking_costs_a_constant_number_of_queries(self):
        self._gate("nurturing", "fact", field_name="phone")
        self._gate("nurturing", "fact", field_name="city")
        self._gate("nurturing", "contact")
        keeper = self.env["crm.stage.gatekeeper"]

        def run(size):
            leads = self._make_leads(size)
            return lambda: keeper._message(
                keeper._missing(leads, self.stages["nurturing"].id),
                self.stages["nurturing"].id,
                size,
            )

        self.assertSameQueryCount(run, 10, 100)

    def test_the_system_is_not_held_up(self):
        self._gate("nurturing", "fact", field_name="phone")
        lead = self._lead().sudo()
        lead.stage_id = self.stages["nurturing"]
        created = self._make_lead(stage_id=self.stages["nurturing"].id)
        self.assertEqual(created.stage_id, self.stages["nurturing"])

    def test_an_import_reports_the_row(self):
        self._gate("nurturing", "fact", field_name="phone")
        lead = self._lead()
        result = lead.load(
            [".id", "stage_id/.id"], [[str(lead.id), str(self.stages["nurturing"].id)]]
        )
        self.assertIn("Fill in: Phone", result["messages"][0]["message"])
        self.assertEqual(lead.stage_id, self.stages["open"])

    def test_moving_back_is_possible_everywhere(self):
        self._gate("nurturing", "fact", field_name="phone")
        lead = self._make_lead(
            stage_id=self.stages["negotiation"].id, user_id=self.user_seller.id
        ).with_user(self.user_seller)
        self._move(lead, "nurturing")
        self._move(lead, "unqualified")
        with self.assertRaises(UserError):  # out of Unqualified every stage is ahead
            self._move(lead, "nurturing")
        self._move(lead, "contacted")

    def test_restoring_is_no_move_forward(self):
        self._gate("nurturing", "fact", field_name="phone")
        lead = self._make_lead(
            stage_id=self.stages["nurturing"].id, user_id=self.user_seller.id
        )
        lead = lead.with_user(self.user_seller)
        lead.stage_id = self.stages["unqualified"]
        lead.action_restore()
        self.assertEqual(lead.stage_id, self.stages["nurturing"])

    # === OVERRIDE === #

    def _override(self, lead, role, user, reason="Signed at the fair"):
        return (
            self.env["crm.stage.override"]
            .with_user(user)
            .with_context(active_model="crm.lead", active_ids=lead.ids)
            .create({"stage_id": self.stages[role].id, "reason": reason})
        )

    def test_a_manager_may_move_with_a_reason(self):
        self._gate("nurturing", "fact", field_name="phone")
        lead, ready = self._lead(), self._lead(phone="+3225550100")
        with self.assertRaisesRegex(UserError, "Move with a Reason"):
            self._move(lead.with_user(self.user_manager), "nurturing")
        wizard = self._override(lead + ready, "nurturing", self.user_manager)
        self.assertIn("Fill in: Phone", wizard.missing)
        wizard.action_move()
        log = lead.stage_log_ids[0]
        self.assertTrue(log.is_override)
        self.assertEqual(log.reason, "Signed at the fair")
        self.assertEqual(log.user_id, self.user_manager)
        self.assertFalse(
            ready.stage_log_ids[0].is_override, "Nothing was missing there."
        )

    def test_nobody_else_may(self):
        self._gate("nurturing", "fact", field_name="phone")
        lead = self._lead()
        with self.assertRaises(AccessError):
            self._override(lead, "nurturing", self.user_seller)
        with self.assertRaises(UserError):
            self._move(
                lead.with_context(crm_lead_stage_override="I say so"), "nurturing"
            )
        with self.assertRaises(UserError):
            self._override(
                lead, "nurturing", self.user_manager, reason=" "
            ).action_move()
        self.assertEqual(lead.stage_id, self.stages["open"])

    # === BAD INPUT === #

    def test_impossible_demands_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "Nobody could ever meet"):
            self._gate("nurturing", "rule", domain="[('id', 'in', [])]")
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            self._gate("nurturing", "rule", domain="[('no_such_field', '=', 1)]")
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            self._gate("nurturing", "fact", field_name="no_such_field")
        with self.assertRaisesRegex(ValidationError, "Choose the fact"):
            self._gate("nurturing", "fact")

    def test_a_demand_that_nobody_meets_says_so(self):
        gate = self._gate("nurturing", "rule", domain="[('city', '=', 'Atlantis')]")
        self._lead()
        self.assertEqual(gate.pass_count, 0)
        self.assertEqual(gate.open_count, 1)

    def test_a_demand_whose_field_was_removed(self):
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_floors",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "field_description": "Floors",
                "ttype": "integer",
            }
        )
        gate = self._gate("nurturing", "fact", field_name="x_floors")
        with self.assertRaisesRegex(UserError, "Fill in: Floors"):
            self._move(self._lead(), "nurturing")
        field.unlink()
        with mute_logger("odoo.addons.crm_lead_management.models.rule_mixin"):
            self._move(self._lead(), "nurturing")
        self.assertFalse(gate.active)

    def test_a_manager_writes_demands_in_the_form(self):
        form = Form(self.env["crm.stage.gate"].with_user(self.user_manager))
        form.stage_id = self.stages["nurturing"]
        form.field_name = "phone"
        form.hint = "Ask for it."
        gate = form.save()
        self.assertEqual(gate.name, "A fact is known")
        with self.assertRaisesRegex(UserError, r"Fill in: Phone\. Ask for it\."):
            self._move(self._lead(), "nurturing")

    def test_access(self):
        gate = self._gate("nurturing", "contact")
        gate.with_user(self.user_seller).read(["name"])
        for operation in ("create", "write", "unlink"):
            self.assertFalse(gate.with_user(self.user_seller).has_access(operation))
