# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...exceptions import StageGateError

# Writing one of these may change the stage: core keeps it among the stages of the team.
STAGE_SOURCES = frozenset(("stage_id", "team_id", "user_id", "type"))
# Context key: unarchiving does not bring leads back to the stage before Unqualified.
STAY = "crm_lead_stay_in_stage"
# Context key: why a manager moves leads although their new stage demands something else.
OVERRIDE = "crm_lead_stage_override"
# Context key: what the move is due to, for the log, where it was not a person's choice.
REASON = "crm_lead_stage_reason"
LOST = {"active": False, "probability": 0, "automated_probability": 0}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    stage_log_ids = fields.One2many(
        "crm.lead.stage.log", "lead_id", string="Stage History", readonly=True
    )
    days_in_stage = fields.Integer(
        compute="_compute_days_in_stage",
        help="Whole days since the lead came to its stage.",
    )
    stage_age = fields.Char(
        compute="_compute_stage_age", export_string_translation=False
    )

    stage_role = fields.Selection(related="stage_id.lead_role", string="Stage Role")
    can_unqualify = fields.Boolean(
        compute="_compute_can_unqualify", export_string_translation=False
    )
    dormancy_step_id = fields.Many2one(
        "crm.stage.dormancy",
        string="Dormancy Step Taken",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
    )
    dormancy_on = fields.Datetime(readonly=True, copy=False)

    # === COMPUTE METHODS === #

    @api.depends("date_last_stage_update")
    def _compute_days_in_stage(self):
        now = fields.Datetime.now()
        for lead in self:
            since = lead.date_last_stage_update or lead.create_date or now
            lead.days_in_stage = max(0, (now - since).days)

    @api.depends("days_in_stage")
    @api.depends_context("lang")
    def _compute_stage_age(self):
        for lead in self:
            lead.stage_age = self.env._("%s d", lead.days_in_stage)

    @api.depends("won_status", "active", "team_id")
    def _compute_can_unqualify(self):
        Stage = self.env["crm.stage"]
        for lead in self:
            is_open = lead.active and lead.won_status == "pending"
            lead.can_unqualify = is_open and Stage._for_role(
                "unqualified", lead.team_id
            )

    @api.model
    def _get_rotting_domain(self):
        """Let leads rot too, not only opportunities, in companies that want it."""
        domain = super()._get_rotting_domain()
        companies = self.env["res.company"]._crm_rot_leads()
        if not companies:
            return domain
        leads = Domain("company_id", "in", companies)
        return domain.map_conditions(
            lambda condition: (
                condition | leads if condition.field_expr == "type" else condition
            )
        )

    # === HOOKS === #

    def _lead_pre_create(self, vals_list):
        state = super()._lead_pre_create(vals_list)
        unqualified = self.env["crm.stage"]._ids_of_roles("unqualified")
        for vals in vals_list:
            if vals.get("stage_id") in unqualified:
                self._lose_unqualified(vals)
        return state

    def _lead_record_creation(self):
        super()._lead_record_creation()
        self.env["crm.lead.stage.log"]._record_first(self)

    def _lead_pre_write(self, vals):
        state = super()._lead_pre_write(vals)
        if not self or STAGE_SOURCES.isdisjoint(vals):
            return state
        stages = {lead.id: lead.stage_id.id or None for lead in self}
        state["pipeline"] = stages
        if "stage_id" in vals:
            target = vals["stage_id"] or None
            moving = self.filtered(lambda lead: stages[lead.id] != target)
            keeper = self.env["crm.stage.gatekeeper"]
            forward = keeper._forward(moving, stages, target)
            state["gate"] = forward._check_gate(target, len(vals) == 1)
            moving._pre_move(vals, stages, state["gate"])
            stages.update(dict.fromkeys(moving.ids, target))
        return state

    def _lead_post_write(self, names, state):
        # What the move did to the lead is said before the engines look at it.
        stages = state.get("pipeline") or {}
        moves = [
            (lead.id, stages[lead.id], lead.stage_id.id or None)
            for lead in self
            if stages and stages[lead.id] != (lead.stage_id.id or None)
        ]
        self.env["crm.lead.stage.log"]._record(moves)
        super()._lead_post_write(names, state)
        if state.get("gate"):
            # What was missing may have been written together with the stage.
            self.browse(state["gate"])._check_gate(self.stage_id[:1].id, True)

    def _lead_merge(self, opportunities):
        super()._lead_merge(opportunities)
        self.env["crm.lead.stage.log"]._move_to(self, opportunities)

    def _lead_touched(self, touchpoints):
        super()._lead_touched(touchpoints)
        talked = touchpoints.filtered(lambda t: t.is_human and t.direction == "out")
        self.env["crm.pipeline.mover"]._contacted(talked.lead_id & self)

    def _lead_propose_unqualified(self, reason):
        super()._lead_propose_unqualified(reason)
        self.env["crm.pipeline.mover"]._unqualify(self, reason)

    # === MOVES === #

    def _check_gate(self, stage_id, is_final):
        """Check what a stage demands of the leads ``self``, which are to move there.

        What the system does by itself is not held up, and a manager may give a reason to
        move leads nevertheless.

        :param stage_id: id of the new stage.
        :param bool is_final: refuse now; otherwise there are other values still to write.
        :return: ids of the leads that lack something.
        :rtype: list[int]
        :raise StageGateError: says what is missing, for all leads at once.
        """
        if self.env.su or not self:
            return []
        keeper = self.env["crm.stage.gatekeeper"]
        missing = keeper._missing(self, stage_id)
        if missing and is_final and not self._override_reason():
            raise StageGateError(
                keeper._message(missing, stage_id, len(self)),
                self.ids,
                stage_id,
                keeper._may_override(),
            )
        return list(missing)

    @api.model
    def _override_reason(self):
        """Return why leads are moved nevertheless, if the user is one who may say so."""
        reason = self.env.context.get(OVERRIDE)
        return reason if self.env["crm.stage.gatekeeper"]._may_override() else None

    def _pre_move(self, vals, stages, missing):
        """Prepare the move of the leads ``self`` to another stage, and record it.

        It is recorded now, not afterwards: Odoo updates its predictive statistics while it
        writes, and these read where an unqualified lead stood before.

        :param dict vals: what will be written; gets more values for Unqualified.
        :param dict stages: current stage id by lead id.
        :param missing: ids of the leads that lack what the stage demands.
        """
        target = vals["stage_id"] or None
        unqualified = self.env["crm.stage"]._ids_of_roles("unqualified")
        if self and target in unqualified:
            self._lose_unqualified(vals)
        else:
            self.filtered(lambda lead: stages[lead.id] in unqualified)._revive()
        reason = self._override_reason()
        self.env["crm.lead.stage.log"]._record(
            [(lead.id, stages[lead.id], target) for lead in self],
            overrides=missing if reason else None,
            reason=reason or self.env.context.get(REASON),
        )

    @api.model
    def _lose_unqualified(self, vals):
        """Add to ``vals`` what makes a lead in Unqualified a lost one, with a reason."""
        vals.update(LOST)
        reason = self.env.ref(
            "crm_lead_management.crm_lost_reason_unqualified", raise_if_not_found=False
        )
        vals.setdefault("lost_reason_id", reason.id if reason else False)

    def _by_role_stage(self, role):
        """Group the leads by the stage with a role that their team can use.

        :return: leads by crm.stage; the key is empty for those that have no such stage.
        :rtype: dict
        """
        Stage = self.env["crm.stage"]
        return self.grouped(lambda lead: Stage._for_role(role, lead.team_id))

    def _revive(self):
        """Make lost leads open ones again, where they stand; as Odoo's "Restore" does."""
        lost = self.filtered(lambda lead: not lead.active)
        if not lost:
            return
        lost.with_context(**{STAY: True}).action_unarchive()
        for probability, leads in lost.grouped("automated_probability").items():
            leads.write({"probability": probability})

    def _stages_before_unqualified(self):
        """Return in which stage each lead stood before Unqualified, else its team's first.

        :return: stage id by lead id.
        :rtype: dict[int, int]
        """
        before = self.env["crm.lead.stage.log"]._stages_before_unqualified(self.ids)
        return {
            lead.id: before.get(lead.id) or self._first_stage_id(lead.team_id.id)
            for lead in self
        }

    @api.model
    def _first_stage_id(self, team_id):
        """Return the id of the stage in which the leads of a team begin, or False."""
        rows = [
            row
            for row in self.env["crm.stage"]._rows().values()
            if not row.is_won
            and row.role != "unqualified"
            and (not row.team_ids or team_id in row.team_ids)
        ]
        return min(rows, key=lambda row: row.role != "open").id if rows else False

    # === ACTION METHODS === #

    def action_unarchive(self):
        """Bring leads back; those in Unqualified return to the stage they came from."""
        unqualified = self.env["crm.stage"]._ids_of_roles("unqualified")
        back = self.filtered(
            lambda lead: not lead.active and lead.stage_id.id in unqualified
        )
        result = super().action_unarchive()
        if back and not self.env.context.get(STAY):
            stages = back._stages_before_unqualified()
            # sudo: the user has just brought them back; the demands of a stage in which
            # they stood before do not hold them up.
            for stage_id, leads in (
                back.sudo().grouped(lambda lead: stages[lead.id]).items()
            ):
                if stage_id:
                    leads.write({"stage_id": stage_id})
        return result

    def action_set_unqualified(self):
        """Move leads to Unqualified: archived as lost, with the reason filled in.

        :raise UserError: where a team has no stage with that role.
        """
        for stage, leads in self._by_role_stage("unqualified").items():
            if not stage:
                raise UserError(
                    self.env._(
                        'There is no stage with the role Unqualified for "%s". Ask a sales'
                        " administrator to set up the stages.",
                        leads[0].name,
                    )
                )
            leads.write({"stage_id": stage.id})
        return True

    def action_set_won(self):
        """Move leads to Customer, by role; where a team has no such stage, as Odoo does."""
        by_stage = self._by_role_stage("customer")
        others = by_stage.pop(self.env["crm.stage"], self.browse())
        if others:
            super(CrmLead, others).action_set_won()
        for stage, leads in by_stage.items():
            # Writing a won lead won again would move its closing date to today.
            done = leads.filtered(lambda lead: lead.won_status == "won")
            leads -= done.filtered_domain([("stage_id", "=", stage.id)])
            if leads:
                leads.with_context(**{STAY: True}).action_unarchive()
                leads.write({"stage_id": stage.id, "probability": 100})
        return True
