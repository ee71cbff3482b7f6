# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain

from ..common.batch.lead_pass import LeadPass
from ..common.context import BULK

BATCH = 5000
# The last lead that a running pass over all open leads has scored; absent between two.
CURSOR = "crm_lead_management.score_cursor"


class CrmScoreEngine(models.AbstractModel):
    """Scoring of many leads, and by the clock.

    One cron does both. Where somebody asked for a pass over all open leads (a scorecard was
    published), it goes through them, 5,000 at a time: see ``LeadPass``. Else it looks after
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
        # sudo: all leads of all companies, each with the scorecard of its own company.
        env = self.sudo().env
        leads_pass = LeadPass(
            env,
            domain & Domain("won_status", "=", "pending"),
            lambda leads: self._score_many(leads, now),
            cursor=cursor,
            size=BATCH,
            commit=bool(self.env.context.get("ir_cron_progress_id")),
        )
        leads_pass.run()
        return leads_pass.result

    @api.model
    def _score_many(self, leads, now):
        """Score a batch of leads as a pass over many does.

        :return: the number of leads that changed.
        """
        leads = leads.with_context(**BULK.on())
        return leads.env[self._name]._score(leads, now)

    @api.model
    def _rescore_start(self):
        """Have all open leads scored in the background, as soon as possible.

        By the cron; where OCA's queue_job is installed, as jobs of 5,000 leads each that any
        number of workers and hosts share.
        """
        if hasattr(self, "with_delay"):
            self._rescore_enqueue()
            return
        LeadPass.begin(self.env, CURSOR)
        # sudo: the cron is the system's; callers may write the scorecard that they publish.
        cron = self.env.ref("crm_lead_management.ir_cron_score").sudo()
        cron._trigger()

    @api.model
    def _rescore_edited(self, scorecards):
        """Have open leads scored again where scorecards that are in use have changed.

        Once for all changes of a transaction: a pass that has not begun yet will see them.
        """
        if not scorecards.filtered(
            lambda card: card.state in ("live", "pilot", "shadow")
        ):
            return
        if hasattr(self, "with_delay") or LeadPass.position(self.env, CURSOR) != 0:
            self._rescore_start()

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
        return self._score_many(leads, fields.Datetime.now())

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
        return LeadPass.remaining(leads.env, domain, CURSOR)

    @api.model
    def _cron_score(self):
        """Go on with a pass over all open leads, else do what time asks for."""
        now = fields.Datetime.now()
        if LeadPass.position(self.env, CURSOR) is not None:
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
