# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How long what happened with closed leads is kept: for ever, or for so many months."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tools import SQL

# The most rows that go at once; the next run of the autovacuum takes the next ones.
AT_ONCE = 5000


def drop_old(records, name, moment):
    """Delete old rows of leads that are closed, where the company keeps them for a time only.

    Those of open leads stay, however old: engines read them.

    :param records: the model, whose rows have a ``lead_id``.
    :param str name: of the system parameter that says for how many months; 0: for ever.
    :param str moment: the field that says when it happened.
    :return: how many were deleted, and whether more are left.
    :rtype: tuple[int, bool]
    """
    # sudo: a parameter of the system.
    months = int(records.env["ir.config_parameter"].sudo().get_param(name) or 0)
    if months <= 0:
        return 0, False
    records.flush_model()
    rows = records.env.execute_query(
        SQL(
            "SELECT past.id FROM %s AS past JOIN crm_lead AS lead ON lead.id = past.lead_id"
            " WHERE past.%s < %s AND (lead.won_status <> 'pending' OR NOT lead.active)"
            " ORDER BY past.id LIMIT %s",
            SQL.identifier(records._table),
            SQL.identifier(moment),
            fields.Datetime.now() - relativedelta(months=months),
            AT_ONCE,
        )
    )
    # sudo: nobody may delete what happened, but the company's own rule about it.
    records.sudo().browse(row[0] for row in rows).unlink()
    return len(rows), len(rows) == AT_ONCE
