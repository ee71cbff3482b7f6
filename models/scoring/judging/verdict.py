# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from ....tools.experiment import LEVEL, compare
from ..learning.closed import ClosedLeads
from ..learning.leaks import Leaks


class Verdict:
    """What the figures of an evaluation say, in a few sentences.

    :param card: one crm.scorecard.
    """

    def __init__(self, card):
        self.env, self.card = card.env, card

    def text(self, vals):
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
        lines.append(self._beside_odoo(vals))
        return " ".join(filter(None, lines))

    def _beside_odoo(self, vals):
        """Say so where Odoo's own probability tells more than the scorecard."""
        if vals["auc_odoo"] <= max(vals["auc"], 0.5):
            return ""
        return self.env._(
            "Odoo's own probability tells more: %.0f of 100 pairs.",
            100 * vals["auc_odoo"],
        )

    def leaking(self, rows=()):
        """Return the names of the rules that tell the outcome.

        They read what is known only after it, along their whole path; or their leads were
        won, or lost, nearly all.

        :param rows: Closed tuples to look at.
        :rtype: tuple[list[str], list[str]]
        """
        leaks = Leaks(self.env)
        reading = leaks.reading(self.card)
        telling = leaks.telling(self.card, rows)
        return reading, [name for name in telling if name not in reading]

    def warning(self, reading, telling):
        """Say which rules tell the outcome: see :meth:`leaking`; False where none does."""
        lines = []
        if reading:
            lines.append(
                self.env._(
                    "These rules read what is known only once a lead is closed, so the"
                    " figures are too good to be true: %s.",
                    ", ".join(reading),
                )
            )
        if telling:
            lines.append(
                self.env._(
                    "The leads of these rules were won, or lost, nearly all: look whether"
                    " what they read was known before the outcome: %s.",
                    ", ".join(telling),
                )
            )
        return " ".join(lines) or False

    def pilot_counts(self):
        """Return how many of a pilot's closed leads were won, and of the others of its time.

        :return: won and all of its own, won and all of the others; None where it is no
            pilot, or there are no such leads.
        """
        if self.card.state != "pilot":
            return None
        engine, closed = self.env["crm.score.engine"], ClosedLeads(self.env)
        # sudo: the first grade that the pilot gave, whoever may see the lead.
        Log, mine = (
            self.env["crm.lead.grade.log"].sudo(),
            [("scorecard_id", "=", self.card.id)],
        )
        first = Log.search(mine, order="create_date, id", limit=1).create_date
        if not first:
            return None
        domain = [("create_date", ">=", first)]
        theirs = closed.find(domain, self.card)
        ids = {row.id for row in theirs}
        # The same leads, but for those of the pilot: of the company that it is for.
        everybody = engine._setup_of(self.card)._replace(state="live")
        others = [row for row in closed.find(domain, everybody) if row.id not in ids]
        counts = [
            n
            for rows in (theirs, others)
            for n in (sum(r.won for r in rows), len(rows))
        ]
        return counts if counts[1] and counts[3] else None

    def pilot(self, counts):
        """Say whether a pilot's leads are won more often than the others.

        :param counts: of :meth:`pilot_counts`; nothing is said without them.
        """
        if not counts:
            return ""
        said = [self._groups(*counts)]
        if self.card.pilot_team_ids:
            said.append(self.env._("A lead counts for the team that it has today."))
        return " ".join(said)

    def _groups(self, won, n, other_won, m):
        """Say how often the leads of a pilot were won, and the others."""
        found = compare(other_won, m, won, n)
        text = (
            self.env._(
                "Since the pilot began, %(own).0f %% of its %(n)s closed leads were won, of the"
                " %(m)s others %(other).0f %%: more than chance, likely %(low)+.0f to"
                " %(high)+.0f points."
            )
            if found["p"] < 1 - LEVEL
            else self.env._(
                "Since the pilot began, %(own).0f %% of its %(n)s closed leads were won, of the"
                " %(m)s others %(other).0f %%: that may be chance, likely %(low)+.0f to"
                " %(high)+.0f points."
            )
        )
        return text % {
            "own": 100 * won / n,
            "n": n,
            "other": 100 * other_won / m,
            "m": m,
            "low": 100 * found["low"],
            "high": 100 * found["high"],
        }
