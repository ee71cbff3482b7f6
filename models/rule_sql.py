# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from .rule_mixin import BROKEN

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
# What is known without asking the database.
TRUE, FALSE = SQL("TRUE"), SQL("FALSE")
FIXED_OPERATORS = frozenset(
    ("=", "!=", "in", "not in", "<", ">", "<=", ">=")
    + (
        "like",
        "ilike",
        "not like",
        "not ilike",
        "=like",
        "=ilike",
        "not =like",
        "not =ilike",
    )
)


class CrmRuleMixin(models.AbstractModel):
    """How rules become SQL, and when that has to be done only once."""

    _inherit = "crm.rule.mixin"

    @api.model
    def _rule_conditions(self, rows, query=None, lacking=None):
        """Turn rules into SQL conditions on one shared query over ``crm_lead``.

        Rules that cannot be turned into SQL are switched off and left out.

        :param query: one of :meth:`_rule_query`, to share it between rules of several models.
        :param lacking: names of relations of which it is known that they are empty; for new
            leads they are looked up when None.
        :return: the query, and ``[(row, [SQL, ...]), ...]``.
        """
        leads = self._rule_leads()
        query = self._rule_query() if query is None else query
        conditions, broken = [], {}
        if lacking is None:
            fresh = leads.browse(leads._lead_fresh())
            names = {
                name for row in rows if fresh for name in self._rule_relations(row)
            }
            lacking = self._rule_lacking(fresh, sorted(names))
        for row in rows:
            try:
                lacks = lacking and tuple(
                    name for name in self._rule_relations(row) if name in lacking
                )
                sqls, joins = self._rule_compiled(row, lacks) or self._rule_compile(
                    row, lacks
                )
                for alias, join in joins.items():
                    query._joins.setdefault(alias, join)
            except BROKEN as error:
                broken[row.id] = str(error)
                continue
            company = self._rule_company_sql(leads, row, query)
            if company:
                sqls = [SQL("(%s AND %s)", company, sql) for sql in sqls]
            conditions.append((row, sqls))
        if broken:
            self._rule_switch_off(broken)
        return query, conditions

    @api.model
    def _rule_case(self, condition, value):
        """Return a value where a condition holds, else 0; in as few words as possible."""
        if condition == TRUE:
            return SQL("%s", value)
        if condition == FALSE:
            return SQL("0")
        return SQL("CASE WHEN %s THEN %s ELSE 0 END", condition, value)

    @api.model
    def _rule_fetch(self, statement):
        """Execute a statement, and return its rows; none where it gives none by nature."""
        self.env.cr.execute(statement)
        return self.env.cr.fetchall() if self.env.cr.description else []

    @api.model
    def _rule_compile(self, row, lacking=()):
        """Turn the domains of a rule into SQL.

        :param lacking: names of fields of which it is known that they are empty.
        :return: the conditions, and the joins that they need, by alias.
        :rtype: tuple[list[SQL], dict]
        """
        leads = self._rule_leads()
        query = Query(self.env, leads._table)
        sqls = [
            self._rule_to_sql(leads, domain, query, lacking)
            for domain in self._rule_domains(row)
        ]
        return sqls, query._joins

    @api.model
    @tools.ormcache("row.id", "lacking")
    def _rule_compiled(self, row, lacking=()):
        """Return the same as :meth:`_rule_compile`, from memory, or None.

        Building the SQL costs more than running it for a single lead. What does not depend
        on the moment, e.g. on "today" or on what a search finds, is built once.
        """
        leads = self._rule_leads()
        if all(
            self._rule_is_fixed(leads, domain) for domain in self._rule_domains(row)
        ):
            return self._rule_compile(row, lacking)
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
                return self._rule_is_fixed(
                    comodel, Domain(rest, condition.operator, value)
                )
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
    def _rule_to_sql(self, leads, domain, query, lacking=()):
        """Return one SQL condition for a domain on leads, never NULL."""
        domain = domain.optimize_full(leads)
        if lacking:
            domain = self._rule_without(domain, lacking)
        if domain.is_true() or domain.is_false():
            return TRUE if domain.is_true() else FALSE
        sql = domain._to_sql(leads, leads._table, query)
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
