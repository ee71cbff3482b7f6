# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What figures ask, in SQL: conditions on what is counted, and when it happened."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query


class Conditions:
    """Domains as SQL conditions on a query over a model; the same one is put into SQL once."""

    def __init__(self, Model, query):
        self.Model, self.query, self.said = Model, query, []

    def sql(self, domain):
        for known, sql in self.said:
            if known == domain:
                return sql
        sql = condition(self.Model, self.query, domain)
        self.said.append((domain, sql))
        return sql


def condition(Model, query, domain):
    """Return a domain as an SQL condition on a query over a model."""
    domain = Domain(domain).optimize_full(Model)
    # Most ask nothing of other records: they are in order already.
    if any(_way_of(Model, one) for one in domain.iter_conditions()):
        domain = domain.map_conditions(lambda one: _among_leads(Model, one))
        domain = domain.optimize_full(Model)
    if domain.is_true():
        return SQL("TRUE")
    if domain.is_false():
        return SQL("FALSE")
    return domain._to_sql(Model, Model._table, query)


def _way_of(Model, one):
    """Return the field by which a condition asks of one other record, or None."""
    field = Model._fields.get(one.field_expr)
    is_one = one.operator == "any" and field is not None and field.type == "many2one"
    return field if is_one else None


def _among_leads(Model, one):
    """Have what is asked of a record's lead be asked of the leads of what is counted.

    The same by another way: the reader's record rules of the other model are asked with it.
    As a condition on each record the database would look through all leads for it. The leads
    are found by the ids that the records tell, of a week few of all; those of who has leads of
    his own by their owner.

    :param one: a condition of a domain.
    """
    field = _way_of(Model, one)
    if not field:
        return one
    env, Other = Model.env, Model.env[field.comodel_name]
    Other.browse().check_access("read")
    rules = Domain.TRUE if env.su else env["ir.rule"]._compute_domain(Other._name)
    # sudo: as Odoo asks the rules themselves.
    rules = rules.optimize_full(Other.sudo())
    if any("any" in rule.operator for rule in rules.iter_conditions()):
        return one
    domain = (Domain(one.value) & rules).optimize_full(Other)
    has_own = any(rule.field_expr == "user_id" for rule in rules.iter_conditions())

    def to_sql(model, alias, query):
        key = model._field_to_sql(alias, field.name, query)
        found = Query(env, Other._table, Other._table_sql)
        if not has_own:
            told = SQL("ANY(ARRAY%s)", query.subselect(key))
            found.add_where(SQL("%s = %s", SQL.identifier(Other._table, "id"), told))
        found.add_where(domain._to_sql(Other, Other._table, found))
        return SQL("(%s IN %s)", key, found.subselect())

    return Domain.custom(to_sql=to_sql)


def moment_sql(Model, query, source):
    """Return when a record of a source happens, in SQL."""
    if source.moment == "received":
        return SQL(
            "COALESCE(%s, %s)",
            Model._field_to_sql(Model._table, "received_on", query),
            Model._field_to_sql(Model._table, "create_date", query),
        )
    return Model._field_to_sql(Model._table, source.moment, query)
