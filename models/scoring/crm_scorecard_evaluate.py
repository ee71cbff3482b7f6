# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random

from odoo import fields, models

from ...tools.discrimination import auc, capture, curve, interval, possible
from ...tools.domains import first_fields
from ...tools.proportion import differ
from .crm_scorecard_suggest import LEAST_CLOSED, LEAST_OF_EACH, MOST_CLOSED

# The share of leads that a team can treat as its best.
BEST = 0.2
# Misplaced leads are listed by name up to here; all are counted.
MOST_LISTED = 200
# What a lead is born with.
NEVER_CHANGED = frozenset(("id", "create_date", "create_uid", "touchpoint_ids"))


class CrmScorecard(models.Model):
    _inherit = "crm.scorecard"

    evaluation_ids = fields.One2many(
        "crm.scorecard.evaluation", "scorecard_id", readonly=True
    )
    evaluation_count = fields.Integer(compute="_compute_evaluation_count")

    def _compute_evaluation_count(self):
        counts = dict(
            self.env["crm.scorecard.evaluation"]._read_group(
                [("scorecard_id", "in", self.ids)], ["scorecard_id"], ["__count"]
            )
            if self.env["crm.scorecard.evaluation"].has_access("read")
            else ()
        )
        for scorecard in self:
            scorecard.evaluation_count = counts.get(scorecard, 0)

    # === ACTION METHODS === #

    def action_evaluate(self):
        """Judge the scorecard by all closed leads that it is about, and open the result.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return self._evaluate([])._get_records_action()

    def action_open_evaluations(self):
        """Open the evaluations of the scorecard.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evaluations"),
            "res_model": "crm.scorecard.evaluation",
            "view_mode": "list,form",
            "domain": [("scorecard_id", "=", self.id)],
        }

    # === BUSINESS METHODS === #

    def _evaluate(self, domain):
        """Judge the scorecard by closed leads that it has not learned from.

        Each lead is scored as of its own close: events, ages and "today" up to then. Leads
        of which Odoo knows that a fact which a rule reads was changed afterwards are left
        out. Of more than MOST_CLOSED leads a sample is judged.

        :param domain: leads; the closed ones among them count that the scorecard is about,
            but for those that it was learned from.
        :return: the ``crm.scorecard.evaluation``. With too few closed leads it has no
            figures but a sentence in ``verdict``.
        """
        self.ensure_one()
        self.check_access("write")
        rows, notes = self._evaluate_then(*self._evaluate_rows(domain))
        n, n_won = len(rows), sum(row.won for row in rows)
        vals = {
            "scorecard_id": self.id,
            "name": self.name,
            "domain": repr(list(domain)),
            "n": n,
            "n_won": n_won,
            "base_rate": n_won / n if n else 0.0,
        }
        if n < LEAST_CLOSED or min(n_won, n - n_won) < LEAST_OF_EACH:
            vals["warning"] = self._evaluate_warning()
            vals["verdict"] = self._too_few(n, n_won)
        else:
            vals["warning"] = self._evaluate_warning(rows)
            vals.update(self._evaluate_figures(rows))
            vals["verdict"] = self._evaluate_verdict(vals)
        pilot = self._evaluate_pilot()
        vals["verdict"] = " ".join(filter(None, [vals["verdict"], *notes, pilot]))
        # sudo: evaluations are written here only, by whoever may change the scorecard.
        return self.env["crm.scorecard.evaluation"].sudo().create(vals).sudo(False)

    def _evaluate_rows(self, domain):
        """Return the closed leads to judge by, and notes on those that were left out."""
        seen, Facts = set(self.training_lead_ids or ()), self.env["crm.score.facts"]
        closed = Facts._closed(domain, self)
        rows = [row for row in closed if row.id not in seen]
        notes = []
        if len(rows) < len(closed):
            notes.append(
                self.env._(
                    "%s more were left out, because the rules were learned from them.",
                    len(closed) - len(rows),
                )
            )
        if len(rows) > MOST_CLOSED:
            notes.append(
                self.env._(
                    "Judged by %(n)s of %(all)s leads, drawn by chance.",
                    n=MOST_CLOSED,
                    all=len(rows),
                )
            )
            places = sorted(random.Random(1).sample(range(len(rows)), MOST_CLOSED))
            rows = [rows[place] for place in places]
        return rows, notes

    def _evaluate_then(self, rows, notes):
        """Leave out leads whose facts are known to have changed since they were closed.

        :return: the other rows, and the notes with what is not known.
        """
        Rule, Facts = self.env["crm.scorecard.rule"], self.env["crm.score.facts"]
        leads = self.env["crm.lead"]
        names = {
            name
            for row in Rule._scorecard_rows(self.id)
            for domain in Rule._rule_domains(row)
            for name in first_fields(domain)
            if name in leads._fields and name not in NEVER_CHANGED
        }
        ids = [row.id for row in rows]
        changed = Facts._changed_since(ids, names)
        if changed:
            rows = [row for row in rows if row.id not in changed]
            notes = [
                *notes,
                self.env._(
                    "%s were left out, because facts that the rules read were changed after"
                    " the leads had been closed.",
                    len(changed),
                ),
            ]
        unknown = [
            leads._fields[name]._description_string(self.env)
            for name in sorted(names)
            if not getattr(leads._fields[name], "tracking", None)
        ]
        written = Facts._written_since([row.id for row in rows]) if unknown else 0
        if written:
            notes = [
                *notes,
                self.env._(
                    "%(n)s were saved again after their close, and Odoo keeps no history of"
                    " these facts, so they count as they are today: %(facts)s.",
                    n=written,
                    facts=", ".join(unknown),
                ),
            ]
        return rows, notes

    # === FIGURES === #

    def _evaluate_figures(self, rows):
        """Return the figures of an evaluation, as values of the record."""
        # Without prefetching: no lead is read.
        leads = self.env["crm.lead"].browse([row.id for row in rows])
        won = [row.won for row in rows]
        by_lead = self.env["crm.score.engine"]._points(leads, self)
        points = [by_lead[row.id] for row in rows]
        gains = [1 if outcome else 0 for outcome in won]
        currency = (self.company_id or self.env.company).currency_id
        revenue = self.env["crm.score.facts"]._revenues(rows, currency)
        area, error = auc(points, won)
        low, high = interval(area, error, sum(gains), len(gains) - sum(gains))
        odoo = self._evaluate_odoo(leads, won)
        live = self._evaluate_live(leads)
        best = capture(points, gains, BEST)
        curves = {
            "scorecard": curve(points, gains),
            "odoo": curve(odoo, gains),
            "live": curve(live, gains) if live else [],
            "base_rate": sum(gains) / len(gains),
        }
        grades = [self._grade_of(number) for number in points]
        by_grade = self._evaluate_grades(grades, gains)
        return {
            "is_conclusive": True,
            "auc": area,
            "auc_low": low,
            "auc_high": high,
            "auc_odoo": auc(odoo, won)[0],
            "auc_live": auc(live, won)[0] if live else 0.0,
            "capture": best,
            "lift": best / BEST,
            "capture_possible": possible(gains, BEST),
            "capture_revenue": capture(points, revenue, BEST),
            "calibration_error": self._evaluate_drift(grades, gains),
            "curve": curves,
            "grade_ids": [fields.Command.create(row) for row in by_grade],
            **self._evaluate_misplaced(leads, points, grades, won),
        }

    def _evaluate_drift(self, grades, gains):
        """Return by how much the won rates of grades moved, as far as it is no chance.

        A grade that has leads in one half only tells nothing.
        """
        half, drift = len(grades) // 2, 0.0
        for grade in set(grades):
            parts = [
                [gains[p] for p in range(len(grades)) if grades[p] == grade and test(p)]
                for test in (lambda place: place < half, lambda place: place >= half)
            ]
            if all(parts) and differ(
                *(n for part in parts for n in (sum(part), len(part)))
            ):
                older, newer = (sum(part) / len(part) for part in parts)
                drift += abs(newer - older) * sum(map(len, parts)) / len(grades)
        return drift

    def _grade_of(self, points):
        """Return the grade that a number of points makes."""
        return next(
            (
                row.grade
                for row in self.grade_ids.sorted("grade", reverse=True)
                if row.grade > 1 and points >= row.threshold
            ),
            1,
        )

    def _evaluate_grades(self, grades, gains):
        """Return one row of figures for each grade; leads are in the order of creation."""
        rows, half = [], len(grades) // 2

        def rate(members):
            return (
                sum(gains[place] for place in members) / len(members)
                if members
                else 0.0
            )

        for grade in range(5, 0, -1):
            members = [place for place, found in enumerate(grades) if found == grade]
            rows.append(
                {
                    "grade": grade,
                    "n": len(members),
                    "share": len(members) / len(grades),
                    "n_won": sum(gains[place] for place in members),
                    "won_rate": rate(members),
                    "lift": rate(members) * len(gains) / sum(gains),
                    "capture": sum(gains[place] for place in members) / sum(gains),
                    "rate_older": rate([place for place in members if place < half]),
                    "rate_newer": rate([place for place in members if place >= half]),
                }
            )
        return rows

    def _evaluate_misplaced(self, leads, points, grades, won):
        """Return the buyers left in the red and the effort wasted, the worst by name."""
        missed = [p for p, g in enumerate(grades) if won[p] and g <= 2]
        wasted = [p for p, g in enumerate(grades) if not won[p] and g >= 4]
        missed.sort(key=lambda place: points[place])
        wasted.sort(key=lambda place: -points[place])
        return {
            "n_missed": len(missed),
            "missed_lead_ids": [leads.ids[place] for place in missed[:MOST_LISTED]],
            "n_wasted": len(wasted),
            "wasted_lead_ids": [leads.ids[place] for place in wasted[:MOST_LISTED]],
        }

    # === WORDS === #

    def _evaluate_warning(self, rows=()):
        """Name the rules that tell the outcome, or return False.

        They read what is known only after it, along their whole path; or their leads were
        won, or lost, nearly all.

        :param rows: Closed tuples to look at.
        """
        Leaks = self.env["crm.score.leaks"]
        lines = []
        reading = Leaks._reading(self)
        if reading:
            lines.append(
                self.env._(
                    "These rules read what is known only once a lead is closed, so the"
                    " figures are too good to be true: %s.",
                    ", ".join(reading),
                )
            )
        telling = [name for name in Leaks._telling(self, rows) if name not in reading]
        if telling:
            lines.append(
                self.env._(
                    "The leads of these rules were won, or lost, nearly all: look whether"
                    " what they read was known before the outcome: %s.",
                    ", ".join(telling),
                )
            )
        return " ".join(lines) or False

    def _evaluate_verdict(self, vals):
        """Return what the figures say, in a few sentences."""
        lines = []
        if vals["auc_low"] <= 0.5:
            lines.append(
                self.env._(
                    "On these leads the scorecard does no better than chance would."
                )
            )
        else:
            lines.append(
                self.env._(
                    "A won lead has more points than a lost one in %(auc).0f of 100 pairs"
                    " (%(low).0f to %(high).0f).",
                    auc=100 * vals["auc"],
                    low=100 * vals["auc_low"],
                    high=100 * vals["auc_high"],
                )
            )
        lines.append(
            self.env._(
                "The best 20 %% of the leads hold %(capture).0f %% of the wins; %(most).0f %% were"
                " possible.",
                capture=100 * vals["capture"],
                most=100 * vals["capture_possible"],
            )
        )
        lines.append(
            self.env._(
                "%(missed)s won leads had a grade of 1 or 2, %(wasted)s lost ones 4 or 5.",
                missed=vals["n_missed"],
                wasted=vals["n_wasted"],
            )
        )
        lines.append(self._evaluate_beside_odoo(vals))
        return " ".join(filter(None, lines))

    def _evaluate_beside_odoo(self, vals):
        """Say so where Odoo's own probability tells more than the scorecard."""
        if vals["auc_odoo"] <= max(vals["auc"], 0.5):
            return ""
        return self.env._(
            "Odoo's own probability tells more: %.0f of 100 pairs.",
            100 * vals["auc_odoo"],
        )

    def _evaluate_pilot(self):
        """Say whether a pilot's leads are won more often than the others of its time.

        :return: a sentence, or nothing where it is no pilot, or has graded no leads.
        """
        if self.state != "pilot":
            return ""
        Engine, Facts = self.env["crm.score.engine"], self.env["crm.score.facts"]
        # sudo: the first grade that the pilot gave, whoever may see the lead.
        Log, mine = (
            self.env["crm.lead.grade.log"].sudo(),
            [("scorecard_id", "=", self.id)],
        )
        first = Log.search(mine, order="create_date, id", limit=1).create_date
        if not first:
            return ""
        domain = [("create_date", ">=", first)]
        theirs = Facts._closed(domain, self)
        ids = {row.id for row in theirs}
        # The same leads, but for those of the pilot: of the company that it is for.
        everybody = Engine._setup_of(self)._replace(state="live")
        others = [row for row in Facts._closed(domain, everybody) if row.id not in ids]
        counts = [
            n
            for rows in (theirs, others)
            for n in (sum(r.won for r in rows), len(rows))
        ]
        if not counts[1] or not counts[3]:
            return ""
        return self._evaluate_groups(*counts)

    def _evaluate_groups(self, won, n, other_won, m):
        """Say how often the leads of a pilot were won, and the others."""
        text = (
            self.env._(
                "Since the pilot began, %(own).0f %% of its %(n)s closed leads were won, of the"
                " %(m)s others %(other).0f %%: more than chance."
            )
            if differ(won, n, other_won, m)
            else self.env._(
                "Since the pilot began, %(own).0f %% of its %(n)s closed leads were won, of the"
                " %(m)s others %(other).0f %%: that may be chance."
            )
        )
        return text % {
            "own": 100 * won / n,
            "n": n,
            "other": 100 * other_won / m,
            "m": m,
        }
