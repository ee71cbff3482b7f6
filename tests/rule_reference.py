# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What rules say about leads, found in the simplest way: one search for each, then Python."""

import ast
from datetime import timedelta

from odoo import fields
from odoo.fields import Domain

from ..models.common.rule.rule_set import rule_leads

DAY = timedelta(days=1)
# How something ended that a person tried, and that reached nobody.
IN_VAIN = ("no_answer", "wrong_number", "no_show", "cancelled", "failed")


def search_rule(leads, domain, lang=None):
    """Return the ids of the leads that Odoo's own search finds, archived ones too."""
    model = rule_leads(leads.env, lang)
    mine = [("id", "in", leads.ids), ("active", "in", (True, False))]
    domain = Domain(domain).map_conditions(
        lambda condition: _of_many(model, _of_property(leads, condition))
    )
    return set(model.search(Domain(mine) & domain).ids)


def _of_many(model, condition):
    """Return a condition on many linked records as their ids, the archived ones among them.

    Odoo's search of ids finds them; its search of names does not. Rules find them by both.
    """
    if not hasattr(condition, "field_expr"):
        return condition
    name, dot, rest = condition.field_expr.partition(".")
    field, operator, value = model._fields[name], condition.operator, condition.value
    if field.type != "many2many":
        return condition
    negative = operator in Domain.NEGATIVE_OPERATORS
    positive = "=" if operator == "!=" else operator.removeprefix("not ")
    if operator in ("any", "not any"):
        inner = Domain(value)
    elif dot:  # one of them is to meet what comes after it, whatever that is
        negative, inner = False, Domain(rest, operator, value)
    elif "like" in operator:
        inner = Domain("display_name", positive, value)
    else:
        return condition
    every = model.env[field.comodel_name].with_context(active_test=False)
    return Domain(name, "not in" if negative else "in", every.search(inner).ids)


def _of_property(leads, condition):
    """Return a condition on a property as the leads that may meet it, whatever Odoo's SQL says.

    Rules know that one which is not filled in comes after nothing and before nothing, and is 0
    in comparisons by equality; Odoo's search takes it for more than any value.
    """
    name, _dot, key = condition.field_expr.partition(".")
    if name != "lead_properties":
        return condition
    leads.flush_model(["lead_properties"])
    leads.env.cr.execute(
        "SELECT id, lead_properties->%s FROM crm_lead WHERE id = ANY(%s)",
        (key, leads.ids),
    )
    stored, value = dict(leads.env.cr.fetchall()), condition.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        met = [k for k, number in stored.items() if _meets(number, condition)]
        return Domain("id", "in", met)
    filled = [k for k, text in stored.items() if text not in (None, False)]
    if condition.operator in ("<", "<=", ">", ">="):
        return condition & Domain("id", "in", filled)
    return condition


def _meets(number, condition):
    """Tell whether a number, None or False where it is not filled in, meets a condition."""
    value, operator = condition.value, condition.operator
    if operator in ("=", "!="):
        return ((number or 0) == value) == (operator == "=")
    if number is None or number is False:
        return False
    return {
        "<": number < value,
        "<=": number <= value,
        ">": number > value,
        ">=": number >= value,
    }[operator]


