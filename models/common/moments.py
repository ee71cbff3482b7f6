# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Moments: what a person chose, and how they are said."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import format_datetime
from odoo.tools.misc import babel_locale_parse, get_lang, posix_to_ldml

# Who chooses an end later than this has mistyped the year.
LATEST = timedelta(days=3653)


def check_end(env, moment):
    """Check until when something is to be done, as a person chose it.

    :param datetime moment: in UTC; or nothing.
    :raise UserError: where it has passed, or is no year that one plans for.
    """
    now = fields.Datetime.now()
    if not moment or moment <= now:
        raise UserError(env._("Choose an end in the future."))
    if moment > now + LATEST:
        raise UserError(env._("Choose an end within the next ten years."))


def format_moment(env, moment, tz=None):
    """Return a moment as its reader writes it, to the minute, in his time zone or another.

    Odoo's own ``format_datetime()`` says the seconds as well, which nobody plans by.

    :param datetime moment: in UTC, naive; nothing gives "".
    :param str tz: of another time zone.
    """
    lang = get_lang(env)
    pattern = f"{lang.date_format} {lang.time_format.replace(':%S', '')}"
    locale = babel_locale_parse(lang.code)
    return format_datetime(
        env, moment, tz=tz or False, dt_format=posix_to_ldml(pattern, locale=locale)
    )
