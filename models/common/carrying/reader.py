# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
"""Makes the set-up of a file, as the user who is asking, and says what became of each record."""

import json
import logging
from typing import NamedTuple

from psycopg2 import Error as DatabaseError

from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from . import values
from .conditions import Conditions
from .names import Missing, Names, known_by, shown
from .writer import FORMAT, VERSION, Writer, is_condition, roots

_logger = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024 * 1024
MOST_RECORDS = 5_000


class Outcome(NamedTuple):
    """What became of a record of the file."""

    model: str
    name: str
    outcome: str  # new, same, other, left
    reason: str
    record: models.BaseModel
    is_whole: bool


class Row:
    """What a record, or a line of one, gets from the file."""

    def __init__(self, model):
        self.model, self.vals, self.words = model, {}, {}
        self.later, self.lines, self.notes, self.missing = {}, {}, [], []


def read(env, data):
    """Return what a file holds.

    :param bytes data: of the file.
    :raise UserError: where it is no set-up file, saying what to do.
    """
    if len(data) > MOST_BYTES:
        raise UserError(env._("The file is too large to be a set-up file (5 MB)."))
    try:
        content = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UserError(
            env._("This is no set-up file. Choose one that was made by Export.")
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(
            env._("This is no set-up file. Choose one that was made by Export.")
        )
    if content.get("version") != VERSION:
        raise UserError(
            env._(
                "The file was made by another version: update the app, and export anew."
            )
        )
    records = content.get("records")
    if not isinstance(records, dict) or not all(
        isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
        for rows in records.values()
    ):
        raise UserError(env._("The file is damaged. Export it anew."))
    if sum(map(len, records.values())) > MOST_RECORDS:
        raise UserError(env._("The file has more records than any set-up has."))
    return records


def _refuse(constant):
    raise ValueError(constant)


class Reader:
    """Makes what a file holds. What is there already, by its name, stays as it is."""

    def __init__(self, env, company, records, copies=False):
        # In the language of who reads it; what is made has its words in all of them.
        self.env = env(context={**env.context, "active_test": False})
        self.names = Names(self.env, company)
        self.company = company
        self.records = records
        self.copies = copies
        self.conditions = Conditions(self.names)
        self.langs = {code for code, _name in self.env["res.lang"].get_installed()}
        self.spoken = self.langs & _langs_of(records)
        self.no_langs = set()

    def run(self):
        """Make everything; nothing of one record that cannot be made stays behind.

        :return: what became of each record.
        :rtype: list[Outcome]
        """
        known = roots(self.env)
        found = [
            self._left(model, row, self.env._("This kind of set-up is not known here"))
            for model, rows in self.records.items()
            if model not in known
            for row in rows
        ]
        for model in known:
            rows = self.records.get(model, ())
            found.extend(self._one(model, row) for row in rows)
        return found

    def _left(self, model, row, reason):
        return Outcome(str(model)[:80], self._label(row), "left", reason, None, False)

    def _label(self, row):
        name = row.get("name") or row.get("code") or ""
        return shown(name.get("en") if isinstance(name, dict) else name)

    def _one(self, model, row):
        try:
            there = self._there(model, row)
            if there and not (self.copies and self._may_be_twice(model)):
                self.names.remember(there, row.get("key"))
                return self._compared(there, row)
            return self._made(model, row, bool(there))
        except (Missing, values.Wrong) as error:
            return self._left(model, row, str(error))

    # === WHAT IS THERE === #

    def _there(self, model, row):
        """Return the record that is called so already, in the same company; or none."""
        Model = self.env[model]
        domain = []
        if "company_id" in Model._fields:
            company = self.company.id if self._is_own(Model, row) else False
            domain.append(("company_id", "=", company))
        for name in known_by(Model):
            field = Model._fields[name]
            value = row.get(name)
            if field.relational:
                value = value and self.names.find(field.comodel_name, value).id
            else:
                value, _words = values.into(self.env, field, value)
            domain.append((name, "=", value or False))
        return Model.search(domain, limit=1)

    def _is_own(self, Model, row):
        """Tell whether a record is the company's, and not of all companies."""
        return bool(row.get("own")) or Model._fields["company_id"].required

    def _may_be_twice(self, model):
        """Tell whether a copy of it may stand beside it: it has a name of its own to tell."""
        return known_by(self.env[model]) == ("name",)

    def _compared(self, there, row):
        """Say whether what is there is what the file holds; it stays as it is."""
        writer = Writer(self.env, self.company)
        # In the languages that both speak: what only one of them could say is no difference.
        now = _bare(writer.record(there), self.spoken)
        then = _bare(row, self.spoken)
        # What the company switched on or off is its own.
        differs = [
            there._fields[name]._description_string(self.env)
            for name in there._carried_fields()
            if name != "active" and name in then and now.get(name) != then[name]
        ]
        reason = (
            self.env._("Other here: %s. It stays as it is.", ", ".join(differs))
            if differs
            else ""
        )
        outcome = "other" if differs else "same"
        return Outcome(
            there._name, there.display_name, outcome, reason, there, is_whole=False
        )

    # === WHAT IS MADE === #

    def _made(self, model, row, is_copy):
        Model = self.env[model]
        own = self._row(Model, row)
        if "active" in Model._fields and "state" not in Model._fields:
            own.vals["active"] = False
        if "company_id" in Model._fields:
            is_own = self._is_own(Model, row)
            own.vals["company_id"] = self.company.id if is_own else False
        if is_copy:
            own.vals["name"] = self.env._("%s (from a file)", own.vals["name"])
        reason = ""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                record = Model.create(self._nested(own))
                self._finish(record, own)
                record.flush_recordset()
        except (UserError, ValidationError) as error:
            reason = str(error.args[0] if error.args else error)
        except (ValueError, TypeError, KeyError, DatabaseError) as error:
            # Whatever else a file can make of a record: told, and none of it kept.
            _logger.info("Set-up file, %s: %s", model, error)
            reason = self.env._("Its values do not go together")
        if reason:
            # What is missing is why it is refused.
            return self._left(model, row, ". ".join([*own.missing, reason]))
        self.names.remember(record, row.get("key"))
        rows = [own, *_lines_of(own)]
        missing = [text for one in rows for text in one.missing]
        notes = [*missing, *(text for one in rows for text in one.notes)]
        return Outcome(
            model,
            record.display_name,
            "new",
            ". ".join(dict.fromkeys(notes)),
            record,
            is_whole=not missing and bool(self._was_on(row)),
        )

    def _was_on(self, row):
        return row.get("active", True) and "state" not in row

    def _row(self, Model, row):
        """Return the values of a record from the file, and of its lines."""
        own = Row(Model)
        fields = Model._carried_fields()
        for name, value in row.items():
            if name in fields:
                self._into(own, Model, fields[name], value)
            elif name not in ("key", "own"):
                own.notes.append(
                    self.env._('The field "%s" is not known here', str(name)[:40])
                )
        if "state" in own.vals:
            del own.vals["state"]  # it begins as a draft
        self._needs(own, fields)
        self._switch_off(own)
        return own

    def _needs(self, own, fields):
        for name, field in fields.items():
            if field.required and field.type == "many2one" and not own.vals.get(name):
                reason = (
                    own.missing[-1]
                    if own.missing
                    else field._description_string(self.env)
                )
                raise Missing(self.env._("It cannot be without this: %s", reason))

    def _switch_off(self, own):
        """Have a rule of which something is missing stand still, and say why."""
        if not own.missing:
            return
        if "active" in own.model._fields:
            own.vals["active"] = False
        if "broken_reason" in own.model._fields:
            own.vals["broken_reason"] = self.env._(
                "It came in a file, and what it names is not here: %s. Choose it, then"
                " activate it.",
                "; ".join(own.missing),
            )

    def _into(self, own, Model, field, value):
        name = field.name
        if field.type == "one2many":
            if not isinstance(value, list) or len(value) > MOST_RECORDS:
                raise values.Wrong(field._description_string(self.env))
            Line = self.env[field.comodel_name]
            own.lines[name] = [
                (row.get("key"), self._row(Line, row))
                for row in value
                if isinstance(row, dict)
            ]
        elif name in Model._carried_owned:
            own.vals[name] = value and self._owned(
                field, Model._carried_owned[name], value
            )
        elif field.type == "many2one":
            if value and self._is_line(field.comodel_name):
                own.later[name] = value
            elif value:
                own.vals[name] = self._found(own, field, [value])[:1].id
        elif field.type == "many2many":
            found = self._found(own, field, value)
            own.vals[name] = [(6, 0, found.ids)]
        elif is_condition(name):
            own.vals[name] = self._condition(own, value)
        else:
            own.vals[name], own.words[name] = values.into(self.env, field, value)

    def _is_line(self, model):
        is_carried = self.env["crm.carried.mixin"]._carried_is(model)
        return is_carried and self.env[model]._carried_parent()

    def _found(self, own, field, value):
        """Return the records that a relation names, and remember who is missing."""
        found = self.env[field.comodel_name]
        if not isinstance(value, list) or len(value) > MOST_RECORDS:
            raise values.Wrong(field._description_string(self.env))
        for called in value:
            try:
                found |= self.names.find(field.comodel_name, called)
            except Missing as error:
                own.missing.append(str(error))
        if value and not found and "restricted_by" in own.model._fields:
            # For those only of which none is here: for nobody, and not for all.
            restrictions = own.model._rule_restrictions()
            if field.name in restrictions:
                kept = own.vals.get("restricted_by")
                names = {field.name, *filter(None, (kept or "").split(","))}
                own.vals["restricted_by"] = ",".join(sorted(names))
        return found

    def _condition(self, own, value):
        if value and not isinstance(value, list):
            raise values.Wrong(self.env._("This is no condition"))
        try:
            return self.conditions.into(value, own.missing)
        except ValueError as error:
            raise values.Wrong(
                self.env._("A condition cannot be read: %s", error)
            ) from error

    def _owned(self, field, names, value):
        """Make what belongs to a record alone, e.g. the e-mail of a message."""
        if not isinstance(value, dict):
            raise values.Wrong(field._description_string(self.env))
        Owned = self.env[field.comodel_name]
        vals, words = {}, {}
        for name in names:
            read = values.into(self.env, Owned._fields[name], value.get(name))
            vals[name], words[name] = read
        return (Owned, vals, words)

    def _nested(self, own):
        """Return the values of a record for create(), with its lines."""
        vals = dict(own.vals)
        for name, value in vals.items():
            if isinstance(value, tuple) and isinstance(value[0], models.BaseModel):
                vals[name] = self._make_owned(*value).id
        for name, lines in own.lines.items():
            vals[name] = [(0, 0, self._nested(line)) for _key, line in lines]
        return vals

    def _make_owned(self, Owned, vals, words):
        vals = dict(vals)
        if "model_id" in Owned._fields:
            vals["model_id"] = self.env["ir.model"]._get_id("crm.lead")
        record = Owned.create(vals)
        self._translate(record, words)
        return record

    def _finish(self, record, own):
        """Write what needs the record to be there: languages, and lines that name others."""
        self._translate(record, own.words)
        for name, lines in own.lines.items():
            # In the order in which they were made.
            made = record[name].sorted("id")
            for (key, line), part in zip(lines, made, strict=True):
                self.names.made[part._name, str(key)] = part
                self._finish(part, line)
        for lines in own.lines.values():
            for key, line in lines:
                part = self.names.made[line.model._name, str(key)]
                for name, called in line.later.items():
                    comodel = part._fields[name].comodel_name
                    part[name] = self.names.find(comodel, called)

    def _translate(self, record, words):
        for name, by_lang in words.items():
            here = {lang: text for lang, text in by_lang.items() if lang in self.langs}
            self.no_langs.update(by_lang.keys() - here.keys())
            if here:
                record.update_field_translations(name, here)


def _lines_of(own):
    for lines in own.lines.values():
        for _key, line in lines:
            yield line
            yield from _lines_of(line)


def _bare(value, langs):
    """Return a value of a file without what numbers its records, in these languages only."""
    if isinstance(value, dict):
        # By name is enough to compare: external ids and keys are of one database.
        return {
            name: _spoken(inner, langs)
            if name in ("in", "terms") and "en" in value
            else _bare(inner, langs)
            for name, inner in value.items()
            if name not in ("key", "xmlid")
        }
    if isinstance(value, (list, tuple)):
        return [_bare(item, langs) for item in value]
    return value


def _spoken(words, langs):
    """Return the words of these languages."""
    if not isinstance(words, dict):
        return words
    return {lang: text for lang, text in words.items() if lang in langs}


def _langs_of(value):
    """Return the languages that there are words of in a file, or a part of it."""
    if isinstance(value, dict):
        words = value.get("terms", value.get("in")) if "en" in value else None
        if isinstance(words, dict):
            return set(words)
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return set()
    return set().union(*map(_langs_of, value))
