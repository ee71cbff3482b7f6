# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from odoo.tools import SQL
from odoo.tools.query import Query

from ...common.field_kinds import FACT, kind_of
from .closed import ClosedLeads

NUMBERS = ("integer", "float", "monetary")
MANY = ("many2many", "one2many")
CHOICES = ("selection", "boolean", "many2one", "char", "text")
# A value that fewer leads have gives no fact of its own where a lead can have several.
LEAST_OF_MANY = 30
# The types of properties that can be learned from.
PROPERTY_TYPES = ("char", "selection", "boolean", "integer", "float")
# From how many events on, of a kind, a lead may differ from others.
COUNTS = (1, 3)
PROPERTIES = "lead_properties"
# Where Odoo keeps a former value, by type of the field: see ClosedLeads.changed_since().
TRACKED = {
    "integer": 0, "boolean": 0, "many2one": 0, "float": 1, "monetary": 1,
    "char": 2, "selection": 2, "text": 3, "date": 4, "datetime": 4,
}  # fmt: skip


class Fact(NamedTuple):
    """What a key of the facts means."""

    name: str  # of the field, with the name of the property
    type: str  # of the field, or "events"
    label: str
    words: Callable  # gives a value in words
    value: object = None  # where the fact is about one value of several


class Facts:
    """Reads what is known of closed leads, as columns of plain values.

    **How to use.** ``read(leads, names)`` gives the facts that leads had when they were closed:
    ``{key: (kind, values)}``, a value per lead, None for empty. The key is the name of a
    field, or ``field:id`` for one value of a field that holds several; ``fact(key)`` says
    what it means.

    **How it works.** One query for all plain fields, one for each field with several values.

    :param env: the environment of whoever asks.
    """

    def __init__(self, env):
        self.env = env

    def candidates(self, excluded=()):
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
        names = [*plain, *sorted(self.properties()), "touchpoint_ids"]
        return [
            name
            for name in names
            if not {name, name.partition(".")[0]}.intersection(excluded)
        ]

    # It is no model.
    def read(self, leads, names):  # pylint: disable=method-required-super
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

    def _read_columns(self, leads, names):
        """Return the facts of fields that hold one value."""
        query = Query(self.env, "crm_lead", SQL.identifier("crm_lead"))
        # sudo: the caller may read the leads and the fields (see candidates).
        model = leads.sudo()
        columns = [model._field_to_sql("crm_lead", name, query) for name in names]
        query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
        rows = self.env.execute_query(query.select(SQL("crm_lead.id"), *columns))
        by_id = {row[0]: list(row[1:]) for row in rows}
        for lead_id, values in (
            ClosedLeads(self.env).changed_since(leads.ids, names).items()
        ):
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

    def _value(self, field, value):
        """Return a value as the statistics take it: None where Odoo says it is not set."""
        if field.type in NUMBERS:
            number = float(value or 0)
            return number if number and math.isfinite(number) else None
        if field.type in ("date", "datetime"):
            return True if value else None
        return value or None

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

    def _read_properties(self, leads, names):
        """Return the facts of properties, each by its full name."""
        if not names:
            return {}
        leads.flush_recordset([PROPERTIES])
        found = dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, lead_properties FROM crm_lead"
                    " WHERE id = ANY(%s) AND lead_properties IS NOT NULL",
                    leads.ids,
                )
            )
        )
        definitions, facts = self.properties(), {}
        for full_name in names:
            name = full_name.partition(".")[2]
            is_number = definitions[full_name]["type"] in ("integer", "float")
            values = [found.get(lead_id, {}).get(name) or None for lead_id in leads.ids]
            facts[full_name] = ("number" if is_number else "category", values)
        return facts

    def _read_events(self, leads):
        """Return, for each kind of event, whether leads had so many before they were closed.

        Only what came from the lead itself: how much it was worked on is our doing.
        """
        counts = Counter()
        for lead_id, kind, count in self.env.execute_query(
            SQL(
                "SELECT t.lead_id, t.kind, count(*) FROM crm_touchpoint t"
                " JOIN crm_lead l ON l.id = t.lead_id WHERE t.lead_id = ANY(%s)"
                " AND t.direction = 'in'"
                " AND (l.date_closed IS NULL OR t.occurred_on <= l.date_closed)"
                " GROUP BY t.lead_id, t.kind",
                leads.ids,
            )
        ):
            counts[lead_id, kind] = count
        kinds = sorted({kind for _lead_id, kind in counts})
        return {
            f"touchpoint_ids:{kind}:{least}": (
                "category",
                [
                    True if counts[lead_id, kind] >= least else None
                    for lead_id in leads.ids
                ],
            )
            for kind in kinds
            for least in COUNTS
        }

    # === WORDS === #

    def fact(self, key):
        """Return what a key means.

        :param str key: as in the facts of ``read``.
        :rtype: Fact
        """
        name, _colon, value = key.partition(":")
        if name == "touchpoint_ids":
            return self._event_fact(*value.split(":"))
        if "." in name:
            definition = self.properties()[name]
            options = {
                option[0]: option[1] for option in definition.get("selection") or ()
            }
            return Fact(
                name,
                definition["type"],
                definition.get("string") or name,
                lambda item: str(options.get(item, item)),
            )
        field = self.env["crm.lead"]._fields[name]
        label = field._description_string(self.env)
        if not value:
            return Fact(name, field.type, label, lambda item: self._words(field, item))
        text = f"{label}: {self._words(field, int(value))}"
        return Fact(name, field.type, text, str, int(value))

    def _event_fact(self, kind, count):
        """Return what the key of a number of events means."""
        label = dict(self.env["crm.scorecard.rule"]._selection_event_kind())[kind]
        text = self.env._(
            "%(kind)s from the lead, at least %(count)s", kind=label, count=count
        )
        return Fact("touchpoint_ids", "events", text, str, (kind, int(count)))

    def _words(self, field, value):
        """Return a value of a field of crm.lead in words."""
        if field.relational:
            # sudo: only the name of what the leads point at.
            return self.env[field.comodel_name].sudo().browse(
                value
            ).display_name or str(value)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    def properties(self):
        """Return the definitions of the properties of leads, of all teams.

        :return: by ``lead_properties.NAME``: ``name``, ``type``, ``string``, ``selection``.
        :rtype: dict[str, dict]
        """
        # sudo: what the properties are called, not what any lead has in them.
        teams = (
            self.env["crm.team"]
            .sudo()
            .with_context(active_test=False)
            .search([("id", "!=", False)])
        )
        return {
            f"{PROPERTIES}.{definition['name']}": definition
            for team in teams
            for definition in team.lead_properties_definition or ()
            if definition["type"] in PROPERTY_TYPES
        }
