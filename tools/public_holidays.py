# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Public holidays of countries, where the Python package ``holidays`` is installed."""

from functools import lru_cache

try:
    import holidays
except ImportError:  # It is optional.
    holidays = None


def is_known():
    """Tell whether public holidays are known at all.

    >>> is_known() in (True, False)
    True
    """
    return holidays is not None


def is_holiday(country, day):
    """Tell whether a day is a public holiday in all of a country.

    :param str country: its code of two letters; one that is not known has no holidays.
    :param datetime.date day: the day there.
    :rtype: bool

    >>> from datetime import date
    >>> is_holiday("ZZ", date(2026, 1, 1))
    False
    >>> is_holiday("", date(2026, 1, 1))
    False
    """
    return bool(country) and day in _of_year(country.upper(), day.year)


@lru_cache(maxsize=512)
def _of_year(country, year):
    if holidays is None:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
