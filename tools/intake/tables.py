# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
r"""Reads lists of leads from files: CSV in any usual encoding and separator, and XLSX.

>>> table = read("a;b\n1;2\n\n3;4\n".encode("utf-16"))
>>> table.columns, table.rows
(['a', 'b'], [(2, ['1', '2']), (4, ['3', '4'])])
>>> read("Ad,E-posta\nŞule,c@x.example\n".encode("cp1254")).rows
[(2, ['Şule', 'c@x.example'])]
>>> read(b'sep=;\n"Name";"Note"\n"A ""B"" C";"two\nlines"\n').rows
[(3, ['A "B" C', 'two\nlines'])]

Columns without a name get one, those with the same name a number:

>>> read(b"name,name,\nA,B,C\n").columns
['name', 'name 2', 'Column 3']

Lines that are no rows (what stands below a report) have fewer cells than the rest:

>>> read(b'a,b,c\n1,2,3\n\n"Grand Totals (1 Record)"\n').rows
[(2, ['1', '2', '3'])]
>>> for bad in (b"", b"PK\x03\x04broken", b"only one line\n"):
...     try:
...         print(read(bad).rows)
...     except ValueError as error:
...         print(error)
empty
xlsx
[]
"""

import csv
import io
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

DELIMITERS = ",;\t|"
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Letters that only Turkish has, as cp1254 writes them where cp1252 has Icelandic ones.
TURKISH = frozenset(b"\xd0\xdd\xde\xf0\xfd\xfe")
MOST_ROWS = 100_000
MOST_COLUMNS = 200


@dataclass
class Table:
    columns: list
    rows: list = field(default_factory=list)  # (line in the file, cells)


def read(raw):
    """Return the table of a file.

    :param bytes raw: the file.
    :raise ValueError: "empty", "xlsx", "csv" or "rows", where it cannot be used.
    """
    if not raw.strip():
        raise ValueError("empty")
    lines = _sheet(raw) if raw[:4] == b"PK\x03\x04" else _csv(decode(raw))
    lines = [(line, cells) for line, cells in lines if any(cells)]
    if not lines:
        raise ValueError("empty")
    if len(lines) > MOST_ROWS:
        raise ValueError("rows")
    columns = _columns(lines[0][1])
    rows = []
    for line, cells in lines[1:]:
        if len(columns) > 2 and sum(map(bool, cells)) == 1 and len(cells) == 1:
            continue
        cells = [*cells, *[""] * len(columns)]
        rows.append((line, cells[: len(columns)]))
    return Table(columns, rows)


def decode(raw):
    """Return the text of a file, in the encoding that it seems to have."""
    for bom, encoding in BOMS:
        if raw.startswith(bom):
            return raw.decode(encoding, "replace")
    if raw[1:2] == b"\x00" or raw[:1] == b"\x00":
        return raw.decode(
            "utf-16-le" if raw[1:2] == b"\x00" else "utf-16-be", "replace"
        )
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    high = [byte for byte in raw if byte >= 0x80]
    # Arabic fills whole words with letters beyond ASCII, European languages do not.
    dense = len(high) > 0.35 * sum(chr(byte).isalpha() or byte >= 0x80 for byte in raw)
    western = "cp1254" if TURKISH & set(high) else "cp1252"
    encoding = "cp1256" if dense else western
    return raw.decode(encoding, "replace")


def _csv(text):
    """Yield the rows of a CSV, each with the line that it begins in."""
    text = text.replace("\x00", "")
    lines = text.splitlines(keepends=True)
    skipped = 0
    while lines and (not lines[0].strip() or lines[0].lower().startswith("sep=")):
        lines.pop(0)
        skipped += 1
    head = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(2**24)
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
    line = skipped + 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise ValueError("csv") from error


def _sheet(raw):
    """Yield the rows of the first sheet of an XLSX file."""
    try:
        from openpyxl import load_workbook

        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for line, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [_cell(value) for value in row[:MOST_COLUMNS]]
            while cells and not cells[-1]:
                cells.pop()
            yield line, cells
    except (ImportError, zipfile.BadZipFile, KeyError, IndexError, OSError) as error:
        raise ValueError("xlsx") from error


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return (
            value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _columns(cells):
    """Return the names of the columns, each different."""
    names, seen = [], {}
    for number, cell in enumerate(cells[:MOST_COLUMNS], 1):
        name = cell or f"Column {number}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names
