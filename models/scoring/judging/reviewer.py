# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from math import hypot

from markupsafe import Markup

from odoo.tools import SQL

from ....tools.bands import exceeded
from ....tools.discrimination import stability
from ....tools.proportion import differ
from ..grading.scope import Scope
from ..learning.closed import ClosedLeads

# A review looks at the leads of so many days.
REVIEW_DAYS = 30
# Fewer leads than this say nothing about shares.
LEAST_LEADS = 30
# From here on the shares of the grades have moved: population stability index.
LEAST_DRIFT = 0.2
# Chance moves shares that much in one of so many months in which nothing drifted.
CHANCE = 0.01
# So many standard errors chance alone passes in one of 200 reviews.
Z_CHANCE = 2.576
# From here on discrimination has dropped, where it is more than chance, too.
LEAST_LOSS = 0.05
# New leads are compared with those of the first days after the scorecard was published.
FIRST_DAYS = 90


class Reviewer:
    """The monthly look at a scorecard that is live.

    :param card: one crm.scorecard.
    """

    def __init__(self, card):
        card.ensure_one()
        self.env, self.card = card.env, card

    def review(self, now):
        """Look at the last month of a live scorecard.

        :param datetime now: in UTC.
        :return: what the scoring team should know, in sentences; none where all is well.
        :rtype: list[str]
        """
        since = now - timedelta(days=REVIEW_DAYS)
        return [
            *self._shares(since),
            *self._rules(since),
            *self._results(since),
        ]

    def tell(self, findings):
        """Tell the scoring team what was found, as an activity for each member."""
        users = self.card.user_ids.filtered("active") or self.card.create_uid
        for user in users:
            self.card.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Review the scorecard"),
                # Leads, rules and their names are written by others: texts, no HTML.
                note=Markup("<br/>").join(findings),
                user_id=user.id,
            )

    def _shares(self, since):
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
        if drift < LEAST_DRIFT or is_chance(drift, before, after):
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

    def _own_leads(self, domain, limit=None):
        """Return the leads of a domain that the scorecard is about, the latest first.

        Lost ones, too, which Odoo archives.
        """
        leads, engine = self.env["crm.lead"], self.env["crm.score.engine"]
        leads = leads.with_context(active_test=False)
        query = leads._search(domain, order="id desc", limit=limit)
        query.add_where(Scope(self.env).about_sql(engine._setup_of(self.card), query))
        return leads.browse(query)

    def _rules(self, since):
        """Name the rules that matched none of the leads of the last month."""
        leads = self._own_leads(
            [("create_date", ">=", since), ("lead_grade", ">", 0)], limit=5000
        )
        if len(leads) < LEAST_LEADS:
            return []
        Rule = self.env["crm.scorecard.rule"]
        rows = [
            r
            for r in Rule._scorecard_rows(self.card.id)
            if r.values["measure"] == "facts"
        ]
        hits = set().union(*Rule._rule_match(leads, rows).values())
        idle = [row.name for row in rows if row.id not in hits]
        if not idle:
            return []
        return [self.env._("These rules matched no new lead: %s.", ", ".join(idle))]

    def _results(self, since):
        """Tell of buyers left in the red, and of discrimination that was lost."""
        found = []
        won = self._own_leads(
            [("won_status", "=", "won"), ("date_closed", ">=", since)], limit=5000
        )
        points = self.env["crm.score.engine"]._points(won, self.card)
        missed = won.filtered(lambda lead: self.card._grade_of(points[lead.id]) <= 2)
        first = self.card._first_evaluation()
        if missed and self._are_more(missed, won, first):
            names = ", ".join(missed[:5].mapped("name"))
            found.append(
                self.env._(
                    "%(count)s leads were won with a grade of 1 or 2, among them: %(names)s.",
                    count=len(missed),
                    names=names,
                )
            )
        now = self.card._evaluate([("create_date", ">=", since)])
        if first and now.is_conclusive and has_dropped(first, now):
            found.append(
                self.env._(
                    "Discrimination has dropped from %(last).2f to %(now).2f.",
                    last=first.auc,
                    now=now.auc,
                )
            )
        # What these figures rest on may be newer than the close.
        return found and [
            *found,
            *ClosedLeads(self.env).newer(won.ids, self.card, True),
        ]

    # === FIGURES === #

    def _first_grades(self, operator, since):
        """Count the leads by the first grade that the scorecard gave them.

        :param str operator: "<" or ">=": before or since.
        :rtype: dict[int, int]
        """
        self.env["crm.lead.grade.log"].flush_model()
        if operator == "<" and self.card.live_from:
            since = min(since, self.card.live_from + timedelta(days=FIRST_DAYS))
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT to_grade, count(*) FROM crm_lead_grade_log WHERE scorecard_id = %s"
                    " AND from_grade = 0 AND create_date %s %s GROUP BY 1",
                    self.card.id,
                    SQL("<") if operator == "<" else SQL(">="),
                    since,
                )
            )
        )

    def _are_more(self, missed, won, first):
        """Tell whether more buyers were left in the red than on the day of publishing.

        :param first: the evaluation of then; without one each counts.
        """
        if not first.is_conclusive:
            return True
        share, before = len(missed) / len(won), first.n_missed / first.n_won
        return share > before and differ(
            len(missed), len(won), first.n_missed, first.n_won, Z_CHANCE
        )

    def _shares_text(self, counts):
        """Return shares in words, best grade first: "5: 10 %, 4: 20 % ..."."""
        total = sum(counts.values())
        return ", ".join(
            f"{grade}: {100 * counts.get(grade, 0) / total:.0f} %"
            for grade in range(5, 0, -1)
        )


def is_chance(drift, before, after):
    """Tell whether chance alone may have moved shares that much."""
    n, m = sum(before.values()), sum(after.values())
    grades = len(before.keys() | after.keys())
    return exceeded(drift * n * m / (n + m), max(grades - 1, 1)) > CHANCE


def has_dropped(first, now):
    """Tell whether discrimination is worse than it was, by more than chance."""
    errors = [(row.auc_high - row.auc_low) / 3.92 for row in (first, now)]
    least = max(LEAST_LOSS, Z_CHANCE * hypot(*errors))
    return now.auc < first.auc - least
