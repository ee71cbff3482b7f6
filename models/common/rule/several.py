# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Fields that hold more than one address or number: conditions that one of them is meant.

Odoo normalises the first address of such a field, and no number at all.
"""

import re

from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.phone_validation.models.mail_thread_phone import (
    PHONE_REGEX_PATTERN,
)

# What stands between and around addresses and numbers.
AROUND_ADDRESSES = r"[\s,;<>]+"
BETWEEN_NUMBERS = r"[,;/|\n]+"
# First what is quickly said of a text, and for numbers by Odoo's own index.
HAS_ADDRESS = """
    (%(text)s ~ '[,;<]' AND %(text)s ILIKE ANY(%(patterns)s)
     AND regexp_split_to_array(lower(%(text)s), %(around)s) && %(wanted)s::text[])
"""
HAS_NUMBER = """
    (%(text)s IS NOT NULL
     AND regexp_replace(%(text)s::text, %(odoo)s::text, ''::text, 'g'::text)
         ILIKE ANY(%(patterns)s)
     AND EXISTS (SELECT FROM regexp_split_to_table(%(text)s, %(between)s) AS one
                  WHERE regexp_replace(one, '[^0-9+]', '', 'g') = ANY(%(wanted)s)))
"""


def has_address(name, wanted):
    """Return the domain of records one of whose addresses in a field is wanted.

    :param str name: of the field.
    :param list[str] wanted: addresses, as Odoo normalises them.
    """
    patterns = [f"%{_escaped(one)}%" for one in wanted]
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            HAS_ADDRESS,
            text=model._field_to_sql(alias, name, query),
            patterns=patterns,
            around=AROUND_ADDRESSES,
            wanted=[one.lower() for one in wanted],
        )
    )


def has_number(name, wanted):
    """Return the domain of records one of whose phone numbers in a field is wanted.

    :param str name: of the field.
    :param wanted: digits of numbers, all ways of writing one.
    """
    digits = {re.sub(r"\D", "", one) for one in wanted}
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            HAS_NUMBER,
            text=model._field_to_sql(alias, name, query),
            odoo=PHONE_REGEX_PATTERN,
            patterns=[f"%{one}%" for one in sorted(digits)],
            between=BETWEEN_NUMBERS,
            wanted=sorted(wanted),
        )
    )


def ways_of_writing(number):
    """Return how a number may be written that names its country.

    With a plus, with 00 in front, or with neither.

    :param str number: E.164.
    :rtype: set[str]
    """
    digits = number.removeprefix("+")
    return {f"+{digits}", f"00{digits}", digits}


def _escaped(text):
    """Return a text for a search by pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
