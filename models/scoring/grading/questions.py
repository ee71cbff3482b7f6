# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from contextlib import suppress

from odoo import fields
from odoo.fields import Domain

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
        self.env, self.lead = lead.env, lead

    def values(self):
        """Tell how many points the knowledge of a field could add to a lead at best.

        Looked at are fields that are empty. For each, the values that rules ask for are
        tried on a copy of the lead in memory, with the limits of groups, and the best counts.

        :return: points by the name of a field of crm.lead; fields that add none are left out.
        :rtype: dict[str, float]
        """
        lead, engine = self.lead, self.env["crm.score.engine"]
        scorecard = engine._scorecard_of(lead)
        if not scorecard:
            return {}
        setup = engine._setup_of(scorecard)
        parts = Explainer(self.env).rule_parts(lead, setup)[lead.id]
        # sudo: whether a field is empty, for rules that read it already.
        model = lead.sudo()
        asked, domains = self._asked(model, parts)
        now, gains = self._total_of(setup, parts), {}
        copy = model.new(origin=model) if asked else model
        for name, conditions in asked.items():
            values = [
                value
                for condition in conditions
                for value in self._values_for(model, name, condition)
            ]
            totals = [
                self._total_of(
                    setup, self._parts_with(copy, parts, domains[name], name, value)
                )
                for value in dict.fromkeys(values[:MOST_TRIED])
            ]
            best = max(totals, default=now)
            if best > now:
                gains[name] = round(best - now, 2)
        return gains

    def _asked(self, lead, parts):
        """Return what to try: the empty fields by which a rule could give more than now.

        :return: by the name of a field, the conditions that rules put on it; and the domains
            of these rules, by rule id.
        :rtype: tuple[dict, dict]
        """
        asked, domains, gaining = {}, {}, set()
        for rule, points, _count in parts:
            if rule.measure != "facts":
                continue
            domain = rule._parse_domain(rule.domain)
            for condition in domain.iter_conditions():
                name = self._source_of(lead, condition.field_expr)
                if name and not lead[name]:
                    asked.setdefault(name, []).append(condition)
                    domains.setdefault(name, {})[rule.id] = domain
                    # Something is won by a rule that holds then, or takes off no more.
                    if rule.points > points or points < 0:
                        gaining.add(name)
        return {name: asked[name] for name in asked if name in gaining}, domains

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

    def _parts_with(self, copy, parts, domains, name, value):
        """Return the parts as they would be if a field of the lead had a value.

        :param copy: the lead, in memory only; it is left as it was.
        """
        field = copy._fields[name]
        empty = copy[name]
        copy[name] = [value] if field.type == "many2many" else value
        result = []
        for rule, points, count in parts:
            if rule.id in domains:
                # What only the database can answer stays as it is.
                with suppress(
                    ValueError, TypeError, NotImplementedError, AttributeError
                ):
                    matches = copy.filtered_domain(domains[rule.id])
                    points = rule.points if matches else 0.0
            result.append((rule, points, count))
        copy[name] = empty
        return result

    def _total_of(self, setup, parts):
        """Return the sum of parts, each group within its limits."""
        sums = {}
        for rule, points, _count in parts:
            sums[rule.group_id.id] = sums.get(rule.group_id.id, 0) + points
        total = 0
        for group_id, points in sums.items():
            floor, ceiling = setup.caps.get(group_id, (None, None))
            points = points if ceiling is None else min(points, ceiling)
            total += points if floor is None else max(points, floor)
        return total
