# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ..common.field_kinds import FACT, kind_of

NUMBERS = ("integer", "float", "monetary")
MANY = ("many2many", "one2many")
CHOICES = ("selection", "boolean", "many2one", "char", "text")
# A value that fewer leads have gives no fact of its own where a lead can have several.
LEAST_OF_MANY = 30


class CrmScoreFacts(models.AbstractModel):
    """Reads what is known of closed leads, as columns of plain values.

    **How to use.** ``_closed(domain)`` gives the closed leads, ``_read(leads, names)`` their
    facts: ``{key: (kind, values)}``, a value per lead, None for empty. The key is the name
    of a field, or ``field:id`` for one value of a field that holds several.

    **How it works.** One query for all plain fields, one for each field with several values.
    """

    _name = "crm.score.facts"
    _description = "Facts of closed leads"

    @api.model
    def _closed(self, domain):
        """Return the won and lost leads of a domain, oldest first.

        :param domain: as any domain on crm.lead; archived leads are included.
        """
        return (
            self.env["crm.lead"]
            .with_context(active_test=False)
            .search(
                Domain(domain) & Domain("won_status", "in", ["won", "lost"]),
                order="create_date, id",
            )
        )

    @api.model
    def _candidates(self, excluded=()):
        """Return the names of the lead fields that may tell which leads are won.

        :param excluded: names that the user does not want.
        :rtype: list[str]
        """
        leads = self.env["crm.lead"]
        plain = sorted(
            name
            for name, field in leads._fields.items()
            if field.store
            and (field.type in NUMBERS + CHOICES + ("date", "datetime", "many2many"))
            and not field.company_dependent
            and not field.translate
            and kind_of(field) == FACT
            and leads._has_field_access(field, "read")
        )
        names = [*plain, *sorted(self._properties()), "touchpoint_ids"]
        return [
            name
            for name in names
            if not {name, name.partition(".")[0]}.intersection(excluded)
        ]

    @api.model
    def _read(self, leads, names):
        """Return the facts of leads.

        :param leads: crm.lead records.
        :param names: names of stored fields of crm.lead.
        :return: by key, the kind ("number" or "category") and one value per lead.
        :rtype: dict[str, tuple[str, list]]
        """
        own = {name: leads._fields[name] for name in names if name in leads._fields}
        plain = [name for name, field in own.items() if field.type not in MANY]
        facts = self._read_columns(leads, plain) if plain else {}
        for field in own.values():
            if field.type == "many2many":
                facts.update(self._read_many(leads, field))
        facts.update(
            self._read_properties(leads, [name for name in names if "." in name])
        )
        if "touchpoint_ids" in own:
            facts.update(self._read_events(leads))
        return facts

    @api.model
    def _read_columns(self, leads, names):
        """Return the facts of fields that hold one value."""
        query = Query(self.env, "crm_lead", SQL.identifier("crm_lead"))
        # sudo: the caller may read the leads and the fields (see _candidates).
        model = leads.sudo()
        columns = [model._field_to_sql("crm_lead", name, query) for name in names]
        query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
        rows = self.env.execute_query(query.select(SQL("crm_lead.id"), *columns))
        by_id = {row[0]: row[1:] for row in rows}
        facts = {}
        for place, name in enumerate(names):
            kind = "number" if leads._fields[name].type in NUMBERS else "category"
            values = [
                self._value(leads._fields[name], by_id[lead_id][place])
                for lead_id in leads.ids
            ]
            facts[name] = (kind, values)
        return facts

    @api.model
    def _value(self, field, value):
        """Return a value as the statistics take it: None where Odoo says it is not set."""
        if field.type in NUMBERS:
            number = float(value or 0)
            return number if number and math.isfinite(number) else None
        if field.type in ("date", "datetime"):
            return True if value else None
        return value or None

    @api.model
    def _read_many(self, leads, field):
        """Return one fact for each frequent value of a field that holds several."""
        leads.flush_recordset([field.name])
        rows = self.env.execute_query(
            SQL(
                "SELECT %(value)s, array_agg(%(lead)s) FROM %(table)s"
                " WHERE %(lead)s = ANY(%(ids)s) GROUP BY 1 HAVING count(*) >= %(least)s",
                value=SQL.identifier(field.column2),
                lead=SQL.identifier(field.column1),
                table=SQL.identifier(field.relation),
                ids=leads.ids,
                least=LEAST_OF_MANY,
            )
        )
        facts = {}
        for value, lead_ids in rows:
            having = set(lead_ids)
            facts[f"{field.name}:{value}"] = (
                "category",
                [True if lead_id in having else None for lead_id in leads.ids],
            )
        return facts
