# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Real leads for the tests: the X Education case, where it is at hand."""

import csv
import os
from pathlib import Path

from odoo.tools import SQL

NUMBERS = ("TotalVisits", "Total Time Spent on Website", "Page Views Per Visit")
IDS = ("Prospect ID", "Lead Number", "Converted")
# Known only after a salesperson worked the lead.
LEAKING = (
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Notable Activity",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
)


def find():
    """Return the file with the leads, or None."""
    here = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("LEAD_DATA_PATH", here / "shared" / "data"))
    path = folder / "x_education" / "leads.csv"
    return path if path.is_file() else None


def field_name(column):
    """Return the name of the custom field for a column.

    >>> field_name("Page Views Per Visit")
    'x_page_views_per_visit'
    """
    letters = [letter if letter.isalnum() else "_" for letter in column.lower()]
    return "x_" + "".join(letters)[:50]


def load(env, path):
    """Load the leads, closed as the data say, with one custom field per column.

    Straight into the table: what is tested is scoring, not creation.

    :return: the leads, in the order of the file.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [column for column in rows[0] if column not in IDS]
    model = env["ir.model"]._get("crm.lead")
    env["ir.model.fields"].create(
        [
            {
                "model_id": model.id,
                "name": field_name(column),
                "field_description": f"X {column}",
                "ttype": "float" if column in NUMBERS else "char",
            }
            for column in columns
        ]
    )
    names = [
        "name",
        "type",
        "active",
        "won_status",
        "create_date",
        *map(field_name, columns),
    ]
    values = [
        SQL("(%s)", SQL(", ").join(_row(number, row, columns)))
        for number, row in enumerate(rows)
    ]
    ids = env.execute_query(
        SQL(
            "INSERT INTO crm_lead (%s) VALUES %s RETURNING id",
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(values),
        )
    )
    env.invalidate_all()
    return env["crm.lead"].with_context(active_test=False).browse(row[0] for row in ids)


def _row(number, row, columns):
    won = row["Converted"] == "1"
    yield SQL("%s", f"Inquiry {number}")
    yield SQL("'lead'")
    yield SQL("%s", won)
    yield SQL("%s", "won" if won else "lost")
    yield SQL("now() at time zone 'UTC'")
    for column in columns:
        if column in NUMBERS:
            yield SQL("%s::float8", float(row[column]) if row[column] else None)
        else:
            yield SQL("%s", row[column] or None)
