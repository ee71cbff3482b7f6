# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
from typing import NamedTuple

import psycopg2

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ..const import GUARDED, LEADS

# What building a condition from a domain raises when a rule no longer fits the database.
BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    UserError,
)


class RuleRow(NamedTuple):
    """One rule as the engines keep it in memory: plain values, no record."""

    id: int
    name: str
    company_id: int
    domain: Domain
    values: dict


class CrmRuleMixin(models.AbstractModel):
    """A rule: "leads that match this domain".

    **What.** Persona criteria, segments, qualifiers, scorecard rules and routing rules all
    are rules. A rule is written with Odoo's domain editor, checked when it is saved, never
    evaluated as code, and answered by the database.

    **How to use.** Inherit from it, and name in ``_rule_columns`` the fields that the engine
    needs beside the domain. The engine then calls:

    - ``_rule_rows()``: the active rules, from memory;
    - ``_rule_match(leads)``: ``{lead id: {rule ids}}``, one query for all rules and leads;
    - ``_rule_execute(rows, build)``: a statement of the engine's own around the conditions;
    - ``_rule_trigger_fields()``: the lead fields that the rules read.

    **How it works.** Every domain becomes one SQL condition on one shared query over
    ``crm_lead``, so any number of rules over any number of leads is one pass. Queries per
    call: one, and a savepoint around it. The conditions are built as superuser, in UTC and
    without a language, so that a rule says the same whoever saves the lead; the fields that
    an author may use are checked as the author, when the rule is saved.

    A rule that stopped working (a field was removed) is switched off, its owner is told, and
    the other rules go on.
    """

    _name = "crm.rule.mixin"
    _inherit = ["crm.config.mixin"]
    _description = "Rule on leads"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        help="The rule counts for leads of this company only. Empty: all companies.",
    )
    domain = fields.Char(
        string="Condition",
        default="[]",
        help="Which leads the rule is about. Empty: all leads.",
    )
    broken_reason = fields.Char(
        readonly=True,
        copy=False,
        help="Why the rule was switched off by the system.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            rule._validate_domain(rule.domain)

    def _validate_domain(self, text):
        """Check that a domain can be understood by the database.

        :param str text: the domain as written by the user.
        :raise ValidationError: naming the rule and the part that is wrong.
        """
        try:
            domain = self._parse_domain(text)
        except (
            ValueError,
            SyntaxError,
            TypeError,
            MemoryError,
            RecursionError,
        ) as error:
            raise ValidationError(
                self.env._(
                    'Rule "%(rule)s": the condition %(text)s cannot be read. Write it'
                    " with the condition editor: only plain values are allowed, no code"
                    " (%(reason)s).",
                    rule=self.display_name,
                    text=text,
                    reason=error,
                )
            ) from error
        for condition in domain.iter_conditions():
            self._validate_condition(condition)

    def _validate_condition(self, condition):
        """Check that one part of a domain can be understood by the database.

        :raise ValidationError: naming the rule and the part.
        """
        leads = self.env["crm.lead"]
        try:
            # As the author, not as superuser: nobody may build a rule on a field that is
            # not for him, and learn its values from what matches.
            query = Query(self.env, leads._table)
            query.add_where(
                condition.optimize_full(leads)._to_sql(leads, leads._table, query)
            )
            query.limit = 1
            with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                self.env.cr.execute(query.select())
        except (
            *BROKEN,
            AccessError,
            psycopg2.DataError,
            psycopg2.ProgrammingError,
        ) as error:
            text = str(error)
            raise ValidationError(
                self.env._(
                    'Rule "%(rule)s": the part %(part)s cannot be used: %(reason)s',
                    rule=self.display_name,
                    part=condition,
                    reason=text.splitlines()[0] if text else repr(error),
                )
            ) from error

    # === CRUD METHODS === #

    def write(self, vals):
        if "domain" in vals or vals.get("active"):
            vals = {"broken_reason": False, **vals}
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _parse_domain(self, text):
        """Return the domain written as ``text``, without ever evaluating it.

        :param str text: a Python literal; empty means all leads.
        :rtype: Domain
        :raise ValueError: where it is not a literal, or not a domain.
        """
        value = ast.literal_eval((text or "").strip() or "[]")
        if not isinstance(value, (list, tuple)):
            raise ValueError(self.env._("a list of conditions was expected"))
        return Domain(list(value))

    @api.model
    def _rule_columns(self):
        """Return the names of the fields that the engine wants in ``RuleRow.values``.

        Overridden by the models whose engine needs more than the domain. Many2one fields
        are given as ids.
        """
        return []

    @api.model
    @tools.ormcache()
    def _rule_rows(self):
        """Return the active rules of this model in their order, from memory.

        :rtype: tuple[RuleRow]
        """
        # sudo: rules count for every lead, whoever saves it and whatever he may read.
        rules = self.sudo().with_context(lang=None).search([("active", "=", True)])
        rows, broken = [], {}
        for rule in rules:
            try:
                domain = self._parse_domain(rule.domain)
            except (ValueError, SyntaxError, TypeError) as error:
                broken[rule.id] = str(error)
                continue
            values = {
                name: rule[name].id
                if rule._fields[name].type == "many2one"
                else rule[name]
                for name in self._rule_columns()
            }
            rows.append(RuleRow(rule.id, rule.name, rule.company_id.id, domain, values))
        if broken:
            self._rule_switch_off(broken)
        return tuple(rows)

    @api.model
    @tools.ormcache()
    def _rule_trigger_fields(self):
        """Return the names of the lead fields that the active rules read.

        :rtype: frozenset
        """
        return frozenset(
            condition.field_expr.split(".")[0]
            for row in self._rule_rows()
            for domain in self._rule_domains(row)
            for condition in domain.iter_conditions()
        )

    @api.model
    def _rule_domains(self, row):
        """Return the domains of a rule, in the order in which engines get its conditions.

        Overridden where a rule has more than one, e.g. one to pass and one to fail.

        :param RuleRow row: the rule.
        :rtype: list[Domain]
        """
        return [row.domain]

    @api.model
    def _rule_match(self, leads, rows=None):
        """Tell which rules match which leads, in one query.

        :param leads: crm.lead records, at any number; archived ones too.
        :param rows: the rules to try; all active ones when None.
        :return: the ids of the rules that match, by lead id.
        :rtype: dict[int, set[int]]
        """
        rows = self._rule_rows() if rows is None else rows
        matched = {lead_id: set() for lead_id in leads.ids}
        if not rows or not leads:
            return matched

        def build(query, conditions, ids=leads.ids):
            query.add_where(SQL("crm_lead.id = ANY(%s)", ids))
            hits = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id)
                for row, sqls in conditions
            )
            hits = SQL("array_remove(ARRAY[%s]::int[], NULL)", hits)
            return query.select(SQL("crm_lead.id"), hits)

        found = self._rule_fresh_execute(
            leads, "match", [(self._name, rows)], lambda q, c, _: build(q, c[0], LEADS)
        )
        found = self._rule_execute(rows, build) if found is None else found
        for lead_id, rule_ids in found:
            matched[lead_id] = set(rule_ids)
        return matched

    @api.model
    def _rule_execute(self, rows, build):
        """Execute a statement that is built around the conditions of rules.

        :param rows: RuleRow tuples.
        :param build: called with the shared query over ``crm_lead`` and a list of
            ``(row, [condition, ...])``, each condition an SQL boolean, one for each domain
            of the rule; returns the statement. Called again, with fewer rules, where one
            turns out to be broken.
        :return: the rows that the statement returns.
        :rtype: list[tuple]
        """
        rows = tuple(rows)
        while True:
            query, conditions = self._rule_conditions(rows)
            if not conditions:
                return []
            statement = build(query, conditions)
            # Before the savepoint: what is flushed must survive when the statement fails.
            self._rule_flush(statement)
            if self.env.context.get(GUARDED):
                return self._rule_fetch(statement)
            try:
                with (
                    self.env.cr.savepoint(flush=False),
                    tools.mute_logger("odoo.sql_db"),
                ):
                    return self._rule_fetch(statement)
            except (psycopg2.DataError, psycopg2.ProgrammingError):
                usable = self._rule_probe(row for row, _sqls in conditions)
                if len(usable) == len(conditions):
                    raise  # No rule is to blame: an error of the engine itself.
                rows = usable
