# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, tagged

from .common import PipelineCommon


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestPipelineTours(PipelineCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.qualifier"].create(
            {"name": "Budget", "kind": "yes_no", "question": "Is there a budget?"}
        )
        # What Contacted demands holds further on as well; here it is about the qualifiers.
        contacted = [("stage_id", "=", cls.stages["contacted"].id)]
        cls.env["crm.stage.gate"].search(contacted).is_strict = False

    def _make_roof(self, user):
        return self._make_lead(
            name="Barn roof",
            type="opportunity",
            stage_id=self.stages["open"].id,
            user_id=user.id,
            team_id=self.team_north.id,
        )

    def test_drag_to_qualified(self):
        lead = self._make_roof(self.user_seller)
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_pipeline",
            "pipeline_drag_to_qualified",
            login="lead_seller",
        )
        self.assertEqual(lead.stage_id, self.stages["qualified"])
        self.assertEqual(self._moves(lead), [(False, "open"), ("open", "qualified")])
        self.assertEqual(lead.stage_log_ids[0].user_id, self.user_seller)

    def test_form_to_qualified(self):
        lead = self._make_roof(self.user_seller)
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}",
            "pipeline_form_to_qualified",
            login="lead_seller",
        )
        self.assertEqual(lead.stage_id, self.stages["qualified"])
        self.assertEqual(self._moves(lead), [(False, "open"), ("open", "qualified")])

    def test_what_contacted_demands_holds_further_on(self):
        """A3: as shipped, strict: a lead that nobody talked to jumps over no stage."""
        contacted = [("stage_id", "=", self.stages["contacted"].id)]
        gate = self.env["crm.stage.gate"].search(contacted)
        gate.is_strict = True
        self.env["crm.qualifier"].search([]).active = False
        lead = self._make_roof(self.user_seller)
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_pipeline",
            "pipeline_nobody_talked_yet",
            login="lead_seller",
        )
        self.assertEqual(lead.stage_id, self.stages["qualified"])
        self.assertEqual(lead.touchpoint_ids.outcome, "talked")

    def test_override(self):
        lead = self._make_roof(self.user_manager)
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_pipeline",
            "pipeline_override",
            login="lead_manager",
        )
        self.assertTrue(lead.stage_log_ids[0].is_override)
        self.assertEqual(lead.stage_log_ids[0].reason, "Signed at the fair")

    def test_set_up_the_stages(self):
        self.setup_log.action_undo()
        before = self._table("crm_stage")
        self.start_tour(
            "/odoo/action-crm_lead_management.crm_pipeline_setup_action",
            "pipeline_set_up_the_stages",
            login="lead_manager",
        )
        self.env.invalidate_all()
        self.assertEqual(self._table("crm_stage"), before)
        log = self.env["crm.pipeline.setup.log"].search([], limit=1)
        self.assertEqual(log.state, "undone")
        self.assertEqual(log.user_id, self.user_manager)
