# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ...tools.pipeline import ROLES
from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestPipelineSetup(PipelineCommon):
    """The wizard that maps the stages: what it proposes, does, and undoes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setup_log.action_undo()

    def _setup(self, **values):
        return (
            self.env["crm.pipeline.setup"].with_user(self.user_manager).create(values)
        )

    def _roles(self):
        self.env.invalidate_all()
        return {s.name: s.lead_role for s in self.env["crm.stage"].search([])}

    def test_installing_gives_no_role(self):
        self.assertEqual(
            self._roles(),
            {"New": False, "Qualified": False, "Proposition": False, "Won": False},
        )

    def test_odoos_stages_are_mapped_and_the_missing_ones_added(self):
        self._setup().action_apply()
        stages = self.env["crm.stage"].search([])
        self.assertEqual(
            [(stage.name, stage.lead_role) for stage in stages],
            [
                ("New", "open"),
                ("Contacted", "contacted"),
                ("Nurturing", "nurturing"),
                ("Qualified", "qualified"),
                ("Proposition", "negotiation"),
                ("Won", "customer"),
                ("Inactive", "inactive"),
                ("Unqualified", "unqualified"),
            ],
        )
        by_role = {stage.lead_role: stage for stage in stages}
        won = stages.filtered("is_won").mapped("lead_role")
        self.assertEqual(won, ["customer", "inactive"])
        self.assertTrue(by_role["inactive"].fold)
        self.assertEqual(len(set(stages.mapped("sequence"))), 8)
        self.assertEqual(
            by_role["customer"].sequence, 70, "Stages with room keep their number."
        )

    def test_empty_database(self):
        self.env["crm.stage"].search([]).unlink()
        self._setup().action_apply()
        self.assertEqual(
            tuple(self.env["crm.stage"].search([]).mapped("lead_role")), ROLES
        )

    def test_second_apply_changes_nothing(self):
        self._setup().action_apply()
        before = self._table("crm_stage")
        logs = self.env["crm.pipeline.setup.log"].search_count([])
        self._setup().action_apply()
        self.assertEqual(self._table("crm_stage"), before)
        self.assertEqual(self.env["crm.pipeline.setup.log"].search_count([]), logs)

    def test_names_are_kept_unless_ticked(self):
        setup = self._setup()
        setup.line_ids.filtered(lambda line: line.role == "customer").is_renamed = True
        setup.action_apply()
        roles = self._roles()
        self.assertEqual(roles["Customer"], "customer")
        self.assertEqual(roles["New"], "open")

    def test_names_of_added_stages_are_translated(self):
        self.env["res.lang"]._activate_lang("tr_TR")
        module = self.env["ir.module.module"].search(
            [("name", "=", "crm_lead_management")]
        )
        module._update_translations("tr_TR")
        self._setup().action_apply()
        stage = self.env["crm.stage"].search([("lead_role", "=", "inactive")])
        names = stage._stored_names()
        self.assertEqual(set(names), {"en_US", "tr_TR"})
        self.assertEqual(names["en_US"], "Inactive")
        self.assertNotEqual(names["tr_TR"], "Inactive")
        # A company whose stages are called so gets them mapped, in its language too.
        stage.lead_role = False
        stage.update_field_translations("name", {"en_US": names["tr_TR"]})
        setup = self._setup()
        line = setup.line_ids.filtered(lambda line: line.role == "inactive")
        self.assertEqual(line.stage_ids, stage)

    def test_the_preview_says_what_is_done(self):
        form = Form(self.env["crm.pipeline.setup"].with_user(self.user_manager))
        self.assertIn('"New" becomes the stage Open', form.preview)
        self.assertIn("Contacted", form.preview)
        self.assertTrue(form.has_changes)
        stage = self.env["crm.stage"].search([("name", "=", "Proposition")])
        with form.line_ids.edit(0) as line:
            line.stage_ids.add(stage)
        self.assertTrue(form.has_problems, "One stage cannot have two roles.")
        self.assertIn("mapped to Open and to Negotiation", form.preview)

    def test_a_stage_that_is_not_won_is_not_won_by_the_wizard(self):
        setup = self._setup()
        stage = self.env["crm.stage"].search([("name", "=", "Proposition")])
        lead = self._make_lead(stage_id=stage.id, type="opportunity")
        for line in setup.line_ids:
            if line.role == "negotiation":
                line.stage_ids = False
            if line.role == "customer":
                line.stage_ids = stage
        before = self._table("crm_stage")
        with self.assertRaisesRegex(
            UserError, "1 leads: as Customer they would all be won"
        ):
            setup.action_apply()
        self.assertEqual(self._table("crm_stage"), before)
        self.assertEqual(lead.won_status, "pending")

    def test_a_stage_deleted_under_the_mapping(self):
        setup = self._setup()
        stage = self.env["crm.stage"].search([("name", "=", "Proposition")])
        stage.unlink()
        before = self._table("crm_stage")
        with self.assertRaisesRegex(UserError, "changed or deleted since"):
            setup.action_apply()
        self.assertEqual(self._table("crm_stage"), before, "Nothing half applied.")
        self.assertFalse(
            self.env["crm.pipeline.setup.log"].search([("state", "=", "applied")])
        )

    def test_only_managers(self):
        with self.assertRaises(AccessError):
            self.env["crm.pipeline.setup"].with_user(self.user_all).create({})
        log = self._apply_setup()
        with self.assertRaises(AccessError):
            log.with_user(self.user_all).action_undo()
        with self.assertRaises(AccessError):
            log.with_user(self.user_manager).write({"summary": "forged"})

    def test_two_teams_with_six_stages_mapped_applied_undone(self):
        self.env["crm.stage"].search([]).unlink()
        self.env["crm.team"].search(
            [("id", "not in", (self.team_north + self.team_south).ids)]
        ).active = False
        names = {
            self.team_north: ("New", "Offer", "Won"),
            self.team_south: ("Inbox", "Demo", "Sold"),
        }
        for team, stages in names.items():
            self.env["crm.stage"].create(
                [
                    {
                        "name": name,
                        "sequence": n + 1,
                        "is_won": n == 2,
                        "team_ids": team.ids,
                    }
                    for n, name in enumerate(stages)
                ]
            )
        stages = self.env["crm.stage"].search([])
        for stage in stages:
            self._make_leads(
                3,
                stage_id=stage.id,
                team_id=stage.team_ids.id,
                user_id=False,
                type="opportunity",
            )
        self.env["crm.lead"].search(
            [("stage_id.name", "=", "Demo")], limit=2
        ).action_set_lost()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_stage SET write_date = '2020-01-01', write_uid = NULL"
        )
        self.env.invalidate_all()
        before = self._table("crm_stage"), self._table("crm_lead"), self._frequencies()
        order = stages.mapped("name")
        log = self._apply_setup()
        roles = self._roles()
        self.assertEqual(
            {name: role for name, role in roles.items() if name in order},
            {
                "New": "open",
                "Inbox": "open",
                "Offer": "negotiation",
                "Demo": False,
                "Won": "customer",
                "Sold": "customer",
            },
        )
        added = self.env["crm.stage"].search([]) - stages
        negotiation = added.filtered(lambda stage: stage.lead_role == "negotiation")
        self.assertEqual(negotiation.team_ids, self.team_south, "North has its own.")
        self.assertFalse((added - negotiation).team_ids)
        now = [
            stage.name for stage in self.env["crm.stage"].search([]) if stage in stages
        ]
        self.assertEqual(now, order, "The order of the company's own stages stays.")
        self.assertEqual(self._table("crm_lead"), before[1], "No lead is touched.")
        log.with_user(self.user_manager).action_undo()
        self.assertEqual(self._table("crm_stage"), before[0])
        self.assertEqual(self._table("crm_lead"), before[1])
        self.assertEqual(self._frequencies(), before[2])
        self.assertEqual(log.state, "undone")
        with self.assertRaises(UserError):
            log.action_undo()

    def test_for_one_team(self):
        self._setup(team_id=self.team_north.id).action_apply()
        added = self.env["crm.stage"].search([("team_ids", "!=", False)])
        self.assertEqual(added.team_ids, self.team_north)
        self.assertEqual(len(added), 4)
        Stage = self.env["crm.stage"]
        self.assertTrue(Stage._for_role("inactive", self.team_north))
        self.assertFalse(Stage._for_role("inactive", self.team_south))

    def test_limits_of_days_are_set_where_wanted(self):
        stage = self.env["crm.stage"].search([("name", "=", "New")])
        before = self._table("crm_stage")
        self._apply_setup().action_undo()
        self.assertEqual(stage.rotting_threshold_days, 0)
        log = self._apply_setup(with_limits=True)
        self.assertEqual(stage.rotting_threshold_days, 2)
        log.action_undo()
        self.assertEqual(self._table("crm_stage"), before)

    def test_undo_is_refused_while_leads_stand_in_added_stages(self):
        log = self._apply_setup()
        stage = self.env["crm.stage"].search([("lead_role", "=", "nurturing")])
        lead = self._make_lead(stage_id=stage.id)
        before = self._table("crm_stage")
        with self.assertRaisesRegex(UserError, r"Nurturing \(1\)"):
            log.action_undo()
        self.assertEqual(self._table("crm_stage"), before)
        action = log.action_open_leads()
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), lead)
        lead.stage_id = self.env["crm.stage"].search([("lead_role", "=", "open")])
        log.action_undo()
        self.assertEqual(log.state, "undone")
        moves = lead.stage_log_ids.sorted("id")
        self.assertEqual(
            moves.mapped("to_label"), ["Nurturing", "New"], "Names outlive stages."
        )

    def test_undo_leaves_alone_what_was_changed_since(self):
        log = self._apply_setup()
        stage = self.env["crm.stage"].search([("lead_role", "=", "qualified")])
        self.assertEqual(stage.sequence, 4)
        stage.sequence = 5
        log.action_undo()
        self.env.invalidate_all()
        self.assertEqual(stage.sequence, 5)
        self.assertFalse(stage.lead_role)
        self.assertIn("Qualified: sequence was changed again", log.undo_summary)

    def test_the_latest_set_up_is_undone_first(self):
        first = self._apply_setup()
        self.env["crm.stage"].search([("lead_role", "=", "inactive")]).unlink()
        second = self._apply_setup()
        self.assertTrue(second)
        with self.assertRaisesRegex(UserError, "Undo that one first"):
            first.action_undo()
        second.action_undo()
        first.action_undo()

    def test_a_role_must_fit_the_stage(self):
        stage = self.env["crm.stage"].search([("name", "=", "Won")])
        with self.assertRaises(ValidationError):
            stage.lead_role = "open"
        with self.assertRaises(ValidationError):
            self.env["crm.stage"].search([("name", "=", "New")]).lead_role = "customer"

    def test_added_stages_have_the_statistics_of_their_place(self):
        """A stage added in the middle is worth what it would be, had it always been there."""
        new, qualified, _proposition, _won = self.env["crm.stage"].search([])
        for stage, count in ((new, 2), (qualified, 3)):
            values = {"team_id": self.team_north.id, "user_id": False}
            self._make_leads(count, stage_id=stage.id, **values).action_set_lost()
        self._make_leads(4, stage_id=new.id, **values).action_set_won()
        self._apply_setup()
        live = self._frequencies()
        self.env["crm.lead"]._rebuild_pls_frequency_table()
        self.env.invalidate_all()
        self.assertEqual(live, self._frequencies())
