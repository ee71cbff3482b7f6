# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from .facts import Facts

# Types of fields of which only matters whether they are set.
SET_OR_NOT = ("boolean", "date", "datetime", "many2many", "events")


class Writer:
    """Writes down a rule that was learned, in Odoo's and in the reader's language.

    :param env: the environment of who learns.
    """

    def __init__(self, env):
        self.env, self.facts = env, Facts(env)

    def rule(self, rule, base_rate):
        """Return the values of a crm.scorecard.rule for a rule that was learned.

        :param rule: a ``tools.scorecard.Rule``.
        :param float base_rate: the won rate of all leads that were learned from.
        :rtype: dict
        """
        fact, band = self.facts.fact(rule.name), rule.band
        note = self.env._(
            "%(n)s of the leads learned from, %(rate).0f %% of them won (all: %(all).0f %%).",
            n=band.n,
            rate=100 * band.won / max(band.n, 1),
            all=100 * base_rate,
        )
        values = {
            "name": self._name_of(fact, band),
            "kind": "negative" if rule.points < 0 else "explicit",
            "points": rule.points,
            "note": note,
        }
        if fact.type == "events":
            return {**values, **self._behaviour(fact, band, values["kind"])}
        return {**values, "domain": repr(self._domain(fact, band))}

    def _behaviour(self, fact, band, kind):
        """Return the values that make a rule one on events."""
        event_kind, count = fact.value
        return {
            "kind": "implicit" if kind == "explicit" else kind,
            "measure": "fewer" if band.kind == "empty" else "at_least",
            "event_kind": event_kind,
            "event_direction": "in",
            "event_count": count,
            "domain": "[]",
        }

    def _domain(self, fact, band):
        """Return the domain, as a list, of a band of a fact."""
        name = fact.name
        if fact.value:
            operator = "not in" if band.kind == "empty" else "in"
            return [(name, operator, [fact.value])]
        if band.kind == "empty":
            return [(name, "=", False)]
        if band.kind == "range":
            low, high = band.values
            parts = [(name, ">=", low)] if low is not None else []
            parts += [(name, "<", high)] if high is not None else []
            # A number that is not set counts as 0.
            if (low is None or low <= 0) and (high is None or high > 0):
                parts.append((name, "!=", 0))
            return parts
        if fact.type in SET_OR_NOT or band.kind == "known":
            return [(name, "!=", False)]
        if band.kind == "values":
            return [(name, "in", list(band.values))]
        return [(name, "!=", False), (name, "not in", list(band.values))]

    def _name_of(self, fact, band):
        """Return a name for a rule: "Employees 10 to 50", "Country: Belgium, France"."""
        label = fact.label
        if fact.type == "events":
            return (
                self.env._("%s: none, or fewer", label)
                if band.kind == "empty"
                else label
            )
        if band.kind == "empty":
            return self.env._("%s: no or not known", label)
        if band.kind == "known" or fact.type in SET_OR_NOT:
            return self.env._("%s: yes or known", label)
        if band.kind == "rest":
            return self.env._("%s: any other", label)
        if band.kind == "values":
            words = [fact.words(value) for value in band.values]
            more = self.env._(" and %s more", len(words) - 3) if len(words) > 3 else ""
            return f"{label}: {', '.join(words[:3])}{more}"
        low, high = band.values
        if low is None:
            return self.env._("%(fact)s below %(high)g", fact=label, high=high)
        if high is None:
            return self.env._("%(fact)s from %(low)g", fact=label, low=low)
        return self.env._(
            "%(fact)s %(low)g to %(high)g", fact=label, low=low, high=high
        )
