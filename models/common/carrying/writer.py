# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Writes the set-up of a company down, as the user who is asking may read it."""

from graphlib import TopologicalSorter

from . import values
from .conditions import Conditions
from .names import Names

FORMAT = "crm_lead_management set-up"
VERSION = 1


class Writer:
    """Turns the set-up of a company into what a file holds: plain values and names."""

    def __init__(self, env, company):
        self.names = Names(env, company)
        self.env = self.names.env
        self.company = company
        self.conditions = Conditions(self.names)
        self.keys = {}

    def content(self):
        """Return what the file holds.

        :rtype: dict
        """
        found = {model: self._records(model) for model in roots(self.env)}
        for model, records in found.items():
            for number, record in enumerate(records, 1):
                self.keys[model, record.id] = str(number)
        return {
            "format": FORMAT,
            "version": VERSION,
            "records": {
                model: [
                    {"key": str(number), **self.record(record)}
                    for number, record in enumerate(records, 1)
                ]
                for model, records in found.items()
                if records
            },
        }

    def _records(self, model):
        Model = self.env[model]
        domain = Model._carried_domain()
        if "company_id" in Model._fields:
            domain = [*domain, ("company_id", "in", [False, self.company.id])]
        return Model.search(domain)

    def record(self, record):
        """Return one record, with its lines, as it stands in a file.

        :rtype: dict
        """
        written = {}
        if "company_id" in record._fields and not record._carried_parent():
            written["own"] = bool(record.company_id)
        for name, field in record._carried_fields().items():
            written[name] = self._value(record, name, field)
        return written

    def _value(self, record, name, field):
        value = record[name]
        if field.type == "one2many":
            return self._lines(value)
        if name in record._carried_owned:
            owned = record._carried_owned[name]
            return self._owned(value, owned) if value else False
        if field.type == "many2one":
            return self._named(value) if value else False
        if field.type == "many2many":
            return [self._named(one) for one in value.sorted("id")]
        if is_condition(name):
            return self.conditions.out(value)
        return values.out(record, field)

    def _lines(self, lines):
        """Return the lines of a record; each has a key, since they speak of each other."""
        lines = lines.sorted("id")
        for number, line in enumerate(lines, 1):
            self.keys[line._name, line.id] = f"line {number}"
        return [
            {"key": f"line {number}", **self.record(line)}
            for number, line in enumerate(lines, 1)
        ]

    def _named(self, record):
        key = self.keys.get((record._name, record.id))
        return {**({"key": key} if key else {}), **self.names.of(record)}

    def _owned(self, record, fields):
        return {name: values.out(record, record._fields[name]) for name in fields}


def roots(env):
    """Return the names of the models that are carried and are no lines of others.

    :return: those that others speak of come first.
    :rtype: list[str]
    """
    Carried = env["crm.carried.mixin"]
    carried = [
        name
        for name in sorted(env.registry)
        if Carried._carried_is(name) and not env[name]._abstract
    ]
    lines = {name for name in carried if env[name]._carried_parent()}
    found = [name for name in carried if name not in lines]
    order = {name: _speaks_of(env, name, lines) & set(found) - {name} for name in found}
    sorter, ready, ordered = TopologicalSorter(order), [], []
    sorter.prepare()
    while sorter.is_active():
        ready += sorter.get_ready()
        # Conditions may name them, too.
        ready.sort(key=lambda name: (env[name]._carried_rank, name))
        ordered.append(ready.pop(0))
        sorter.done(ordered[-1])
    return ordered


def _speaks_of(env, model, lines):
    """Return the models that a carried model and its lines point at."""
    spoken = set()
    for field in env[model]._carried_fields().values():
        if field.type == "one2many":
            spoken |= _speaks_of(env, field.comodel_name, lines)
        elif field.relational:
            spoken.add(field.comodel_name)
    return spoken


def is_condition(name):
    """Tell whether a field holds a condition on leads."""
    return name == "domain" or name.endswith("_domain")
