# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from functools import partial

from odoo import fields
from odoo.fields import Domain

from ...common.rule.rule_moment import at_moment
from ...common.rule.rule_set import RuleSet, rule_leads
from ..closed import is_closed
from .words import records_text, value_text


class Explainer:
    """Why leads have their grade. Any number of leads costs as many queries.

    :param env: the environment of who reads it: nothing is said that he may not see.
    :param datetime now: the moment that ages are counted to, in UTC; now when None.
    :param bool reasons: whether to say in words why; that takes most of the time.
    """

    def __init__(self, env, now=None, reasons=True):
        self.env, self.now, self.reasons = env, now or fields.Datetime.now(), reasons

    def explain(self, leads, scorecard=None):
        """Tell which rules give leads how many points: one statement for each scorecard.

        :param leads: crm.lead records, at any number.
        :param scorecard: the crm.scorecard to explain with; None: the one that applies.
        :return: by lead id what ``crm.score.engine`` gives as ``_explain()``.
        :rtype: dict[int, list[dict]]
        """
        engine = self.env["crm.score.engine"]
        explained = dict.fromkeys(leads.ids, ())
        graded = leads if scorecard else leads.filtered("lead_grade")
        mine = {} if scorecard else engine._scorecards_of(graded)
        for applied, members in graded.grouped(
            lambda lead: scorecard or mine[lead.id]
        ).items():
            if not applied:
                continue
            setup = engine._setup_of(applied)
            parts = self.rule_parts(members, setup)
            for lead in members:
                rows = self._rules(lead, setup, parts[lead.id])
                if scorecard is None:
                    rows += self._rest(lead, rows)
                explained[lead.id] = rows
        return {
            lead_id: sorted(rows, key=lambda row: -abs(row["points"]))
            for lead_id, rows in explained.items()
        }

    def _rest(self, lead, rows):
        """Return the part that a lead has from the last scoring, and would not get now."""
        rest = round(lead.lead_points - sum(row["points"] for row in rows), 2)
        if not rest:
            return []
        if is_closed(lead):
            reason = self.env._("A closed lead keeps the grade of its close.")
        else:
            reason = self.env._("Takes effect when the lead is scored again.")
        return [self._part(self.env._("Changed since"), rest, "implicit", reason)]

    def _rules(self, lead, setup, parts):
        """Return the parts of a lead's points, with those that the limits of groups make.

        :param list parts: of this lead, as from :meth:`rule_parts`.
        """
        rows, sums = [], {}
        for rule, points, count in parts:
            if points:
                reason = self._reason(lead, rule, count) if self.reasons else ""
                rows.append(self._part(rule.name, points, rule.kind, reason, rule))
                if setup.caps:
                    sums[rule.group_id] = sums.get(rule.group_id, 0) + points
        for group, total in sums.items():
            floor, ceiling = setup.caps.get(group.id, (None, None))
            limited = total if ceiling is None else min(total, ceiling)
            limited = limited if floor is None else max(limited, floor)
            if limited != total:
                label = self.env._(
                    "%(group)s: limited to %(limit)g", group=group.name, limit=limited
                )
                kind = "negative" if limited < total else "explicit"
                rows.append(self._part(label, round(limited - total, 2), kind))
        return rows

    def rule_parts(self, leads, setup):
        """Return what each rule of a scorecard gives leads, and how many events they have.

        :return: by lead id, ``(rule, points, number of events)`` for all rules, those with
            0 too. One statement.
        :rtype: dict[int, list[tuple]]
        """
        found = self._found(leads, setup)
        Rule = self.env["crm.scorecard.rule"]
        # sudo: everybody may know why a lead has its grade.
        rules = {
            rule.id: rule for rule in Rule.sudo().browse(found[0][1] if found else ())
        }
        return dict.fromkeys(leads.ids, []) | {
            lead_id: [
                (rules[rule_id], given, count)
                for rule_id, given, count in zip(ids, points, counts, strict=True)
            ]
            for lead_id, ids, points, counts in found
        }

    def points_given(self, lead, setup):
        """Return what each rule of a scorecard gives one lead: points by rule id."""
        for _lead_id, ids, points, _counts in self._found(lead, setup):
            return dict(zip(ids, points, strict=True))
        return {}

    def _found(self, leads, setup):
        """Return lead id, rule ids, points, and numbers of events of each lead."""
        found, engine = [], self.env["crm.score.engine"]
        closed = leads.filtered(is_closed)
        for is_past, members in ((False, leads - closed), (True, closed)):
            if members:
                plan = RuleSet(self.env, engine._name, "_parts_plan", setup.id, is_past)
                moments = partial(engine._closings, members, self.now)
                found += plan.execute(members, self.now, moments if is_past else None)
        return found

    def _part(self, label, points, kind="explicit", reason="", rule=None):
        """Return one part of an explanation."""
        return {
            "rule": rule if rule is not None else self.env["crm.scorecard.rule"],
            "kind": kind,
            "label": label,
            "points": points,
            "reason": reason,
        }

    def _reason(self, lead, rule, count=0):
        """Say which values of the lead a rule speaks of, as far as the user may see them."""
        reasons = {}
        if rule.measure != "facts":
            days = rule.event_days
            reasons[""] = (
                self.env._(
                    "Events in the last %(days)s days: %(count)s",
                    days=days,
                    count=count,
                )
                if days
                else self.env._("Events: %s", count)
            )
        try:
            domain = rule._parse_domain(rule.domain)
        except (ValueError, SyntaxError, TypeError):
            return ""
        for condition in domain.iter_conditions():
            name = condition.field_expr.split(".")[0]
            field = lead._fields.get(name)
            if (
                not field
                or name in reasons
                or not lead._has_field_access(field, "read")
            ):
                continue
            label, value = self._reason_part(lead, field, condition)
            reasons[name] = f"{label}: {value}"
        return ", ".join(reasons.values())

    def _reason_part(self, lead, field, condition):
        """Return what a condition looks at, and what the lead has there, in words.

        Of several records those that match are named, with their dates.
        """
        label = field._description_string(self.env)
        if field.type == "properties":
            return self._reason_property(lead, condition.field_expr) or (label, "")
        if field.type not in ("one2many", "many2many"):
            return label, value_text(lead, field)
        leads = rule_leads(self.env)
        _name, dot, rest = condition.field_expr.partition(".")
        # sudo: the names of what the lead points at; the lead itself is the user's to read.
        records = lead.sudo()[field.name]
        if field.type == "many2many":
            # As rules do: what is archived stays linked.
            leads = leads.with_context(active_test=False)
            records = lead.sudo().with_context(active_test=False)[field.name]
        inner = None
        if dot:
            inner = Domain(rest, condition.operator, condition.value)
        elif condition.operator == "any":
            inner = Domain(condition.value)
        if inner is not None and condition.operator not in Domain.NEGATIVE_OPERATORS:
            comodel = leads.env[field.comodel_name]
            inner = at_moment(comodel, inner, self._moment_of(lead))
            records = records.browse(
                comodel.search(Domain("id", "in", records.ids) & inner).ids
            )
        return label, records_text(records)

    def _moment_of(self, lead):
        """Return as of when a lead is looked at: its close, or now where it is open."""
        if not is_closed(lead) or not lead.date_closed:
            return self.now
        return min(lead.date_closed, self.now)

    def _reason_property(self, lead, path):
        """Return the label of a property, and what it says of the lead, in words."""
        name, _dot, key = path.partition(".")
        # sudo: of what the team defined, what the lead that the user may read has.
        for definition in lead.sudo().read([name])[0][name] or ():
            if definition["name"] != key:
                continue
            value = definition.get("value")
            options = dict(
                option[:2] for option in definition.get("selection") or () if option
            )
            if value is None or value is False or value == []:
                text = self.env._("not set")
            elif isinstance(value, bool):
                text = self.env._("yes")
            elif isinstance(value, (list, tuple)):
                text = ", ".join(str(v[-1] if type(v) is tuple else v) for v in value)
            else:
                text = str(options.get(value, value))
            return definition.get("string") or key, text
        return None
