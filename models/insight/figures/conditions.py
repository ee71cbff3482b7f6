# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What figures ask, in SQL: conditions on what is counted, and when it happened."""

from odoo.fields import Domain
from odoo.tools import SQL


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
    domain = domain.map_conditions(lambda one: _joined(Model, one))
    domain = domain.optimize_full(Model)
    if domain.is_true():
        return SQL("TRUE")
    if domain.is_false():
        return SQL("FALSE")
    return domain._to_sql(Model, Model._table, query)


def _joined(Model, one):
    """Have what is asked of a record's lead be asked of the row that is joined to it.

    The same by another way: the reader's record rules of the other model are asked with it.
    Within what is counted, the database would look through all leads for it.

    :param one: a condition of a domain.
    """
    field = Model._fields.get(one.field_expr)
    if one.operator != "any" or field is None or field.type != "many2one":
        return one
    env, Other = Model.env, Model.env[field.comodel_name]
    Other.browse().check_access("read")
    rules = Domain.TRUE if env.su else env["ir.rule"]._compute_domain(Other._name)
    # sudo: as Odoo asks the rules themselves.
    rules = rules.optimize_full(Other.sudo())
    if any("any" in rule.operator for rule in rules.iter_conditions()):
        return one
    domain = (Domain(one.value) & rules).optimize_full(Other)

    def to_sql(model, alias, query):
        _leads, other = field.join(model, alias, query)
        sql = domain._to_sql(Other, other, query)
        return SQL("(%s IS NOT NULL AND %s)", SQL.identifier(other, "id"), sql)

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
