# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Conditions in a set-up file: as they are written, but for records, which have names there."""

import ast

from .names import Missing

NESTED = ("any", "not any")
MOST_DEEP = 8


class Conditions:
    """Turns a condition on leads into what a file holds, and back."""

    def __init__(self, names):
        self.names = names
        self.env = names.env

    def out(self, text):
        """Return a condition as a list for a file; False where it is empty."""
        items = ast.literal_eval((text or "").strip() or "[]")
        return self._walk("crm.lead", items, self._out_value, 0) if items else False

    def into(self, items, missing):
        """Return the text of a condition from a file.

        What is named and not here is taken out of the list that it stands in: such a rule
        has to be switched off, ``missing`` says why.

        :param list missing: sentences about what is not here; added to.
        :raise ValueError: where it is no condition.
        """
        if not items:
            return "[]"

        def value(model, called):
            try:
                return self.names.find(model, called).id
            except Missing as error:
                missing.append(str(error))
                return None

        return repr(self._walk("crm.lead", items, self._into_value(value), 0))

    def _walk(self, model, items, change, deep):
        if not isinstance(items, (list, tuple)) or deep > MOST_DEEP:
            raise ValueError(self.names.said._("This is no condition"))
        return [
            item if isinstance(item, str) else self._leaf(model, item, change, deep)
            for item in items
        ]

    def _leaf(self, model, leaf, change, deep):
        if not isinstance(leaf, (list, tuple)) or len(leaf) != 3:
            raise ValueError(self.names.said._("This is no condition"))
        path, operator, value = leaf
        if not isinstance(path, (str, int)) or not isinstance(operator, str):
            raise ValueError(self.names.said._("This is no condition"))
        target = self._target(model, str(path))
        if operator in NESTED:
            return (
                path,
                operator,
                self._walk(target or model, value, change, deep + 1),
            )
        if not target:
            return (path, operator, plain(value))
        return (path, *change(target, operator, value))

    def _target(self, model, path):
        """Return the model whose records the end of a path names, or None."""
        Model, target = self.env[model], None
        for name in path.split("."):
            field = Model._fields.get(name)
            if field and field.name == "id":
                return Model._name
            if not field or not field.relational:
                return None
            target = field.comodel_name
            Model = self.env[target]
        return target

    def _out_value(self, model, operator, value):
        def one(item):
            if type(item) is not int:
                return plain(item)
            record = self.env[model].browse(item)
            if model == "crm.lead" or not record.exists():
                return {"name": None}  # a lead stays where it is
            return self.names.of(record)

        if isinstance(value, (list, tuple)):
            return operator, [one(item) for item in value]
        return operator, one(value)

    def _into_value(self, find):
        def change(model, operator, value):
            if isinstance(value, list):
                found = [
                    find(model, item) if isinstance(item, dict) else named(item)
                    for item in value
                ]
                return operator, [item for item in found if item is not None]
            if not isinstance(value, dict):
                return operator, named(value)
            found = find(model, value)
            return (operator, found) if found else ("in", [])

        def named(item):
            # A number that is no name would be another record here.
            if type(item) is int:
                raise ValueError(self.names.said._("a record is named by its number"))
            return plain(item)

        return change


def plain(value):
    """Return a value that is a plain one, or a list of them.

    :raise ValueError: for anything else.
    """
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ValueError(repr(value)[:80])
