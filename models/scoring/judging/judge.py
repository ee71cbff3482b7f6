# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random

from odoo import fields

from ....tools.discrimination import auc, capture, curve, interval, possible
from ....tools.proportion import differ
from ..learning.closed import ClosedLeads
from ..learning.learner import LEAST_CLOSED, LEAST_OF_EACH, MOST_CLOSED, too_few
from . import rivals
from .verdict import Verdict

# The share of leads that a team can treat as its best.
BEST = 0.2
# Misplaced leads are listed by name up to here; all are counted.
MOST_LISTED = 200


class Judge:
    """Judges a scorecard by closed leads that it has not learned from.

    Each lead is scored as of its own close: events, ages and "today" up to then. Leads
    of which Odoo knows that a fact which a rule reads was changed afterwards are left
    out. Of more than MOST_CLOSED leads a sample is judged.

    :param card: one crm.scorecard, of any state.
    """

    def __init__(self, card):
        card.ensure_one()
        self.env, self.card = card.env, card
        self.closed = ClosedLeads(card.env)

    def judge(self, domain):
        """Judge the scorecard by closed leads that it has not learned from.

        :param domain: leads; the closed ones among them count that the scorecard is about,
            but for those that it was learned from.
        :return: the ``crm.scorecard.evaluation``. With too few closed leads it has no
            figures but a sentence in ``verdict``.
        """
        self.card.check_access("write")
        rows, notes = self._then(*self._rows(domain))
        n, n_won = len(rows), sum(row.won for row in rows)
        vals = {
            "scorecard_id": self.card.id,
            "name": self.card.name,
            "domain": repr(list(domain)),
            "n": n,
            "n_won": n_won,
            "base_rate": n_won / n if n else 0.0,
        }
        is_enough = n >= LEAST_CLOSED and min(n_won, n - n_won) >= LEAST_OF_EACH
        if is_enough:
            vals.update(self._figures(rows))
        verdict = Verdict(self.card)
        leaking = verdict.leaking(rows if is_enough else ())
        pilot = verdict.pilot_counts()

        def words(lang):
            said = Verdict(self.card.with_context(lang=lang))
            env = said.env
            text = said.text(vals) if is_enough else too_few(env, n, n_won)
            told = [*(note(env) for note in notes), *self._newer(rows, env)]
            return {
                "warning": said.warning(*leaking),
                "verdict": " ".join(filter(None, [text, *told, said.pilot(pilot)])),
            }

        # sudo: evaluations are written here only, by whoever may change the scorecard.
        made = self.env["crm.scorecard.evaluation"].sudo()
        made = made.create({**vals, **words(self.env.lang)})
        # Whoever reads it reads it in his language.
        for code, _name in self.env["res.lang"].get_installed():
            if code != self.env.lang:
                made.with_context(lang=code).write(words(code))
        return made.sudo(False)

    def _newer(self, rows, env):
        """Return what of these leads may be newer than their close, in words of a language."""
        ids = [row.id for row in rows]
        return ClosedLeads(env).newer(ids, self.card.with_env(env))

    def _rows(self, domain):
        """Return the closed leads to judge by, and notes on those that were left out.

        A note is called with the environment in whose language it speaks.
        """
        seen = set(self.card.training_lead_ids or ())
        closed = self.closed.find(domain, self.card)
        rows = [row for row in closed if row.id not in seen]
        notes = []
        if len(rows) < len(closed):
            count = len(closed) - len(rows)
            notes.append(
                lambda env: env._(
                    "%s more were left out, because the rules were learned from them.",
                    count,
                )
            )
        if len(rows) > MOST_CLOSED:
            total = len(rows)
            notes.append(
                lambda env: env._(
                    "Judged by %(n)s of %(all)s leads, drawn by chance.",
                    n=MOST_CLOSED,
                    all=total,
                )
            )
            places = sorted(random.Random(1).sample(range(len(rows)), MOST_CLOSED))
            rows = [rows[place] for place in places]
        return rows, notes

    def _then(self, rows, notes):
        """Leave out leads whose facts are known to have changed since they were closed.

        :return: the other rows, and the notes with one on those.
        """
        names = self.closed.read_by(self.card)
        ids = [row.id for row in rows]
        changed = self.closed.changed_since(ids, names)
        if changed:
            rows = [row for row in rows if row.id not in changed]
            notes = [
                *notes,
                lambda env: env._(
                    "%s were left out, because facts that the rules read were changed after"
                    " the leads had been closed.",
                    len(changed),
                ),
            ]
        return rows, notes

    # === FIGURES === #

    def _figures(self, rows):
        """Return the figures of an evaluation, as values of the record."""
        # Without prefetching: no lead is read.
        leads = self.env["crm.lead"].browse([row.id for row in rows])
        won = [row.won for row in rows]
        by_lead = self.env["crm.score.engine"]._points(leads, self.card)
        points = [by_lead[row.id] for row in rows]
        gains = [1 if outcome else 0 for outcome in won]
        currency = (self.card.company_id or self.env.company).currency_id
        revenue = self.closed.revenues(rows, currency)
        area, error = auc(points, won)
        low, high = interval(area, error, sum(gains), len(gains) - sum(gains))
        odoo = rivals.odoo(leads, won)
        live = rivals.live(self.card, leads)
        best = capture(points, gains, BEST)
        curves = {
            "scorecard": curve(points, gains),
            "odoo": curve(odoo, gains),
            "live": curve(live, gains) if live else [],
            "base_rate": sum(gains) / len(gains),
        }
        grades = [self.card._grade_of(number) for number in points]
        by_grade = self._by_grade(grades, gains)
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
            "calibration_error": self._drift(grades, gains),
            "curve": curves,
            "grade_ids": [fields.Command.create(row) for row in by_grade],
            **self._misplaced(leads, points, grades, won),
        }

    def _drift(self, grades, gains):
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

    def _by_grade(self, grades, gains):
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

    def _misplaced(self, leads, points, grades, won):
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
