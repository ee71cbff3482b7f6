# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ..common.context import BULK
from ..common.crm_config_mixin import kept
from ..common.crm_lead_station import ALWAYS, NEVER
from .grading.statements import SCORE_FIELDS


class CrmScoringStation(models.AbstractModel):
    """One grade from 1 to 5; and the activity plan of a grade, once for each lead."""

    _name = "crm.scoring.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: scoring"

    _lead_rows = ("crm.lead.grade.log",)

    @api.model
    def _cares(self):
        setups = self.env["crm.scorecard"]._setups_in_use()
        return {
            "_evaluate": ALWAYS if setups else NEVER,
            "_on_graded": ALWAYS if any(setup.plans for setup in setups) else NEVER,
        }

    # === FINDING OUT === #

    @api.model
    @kept()
    def _reads(self):
        setups = self.env["crm.scorecard"]._setups_in_use()
        if not setups:
            return frozenset()
        reads = {"qualification_state", "grade_manual", "grade_manual_until"}
        if any(self.env["res.company"]._crm_known_least().values()):
            reads.add("info_completeness")
        # What ties a lead to a company, where companies have scorecards of their own.
        Company = self.env["res.company"]
        has_own = any(setup.company_id for setup in setups)
        if has_own and not Company._crm_is_only_company():
            reads |= Company._crm_lead_reads()
        # The team decides which scorecard grades a lead where one is a pilot of teams.
        if any(setup.pilot_team_ids for setup in setups):
            reads.add("team_id")
        return reads | self.env["crm.scorecard.rule"]._score_trigger_fields()

    @api.model
    def _evaluate(self, leads, changed):
        now = fields.Datetime.now()
        # The grade of a closed lead is that of its close: one that comes in closed gets it.
        engine, came_in = self.env["crm.score.engine"], changed is None
        scored = engine._score_leads(leads, now, graded=False, bare=came_in)
        return dict.fromkeys(SCORE_FIELDS, scored) if scored else {}

    # === EVENTS === #

    @api.model
    def _on_reopened(self, leads):
        # The grade of a closed lead is that of its close.
        if self.env["crm.scorecard"]._setups_in_use():
            self.env["crm.score.engine"]._score(leads)

    @api.model
    def _on_graded(self, leads, grades, setup):
        # Passes over many leads launch nothing: nobody wants a thousand activities at once.
        if not setup.plans or BULK.of(self.env):
            return
        for grade, plan_id in setup.plans.items():
            reached = [lead_id for lead_id, now in grades.items() if now == grade]
            # sudo: the plan is the company's, whoever made the lead reach the grade.
            plan = self.env["mail.activity.plan"].sudo().browse(plan_id)
            if reached and plan.active:
                self._launch_plan(leads.sudo().browse(reached), plan)

    @api.model
    def _merge_fields(self):
        def of_latest(name, leads):
            # What people set by hand, and meant until now: the latest such grade.
            today = fields.Date.today()
            by_hand = leads.filtered(
                lambda lead: (
                    lead.grade_manual and (lead.grade_manual_until or today) >= today
                )
            )
            latest = by_hand.sorted("write_date", reverse=True)
            # The one that is kept comes first: what it says of itself holds.
            return (leads[:1] if leads[:1] in by_hand else latest[:1])[name]

        return dict.fromkeys(
            ("grade_manual", "grade_manual_reason", "grade_manual_until"), of_latest
        )

    @api.model
    def _launch_plan(self, leads, plan):
        """Launch a plan for those of the leads for which it has not been launched yet.

        :param leads: crm.lead records, as superuser.
        :param plan: a mail.activity.plan, as superuser.
        """
        # sudo: logs are written by engines only.
        Log = self.env["crm.lead.grade.log"].sudo()
        known = Log.search(
            [("lead_id", "in", leads.ids), ("plan_id", "=", plan.id)]
        ).lead_id
        leads -= known
        # A plan that cannot start must not stop a lead from being saved.
        # sudo: the plan is the company's, whoever made the lead reach the grade.
        refused = self.env["crm.plan.launcher"].sudo()._launch(leads, plan)
        for lead in leads.browse(refused):
            lead.message_post(
                body=self.env._(
                    'The plan "%(plan)s" of the grade could not be launched: %(reason)s',
                    plan=plan.name,
                    reason=refused[lead.id],
                )
            )
        logs = Log.search([("lead_id", "in", leads.ids)]).grouped("lead_id")
        Log.union(*(of_lead[:1] for of_lead in logs.values())).plan_id = plan
