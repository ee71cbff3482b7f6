# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...tools.domains import first_fields
from ..common.rule.rule_set import RuleSet


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
                rows = self._explain_rules(lead, setup, parts[lead.id], reasons)
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
    def _explain_rules(self, lead, setup, parts, reasons=True):
        """Return the parts of a lead's points, with those that the limits of groups make.

        :param list parts: of this lead, as from :meth:`_rule_parts`.
        """
        rows, sums = [], {}
        for rule, points, count in parts:
            if points:
                reason = self._reason(lead, rule, count) if reasons else ""
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
            label = field._description_string(self.env)
            reasons[name] = f"{label}: {lead._reason_value(field)}"
        return ", ".join(reasons.values())

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
            "advice": (mine.advice or "") if mine else "",
            "manual": lead._grade_manual_text(),
            "scorecard": scorecard.sudo().name or "",  # sudo: its name only
            "history": lead._grade_history(),
            "rows": [
                {**row, "rule": row["rule"].id, "points": round(row["points"], 2)}
                for row in rows
            ],
        }

    @api.model
    def _question_values(self, lead):
        """Tell how many points the knowledge of a field could add to a lead at best.

        Looked at are fields that are empty, in rules whose condition is about that field
        alone: the best rule that could match, and the penalties that would go away.

        :param lead: one crm.lead.
        :return: points by the name of a field of crm.lead; fields that add none are left out.
        :rtype: dict[str, float]
        """
        lead.ensure_one()
        scorecard = self._scorecard_of(lead)
        if not scorecard:
            return {}
        setup = self._setup_of(scorecard)
        gains, relief = {}, {}
        parts = self._rule_parts(lead, setup, fields.Datetime.now())
        for rule, points, _count in parts[lead.id]:
            domain = rule._parse_domain(rule.domain)
            names = first_fields(domain)
            # sudo: whether a field is empty, for rules that read it already.
            empty = {
                name for name in names if name in lead._fields and not lead.sudo()[name]
            }
            if rule.measure != "facts" or not names or names != empty:
                continue
            for name in names:
                if points < 0:
                    relief[name] = relief.get(name, 0) - points
                elif not points and rule.points > 0 and len(names) == 1:
                    gains[name] = max(gains.get(name, 0), rule.points)
        return {
            name: gains.get(name, 0) + relief.get(name, 0)
            for name in gains.keys() | relief.keys()
        }
