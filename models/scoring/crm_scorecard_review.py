# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from math import hypot

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.bands import exceeded
from ...tools.discrimination import stability
from ..common.guarded import guarded
from .crm_scorecard_rule import KINDS

# A review every so many days, of the leads of so many days.
REVIEW_DAYS = 30
# Fewer leads than this say nothing about shares.
LEAST_LEADS = 30
# From here on the shares of the grades have moved: population stability index.
LEAST_DRIFT = 0.2
# Chance moves shares that much in one of so many months in which nothing drifted.
CHANCE = 0.01
# From here on discrimination has dropped, where it is more than chance, too.
LEAST_LOSS = 0.05
# New leads are compared with those of the first days after the scorecard was published.
FIRST_DAYS = 90


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
            # sudo: a cron; of other companies' leads none is looked at, see _about_sql().
            with guarded(self.env, "The review of scorecard %s failed", scorecard.id):
                findings = scorecard._review(fields.Datetime.now())
                if findings:
                    scorecard._review_activity(findings)
            scorecard.review_date = today + timedelta(days=REVIEW_DAYS)

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
        ``(new - old) * ln(new / old)`` of the shares. Of few leads chance alone makes a big
        one: times ``n * m / (n + m)`` it is as a chi square, one degree of freedom less than
        there are grades.
        """
        before, after = self._first_grades("<", since), self._first_grades(">=", since)
        if min(sum(before.values()), sum(after.values())) < LEAST_LEADS:
            return []
        drift = stability(before, after)
        if drift < LEAST_DRIFT or self._is_chance(drift, before, after):
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

    @api.model
    def _is_chance(self, drift, before, after):
        """Tell whether chance alone may have moved shares that much."""
        n, m = sum(before.values()), sum(after.values())
        grades = len(before.keys() | after.keys())
        return exceeded(drift * n * m / (n + m), max(grades - 1, 1)) > CHANCE

    def _own_leads(self, domain, limit=None):
        """Return the leads of a domain that the scorecard is about, the latest first."""
        leads, Engine = self.env["crm.lead"], self.env["crm.score.engine"]
        query = leads._search(domain, order="id desc", limit=limit)
        query.add_where(Engine._about_sql(Engine._setup_of(self), query))
        return leads.browse(query)

    def _review_rules(self, since):
        """Name the rules that matched none of the leads of the last month."""
        leads = self._own_leads(
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
        won = self._own_leads(
            [("won_status", "=", "won"), ("date_closed", ">=", since)], limit=5000
        )
        points = self.env["crm.score.engine"]._points(won, self)
        missed = won.filtered(lambda lead: self._grade_of(points[lead.id]) <= 2)
        if missed:
            names = ", ".join(missed[:5].mapped("name"))
            found.append(
                self.env._(
                    "%(count)s leads were won with a grade of 1 or 2, among them: %(names)s.",
                    count=len(missed),
                    names=names,
                )
            )
        first = self._first_evaluation()
        now = self._evaluate([("create_date", ">=", since)])
        if first and now.is_conclusive and self._has_dropped(first, now):
            found.append(
                self.env._(
                    "Discrimination has dropped from %(last).2f to %(now).2f.",
                    last=first.auc,
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
                # Leads, rules and their names are written by others: texts, no HTML.
                note=Markup("<br/>").join(findings),
                user_id=user.id,
            )

    # === FIGURES === #

    def _first_grades(self, operator, since):
        """Count the leads by the first grade that the scorecard gave them.

        :param str operator: "<" or ">=": before or since.
        :rtype: dict[int, int]
        """
        self.env["crm.lead.grade.log"].flush_model()
        if operator == "<" and self.live_from:
            since = min(since, self.live_from + timedelta(days=FIRST_DAYS))
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

    def _first_evaluation(self):
        """Return what the scorecard was judged to be when it was published.

        :return: the last evaluation with figures up to that day, else the first one after it.
        """
        self.ensure_one()
        # sudo: see above.
        found = self.sudo().evaluation_ids.filtered("is_conclusive").sorted("id")
        published = self.live_from or fields.Datetime.now()
        before = found.filtered(lambda row: row.create_date <= published)
        return before[-1:] or found[:1]

    @api.model
    def _has_dropped(self, first, now):
        """Tell whether discrimination is worse than it was, by more than chance."""
        errors = [(row.auc_high - row.auc_low) / 3.92 for row in (first, now)]
        least = max(LEAST_LOSS, 1.96 * hypot(*errors))
        return now.auc < first.auc - least

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
