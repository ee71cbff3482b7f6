# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..common.guarded import guarded
from .crm_followup_policy import GIVEN_UP
from .running import entering


class CrmNurtureEngine(models.AbstractModel):
    """What the clock does: see ``crm.nurture.engine``."""

    _inherit = "crm.nurture.engine"

    @api.model
    def _cron_enter(self):
        """Have the leads enter that the rules of live tracks match.

        A batch is one transaction; a run that is killed goes on where it was, since who
        entered is no candidate any more.
        """
        # sudo: rules count for all leads, whoever may see them.
        self = self.with_user(SUPERUSER_ID)
        for row in self.env["crm.nurture.track"]._rule_rows():
            if row.values["entry"] != "rule" or row.values["state"] != "live":
                continue
            track = self.env["crm.nurture.track"].browse(row.id)
            after = 0
            while ids := entering.candidates(self.env, row, after):
                after = ids[-1]
                with guarded(self.env, "Leads %s enter track %s", ids[:1], row.id):
                    self._enter(ids, track, fields.Datetime.now(), by_rule=True)
                left = len(ids) == entering.BATCH
                if not self.env["ir.cron"]._commit_progress(
                    len(ids), remaining=int(left)
                ):
                    return
                if not left:
                    break

        self._enter_the_unreached()

    @api.model
    def _enter_the_unreached(self):
        """Have the leads enter that follow-up policies have given up to reach."""
        Policy = self.env["crm.followup.policy"]
        for policy_id, track_id in Policy._tracks_of_the_unreached():
            track = self.env["crm.nurture.track"].browse(track_id)
            self.env["crm.lead.followup"].flush_model()
            after = 0
            while rows := self.env.execute_query(
                SQL(GIVEN_UP, policy_id, after, track_id, entering.BATCH)
            ):
                ids = [lead_id for (lead_id,) in rows]
                after = ids[-1]
                with guarded(self.env, "Leads %s enter track %s", ids[:1], track_id):
                    self._enter(ids, track, fields.Datetime.now(), by_rule=True)
                if not self.env["ir.cron"]._commit_progress(len(ids)):
                    return

    @api.model
    def _cron_run(self):
        """Note what became of what was sent, then do the steps that are due.

        They go by the queue of all that goes by itself.
        """
        self.env["crm.message.queue"]._cron_run()
