# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo import api, models
from odoo.exceptions import UserError

from ...const import BULK

_logger = logging.getLogger(__name__)


class CrmScoreEngine(models.AbstractModel):
    """The activity plan of a grade, launched once for each lead that reaches it."""

    _inherit = "crm.score.engine"

    @api.model
    def _grades_reached(self, setup, grades):
        super()._grades_reached(setup, grades)
        # Passes over many leads launch nothing: nobody wants a thousand activities at once.
        if not setup.plans or self.env.context.get(BULK):
            return
        for grade, plan_id in setup.plans.items():
            reached = [lead_id for lead_id, now in grades.items() if now == grade]
            if reached:
                # sudo: the plan is the company's, whoever made the lead reach the grade.
                leads = self.env["crm.lead"].sudo().browse(reached)
                self._launch_plan(
                    leads, self.env["mail.activity.plan"].sudo().browse(plan_id)
                )

    @api.model
    def _launch_plan(self, leads, plan):
        """Launch a plan for those of the leads for which it has not been launched yet."""
        Log = self.env[
            "crm.lead.grade.log"
        ].sudo()  # sudo: logs are written by engines only
        known = Log.search(
            [("lead_id", "in", leads.ids), ("plan_id", "=", plan.id)]
        ).lead_id
        for lead in leads - known:
            if not plan.active:
                continue
            try:
                with self.env.cr.savepoint():
                    schedule = self.env[
                        "mail.activity.schedule"
                    ].sudo()  # sudo: see the caller
                    schedule.with_context(
                        active_model="crm.lead", active_ids=lead.ids, active_id=lead.id
                    ).create({"plan_id": plan.id}).action_schedule_plan()
            except UserError as error:
                # A plan that cannot start must not stop the lead from being saved.
                _logger.info(
                    "plan %s not launched for lead %s: %s", plan.id, lead.id, error
                )
                lead.message_post(
                    body=self.env._(
                        'The plan "%(plan)s" of the grade could not be launched: %(reason)s',
                        plan=plan.name,
                        reason=error,
                    )
                )
            last = Log.search([("lead_id", "=", lead.id)], limit=1)
            last.plan_id = plan
