# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...const import LEAD_ROLES
from ...tools.pipeline import propose_roles


class CrmPipelineSetup(models.TransientModel):
    """Maps a company's stages to the eight roles, and adds the stages that are missing.

    One line per role. The wizard proposes the mapping, the administrator changes it, the
    preview says in words what will happen, and :meth:`action_apply` does just that: nothing
    is deleted, no lead is moved, nothing is renamed but what is ticked. What it did is kept
    as a ``crm.pipeline.setup.log``, from which it can be undone. A second run on the result
    changes nothing.
    """

    _name = "crm.pipeline.setup"
    _description = "Set-up of the stages"

    team_id = fields.Many2one(
        "crm.team",
        string="For Team",
        help="Empty: the stages are for all teams. Otherwise missing stages are added for"
        " this team only.",
    )
    line_ids = fields.One2many(
        "crm.pipeline.setup.line",
        "setup_id",
        string="Roles",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    with_gates = fields.Boolean(
        string="Check Before Moving",
        default=True,
        help="The stages Contacted and Qualified check what they demand of a lead. You can"
        " change that later, or switch it off.",
    )
    with_limits = fields.Boolean(
        string="Mark Leads That Stand Too Long",
        help="Stages of yours without a limit of days get the usual one of their role. Added"
        " stages have one in any case.",
    )
    available_stage_ids = fields.Many2many(
        "crm.stage", compute="_compute_available_stage_ids"
    )
    # The stages as they were when the proposal was made: what is applied is what was shown.
    snapshot = fields.Char(
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        export_string_translation=False,
    )
    preview = fields.Html(string="What Will Happen", compute="_compute_preview")
    overview = fields.Html(string="Your Stages", compute="_compute_preview")
    has_changes = fields.Boolean(compute="_compute_preview")
    has_problems = fields.Boolean(compute="_compute_preview")

    # === COMPUTE METHODS === #

    @api.depends("team_id")
    def _compute_available_stage_ids(self):
        for setup in self:
            setup.available_stage_ids = setup._stages()

    @api.depends("team_id")
    def _compute_line_ids(self):
        for setup in self:
            stages = setup._stages()
            roles = propose_roles(stages._as_tuples())
            setup.snapshot = setup._snapshot(stages)
            setup.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "role": role,
                        "sequence": number,
                        "stage_ids": [
                            Command.set(
                                [s.id for s in stages if roles.get(s.id) == role]
                            )
                        ],
                    }
                )
                for number, (role, _label) in enumerate(LEAD_ROLES)
            ]

    @api.depends(
        "team_id",
        "with_gates",
        "with_limits",
        "line_ids.stage_ids",
        "line_ids.is_renamed",
    )
    def _compute_preview(self):
        for setup in self:
            plan = self.env["crm.pipeline.plan"]._make(setup)
            setup.has_problems = bool(plan["problems"])
            setup.has_changes = bool(plan["sentences"])
            sentences = plan["problems"] or plan["sentences"]
            if sentences:
                setup.preview = Markup("<ul>%s</ul>") % Markup("").join(
                    Markup("<li>%s</li>") % sentence for sentence in sentences
                )
            else:
                setup.preview = Markup("<p>%s</p>") % self.env._(
                    "Nothing: every role has its stage already."
                )
            setup.overview = setup._render_overview(plan)

    # === BUSINESS METHODS === #

    def _stages(self):
        """Return the stages in question: all, or those that leads of the team can stand in."""
        domain = [("team_ids", "in", [False, self.team_id.id])] if self.team_id else []
        return self.env["crm.stage"].search(domain, order="sequence, id")

    @api.model
    def _snapshot(self, stages):
        """Return what the proposal is based on, as text."""
        return json.dumps(
            [
                [s.id, s.sequence, s.is_won, s.lead_role or "", sorted(s.team_ids.ids)]
                for s in stages
            ]
        )

    def _render_overview(self, plan):
        """Return the company's stages with their leads and roles, as an HTML table."""
        labels = self.env["crm.stage"]._role_labels()
        stages = self._stages()
        counts = self.env["crm.pipeline.plan"]._lead_counts(stages)
        head = (
            self.env._("Stage"),
            self.env._("Teams"),
            self.env._("Leads"),
            self.env._("Role"),
        )
        row = Markup("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>")
        rows = (
            row
            % (
                stage.name,
                ", ".join(stage.team_ids.mapped("name")) or self.env._("All"),
                counts.get(stage.id, 0),
                labels.get(plan["roles"].get(stage.id), self.env._("your own")),
            )
            for stage in stages
        )
        return Markup("<table class='table table-sm'>%s%s</table>") % (
            row % head,
            Markup("").join(rows),
        )

    # === ACTION METHODS === #

    def action_apply(self):
        """Do what the preview says, all of it or nothing, and keep a record of it.

        :return: the action that opens the record of this set-up, or a notification where
            there was nothing to do.
        :rtype: dict
        :raise UserError: where the stages changed since the proposal was made, or the
            mapping cannot be applied; nothing is changed then.
        """
        self.ensure_one()
        self.check_access("write")
        stages = self._stages()
        stages.lock_for_update()
        if self.snapshot and self.snapshot != self._snapshot(stages):
            raise UserError(
                self.env._(
                    "The stages were changed or deleted since this proposal was made. Nothing"
                    " was applied. Open the set-up again to see a new proposal."
                )
            )
        plan = self.env["crm.pipeline.plan"]._make(self)
        if plan["problems"]:
            raise UserError("\n".join(plan["problems"]))
        if not plan["sentences"]:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "info",
                    "message": self.env._(
                        "Every role has its stage already: nothing changed."
                    ),
                    "next": {"type": "ir.actions.act_window_close"},
                },
            }
        log = self.env["crm.pipeline.plan"]._apply(plan, self.team_id)
        return {
            "type": "ir.actions.act_window",
            "name": log.name,
            "res_model": log._name,
            "res_id": log.id,
            "views": [(False, "form")],
        }


class CrmPipelineSetupLine(models.TransientModel):
    _name = "crm.pipeline.setup.line"
    _description = "Role in the set-up of the stages"
    _order = "sequence, id"

    setup_id = fields.Many2one(
        "crm.pipeline.setup", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    role = fields.Selection(LEAD_ROLES, required=True, readonly=True)
    stage_ids = fields.Many2many(
        "crm.stage",
        "crm_pipeline_setup_line_stage_rel",
        "line_id",
        "stage_id",
        string="Your Stages",
        help="The stages of yours that play this role: one, or one for each team. Empty: a"
        " stage is added.",
    )
    is_renamed = fields.Boolean(
        string="Rename",
        help="Give these stages the name of the role, in every language.",
    )
    lead_count = fields.Integer(string="Leads", compute="_compute_lead_count")
    outcome = fields.Char(compute="_compute_lead_count")

    @api.depends("stage_ids")
    def _compute_lead_count(self):
        counts = self.env["crm.pipeline.plan"]._lead_counts(self.stage_ids._origin)
        for line in self:
            line.lead_count = sum(counts.get(i, 0) for i in line.stage_ids._origin.ids)
            line.outcome = False if line.stage_ids else self.env._("A stage is added")
