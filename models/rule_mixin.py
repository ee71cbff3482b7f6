# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
import logging
from typing import NamedTuple

import psycopg2
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ..const import GUARDED

_logger = logging.getLogger(__name__)

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

# Conditions that make the same SQL at any moment: by type of the field, the types of value.
FIXED_VALUES = {
    "char": (str, bool),
    "text": (str, bool),
    "selection": (str, bool),
    "boolean": (bool, int),
    "integer": (int, float, bool),
    "float": (int, float, bool),
    "monetary": (int, float, bool),
    "date": (bool,),
    "datetime": (bool,),
    "many2one": (int, bool),
    "many2many": (int, bool),
    "one2many": (bool,),
}
FIXED_OPERATORS = frozenset(
    ("=", "!=", "in", "not in", "<", ">", "<=", ">=")
    + ("like", "ilike", "not like", "not ilike", "=like", "=ilike", "not =like", "not =ilike")
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
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
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
        leads = self.env["crm.lead"]
        for condition in domain.iter_conditions():
            try:
                # As the author, not as superuser: nobody may build a rule on a field
                # that is not for him, and learn its values from what matches.
                query = Query(self.env, leads._table)
                sql = condition.optimize_full(leads)._to_sql(leads, leads._table, query)
                query.add_where(sql)
                query.limit = 1
                with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                    self.env.cr.execute(query.select())
            except (*BROKEN, AccessError, psycopg2.DataError, psycopg2.ProgrammingError) as error:
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s": the part %(part)s cannot be used: %(reason)s',
                        rule=self.display_name,
                        part=condition,
                        reason=str(error).splitlines()[0] if str(error) else repr(error),
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
        rules = self.sudo().with_context(active_test=True, lang=None).search([])
        rows, broken = [], {}
        for rule in rules:
            try:
                domain = self._parse_domain(rule.domain)
            except (ValueError, SyntaxError, TypeError) as error:
                broken[rule.id] = str(error)
                continue
            values = {
                name: rule[name].id if rule._fields[name].type == "many2one" else rule[name]
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

        def build(query, conditions):
            query.add_where(SQL("%s = ANY(%s)", SQL.identifier("crm_lead", "id"), leads.ids))
            hits = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id) for row, sqls in conditions
            )
            return query.select(
                SQL.identifier("crm_lead", "id"),
                SQL("array_remove(ARRAY[%s]::int[], NULL)", hits),
            )

        for lead_id, rule_ids in self._rule_execute(rows, build):
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
            self.env.flush_query(statement)
            if self.env.context.get(GUARDED):
                self.env.cr.execute(statement)
                return self.env.cr.fetchall() if self.env.cr.description else []
            try:
                with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                    self.env.cr.execute(statement)
                    return self.env.cr.fetchall() if self.env.cr.description else []
            except (psycopg2.DataError, psycopg2.ProgrammingError):
                usable = self._rule_probe(row for row, _sqls in conditions)
                if len(usable) == len(conditions):
                    raise  # No rule is to blame: an error of the engine itself.
                rows = usable

    @api.model
    def _rule_conditions(self, rows):
        """Turn rules into SQL conditions on one shared query over ``crm_lead``.

        Rules that cannot be turned into SQL are switched off and left out.

        :return: the query, and ``[(row, [SQL, ...]), ...]``.
        """
        leads = self._rule_leads()
        query, conditions, broken = Query(self.env, leads._table), [], {}
        for row in rows:
            try:
                sqls, joins = self._rule_compiled(row) or self._rule_compile(row)
                for alias, join in joins.items():
                    query._joins.setdefault(alias, join)
            except BROKEN as error:
                broken[row.id] = str(error)
                continue
            company = self._rule_company_sql(leads, row, query)
            if company:
                sqls = [SQL("(%s AND %s)", company, sql) for sql in sqls]
            conditions.append((row, sqls))
        if not broken:
            return query, conditions
        self._rule_switch_off(broken)
        # Again from the start: a rule that broke half way may have left joins behind.
        return self._rule_conditions([row for row, _sqls in conditions])

    @api.model
    def _rule_compile(self, row):
        """Turn the domains of a rule into SQL.

        :return: the conditions, and the joins that they need, by alias.
        :rtype: tuple[list[SQL], dict]
        """
        leads = self._rule_leads()
        query = Query(self.env, leads._table)
        sqls = [self._rule_to_sql(leads, domain, query) for domain in self._rule_domains(row)]
        return sqls, query._joins

    @api.model
    @tools.ormcache("row.id")
    def _rule_compiled(self, row):
        """Return the same as :meth:`_rule_compile`, from memory, or None.

        Building the SQL costs more than running it for a single lead. What does not depend
        on the moment, e.g. on "today" or on what a search finds, is built once.
        """
        leads = self._rule_leads()
        if all(self._rule_is_fixed(leads, domain) for domain in self._rule_domains(row)):
            return self._rule_compile(row)
        return None

    @api.model
    def _rule_is_fixed(self, model, domain):
        """Tell whether a domain makes the same SQL whenever it is turned into SQL."""
        return all(
            self._rule_is_fixed_condition(model, condition)
            for condition in domain.iter_conditions()
        )

    @api.model
    def _rule_is_fixed_condition(self, model, condition):
        name, _dot, rest = condition.field_expr.partition(".")
        field, value = model._fields.get(name), condition.value
        if not field or not field.store or field.company_dependent:
            return False
        if field.relational:
            comodel = model.env[field.comodel_name]
            if type(comodel)._search is not models.BaseModel._search:
                return False  # the model decides what is found
            if rest:
                return self._rule_is_fixed(comodel, Domain(rest, condition.operator, value))
            if isinstance(value, Domain):
                return self._rule_is_fixed(comodel, value)
            if condition.operator in ("any", "not any"):
                return self._rule_is_fixed(comodel, Domain(value))
        kinds = FIXED_VALUES.get(field.type, (bool,) if field.relational else ())
        values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
        return condition.operator in FIXED_OPERATORS and all(
            item is None or isinstance(item, kinds) for item in values
        )

    @api.model
    def _rule_leads(self):
        """Return the crm.lead model in the one context in which all rules are answered."""
        # sudo: a rule means the same whoever saves the lead. The fields that its author
        # may use were checked when he saved it (see _validate_domain).
        return self.env["crm.lead"].sudo().with_context(lang=None, tz="UTC")

    @api.model
    def _rule_to_sql(self, leads, domain, query):
        """Return one SQL condition for a domain on leads, never NULL."""
        sql = domain.optimize_full(leads)._to_sql(leads, leads._table, query)
        return SQL("COALESCE(%s, FALSE)", sql)

    @api.model
    def _rule_company_sql(self, leads, row, query):
        """Return the condition that a rule of one company puts on leads, or None.

        In a database with a single company every lead is that company's, also those that
        came in without one.
        """
        if not row.company_id or self.env["res.company"]._crm_is_only_company():
            return None
        column = leads._field_to_sql(leads._table, "company_id", query)
        return SQL("%s IS NOT DISTINCT FROM %s", column, row.company_id)

    # === BROKEN RULES === #

    @api.model
    def _rule_probe(self, rows):
        """Try rules one by one, switch off those that fail, and return the others."""
        leads = self._rule_leads()
        usable, broken = [], {}
        for row in rows:
            query = Query(self.env, leads._table)
            try:
                for domain in self._rule_domains(row):
                    query.add_where(SQL("NOT %s", self._rule_to_sql(leads, domain, query)))
                with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                    self.env.cr.execute(query.select(SQL("count(*)")))
                usable.append(row)
            except (*BROKEN, psycopg2.DataError, psycopg2.ProgrammingError) as error:
                broken[row.id] = str(error)
        if broken:
            self._rule_switch_off(broken)
        return usable

    @api.model
    def _rule_switch_off(self, reasons):
        """Switch off rules that no longer work, and tell their owners.

        :param dict reasons: what went wrong, by rule id.
        """
        # sudo, as OdooBot: the salesperson whose lead showed the fault may not write rules.
        for rule in self.with_user(SUPERUSER_ID).browse(reasons):
            reason = reasons[rule.id].strip().splitlines()[0] if reasons[rule.id] else ""
            _logger.warning("%s %s (%r) switched off: %s", self._name, rule.id, rule.name, reason)
            rule.write({"active": False, "broken_reason": reason})
            rule._rule_notify_owner(reason)

    def _rule_notify_owner(self, reason):
        """Send the owner of a rule that was switched off a notification."""
        self.ensure_one()
        partners = self._rule_owners().partner_id
        if not partners:
            return
        subject = self.env._('Rule "%s" was switched off', self.display_name)
        body = Markup("<p>%s</p><p>%s</p>") % (
            self.env._(
                'The rule "%(rule)s" (%(kind)s) no longer works and was switched off, so that'
                " leads can be saved and the other rules go on: %(reason)s",
                rule=self.display_name,
                kind=self.env["ir.model"]._get(self._name).name,
                reason=reason,
            ),
            self.env._("Correct its condition, then activate it again."),
        )
        self.env["mail.thread"].message_notify(
            partner_ids=partners.ids, subject=subject, body=body, model=self._name, res_id=self.id
        )

    def _rule_owners(self):
        """Return the users to tell about this rule: who wrote it, else the sales managers."""
        owner = self.create_uid
        if owner.active and owner.id != SUPERUSER_ID:
            return owner
        managers = self.env.ref("sales_team.group_sale_manager").all_user_ids
        return managers.filtered(
            lambda user: user.active
            and user.id != SUPERUSER_ID
            and (not self.company_id or self.company_id in user.company_ids)
        )
