# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Real deals for the tests: the computer seller, where they are at hand."""

import csv

from odoo.tools import SQL


def load(env, folder):
    """Load the deals that were won or lost, straight into the table.

    :param Path folder: with the four files.
    :return: the leads, in the order in which the deals began.
    """
    with open(folder / "accounts.csv", encoding="utf-8-sig", newline="") as file:
        accounts = {row["account"]: row for row in csv.DictReader(file)}
    with open(folder / "sales_pipeline.csv", encoding="utf-8-sig", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["deal_stage"] in ("Won", "Lost") and row["engage_date"]
        ]
    values = []
    for row in sorted(rows, key=lambda row: row["engage_date"]):
        account = accounts.get(row["account"], {})
        is_won = row["deal_stage"] == "Won"
        values.append(
            SQL(
                "('M', 'opportunity', %s, %s, %s::timestamp, %s::timestamp,"
                " %s::timestamp, %s, %s, %s, %s, %s, %s)",
                is_won,
                "won" if is_won else "lost",
                row["engage_date"],
                row["close_date"],
                row["close_date"],
                float(row["close_value"] or 0),
                int(account.get("employees") or 0),
                row["product"],
                row["sales_agent"],
                account.get("sector"),
                account.get("office_location"),
            )
        )
    ids = env.execute_query(
        SQL(
            "INSERT INTO crm_lead (name, type, active, won_status, create_date,"
            " date_closed, write_date, expected_revenue, company_size, function, street,"
            " partner_name, city) VALUES %s RETURNING id",
            SQL(", ").join(values),
        )
    )
    env.invalidate_all()
    leads = env["crm.lead"].with_context(active_test=False)
    return leads.browse(row[0] for row in ids)
