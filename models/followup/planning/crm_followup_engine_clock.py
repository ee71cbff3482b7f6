# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..keeping import activities

# Steps and leads per commit.
BATCH = 1000
# So long before its end a step becomes an activity of whoever is to do it.
AHEAD = timedelta(hours=14)


class CrmFollowupEngine(models.AbstractModel):
    """What the clock does: new leads are planned, and steps that are due become activities.

    Each batch is one transaction, with what the ledger says about it: a run that is killed is
    taken up where it was. When nothing is to be done a run costs two queries.
    """

    _inherit = "crm.followup.engine"

    @api.model
    def _cron_run(self):
        """Plan leads that were never looked at, then hand out what is due."""
        # sudo: the cron looks after the leads of everybody.
        self = self.sudo()
        now = fields.Datetime.now()
        for find, handle in (
            (self._new_leads, self._plan_new),
            (self._due_steps, self._hand_out),
        ):
            while ids := find(now):
                handle(ids)
                if not self.env["ir.cron"]._commit_progress(
                    len(ids), remaining=len(ids) if len(ids) == BATCH else 0
                ):
                    return

    @api.model
    def _cron_plan(self):
        """Plan all leads anew: calendars, owners and policies may say something else now.

        Where nothing is to be planned any more what was planned ends, and the clock stops.
        """
        if self._is_on():
            self._plan()
            self.env["crm.followup.accountant"]._sample()
            return
        # sudo: as above.
        steps = self.env["crm.lead.followup"].sudo()
        while batch := steps.search([("state", "=", "planned")], limit=BATCH).lead_id:
            self._plan(batch)
            if steps.search_count(
                [("lead_id", "in", batch.ids), ("state", "=", "planned")]
            ):
                break  # What people planned stays.
        for name in ("ir_cron_followup", "ir_cron_followup_plan"):
            self.env.ref(
                f"crm_lead_management.{name}"
            ).sudo().active = False  # sudo: as above

    # === NEW LEADS === #

    @api.model
    def _new_leads(self, _now):
        """Return the ids of open leads that were never looked at."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_lead WHERE retention_k IS NULL AND active"
                " AND won_status = 'pending' ORDER BY id LIMIT %s",
                BATCH,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _plan_new(self, ids):
        leads = self.env["crm.lead"].browse(ids)
        locked = leads.try_lock_for_update(allow_referencing=True)
        self._plan(locked)

    # === DUE === #

    @api.model
    def _due_steps(self, now):
        """Return the ids of planned steps that are due soon, and have no activity yet."""
        self.env["crm.lead.followup"].flush_model(["due_on", "state", "activity_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_lead_followup WHERE state = 'planned' AND due_on <= %s"
                " AND activity_id IS NULL AND duty <> 'generate' ORDER BY due_on, id LIMIT %s",
                now + AHEAD,
                BATCH,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _hand_out(self, ids):
        """Have steps become activities: of who stands in, where the responsible is away.

        :param ids: of crm.lead.followup.
        """
        steps = self.env["crm.lead.followup"].browse(ids).try_lock_for_update()
        steps = steps.filtered(lambda step: step.lead_id.active)
        now = fields.Datetime.now()
        chains = self.env["crm.routing.pool"]._chains(steps.user_id.ids, now)
        for step in steps:
            step.acting_user_id = self._stand_in(chains.get(step.user_id.id, ()))
        activities.make(self.env, steps)

    @api.model
    def _stand_in(self, chain):
        """Return the id of who does a step in the place of somebody, or False.

        :param chain: the responsible, followed by his substitutes.
        """
        if not chain or not {"away", "leave"} & set(chain[0].blocked):
            return False
        able = (one for one in chain[1:] if not set(one.blocked) - {"paused"})
        return next((one.user_id for one in able), False)
