# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query


class CrmRuleMixin(models.AbstractModel):
    """How rules see leads that are just being created.

    What one engine finds out about a new lead, the next one reads: the points depend on the
    persona, the owner on the grade. Writing it down in between would cost an UPDATE of a wide
    and heavily indexed row each time. So it stays in the ORM's memory until the end, and the
    rules are answered on the row of the database with these values in place of its own.
    """

    _inherit = "crm.rule.mixin"

    @api.model
    def _rule_query(self):
        """Return a query over ``crm_lead``, for the conditions of rules and other columns.

        Only the leads that the query is about are seen with the values that wait in memory.
        Other leads that a condition looks at, e.g. those of the same contact, are seen as
        the database has them.
        """
        leads = self._rule_leads()
        waiting = self._rule_waiting(leads)
        if not waiting:
            return Query(self.env, leads._table)
        rows = SQL(", ").join(
            SQL("(%s, %s)", lead.id, self._rule_values(lead, waiting))
            for lead in leads.browse(self.env["crm.lead"]._lead_fresh())
        )
        columns = dict(self._rule_lead_columns())
        for name in (field.name for field in waiting):
            # Other leads may be asked about, too: somebody writes to them in between.
            columns[name] = SQL(
                "CASE WHEN new.id IS NULL THEN %s ELSE %s END AS %s",
                columns[name],
                SQL.identifier("new", name),
                SQL.identifier(name),
            )
        table = SQL(
            "(SELECT %s FROM crm_lead AS old LEFT JOIN (VALUES %s) AS new(id, %s)"
            " ON new.id = old.id)",
            SQL(", ").join(columns.values()),
            rows,
            SQL(", ").join(SQL.identifier(field.name) for field in waiting),
        )
        return Query(self.env, leads._table, table)

    @api.model
    @tools.ormcache()
    def _rule_lead_columns(self):
        """Return the columns of a row of ``crm_lead`` that is called "old", by name.

        :rtype: dict[str, SQL]
        """
        return {
            field.name: SQL.identifier("old", field.name)
            for field in self.env["crm.lead"]._fields.values()
            if field.store and field.column_type
        }

    @api.model
    def _rule_waiting(self, leads):
        """Return the fields of new leads whose values wait in memory to be written."""
        fresh = self.env["crm.lead"]._lead_fresh()
        if not fresh:
            return []
        # What depends on what was found may be a column that a rule reads.
        self.env._recompute_all()
        return [
            field
            for field, ids in self.env._field_dirty.items()
            if field.model_name == leads._name and not ids.isdisjoint(fresh)
        ]

    @api.model
    def _rule_values(self, lead, fields):
        """Return the values of fields as the database would store them, with their types."""
        # What memory does not hold, if anything: it waits for another lead.
        missing = [
            field.name for field in fields if lead.id not in field._get_cache(lead.env)
        ]
        if missing:
            lead.fetch(missing)
        return SQL(", ").join(
            SQL(
                "%s::%s",
                field.get_column_update(lead),
                SQL.identifier(field.column_type[0]),
            )
            for field in fields
        )

    @api.model
    def _rule_flush(self, statement):
        """Write to the database what a statement reads and the ORM still holds back.

        But for the values of new leads, which :meth:`_rule_query` has put in. Where values of
        other leads wait as well, because somebody writes to these in between, all are written.
        """
        reads = self._rule_reads(statement)
        if not self.env["crm.lead"]._lead_fresh():
            self.env["crm.lead"].flush_model(reads.pop("crm.lead", ()))
        reads.pop("crm.lead", None)
        self._rule_flush_others(reads.items())

    @api.model
    def _rule_reads(self, statement):
        """Return what a statement reads: sets of names of fields, by name of the model."""
        reads = {}
        for field in statement.to_flush:
            reads.setdefault(field.model_name, set()).add(field.name)
        return reads

    @api.model
    def _rule_flush_others(self, tables):
        """Write to the database what waits for others than the leads that are being created.

        :param tables: what is read, as pairs of a model and names of its fields.
        """
        for model_name, field_names in tables:
            self.env[model_name].flush_model(field_names)
        fresh = set(self.env["crm.lead"]._lead_fresh())
        if fresh and not all(
            fresh.issuperset(ids)
            for field, ids in self.env._field_dirty.items()
            if field.model_name == "crm.lead"
        ):
            self.env["crm.lead"].flush_model()

    # === WHAT NEW LEADS LACK === #

    @api.model
    def _rule_lacking(self, leads, names):
        """Tell which relations in the conditions of rules need not be looked for.

        A new lead has no answers, calls and meetings yet, often no contact, and the ORM knows
        it. Leaving them out spares the database the planning of their subqueries, which takes
        longer than all the rest of the statement.

        :param leads: crm.lead records that are just being created.
        :param names: relational fields of crm.lead, see :meth:`_rule_relations`.
        :return: those that are empty for all the leads.
        :rtype: tuple[str]
        """
        return tuple(name for name in names if self._rule_is_lacking(leads, name))

    @api.model
    def _rule_is_lacking(self, leads, name):
        # First what the ORM has at hand, which costs least.
        known = leads._fields[name]._get_cache(leads.env)
        if not any(known.get(lead_id, True) for lead_id in leads._ids):
            return True
        # Archived products and tags are looked for by rules, too.
        return not any(lead[name] for lead in leads.with_context(active_test=False))

    @api.model
    @tools.ormcache("row.id")
    def _rule_relations(self, row):
        """Return the names of the relational fields of leads that a rule looks at.

        Only those of which the ORM knows what the database has.
        """
        names = {
            condition.field_expr.partition(".")[0]
            for domain in self._rule_domains(row)
            for condition in domain.iter_conditions()
        }
        fields = self.env["crm.lead"]._fields
        return tuple(
            name
            for name in sorted(names.intersection(fields))
            if self._rule_is_known(fields[name])
        )

    @api.model
    def _rule_is_known(self, field):
        if field.type == "one2many":
            inverse = self.env[field.comodel_name]._fields.get(field.inverse_name)
            return bool(inverse and inverse.store and inverse.type == "many2one")
        return (
            field.type in ("many2one", "many2many")
            and field.store
            and not field.company_dependent
        )

    @api.model
    def _rule_without(self, domain, lacking):
        """Return a domain for leads whose fields ``lacking`` are empty.

        :param Domain domain: fully optimized.
        """

        def settle(condition):
            operator, value = condition.operator, condition.value
            if condition.field_expr not in lacking:
                return condition
            if operator in ("any", "any!", "not any", "not any!"):
                return Domain(operator.startswith("not"))
            if operator in ("in", "not in"):
                asks_for_none = not isinstance(value, (Query, SQL)) and False in value
                return Domain(asks_for_none == (operator == "in"))
            return condition

        return domain.map_conditions(settle)
