# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.common.context import OVERRIDE


class CrmStageOverride(models.TransientModel):
    """A manager moves leads although their new stage demands something else, and says why."""

    _name = "crm.stage.override"
    _description = "Move leads with a reason"

    lead_ids = fields.Many2many(
        "crm.lead",
        "crm_stage_override_lead_rel",
        "override_id",
        "lead_id",
        string="Leads",
        default=lambda self: self._default_lead_ids(),
        context={"active_test": False},
    )
    stage_id = fields.Many2one("crm.stage", string="Move to", required=True)
    missing = fields.Text(string="What Is Missing", compute="_compute_missing")
    reason = fields.Char(help="Kept in the history of each lead.")

    @api.model
    def _default_lead_ids(self):
        if self.env.context.get("active_model") != "crm.lead":
            return False
        return self.env["crm.lead"].browse(self.env.context.get("active_ids"))

    @api.depends("lead_ids", "stage_id")
    def _compute_missing(self):
        keeper = self.env["crm.stage.gatekeeper"]
        for move in self:
            leads, stage = move.lead_ids._origin, move.stage_id._origin
            stages = {lead.id: lead.stage_id.id for lead in leads}
            forward = keeper._forward(leads, stages, stage.id)
            missing = keeper._missing(forward, stage.id)
            text = keeper._message(missing, stage.id, len(leads)) if missing else ""
            move.missing = text.split("\n\n")[0]

    def action_move(self):
        """Move the leads, with the reason in the log of each.

        :raise UserError: without a reason.
        :raise AccessError: for anybody but a sales administrator.
        """
        self.ensure_one()
        if not self.env["crm.stage.gatekeeper"]._may_override():
            raise AccessError(
                self.env._(
                    "Only a sales administrator may move leads past what a stage demands."
                )
            )
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why these leads move nevertheless."))
        leads = self.lead_ids.with_context(**OVERRIDE.on(self.reason.strip()))
        leads.write({"stage_id": self.stage_id.id})
        return {"type": "ir.actions.act_window_close"}
