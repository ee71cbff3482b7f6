# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Read CSV files that somebody else wrote: keep every good row, name every bad one.

A *converter* is a function from the text of a cell to a value; it raises ValueError with
the reason. An empty cell becomes None, never a guess.

>>> rows, complaints = read(b"id,n\\n1,5\\n2,many\\n", {"id": text, "n": whole(0, 9)})
>>> rows
[(2, {'id': '1', 'n': 5})]
>>> print(complaints[0])
line 3: n: 'many' is not a number
"""

import csv
import datetime
import math
from typing import NamedTuple

# A quote that is opened and not closed must not swallow the rest of the file.
MOST_LINES = 10
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class Complaint(NamedTuple):
    """What is wrong with a file (line 0) or with one of its lines."""

    line: int
    reason: str

    def __str__(self):
        return f"line {self.line}: {self.reason}" if self.line else self.reason


# === FILES === #


def read(content, columns, unique=()):
    """Return the good rows of a CSV file, and what is wrong with the others.

    :param bytes content: the file. UTF-8, or UTF-16 with its mark.
    :param dict columns: converter by column name. All must be there; others are ignored.
    :param unique: names of columns of which no value may come twice.
    :return: list of (line, values by column), and list of :class:`Complaint`.
    """
    records = _records(_decode(content).splitlines(keepends=True))
    line, header = next(records, (1, []))
    if not isinstance(header, list):
        return [], [Complaint(line, header)]
    header = [name.strip() for name in header]
    missing = [name for name in columns if name not in header]
    if missing:
        return [], [
            Complaint(
                0, f"no column {', '.join(missing)}: nothing of this file is loaded"
            )
        ]
    rows, complaints, seen = [], [], {name: {} for name in unique}
    for line, record in records:
        try:
            values = _values(header, record, columns)
            for name in unique:
                _check_unique(seen[name], name, values[name], line)
        except ValueError as error:
            complaints.append(Complaint(line, str(error)))
        else:
            for name in unique:
                seen[name][values[name]] = line
            rows.append((line, values))
    return rows, complaints


def _decode(content):
    encoding = next(
        (name for mark, name in BOMS.items() if content.startswith(mark)), "utf-8"
    )
    try:
        return content.decode(encoding, errors="surrogateescape")
    except UnicodeDecodeError:  # UTF-16 cut in the middle of a character
        return content.decode(encoding, errors="replace")


def _records(lines):
    """Yield (line, cells), or (line, what is wrong with it), of each line with text."""
    start = 0
    while start < len(lines):
        for end in range(start + 1, min(start + MOST_LINES, len(lines)) + 1):
            text_ = "".join(lines[start:end])
            if text_.count('"') % 2 == 0:
                break
        else:
            yield start + 1, "a quote is opened and never closed"
            start += 1
            continue
        if text_.strip():
            yield start + 1, _cells(text_)
        start = end


def _cells(line):
    if any("\udc80" <= char <= "\udcff" for char in line):
        return "not written in UTF-8"
    if "\0" in line or "\ufffd" in line:
        return "holds characters that are no text"
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        return str(error)


def _values(header, record, columns):
    """Return the converted values of one record.

    :raise ValueError: with everything that is wrong with it.
    """
    if isinstance(record, str):
        raise ValueError(record)
    if len(record) != len(header):
        raise ValueError(f"{len(record)} cells, but the header has {len(header)}")
    cells = dict(zip(header, record, strict=True))
    values, wrong = {}, []
    for name, convert in columns.items():
        try:
            values[name] = convert(cells[name].strip())
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise ValueError("; ".join(wrong))
    return values


def _check_unique(seen, name, value, line):
    if value in seen:
        raise ValueError(f"{name}: {value!r} again, first seen in line {seen[value]}")


# === CONVERTERS === #


def text(cell):
    """
    >>> text(""), text("Google"), text("Select")
    (None, 'Google', 'Select')
    """
    return cell or None


def required(convert):
    """Return the converter, but an empty cell is an error.

    >>> required(text)("")
    Traceback (most recent call last):
    ValueError: empty
    """

    def converter(cell):
        if not cell:
            raise ValueError("empty")
        return convert(cell)

    return converter


def number(low, high):
    """Return a converter to a number from ``low`` to ``high``.

    >>> number(0, 100)("2.5"), number(0, 100)("")
    (2.5, None)
    >>> number(0, 100)("nan")
    Traceback (most recent call last):
    ValueError: 'nan' is not a number
    >>> number(0, 100)("1e9")
    Traceback (most recent call last):
    ValueError: 1e9 is absurd: 0 to 100 was expected
    """

    def converter(cell):
        if not cell:
            return None
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise ValueError(f"{cell!r} is not a number")
        if not low <= value <= high:
            raise ValueError(f"{cell} is absurd: {low} to {high} was expected")
        return value

    return converter


def whole(low, high):
    """Return a converter to a whole number from ``low`` to ``high``.

    >>> whole(0, 9)("3.0")
    3
    >>> whole(0, 9)("3.5")
    Traceback (most recent call last):
    ValueError: 3.5 is not a whole number
    """
    convert = number(low, high)

    def converter(cell):
        value = convert(cell)
        if value is None:
            return None
        if value != int(value):
            raise ValueError(f"{cell} is not a whole number")
        return int(value)

    return converter


def choice(*allowed):
    """Return a converter that accepts these values only, and gives them back.

    >>> choice("Won", "Lost")("Maybe")
    Traceback (most recent call last):
    ValueError: 'Maybe' is none of Won, Lost
    """

    def converter(cell):
        if cell and cell not in allowed:
            raise ValueError(f"{cell!r} is none of {', '.join(allowed)}")
        return cell or None

    return converter


def yes_no(cell):
    """
    >>> yes_no("Yes"), yes_no("No"), yes_no("")
    (True, False, None)
    >>> yes_no("Select")
    Traceback (most recent call last):
    ValueError: 'Select' is neither Yes nor No
    """
    if cell not in ("", "Yes", "No"):
        raise ValueError(f"{cell!r} is neither Yes nor No")
    return {"Yes": True, "No": False}.get(cell)


def day(cell):
    """
    >>> day("2017-03-01")
    datetime.date(2017, 3, 1)
    >>> day("2017-13-01")
    Traceback (most recent call last):
    ValueError: '2017-13-01' is not a day (YYYY-MM-DD)
    """
    if not cell:
        return None
    try:
        value = datetime.date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is not a day (YYYY-MM-DD)") from None
    if not 1990 <= value.year <= 2100:
        raise ValueError(f"{cell} is absurd: 1990 to 2100 was expected")
    return value
