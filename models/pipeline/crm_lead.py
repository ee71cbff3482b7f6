# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.pipeline import ROLES
from ..common.context import STAY
from ..common.field_kinds import BOOKKEEPING, OUTCOME

# Stages in which Sales works on a lead.
SQL_ROLES = ("qualified", "negotiation")


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
    is_sql = fields.Boolean(
        string="Sales Qualified",
        compute="_compute_is_sql",
        search="_search_is_sql",
        help="Open, and in the stage Qualified or Negotiation: Sales took it on.",
    )
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

    @api.depends("stage_id.lead_role", "won_status", "active")
    def _compute_is_sql(self):
        for lead in self:
            lead.is_sql = lead._lead_is_open() and lead.stage_id.lead_role in SQL_ROLES

    @api.model
    def _search_is_sql(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = set(value)
        if wanted >= {True, False}:
            return Domain.TRUE
        domain = Domain(
            [
                ("active", "=", True),
                ("won_status", "=", "pending"),
                ("stage_id.lead_role", "in", SQL_ROLES),
            ]
        )
        return domain if True in wanted else ~domain

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

    def action_take_back_lost(self):
        """Restore leads that were closed a moment ago; what the button *Undo* does.

        What somebody else has restored since stays as he has it, and what was merged or
        deleted is left out.

        :raise UserError: where nothing of it is left to take back.
        """
        leads = self.exists().filtered(lambda lead: not lead.active)
        if not leads:
            raise UserError(
                self.env._(
                    "Somebody has restored, merged or deleted it by now: there is nothing to"
                    " take back."
                )
            )
        leads.action_restore()

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
        return self._set_unqualified()

    def _set_unqualified(self, lost_reason_id=False):
        """Move leads to Unqualified.

        :param int lost_reason_id: why (crm.lost.reason); the shipped reason where none is given.
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
            reason = {"lost_reason_id": lost_reason_id} if lost_reason_id else {}
            leads.write({"stage_id": stage.id, **reason})
        return True

    def action_ask_unqualified(self):
        """Ask why leads are set aside as unqualified: a reason that nobody gave is none.

        It is Odoo's own window for lost leads, with the shipped reason filled in.

        :return: a window action.
        :rtype: dict
        :raise AccessError: for a lead that the user may not change.
        """
        self.check_access("write")
        reason = self.env.ref(
            "crm_lead_management.crm_lost_reason_unqualified", raise_if_not_found=False
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Unqualified"),
            "res_model": "crm.lead.lost",
            "view_mode": "form",
            "target": "new",
            "context": {
                "dialog_size": "medium",
                "default_lead_ids": self.ids,
                "default_is_unqualified": True,
                "default_lost_reason_id": reason.id if reason else False,
            },
        }

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

    # === PREDICTIVE STATISTICS === #
    #
    # They are kept as they would be without the eight roles.

    def _pls_get_lead_pls_values(self, domain=None):
        """Count unqualified leads for the stage in which they stood before.

        Odoo counts a lost lead for its stage and all stages before it. Unqualified is the
        last one: leads lost there would count against Customer, although none got so far.
        """
        values = super()._pls_get_lead_pls_values(domain=domain)
        unqualified = set(self.env["crm.stage"]._ids_of_roles("unqualified"))
        affected = {
            lead_id: row
            for lead_id, row in values.items()
            if any(
                name == "stage_id" and value in unqualified
                for name, value in row["values"]
            )
        }
        if not affected:
            return values
        ids = {
            key: getattr(key, "origin", key) for key in affected
        }  # new records of forms
        before = self.env["crm.lead.stage.log"]._stages_before_unqualified(
            [lead_id for lead_id in ids.values() if lead_id]
        )
        for key, row in affected.items():
            stage_id = before.get(ids[key]) or self._first_stage_id(row["team_id"])
            row["values"] = [
                (name, stage_id if name == "stage_id" else value)
                for name, value in row["values"]
                if name != "stage_id" or stage_id
            ]
        return values

    def _pls_prepare_frequencies(
        self, lead_values, leads_pls_fields, target_state=None
    ):
        """Leave Inactive and Unqualified out of the statistics.

        Neither is a step on the way to a win: without them the statistics are the same as
        those of a pipeline that ends with Customer.
        """
        frequencies = super()._pls_prepare_frequencies(
            lead_values, leads_pls_fields, target_state=target_state
        )
        by_stage = frequencies.get("stage_id", {})
        for stage_id in self.env["crm.stage"]._ids_of_roles("inactive", "unqualified"):
            by_stage.pop(str(stage_id), None)
        return frequencies

    def _pls_get_won_lost_total_count(self, team_results):
        """Count won and lost leads also where no first stage is for all teams.

        Odoo takes the totals from the first stage without teams, where every lead counts.
        In a pipeline of one team there is none, and every probability would be zero. The
        first stage of the team is the one with most lost leads: each lost lead counts for
        its stage and all before it.
        """
        totals = super()._pls_get_won_lost_total_count(team_results)
        if any(totals) or not self.env["crm.stage"]._ids_of_roles(*ROLES):
            return totals
        by_stage = team_results.get("stage_id", {}).values()
        counts = [count for count in by_stage if isinstance(count, dict)]
        if not counts:
            return totals
        first = max(counts, key=lambda count: count["lost"])
        return first["won"], first["lost"], first["won"] + first["lost"]
