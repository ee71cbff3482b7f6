# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from contextlib import suppress

from odoo import fields
from odoo.fields import Domain

from .alone import set_value
from .explainer import Explainer

# What a person might answer, where rules only ask whether it is right.
SAMPLES = {"phone": "+12025550123", "email_from": "somebody@somewhere.example"}
# So many values of a field are tried for the question to ask next.
MOST_TRIED = 12


def _is_list(value):
    return not isinstance(value, (str, bytes)) and hasattr(value, "__iter__")


class Questions:
    """What to ask next: how many points the knowledge of a field could add to a lead.

    :param lead: one crm.lead.
    """

    def __init__(self, lead):
        lead.ensure_one()
        self.env, self.lead, self.copy = lead.env, lead, None

    def values(self, names=None):
        """Tell how many points the knowledge of a field could add to a lead at best.

        Looked at are fields that are empty. For each, the values that rules ask for are
        tried, with the limits of groups, and the best counts. What a rule says of a value
        alone is kept in memory; all else is tried on a copy of the lead.

        :param names: only these fields of crm.lead; all when None.
        :return: points by the name of a field of crm.lead; fields that add none are left out.
        :rtype: dict[str, float]
        """
        lead, engine = self.lead, self.env["crm.score.engine"]
        scorecard = engine._scorecard_of(lead)
        if not scorecard:
            return {}
        setup = engine._setup_of(scorecard)
        rows = self.env["crm.scorecard.rule"]._scorecard_rows(setup.id)
        given = Explainer(self.env).points_given(lead, setup)
        # sudo: whether a field is empty, for rules that read it already.
        model = lead.sudo()
        asked = self._asked(
            model, [row for row in rows if row.id in given], given, names
        )
        now, gains = _total_of(setup, rows, given), {}
        for name, asking in asked.items():
            best = max(
                (
                    _total_of(
                        setup, rows, given | self._given_with(asking, name, value)
                    )
                    for value in self._tried(model, name, asking)
                ),
                default=now,
            )
            if best > now:
                gains[name] = round(best - now, 2)
        return gains

    def _asked(self, lead, rows, given, names=None):
        """Return what to try: the empty fields by which a rule could give more than now.

        :param rows: the rules, as RuleRow tuples.
        :param dict given: points by rule id, as they are.
        :param names: only these fields; all when None.
        :return: by the name of a field, the rules that ask for it.
        :rtype: dict[str, list[RuleRow]]
        """
        asked, gaining = {}, set()
        for row in rows:
            if row.values["measure"] != "facts":
                continue
            sources = {
                self._source_of(lead, condition.field_expr)
                for condition in row.domain.iter_conditions()
            }
            for name in sources - {None}:
                if names is None or name in names:
                    asked.setdefault(name, []).append(row)
                    # Something is won by a rule that holds then, or takes off no more.
                    if row.values["points"] > given[row.id] or given[row.id] < 0:
                        gaining.add(name)
        # These, and not all of a wide row.
        lead.fetch(gaining)
        return {
            name: asked[name] for name in asked if name in gaining and not lead[name]
        }

    def _tried(self, lead, name, rows):
        """Return the values of a field that are tried: those that rules ask for."""
        values = dict.fromkeys(
            value
            for row in rows
            for condition in row.domain.iter_conditions()
            if self._source_of(lead, condition.field_expr) == name
            for value in self._values_for(lead, name, condition)
        )
        return list(values)[:MOST_TRIED]

    def _source_of(self, lead, path):
        """Return the field that a person fills in so that the one of a path has a value.

        :return: its name; None where it is not the lead's own, or nobody can.
        """
        name = path.partition(".")[0]
        field = lead._fields.get(name)
        if not field or field.type in ("boolean", "one2many", "properties"):
            return None
        if not field.readonly and (field.store or field.inverse):
            return name
        for source in lead.pool.field_depends.get(field, ()):
            own = lead._fields.get(source)
            if own and not own.readonly and own.type == "char":
                return source
        return None

    def _values_for(self, lead, name, condition):
        """Return values of a field with which a condition may hold."""
        field, value, operator = lead._fields[name], condition.value, condition.operator
        if name in SAMPLES:
            return [SAMPLES[name]]
        if "." in condition.field_expr or field.relational:
            rest, inner = condition.field_expr.partition(".")[2], None
            if rest:
                inner = Domain(rest, operator, value)
            elif operator == "any":
                inner = Domain(value)
            if inner is not None:
                # sudo: see below.
                return lead.env[field.comodel_name].search(inner, limit=1).ids
            ids = [v for v in (value if _is_list(value) else [value]) if type(v) is int]
            if ids and operator in ("=", "in"):
                return ids[:3]
            # sudo: any record, to see what it would give that there is one.
            return lead.env[field.comodel_name].search([], limit=1).ids
        values = [v for v in (value if _is_list(value) else [value]) if v]
        if field.type in ("integer", "float", "monetary"):
            numbers = [v for v in values if isinstance(v, (int, float))]
            return [n + step for n in numbers for step in (0, 1, -1)] or [1]
        if field.type == "selection":
            return values or field.get_values(lead.env)[:1]
        if field.type in ("char", "text"):
            return [str(v).strip("%") for v in values] or ["x"]
        return [fields.Date.today()] if field.type == "date" else []

    def _given_with(self, rows, name, value):
        """Return what rules would give if a field of the lead had a value.

        :return: points by rule id, for those of which it is known.
        :rtype: dict[int, float]
        """
        Rule = self.env["crm.scorecard.rule"]
        given = {}
        for row in rows:
            holds = Rule._rule_holds_for(row.id, name, value)
            if holds is None:
                holds = self._holds_with(row, name, value)
            if holds is not None:
                given[row.id] = row.values["points"] if holds else 0.0
        return given

    def _holds_with(self, row, name, value):
        """Tell whether a rule holds for the lead if a field of it had a value, else None."""
        if self.copy is None:
            # sudo: as above. In memory only; it is left as it was.
            model = self.lead.sudo()
            self.copy = model.new(origin=model)
        empty = self.copy[name]
        set_value(self.copy, name, value)
        try:
            # What only the database can answer stays as it is.
            with suppress(ValueError, TypeError, NotImplementedError, AttributeError):
                return bool(self.copy.filtered_domain(row.domain))
        finally:
            self.copy[name] = empty
        return None


def _total_of(setup, rows, given):
    """Return the sum of points, each group of rules within its limits.

    :param rows: the rules, as RuleRow tuples.
    :param dict given: points by rule id.
    """
    sums = {}
    for row in rows:
        group_id = row.values["group_id"]
        sums[group_id] = sums.get(group_id, 0) + given.get(row.id, 0)
    total = 0
    for group_id, points in sums.items():
        floor, ceiling = setup.caps.get(group_id, (None, None))
        points = points if ceiling is None else min(points, ceiling)
        total += points if floor is None else max(points, floor)
    return total
