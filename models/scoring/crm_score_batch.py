# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import BULK

BATCH = 5000
# The last lead that a running pass over all open leads has scored; absent between two.
CURSOR = "crm_lead_management.score_cursor"


class CrmScoreEngine(models.AbstractModel):
    """Scoring of many leads, and by the clock.

    One cron does both. Where somebody asked for a pass over all open leads (a scorecard was
    published), it goes through them, 5,000 at a time, each batch committed together with
    the id that it reached: a pass that was killed goes on where it was. Else it looks after
    what time alone changes: only if a scorecard in use has rules that depend on time, or a
    grade that was set by hand has ended, and only at leads that are graded already.
    """

    _inherit = "crm.score.engine"

    @api.model
    def _score_open(self, now):
        """Score all open leads in batches; in a cron, commit each batch."""
        return self._score_domain(Domain.TRUE, now)

    @api.model
    def _score_domain(self, domain, now, cursor=None):
        """Score the open leads of a domain in batches, by ascending id.

        :param str cursor: name of the system parameter that remembers the position.
        :return: the number of leads that changed.
        """
        cron, in_cron = (
            self.env["ir.cron"],
            bool(self.env.context.get("ir_cron_progress_id")),
        )
        params = self.env["ir.config_parameter"].sudo()  # sudo: the pass's own position
        engine = self.with_context(**{BULK: True})
        # sudo: all leads of all companies, each with the scorecard of its own company.
        leads = engine.env["crm.lead"].sudo()
        domain &= Domain("won_status", "=", "pending")
        last, changed = int(params.get_param(cursor) or 0) if cursor else 0, 0
        if in_cron:
            remaining = leads.search_count(domain & Domain("id", ">", last))
            cron._commit_progress(remaining=remaining)
        while batch := leads.search(
            domain & Domain("id", ">", last), order="id", limit=BATCH
        ):
            changed += engine._score(batch, now)
            last, done = batch.ids[-1], len(batch)
            if cursor:
                params.set_param(cursor, str(last))
            self.env.invalidate_all()  # memory stays flat, however many leads there are
            if in_cron and not cron._commit_progress(done):
                return changed
        if cursor:
            params.search([("key", "=", cursor)]).unlink()
        return changed

    @api.model
    def _rescore_start(self):
        """Have all open leads scored in the background, as soon as possible.

        By the cron; where OCA's queue_job is installed, as jobs of 5,000 leads each that any
        number of workers and hosts share.
        """
        if hasattr(self, "with_delay"):
            self._rescore_enqueue()
            return
        self._rescore_rewind()
        # sudo: the cron is the system's; callers may write the scorecard that they publish.
        cron = self.env.ref("crm_lead_management.ir_cron_score").sudo()
        cron._trigger()

    @api.model
    def _rescore_rewind(self):
        """Begin the pass over all open leads at the first one.

        Of two who do so at the same moment the second one's transaction is tried again by
        Odoo; a plain set_param() would end in an error about a key that must be unique.
        """
        # sudo: the position of the pass is the system's.
        params = self.env["ir.config_parameter"].sudo()
        params.flush_model()
        self.env.cr.execute(
            SQL(
                "INSERT INTO ir_config_parameter"
                " (key, value, create_uid, create_date, write_uid, write_date)"
                " VALUES (%(key)s, '0', %(uid)s, %(now)s, %(uid)s, %(now)s)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value,"
                " write_uid = excluded.write_uid, write_date = excluded.write_date",
                key=CURSOR,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        params.invalidate_model(flush=False)
        self.env.registry.clear_cache("stable")

    @api.model
    def _rescore_enqueue(self):
        """Make jobs of 5,000 leads each; those that wait already are not made twice."""
        # sudo: all leads of all companies, each with the scorecard of its own company.
        ids = (
            self.env["crm.lead"]
            .sudo()
            .search([("won_status", "=", "pending")], order="id")
            .ids
        )
        for start in range(0, len(ids), BATCH):
            first, last = ids[start], ids[start : start + BATCH][-1]
            delayed = self.with_delay(
                description=self.env._(
                    "Grade leads %(first)s to %(last)s", first=first, last=last
                ),
                identity_key=f"{self._name},{first},{last}",
            )
            delayed._score_range(first, last)

    @api.model
    def _score_range(self, first, last):
        """Score the open leads from one id to another: the job of queue_job.

        :return: the number of leads that changed.
        :rtype: int
        """
        # sudo: see _rescore_enqueue().
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search(
                [
                    ("won_status", "=", "pending"),
                    ("id", ">=", first),
                    ("id", "<=", last),
                ]
            )
        )
        return self.with_context(**{BULK: True})._score(leads)

    @api.model
    def _rescore_remaining(self):
        """Return how many open leads the running pass still has to score, 0 if none runs.

        Counted in whole batches where the pass runs as jobs.
        """
        # sudo: positions and counts, for whoever may see scorecards.
        leads = self.env["crm.lead"].sudo()
        domain = Domain("won_status", "=", "pending")
        if "queue.job" in self.env:
            waiting = [
                ("model_name", "=", self._name),
                (
                    "state",
                    "in",
                    ["wait_dependencies", "pending", "enqueued", "started"],
                ),
            ]
            # sudo: see above.
            jobs = self.env["queue.job"].sudo().search_count(waiting)
            return min(jobs * BATCH, leads.search_count(domain)) if jobs else 0
        cursor = (
            self.env["ir.config_parameter"].sudo().get_param(CURSOR)
        )  # sudo: see above
        if cursor is False:
            return 0
        return leads.search_count(domain & Domain("id", ">", int(cursor)))

    @api.model
    def _cron_score(self):
        """Go on with a pass over all open leads, else do what time asks for."""
        now = fields.Datetime.now()
        # sudo: the position of the pass is a system parameter.
        if self.env["ir.config_parameter"].sudo().get_param(CURSOR) is not False:
            return self._score_domain(Domain.TRUE, now, cursor=CURSOR)
        return self._score_by_clock(now)

    @api.model
    def _score_by_clock(self, now):
        """Score the graded open leads whose points time alone may have changed.

        :param datetime now: in UTC.
        :return: the number of leads that changed.
        """
        ended = Domain("grade_manual", ">", 0) & Domain(
            "grade_manual_until", "<", now.date()
        )
        Rule = self.env["crm.scorecard.rule"]
        in_use = {setup.id for setup in self.env["crm.scorecard"]._setups_in_use()}
        if any(
            row.values["scorecard_id"] in in_use and Rule._rule_depends_on_time(row)
            for row in Rule._rule_rows()
        ):
            return self._score_domain(Domain("lead_grade", ">", 0), now)
        return self._score_domain(ended, now)
