# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..common.context import STAY
from ..common.field_kinds import BOOKKEEPING, OUTCOME


class CrmLead(models.Model):
    _inherit = "crm.lead"

    stage_log_ids = fields.One2many(
        "crm.lead.stage.log",
        "lead_id",
        string="Stage History",
        readonly=True,
        lead_kind=BOOKKEEPING,
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
        lead_kind=OUTCOME,
    )
    dormancy_on = fields.Datetime(readonly=True, copy=False, lead_kind=OUTCOME)

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

    # === MOVES === #

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
        lost.with_context(**STAY.on()).action_unarchive()
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
        if back and not STAY.of(self.env):
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
                leads.with_context(**STAY.on()).action_unarchive()
                leads.write({"stage_id": stage.id, "probability": 100})
        return True
