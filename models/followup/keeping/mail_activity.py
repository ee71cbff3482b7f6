# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ...common.context import FOLLOWUP


class MailActivity(models.Model):
    """What people do with the activity of a step, the ledger notes."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._crm_plan_leads()
        return activities

    def _action_done(self, feedback=False, attachment_ids=None):
        steps, ids = self._crm_steps(), self._crm_lead_ids()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # What the activity recorded may have shown that the step is done already.
        steps = steps.filtered(lambda step: step.state == "planned")
        if steps:
            self.env["crm.followup.engine"]._done(steps, feedback or None)
        self._crm_plan_leads(ids - set(steps.lead_id.ids))
        return result

    def write(self, vals):
        result = super().write(vals)
        if "date_deadline" in vals or vals.get("user_id"):
            for step in self._crm_steps():
                self.env["crm.followup.engine"]._activity_changed(step)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_from_plans(self):
        """Have the leads planned without the activities that are about to be deleted.

        Not in ``unlink()``: Odoo calls that of activities whatever is deleted, on none mostly.
        """
        steps, ids = self._crm_steps(), self._crm_lead_ids()
        if not ids:
            return
        # From now on they count for nothing: whoever plans looks at those that are active.
        self.flush_recordset()
        steps.activity_id = False
        self.env.cr.execute(
            SQL("UPDATE mail_activity SET active = FALSE WHERE id = ANY(%s)", self.ids)
        )
        self.invalidate_recordset(["active"], flush=False)
        if steps:
            self.env["crm.followup.engine"]._skip(steps, "activity_cancelled")
        self._crm_plan_leads(ids - set(steps.lead_id.ids))

    def _crm_lead_ids(self):
        """Return the ids of the leads whose next step these activities are, or may be."""
        if FOLLOWUP.of(self.env):
            return set()
        return {
            one.res_id for one in self if one.res_model == "crm.lead" and one.res_id
        }

    def _crm_plan_leads(self, ids=None):
        """Have leads planned anew: what a person plans comes before what the curve says."""
        ids = self._crm_lead_ids() if ids is None else ids
        if ids and self.env["crm.followup.engine"]._is_on():
            leads = self.env["crm.lead"].browse(sorted(ids)).exists()
            self.env["crm.followup.engine"]._plan(leads)

    def _crm_steps(self):
        """Return the planned steps that these activities are of, as superuser.

        None where it is the engine itself that changes them.
        """
        # sudo: the ledger is the engine's, whoever does the activity.
        Step = self.env["crm.lead.followup"].sudo()
        ours = self.filtered(lambda one: one.res_model == "crm.lead")
        if not ours or FOLLOWUP.of(self.env):
            return Step
        return Step.search([("activity_id", "in", ours.ids), ("state", "=", "planned")])
