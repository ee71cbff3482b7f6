# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Plain values in a set-up file: what may stand there for which kind of field."""

import math

from odoo import fields

MOST_TEXT = 200_000


class Wrong(Exception):
    """A value that no set-up file has in this place."""


def out(record, field):
    """Return the value of a field that is no relation, with its translations.

    :return: the plain value; ``{"en": value, "in": {language: value}}`` where it is
        translated; ``{"en": value, "terms": {language: {source: term}}}`` where its
        terms are.
    """
    value = record[field.name]
    if field.type in ("date", "datetime"):
        value = fields.Datetime.to_string(value) if value else False
    if field.type == "html" and value:
        value = str(value)
    if not field.translate or not value:
        return value
    if callable(field.translate):
        rows, _context = record.get_field_translations(field.name)
        terms = {}
        for row in rows:
            if row["value"] and row["value"] != row["source"]:
                terms.setdefault(row["lang"], {})[row["source"]] = row["value"]
        return {"en": value, "terms": terms}
    stored = field._get_stored_translations(record) or {}
    words = {lang: text for lang, text in stored.items() if lang != "en_US" and text}
    return {"en": value, "in": {k: v for k, v in words.items() if v != value}}


def into(env, field, value):
    """Return what a field that is no relation gets from a file, and its translations.

    :return: the value, and ``{language: words}`` as the field writes them.
    :rtype: tuple
    :raise Wrong: where no such value may stand there.
    """
    words = {}
    if field.translate and isinstance(value, dict):
        words = value.get("terms" if callable(field.translate) else "in") or {}
        value = value.get("en")
        _check_words(env, field, words)
    if value is None or value is False:
        return False, {}
    if field.type == "selection":
        return _choice(env, field, value), {}
    check = {
        "boolean": lambda: isinstance(value, bool),
        "integer": lambda: type(value) is int and abs(value) < 2**31,
        "float": lambda: _is_number(value),
        "monetary": lambda: _is_number(value),
        "date": lambda: _is_moment(value),
        "datetime": lambda: _is_moment(value),
    }.get(field.type, lambda: _is_text(value))
    if not check():
        raise Wrong(_label(env, field))
    return value, words


def _check_words(env, field, words):
    terms = callable(field.translate)
    if not isinstance(words, dict):
        raise Wrong(_label(env, field))
    for text in words.values():
        texts = [text] if not terms else text
        if terms and not isinstance(text, dict):
            raise Wrong(_label(env, field))
        pairs = [*texts.keys(), *texts.values()] if terms else texts
        if not all(map(_is_text, pairs)):
            raise Wrong(_label(env, field))


def _choice(env, field, value):
    model = env[field.model_name]
    choices = {key for key, _label in field._description_selection(model.env)}
    # Grades are chosen by numbers that are texts.
    if not isinstance(value, str) or value not in choices:
        raise Wrong(_label(env, field))
    return value


def _is_number(value):
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e15


def _is_text(value):
    return isinstance(value, str) and len(value) <= MOST_TEXT and "\x00" not in value


def _is_moment(value):
    try:
        return _is_text(value) and bool(fields.Datetime.to_datetime(value))
    except ValueError:
        return False


def _label(env, field):
    return env._(
        '"%s" has a value that cannot stand there', field._description_string(env)
    )
