# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Leads as they might be: what rules would say of them."""

from odoo.tools import SQL

ARRAYS = {
    "boolean": SQL("bool[]"),
    "float": SQL("float8[]"),
    "integer": SQL("int[]"),
    "selection": SQL("text[]"),
}


def as_if(leads, values):
    """Return leads with other values in some columns, for ``match(..., seen=...)``.

    A part of WITH that stands in the place of the table within one statement: nothing is
    written, and nothing is locked. What rules say of other leads of the same contact holds.

    :param leads: crm.lead records.
    :param dict values: by name of a stored field, of a type in ARRAYS, its values by lead id.
    :rtype: SQL
    """
    columns = [
        SQL(
            "CASE WHEN other.id IS NULL THEN %s ELSE %s END AS %s",
            SQL.identifier("stored", name),
            SQL.identifier("other", name),
            SQL.identifier(name),
        )
        if name in values
        else SQL.identifier("stored", name)
        for name, field in leads._fields.items()
        if field.store and field.column_type
    ]
    arrays = [
        SQL("%s::%s", [of[lead_id] for lead_id in leads.ids], ARRAYS[field.type])
        for field, of in ((leads._fields[name], of) for name, of in values.items())
    ]
    return SQL(
        "crm_lead AS MATERIALIZED (SELECT %s FROM crm_lead AS stored"
        " LEFT JOIN unnest(%s::int[], %s) AS other(id, %s) ON other.id = stored.id"
        " WHERE stored.id = ANY(%s) OR stored.partner_id = ANY(%s))",
        SQL(", ").join(columns),
        leads.ids,
        SQL(", ").join(arrays),
        SQL(", ").join(map(SQL.identifier, values)),
        leads.ids,
        leads.partner_id.ids,
    )
