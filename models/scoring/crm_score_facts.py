# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math
from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ..common.field_kinds import FACT, kind_of

NUMBERS = ("integer", "float", "monetary")
MANY = ("many2many", "one2many")
CHOICES = ("selection", "boolean", "many2one", "char", "text")
# A value that fewer leads have gives no fact of its own where a lead can have several.
LEAST_OF_MANY = 30


# Where the tracking of Odoo keeps a former value, by type of the field: see _changed_since().
TRACKED = {
    "integer": 0, "boolean": 0, "many2one": 0, "float": 1, "monetary": 1,
    "char": 2, "selection": 2, "text": 3, "date": 4, "datetime": 4,
}  # fmt: skip


class Closed(NamedTuple):
    """A closed lead, as far as figures need it."""

    id: int
    won: bool
    revenue: float  # expected, in the currency of its company
    company_id: int
    closed: datetime


class CrmScoreFacts(models.AbstractModel):
    """Reads what is known of closed leads, as columns of plain values.

    **How to use.** ``_closed(domain)`` gives the closed leads as plain rows,
    ``_read(leads, names)`` the facts that leads had when they were closed:
    ``{key: (kind, values)}``, a value per lead, None for empty. The key is the name of a
    field, or ``field:id`` for one value of a field that holds several.

    **How it works.** One query for all plain fields, one for each field with several values.
    """

    _name = "crm.score.facts"
    _description = "Facts of closed leads"

    @api.model
    def _closed(self, domain, card=None, without=()):
        """Return the won and lost leads of a domain, as plain values, oldest first.

        At any number: 50 bytes each, no records are read.

        :param domain: as any domain on crm.lead; archived leads are included, and only
            leads that the user may read.
        :param card: a crm.scorecard, or its setup: only leads that it is about.
        :param without: ids of leads to leave out.
        :rtype: list[Closed]
        """
        leads = self.env["crm.lead"].with_context(active_test=False)
        found = leads._search(
            Domain(domain) & Domain("won_status", "in", ["won", "lost"]),
            order="create_date, id",
        )
        if card:
            Engine = self.env["crm.score.engine"]
            setup = card if isinstance(card, tuple) else Engine._setup_of(card)
            found.add_where(Engine._about_sql(setup, found))
        if without:
            found.add_where(SQL("crm_lead.id <> ALL(%s)", list(without)))
        names = ("won_status", "expected_revenue", "company_id", "date_closed")
        # sudo: the caller may read the leads; these are their outcomes.
        columns = [
            leads.sudo()._field_to_sql("crm_lead", name, found) for name in names
        ]
        rows = self.env.execute_query(found.select(SQL("crm_lead.id"), *columns))
        return [
            Closed(lead_id, status == "won", revenue or 0.0, company, closed)
            for lead_id, status, revenue, company, closed in rows
        ]

    @api.model
    def _revenues(self, rows, currency):
        """Return the revenue of won leads in one currency, at the rates of their close.

        :param rows: Closed tuples.
        :param currency: a res.currency.
        :return: one number for each; 0 for those that were lost.
        :rtype: list[float]
        """
        today, rates, result = fields.Date.today(), {}, []
        # sudo: the currencies of companies.
        Company = self.env["res.company"].sudo()
        own = {False: self.env.company.currency_id}
        for row in rows:
            company = row.company_id or False
            if company not in own:
                own[company] = Company.browse(company).currency_id
            key = own[company], row.closed.date() if row.closed else today
            if key not in rates:
                rates[key] = (
                    1.0
                    if key[0] == currency
                    else key[0]._get_conversion_rate(
                        key[0], currency, self.env.company, key[1]
                    )
                )
            result.append(max(row.revenue, 0.0) * rates[key] if row.won else 0.0)
        return result

    @api.model
    def _changed_since(self, ids, names):
        """Tell which facts of closed leads are other ones today than when they were closed.

        Odoo keeps the history of the fields that it tracks; of others nothing is known.

        :param ids: of closed leads.
        :param names: names of fields of crm.lead.
        :return: by lead id, by name of the field, the row with its value at the close:
            ``old_value_integer``, ``_float``, ``_char``, ``_text``, ``_datetime``.
        :rtype: dict[int, dict[str, tuple]]
        """
        self.env["mail.tracking.value"].flush_model()
        changed = {}
        for lead_id, name, *values in self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (m.res_id, f.name) m.res_id, f.name,"
                " t.old_value_integer, t.old_value_float, t.old_value_char,"
                " t.old_value_text, t.old_value_datetime FROM mail_message m"
                " JOIN mail_tracking_value t ON t.mail_message_id = m.id"
                " JOIN ir_model_fields f ON f.id = t.field_id"
                " JOIN crm_lead l ON l.id = m.res_id"
                " WHERE m.model = 'crm.lead' AND l.id = ANY(%s) AND f.name = ANY(%s)"
                " AND m.date > l.date_closed + interval '1 minute'"
                " ORDER BY m.res_id, f.name, m.date, t.id",
                list(ids),
                sorted(names),
            )
        ):
            changed.setdefault(lead_id, {})[name] = tuple(values)
        return changed

    @api.model
    def _written_since(self, ids):
        """Tell how many closed leads were written after the day of their close."""
        return self.env.execute_query(
            SQL(
                "SELECT count(*) FROM crm_lead WHERE id = ANY(%s)"
                " AND write_date > date_closed + interval '1 day'",
                list(ids),
            )
        )[0][0]

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
        by_id = {row[0]: list(row[1:]) for row in rows}
        for lead_id, values in self._changed_since(leads.ids, names).items():
            for name, former in values.items():
                place = TRACKED.get(leads._fields[name].type)
                if place is not None:
                    # A choice is tracked by its label only.
                    known = leads._fields[name].type != "selection"
                    by_id[lead_id][names.index(name)] = former[place] if known else None
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
