# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.discrimination import stability
from .crm_scorecard_rule import KINDS

# A review every so many days, of the leads of so many days.
REVIEW_DAYS = 30
# Fewer leads than this say nothing about shares.
LEAST_LEADS = 30
# From here on the shares of the grades have moved: population stability index.
LEAST_DRIFT = 0.2
# From here on discrimination has dropped.
LEAST_LOSS = 0.05


class CrmScorecard(models.Model):
    """The monthly look at what is live, and the figures of the strategy document."""

    _inherit = "crm.scorecard"

    review_date = fields.Date(
        string="Next Review",
        copy=False,
        help="On this day the figures of the last month are looked at. Where the grades have"
        " drifted, the scoring team gets an activity. Empty: no reviews.",
    )

    # === REVIEW === #

    @api.model
    def _cron_review(self):
        """Review the live scorecards whose day has come, and set the next day."""
        today = fields.Date.context_today(self)
        for scorecard in self.search(
            [("state", "=", "live"), ("review_date", "<=", today)]
        ):
            findings = scorecard._review(fields.Datetime.now())
            scorecard.review_date = today + timedelta(days=REVIEW_DAYS)
            if findings:
                scorecard._review_activity(findings)

    def _review(self, now):
        """Look at the last month of a live scorecard.

        :param datetime now: in UTC.
        :return: what the scoring team should know, in sentences; none where all is well.
        :rtype: list[str]
        """
        self.ensure_one()
        since = now - timedelta(days=REVIEW_DAYS)
        return [
            *self._review_shares(since),
            *self._review_rules(since),
            *self._review_results(since),
        ]

    def _review_shares(self, since):
        """Tell whether new leads spread over the grades as they did before.

        Compared by the population stability index, the sum over the grades of
        ``(new - old) * ln(new / old)`` of the shares.
        """
        before, after = self._first_grades("<", since), self._first_grades(">=", since)
        if min(sum(before.values()), sum(after.values())) < LEAST_LEADS:
            return []
        drift = stability(before, after)
        if drift < LEAST_DRIFT:
            return []
        return [
            self.env._(
                "New leads spread over the grades in another way than before (index %(drift).2f):"
                " %(new)s now, %(old)s before.",
                drift=drift,
                new=self._shares_text(after),
                old=self._shares_text(before),
            )
        ]

    def _review_rules(self, since):
        """Name the rules that matched none of the leads of the last month."""
        leads = self.env["crm.lead"].search(
            [("create_date", ">=", since), ("lead_grade", ">", 0)], limit=5000
        )
        if len(leads) < LEAST_LEADS:
            return []
        Rule = self.env["crm.scorecard.rule"]
        rows = [
            r for r in Rule._scorecard_rows(self.id) if r.values["measure"] == "facts"
        ]
        hits = set().union(*Rule._rule_match(leads, rows).values())
        idle = [row.name for row in rows if row.id not in hits]
        if not idle:
            return []
        return [self.env._("These rules matched no new lead: %s.", ", ".join(idle))]

    def _review_results(self, since):
        """Tell of buyers left in the red, and of discrimination that was lost."""
        found = []
        missed = self.env["crm.lead"].search(
            [
                ("won_status", "=", "won"),
                ("date_closed", ">=", since),
                ("lead_grade", "in", [1, 2]),
            ]
        )
        if missed:
            names = ", ".join(missed[:5].mapped("name"))
            found.append(
                self.env._(
                    "%(count)s leads were won with a grade of 1 or 2, among them: %(names)s.",
                    count=len(missed),
                    names=names,
                )
            )
        last = self._last_evaluation()
        now = self._evaluate([("create_date", ">=", since)])
        if last.is_conclusive and now.is_conclusive and now.auc < last.auc - LEAST_LOSS:
            found.append(
                self.env._(
                    "Discrimination has dropped from %(last).2f to %(now).2f.",
                    last=last.auc,
                    now=now.auc,
                )
            )
        return found

    def _review_activity(self, findings):
        """Tell the scoring team what was found, as an activity for each member."""
        users = self.user_ids.filtered("active") or self.create_uid
        for user in users:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Review the scorecard"),
                note="<br/>".join(findings),
                user_id=user.id,
            )

    # === FIGURES === #

    def _first_grades(self, operator, since):
        """Count the leads by the first grade that the scorecard gave them.

        :param str operator: "<" or ">=": before or since.
        :rtype: dict[int, int]
        """
        self.env["crm.lead.grade.log"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT to_grade, count(*) FROM crm_lead_grade_log WHERE scorecard_id = %s"
                    " AND from_grade = 0 AND create_date %s %s GROUP BY 1",
                    self.id,
                    SQL("<") if operator == "<" else SQL(">="),
                    since,
                )
            )
        )

    def _shares_text(self, counts):
        """Return shares in words, best grade first: "5: 10 %, 4: 20 % ..."."""
        total = sum(counts.values())
        return ", ".join(
            f"{grade}: {100 * counts.get(grade, 0) / total:.0f} %"
            for grade in range(5, 0, -1)
        )

    def _last_evaluation(self):
        """Return the last evaluation of the scorecard, empty if there is none."""
        self.ensure_one()
        # sudo: its figures, for whoever may read the scorecard.
        return self.sudo().evaluation_ids[:1]

    def _rules_by_kind(self):
        """Return the rules for the strategy document: ``label`` and ``rules`` of each kind.

        :rtype: list[dict]
        """
        self.ensure_one()
        labels = dict(
            self.env["crm.scorecard.rule"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        groups = self.rule_ids.grouped("kind")
        return [
            {"label": labels[kind], "rules": groups[kind]}
            for kind, _label in KINDS
            if kind in groups
        ]