class Reference:
    """What all active rules say about some leads, without the engines."""

    def __init__(self, leads):
        # sudo: rules read whatever they read.
        self.leads = leads.sudo().with_context(active_test=True)
        self.env = self.leads.env
        self.lead_ids = set(leads.ids)
        self.first_company = self.env["res.company"].search([], order="id", limit=1)

    # === WHICH RULES MATCH === #

    def rules(self, model_name):
        return self.env[model_name].search([("active", "=", True)])

    def tied(self, lead):
        return lead.company_id or lead.team_id.company_id or lead.user_id.company_id

    def found(self, rule, domain=None):
        """Return the ids of the leads that a rule matches."""
        domain = Domain(ast.literal_eval(rule.domain)) if domain is None else domain
        ids = search_rule(self.leads, domain, rule.domain_lang or None)
        if not rule.company_id or rule._name == "crm.scorecard.rule":
            return ids
        return {
            lead.id
            for lead in self.leads.browse(ids)
            if (self.tied(lead) or self.first_company) == rule.company_id
        }

    def matches(self, model_name):
        """Return the ids of the rules that match, by lead id."""
        matched = {lead_id: set() for lead_id in self.lead_ids}
        for rule in self.rules(model_name):
            for lead_id in self.found(rule):
                matched[lead_id].add(rule.id)
        return matched

    # === PERSONA, COMPLETENESS, GATE === #

    def personas(self):
        """Return persona and match by lead id."""
        hits = {rule: self.found(rule) for rule in self.rules("crm.persona.criterion")}
        best = dict.fromkeys(self.lead_ids, (None, None))
        for persona in self.rules("crm.persona"):
            mine = [rule for rule in hits if rule.persona_id == persona]
            total = sum(rule.weight for rule in mine)
            for lead_id in self.lead_ids if mine else ():
                hit = sum(rule.weight for rule in mine if lead_id in hits[rule])
                match = hit * 100.0 / total
                if match >= persona.threshold and match > (best[lead_id][1] or 0):
                    best[lead_id] = (persona.id, match)
        return best

    def completeness(self):
        known, total = dict.fromkeys(self.lead_ids, 0), dict.fromkeys(self.lead_ids, 0)
        for item in self.rules("crm.info.item"):
            scope = Domain("persona_id", "in", item.persona_ids.ids or [])
            expected = self.found(item, scope if item.persona_ids else Domain.TRUE)
            for lead_id in expected:
                total[lead_id] += item.weight
            for lead_id in expected & self.found(item):
                known[lead_id] += item.weight
        return {k: total[k] and known[k] * 100.0 / total[k] for k in self.lead_ids}

    def gates(self):
        states = dict.fromkeys(self.lead_ids, "passed")
        for qualifier in self.rules("crm.qualifier"):
            scope = Domain.TRUE
            for name in ("team", "persona"):
                records = qualifier[f"{name}_ids"]
                if records:
                    scope &= Domain(f"{name}_id", "in", records.ids)
            rule = Domain(ast.literal_eval(qualifier.domain))
            known = self.env["crm.qualifier"]._known_domain(rule)
            fails = {"known": known & ~rule, "open": Domain.FALSE, "fail": ~rule}
            applies, passes = self.found(qualifier, scope), self.found(qualifier, rule)
            failed = self.found(qualifier, fails[qualifier.on_mismatch])
            for lead_id in applies if qualifier.importance != "nice_to_have" else ():
                if lead_id in failed:
                    states[lead_id] = "failed"
                elif qualifier.importance != "required" or lead_id in passes:
                    continue
                elif states[lead_id] != "failed":
                    states[lead_id] = "open"
        return states

    # === POINTS === #

    def points(self):
        """Return the points of the leads with the scorecard that is for each."""
        cards = self.env["crm.scorecard"].search([("state", "=", "live")])
        general = cards.filtered(lambda card: not card.company_id)
        own = {card.company_id: card for card in cards - general}
        points = {}
        for card in cards:
            mine = self.leads.filtered(
                lambda lead, card=card: own.get(self.tied(lead), general) == card
            )
            points.update(Reference(mine).points_with(card) if mine else {})
        return points

    def points_with(self, card):
        sums = {lead_id: {} for lead_id in self.lead_ids}
        for rule in card.rule_ids.filtered("active"):
            for lead in self.leads.browse(self.found(rule)):
                group = sums[lead.id]
                given = self._given(rule, lead)
                group[rule.group_id] = group.get(rule.group_id, 0) + given
        return {
            lead_id: sum(self._limited(group, given) for group, given in groups.items())
            for lead_id, groups in sums.items()
        }

    def _limited(self, group, points):
        if group.max_points:
            points = min(points, group.max_points)
        return max(points, group.min_points) if group.min_points else points

    def _given(self, rule, lead):
        """Return the points that a rule gives a lead that matches its condition."""
        if rule.measure == "facts":
            return rule.points
        now = fields.Datetime.now()
        events = lead.touchpoint_ids.filtered(
            lambda event: (
                rule.event_kind in (False, event.kind)
                and rule.event_direction in (False, event.direction)
                and event.outcome != "failed"
                and (
                    not rule.event_human
                    or (event.is_human and event.outcome not in IN_VAIN)
                )
                and event.occurred_on <= now
                and (
                    not rule.event_days
                    or event.occurred_on > now - rule.event_days * DAY
                )
            )
        )
        if rule.grace_days and lead.create_date > now - rule.grace_days * DAY:
            return 0
        if rule.measure == "fewer":
            return rule.points if len(events) < rule.event_count else 0
        if len(events) < rule.event_count:
            return 0
        worth = [
            0.5 ** ((now - event.occurred_on) / DAY / rule.half_life)
            if rule.half_life
            else 1
            for event in events
        ]
        given = rule.points * (sum(worth) if rule.points_per_event else max(worth))
        given = round(given, 1) if rule.half_life else given
        cap = rule.points_cap if rule.points_per_event else 0
        return max(min(given, cap), -cap) if cap else given
