# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple

from odoo.fields import Domain

from ....tools.bands import band_of, category_bands, evidence, number_bands
from ....tools.discrimination import auc, follows, in_turns
from ...common.field_kinds import BOOKKEEPING, OUTCOME, kind_of

# A single fact that tells won from lost that well is the outcome under another name.
LEAK_AUC = 0.9
# Of so many leads nearly all were won, or lost, though of all leads clearly less were.
LEAST_ALIKE = 20
NEARLY_ALL = 0.97
MANY = 50
ALL = 0.995
USUAL = (0.3, 0.8)
# What goes with the leads in the order in which they came: a serial number, a year, the
# campaign of a quarter. It tells when they came, and the next ones have another one.
IN_ORDER = 0.9


class Leak(NamedTuple):
    """Why a fact must not be learned from."""

    key: str
    why: str  # "outcome", "alike" or "serial"


class Leaks:
    """Finds what tells the outcome because it is known, or written, only after it.

    **How to use.** ``of_facts(facts, won)`` for facts to be learned from, ``reading(card)``
    and ``telling(card, rows)`` for the rules of a scorecard.

    **How it works.** By what fields say that they are (field_kinds.py), along the whole path
    of a condition; and by what the data show: leads that were won or lost nearly all, a
    number that only counts the leads as they come.

    :param env: any environment of the database.
    """

    def __init__(self, env):
        self.env = env

    # === FACTS === #

    def of_facts(self, facts, won, in_time=False):
        """Return the facts that must not be learned from.

        :param dict facts: as from ``Facts.read()``; leads in the order of their creation.
        :param won: the outcomes.
        :param bool in_time: the order tells when leads came, not only how they were imported.
        :rtype: list[Leak]
        """
        leaks = []
        for key, (kind, values) in facts.items():
            why = self._why(kind, values, won, in_time)
            if why:
                leaks.append(Leak(key, why))
        return leaks

    def _why(self, kind, values, won, in_time):
        cut = number_bands if kind == "number" else category_bands
        bands = cut(values, won)
        weights = [evidence(band.n, band.won, len(won), sum(won)) for band in bands]
        places = [band_of(bands, value) for value in values]
        area, _error = auc([weights[place] for place in places], won)
        if area is not None and area >= LEAK_AUC:
            return "outcome"
        if in_time and in_turns(values) >= IN_ORDER:
            return "serial"
        base = sum(won) / len(won)
        if kind == "number":
            if follows(values) >= IN_ORDER:
                return "serial"
            # An amount that is typed in when the deal is closed, say.
            if any(
                b.kind != "empty" and self._is_alike(b.n, b.won, base) for b in bands
            ):
                return "alike"
        return None

    def are_alike(self, band, base):
        """Tell whether the leads of a value of a choice were won or lost all together."""
        return self._is_alike(band.n, band.won, base, MANY, ALL)

    def _is_alike(self, n, n_won, base, least=LEAST_ALIKE, nearly=NEARLY_ALL):
        """Tell whether leads were won or lost nearly all, though others were not."""
        if n < least:
            return False
        share = n_won / n
        return (share >= nearly and base <= USUAL[1]) or (
            share <= 1 - nearly and base >= USUAL[0]
        )

    # === RULES === #

    def reading(self, card):
        """Return the names of a scorecard's rules that read the outcome, or our bookkeeping.

        :rtype: list[str]
        """
        Rule, leads = self.env["crm.scorecard.rule"], self.env["crm.lead"]
        return [
            row.name
            for row in Rule._scorecard_rows(card.id)
            if any(self._reads_outcome(leads, d) for d in Rule._rule_domains(row))
        ]

    def _reads_outcome(self, model, domain):
        """Tell whether a domain reads an outcome, anywhere on its paths."""
        for condition in domain.iter_conditions():
            name, _dot, rest = condition.field_expr.partition(".")
            field, value = model._fields.get(name), condition.value
            if not field:
                continue
            if self._is_outcome(model, field):
                return True
            if not field.relational:
                continue
            inner = None
            if rest:
                inner = Domain(rest, condition.operator, value)
            elif condition.operator in ("any", "not any") or isinstance(value, Domain):
                inner = Domain(value)
            if inner is not None and self._reads_outcome(
                self.env[field.comodel_name], inner
            ):
                return True
        return False

    def _is_outcome(self, model, field):
        if getattr(field, "related", None):
            first = model._fields.get(field.related.partition(".")[0])
            return bool(first) and self._is_outcome(model, first)
        kind = kind_of(field)
        if (
            model._name == "crm.lead"
            and getattr(field, "lead_kind", None) == BOOKKEEPING
        ):
            return True
        return kind == OUTCOME

    def telling(self, card, rows):
        """Return the names of a scorecard's rules whose leads were won or lost nearly all.

        :param rows: Closed tuples.
        :rtype: list[str]
        """
        if not rows:
            return []
        base = sum(row.won for row in rows) / len(rows)
        won = {row.id: row.won for row in rows}
        counts = {}
        leads = self.env["crm.lead"].browse(won)
        for lead_id, rule_ids in (
            self.env["crm.score.engine"]._hits(leads, card).items()
        ):
            for rule_id in rule_ids:
                n, n_won = counts.get(rule_id, (0, 0))
                counts[rule_id] = n + 1, n_won + won[lead_id]
        return [
            row.name
            for row in self.env["crm.scorecard.rule"]._scorecard_rows(card.id)
            if self._is_alike(*counts.get(row.id, (0, 0)), base)
            and counts[row.id][0] < len(rows)
        ]
