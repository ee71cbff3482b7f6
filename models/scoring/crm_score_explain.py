# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from contextlib import suppress

from odoo import api, fields, models
from odoo.fields import Domain

from ..common.rule.rule_moment import at_moment
from ..common.rule.rule_set import RuleSet, rule_leads

# What a person might answer, where rules only ask whether it is right.
SAMPLES = {"phone": "+12025550123", "email_from": "somebody@somewhere.example"}
# So many values of a field are tried for the question to ask next.
MOST_TRIED = 12


def _is_list(value):
    return not isinstance(value, (str, bytes)) and hasattr(value, "__iter__")


class CrmScoreEngine(models.AbstractModel):
    """Why leads have their grade. Any number of leads costs as many queries."""

    _inherit = "crm.score.engine"

    @api.model
    def _explain(self, lead, scorecard=None, now=None, reasons=True):
        """Tell which rules give a lead how many points.

        :param lead: one crm.lead.
        :param scorecard: the scorecard to explain with; None: the one that applies, and
            then the parts sum to the points that the lead has.
        :param datetime now: the moment that ages are counted to, in UTC; now when None.
        :param bool reasons: whether to say in words why; that takes most of the time.
        :return: one dict for each part: ``rule`` (crm.scorecard.rule; empty for the limit
            of a group), ``kind``, ``label``, ``points``, ``reason``. Biggest first.
        :rtype: list[dict]
        """
        lead.ensure_one()
        return self._explain_leads(lead, scorecard, now, reasons)[lead.id]

    @api.model
    def _explain_leads(self, leads, scorecard=None, now=None, reasons=True):
        """Tell the same for many leads: one statement for each scorecard that applies.

        :param leads: crm.lead records, at any number.
        :return: what :meth:`_explain` returns, by lead id.
        :rtype: dict[int, list[dict]]
        """
        now = now or fields.Datetime.now()
        explained = dict.fromkeys(leads.ids, ())
        graded = leads if scorecard else leads.filtered("lead_grade")
        mine = {} if scorecard else self._scorecards_of(graded)
        for applied, members in graded.grouped(
            lambda lead: scorecard or mine[lead.id]
        ).items():
            if not applied:
                continue
            setup = self._setup_of(applied)
            parts = self._rule_parts(members, setup, now)
            for lead in members:
                rows = self._explain_rules(lead, setup, parts[lead.id], reasons, now)
                if scorecard is None:
                    rows += self._explain_rest(lead, rows)
                explained[lead.id] = rows
        return {
            lead_id: sorted(rows, key=lambda row: -abs(row["points"]))
            for lead_id, rows in explained.items()
        }

    @api.model
    def _explain_rest(self, lead, rows):
        """Return the part that a lead has from the last scoring, and would not get now."""
        rest = round(lead.lead_points - sum(row["points"] for row in rows), 2)
        if not rest:
            return []
        reason = self.env._("Takes effect when the lead is scored again.")
        return [self._part(self.env._("Changed since"), rest, "implicit", reason)]

    @api.model
    def _explain_rules(self, lead, setup, parts, reasons=True, now=None):
        """Return the parts of a lead's points, with those that the limits of groups make.

        :param list parts: of this lead, as from :meth:`_rule_parts`.
        """
        rows, sums = [], {}
        for rule, points, count in parts:
            if points:
                reason = self._reason(lead, rule, count, now) if reasons else ""
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

    @api.model
    def _rule_parts(self, leads, setup, now):
        """Return what each rule of a scorecard gives leads, and how many events they have.

        :return: by lead id, ``(rule, points, number of events)`` for all rules, those with
            0 too. One statement.
        :rtype: dict[int, list[tuple]]
        """
        rules = RuleSet(self.env, self._name, "_parts_plan", setup.id)
        found = rules.execute(leads, now) if leads else []
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

    @api.model
    def _part(self, label, points, kind="explicit", reason="", rule=None):
        """Return one part of an explanation."""
        return {
            "rule": rule if rule is not None else self.env["crm.scorecard.rule"],
            "kind": kind,
            "label": label,
            "points": points,
            "reason": reason,
        }

    @api.model
    def _reason(self, lead, rule, count=0, now=None):
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
            label, value = self._reason_part(lead, field, condition, now)
            reasons[name] = f"{label}: {value}"
        return ", ".join(reasons.values())

    @api.model
    def _reason_part(self, lead, field, condition, now=None):
        """Return what a condition looks at, and what the lead has there, in words.

        Of several records those that match are named, with their dates.
        """
        label = field._description_string(self.env)
        if field.type == "properties":
            return self._reason_property(lead, condition.field_expr) or (label, "")
        if field.type not in ("one2many", "many2many"):
            return label, lead._reason_value(field)
        leads = rule_leads(self.env)
        _name, dot, rest = condition.field_expr.partition(".")
        # sudo: the names of what the lead points at; the lead itself is the user's to read.
        records = lead.sudo()[field.name]
        inner = None
        if dot:
            inner = Domain(rest, condition.operator, condition.value)
        elif condition.operator == "any":
            inner = Domain(condition.value)
        if inner is not None and condition.operator not in Domain.NEGATIVE_OPERATORS:
            comodel = leads.env[field.comodel_name]
            inner = at_moment(comodel, inner, now or fields.Datetime.now())
            records = records.browse(
                comodel.search(Domain("id", "in", records.ids) & inner).ids
            )
        return label, lead._reason_records(records)

    @api.model
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

    @api.model
    def _explanation(self, lead):
        """Return what the grade widget shows; see ``get_grade_explanation``."""
        scorecard = self._scorecard_of(lead)
        # sudo: labels, thresholds and the course of action, for whoever sees the lead.
        grades = {row.grade: row for row in scorecard.sudo().grade_ids}
        mine, better = grades.get(lead.lead_grade), grades.get(lead.lead_grade + 1)
        bands = dict(lead._fields["lead_band"]._description_selection(self.env))
        rows = self._explain(lead)
        missing = round(better.threshold - lead.lead_points, 2) if better else 0
        return {
            "grade": lead.lead_grade,
            "label": mine.name if mine else "",
            "band": bands.get(lead.lead_band, ""),
            "points": round(lead.lead_points, 2),
            "next": missing if missing > 0 else False,
            "advice": self._advice(lead, mine),
            "manual": lead._grade_manual_text(),
            "scorecard": scorecard.sudo().name or "",  # sudo: its name only
            "history": lead._grade_history(),
            "rows": [
                {**row, "rule": row["rule"].id, "points": round(row["points"], 2)}
                for row in rows
            ],
        }

    @api.model
    def _advice(self, lead, row):
        """Return what to do about a lead; where little is known, to find out more first.

        :param row: the crm.scorecard.grade, as superuser, or None.
        """
        if not lead._grade_is_provisional():
            return (row.advice or "") if row else ""
        gains = self._question_values(lead)
        labels = [
            lead._fields[name]._description_string(self.env)
            for name in sorted(gains, key=gains.get, reverse=True)[:3]
        ]
        known = round(lead.info_completeness)
        if not labels:
            return self.env._(
                "Little is known (%s %%), so the grade is provisional: find out more first.",
                known,
            )
        return self.env._(
            "Little is known (%(known)s %%), so the grade is provisional. Ask: %(facts)s.",
            known=known,
            facts=", ".join(labels),
        )

    @api.model
    def _question_values(self, lead):
        """Tell how many points the knowledge of a field could add to a lead at best.

        Looked at are fields that are empty. For each, the values that rules ask for are
        tried on a copy of the lead in memory, with the limits of groups, and the best counts.

        :param lead: one crm.lead.
        :return: points by the name of a field of crm.lead; fields that add none are left out.
        :rtype: dict[str, float]
        """
        lead.ensure_one()
        scorecard = self._scorecard_of(lead)
        if not scorecard:
            return {}
        setup = self._setup_of(scorecard)
        parts = self._rule_parts(lead, setup, fields.Datetime.now())[lead.id]
        # sudo: whether a field is empty, for rules that read it already.
        model, asked = lead.sudo(), {}
        for rule, _points, _count in parts:
            if rule.measure != "facts":
                continue
            for condition in rule._parse_domain(rule.domain).iter_conditions():
                name = self._source_of(model, condition.field_expr)
                if name and not model[name]:
                    asked.setdefault(name, {"rules": set(), "values": []})
                    asked[name]["rules"].add(rule.id)
                    asked[name]["values"] += self._values_for(model, name, condition)
        now, gains = self._total_of(setup, parts), {}
        for name, found in asked.items():
            best = max(
                (
                    self._total_of(
                        setup, self._parts_with(model, parts, found, name, v)
                    )
                    for v in dict.fromkeys(found["values"][:MOST_TRIED])
                ),
                default=now,
            )
            if best > now:
                gains[name] = round(best - now, 2)
        return gains

    @api.model
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

    @api.model
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

    @api.model
    def _parts_with(self, lead, parts, found, name, value):
        """Return the parts as they would be if a field of the lead had a value."""
        copy = lead.new(origin=lead)
        field = lead._fields[name]
        copy[name] = [value] if field.type == "many2many" else value
        result = []
        for rule, points, count in parts:
            if rule.id in found["rules"]:
                # What only the database can answer stays as it is.
                with suppress(
                    ValueError, TypeError, NotImplementedError, AttributeError
                ):
                    matches = copy.filtered_domain(rule._parse_domain(rule.domain))
                    points = rule.points if matches else 0.0
            result.append((rule, points, count))
        return result

    @api.model
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
