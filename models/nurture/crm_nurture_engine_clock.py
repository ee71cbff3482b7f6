# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..common.guarded import guarded
from .running import entering, settling
from .running.runner import Runner

# Enrollments per transaction.
BATCH = 200
# Two workers may meet at a row: the batch is done once more.
TRIES = 5
DUE = """
    SELECT one.id FROM crm_nurture_enrollment AS one
      JOIN crm_nurture_track AS track ON track.id = one.track_id
     WHERE one.state IN ('active', 'paused') AND one.next_on <= %(now)s AND one.id > %(after)s
       AND track.state = 'live' AND track.active
  ORDER BY one.id LIMIT %(limit)s FOR UPDATE OF one SKIP LOCKED
"""


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

    @api.model
    def _cron_run(self):
        """Note what became of what was sent, then do the steps that are due."""
        # sudo: it is the system that sends: that makes it no human contact.
        self = self.with_user(SUPERUSER_ID)
        for work in (self._settle_batch, self._run_batch):
            after = 0
            while after is not None:
                after, count, left = self._once_more(work, after)
                if not count:
                    break
                if not self.env["ir.cron"]._commit_progress(count, remaining=int(left)):
                    return

    @api.model
    def _once_more(self, work, after):
        """Do a batch; where another transaction came in between, do it once more."""
        for attempt in range(TRIES):
            try:
                result = work(after)
                self.env.flush_all()
                return result
            except psycopg2.OperationalError:
                if attempt == TRIES - 1:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
        return None

    @api.model
    def _settle_batch(self, after):
        now = fields.Datetime.now()
        found = settling.find(self.env, now, after)
        settling.settle(self.env, found, now)
        left = len(found) == settling.BATCH
        return (found[-1][0] if left else None), len(found), left

    @api.model
    def _run_batch(self, after):
        now = fields.Datetime.now()
        self.env["crm.nurture.enrollment"].flush_model()
        rows = self.env.execute_query(SQL(DUE, now=now, after=after, limit=BATCH))
        ids = [one_id for (one_id,) in rows]
        if ids:
            # What another worker has committed by now counts.
            self.env.invalidate_all()
            Runner(self.env, now).run(self.env["crm.nurture.enrollment"].browse(ids))
        left = len(ids) == BATCH
        return (ids[-1] if left else None), len(ids), left
