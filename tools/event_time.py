# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Reads the values that other systems send about events: moments, numbers, yes and no."""

import math
from datetime import datetime, timedelta, timezone

# Clocks differ: what is a little ahead is now.
AHEAD = timedelta(minutes=5)
# Nothing of ours, or of a customer's, is older than this.
FIRST = datetime(1990, 1, 1)
YES = frozenset(("1", "true", "yes", "y", "on"))
NO = frozenset(("", "0", "false", "no", "n", "off", "none", "null"))
# Seconds since 1970 have ten digits, milliseconds thirteen.
MILLI = 10**11


def moment(value, now):
    """Return a moment as a naive datetime in UTC.

    :param value: a datetime, ISO 8601 with or without offset, or seconds (or milliseconds)
        since 1970, as number or text; without offset it is UTC.
    :param datetime now: in UTC; what lies a little ahead of it is now.
    :raise ValueError: where it cannot be read.
    :raise OverflowError: where no event can have happened then.

    >>> now = datetime(2026, 11, 2, 12)
    >>> moment("2026-11-02 10:00:00", now), moment("2026-11-02T10:00:00+0300", now)
    (datetime.datetime(2026, 11, 2, 10, 0), datetime.datetime(2026, 11, 2, 7, 0))
    >>> moment("2026-11-02T10:00:00.5Z", now), moment("1762077600", now)
    (datetime.datetime(2026, 11, 2, 10, 0), datetime.datetime(2025, 11, 2, 10, 0))
    >>> moment(1762077600000, now)
    datetime.datetime(2025, 11, 2, 10, 0)
    >>> moment("2026-11-02 12:03:00", now) == now
    True
    >>> for bad in ("2999-01-01", "1024-01-01", "soon", [], True, "1e400"):
    ...     try:
    ...         print(moment(bad, now))
    ...     except (ValueError, OverflowError) as error:
    ...         print(type(error).__name__)
    OverflowError
    OverflowError
    ValueError
    ValueError
    ValueError
    OverflowError
    """
    found = _parse(value)
    if found.tzinfo:
        found = found.astimezone(timezone.utc).replace(tzinfo=None)
    found = found.replace(microsecond=0)
    if not FIRST <= found <= now + AHEAD:
        raise OverflowError("out of bounds")
    return min(found, now)


def _parse(value):
    if isinstance(value, datetime):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("no moment")
    text = str(value).strip()
    try:
        seconds = float(text)
    except ValueError:
        # Offsets without colon are what Meta sends; Python 3.10 does not know Z either.
        text = text[:-1] + "+00:00" if text[-1:] in "Zz" else text
        if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit():
            text = f"{text[:-2]}:{text[-2:]}"
        if "." in text:
            head, _dot, tail = text.partition(".")
            digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
            text = head + tail[len(digits) :]
        return datetime.fromisoformat(text)
    if not math.isfinite(seconds):
        raise OverflowError("out of bounds") from None
    if abs(seconds) > MILLI:
        seconds /= 1000
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)


def truth(value):
    """Return a yes or no, as systems write it.

    :raise ValueError: where it is neither.

    >>> truth("false"), truth(0), truth(" Yes "), truth(True), truth(None)
    (False, False, True, True, False)
    >>> truth("maybe")
    Traceback (most recent call last):
    ValueError: neither yes nor no
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    text = str(value).strip().lower() if isinstance(value, (str, int)) else "?"
    if text in YES or text in NO:
        return text in YES
    raise ValueError("neither yes nor no")


def number(value, most=10**9):
    """Return a finite number.

    :raise ValueError: where it is none.

    >>> number("3.5"), number(None), number(2)
    (3.5, 0.0, 2.0)
    >>> for bad in (10**400, "nan", [], True, 1e12):
    ...     try:
    ...         print(number(bad))
    ...     except ValueError:
    ...         print("refused")
    refused
    refused
    refused
    refused
    refused
    """
    if value is None or value == "":
        return 0.0
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("no number")
    try:
        found = float(value)
    except OverflowError as error:
        raise ValueError("too large") from error
    if not math.isfinite(found) or abs(found) > most:
        raise ValueError("too large")
    return found
