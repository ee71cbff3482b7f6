# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Values of leads in words, for whoever reads why a lead has its grade."""

from itertools import islice
from textwrap import shorten

from odoo import fields
from odoo.tools import format_amount, format_date, formatLang, html2plaintext

from ...common.moments import format_moment

# When something happened, by the name of a field that says it.
RECORD_DATES = ("start", "occurred_on", "date_order", "date_closed")


def value_text(lead, field):
    """Return the value of a field of one lead in words, for explanations.

    :param field: a field of crm.lead that the user may read.
    :rtype: str
    """
    # sudo: the names of what the lead points at; the lead itself is the user's to read.
    value = lead.sudo()[field.name]
    if field.type == "boolean":
        return lead.env._("yes") if value else lead.env._("no")
    if field.type in ("many2one", "one2many", "many2many"):
        # Not a slice: it would read the names of each lead on their own.
        names = [record.display_name for record in islice(value, 3)]
        return ", ".join(name for name in names if name) or lead.env._("not set")
    if field.type in ("integer", "float", "monetary"):
        return _number_text(lead, field, value)
    if not value:
        return lead.env._("not set")
    if field.type == "selection":
        return dict(field._description_selection(lead.env)).get(value, value)
    if field.type == "date":
        return format_date(lead.env, value)
    if field.type == "datetime":
        return format_moment(lead.env, value)
    text = html2plaintext(value) if field.type == "html" else str(value)
    return shorten(text, width=60, placeholder="...")


def records_text(records):
    """Return the names of records in words, with their dates where they have some.

    :param records: of any model, as superuser.
    """
    words = []
    for record in records[:3]:
        date = next((n for n in RECORD_DATES if n in record._fields), None)
        name = record.display_name or ""
        if date and record[date]:
            day = fields.Datetime.to_datetime(record[date])
            name = f"{name} ({format_date(records.env, day)})"
        words.append(name)
    more = len(records) - 3
    if more > 0:
        words.append(records.env._("%s more", more))
    return ", ".join(filter(None, words)) or records.env._("not set")


def _number_text(lead, field, value):
    """Return a number as the user's language writes it, an amount with its currency."""
    is_whole = float(value).is_integer()
    if field.type == "monetary":
        # sudo: the currency in which the lead is written, whoever reads it.
        currency = lead.sudo()[field.get_currency_field(lead)]
        currency = currency or lead.env.company.currency_id
        return format_amount(lead.env, value, currency, trailing_zeroes=not is_whole)
    return formatLang(lead.env, value, digits=0 if is_whole else 2)
