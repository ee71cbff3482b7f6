# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What the fields of a lead are: facts that it brings, its outcome, or bookkeeping.

A field of ours says so itself, where it is defined::

    response_deadline = fields.Datetime(lead_kind=OUTCOME, ...)

Odoo's own are named here. Who learns from closed leads reads facts only.
"""

FACT = "fact"  # what the lead is, and what it did
OUTCOME = "outcome"  # known once the outcome is, or set by it
BOOKKEEPING = "bookkeeping"  # who handles it, and what engines and Odoo note about it
KINDS = (FACT, OUTCOME, BOOKKEEPING)

ODOO = {
    **dict.fromkeys(
        (
            "active", "automated_probability", "date_automation_last", "date_closed",
            "date_conversion", "date_deadline", "date_last_stage_update", "date_open",
            "day_close", "day_open", "duration_tracking", "lost_reason_id", "probability",
            "prorated_revenue", "recurring_revenue_monthly_prorated",
            "recurring_revenue_prorated", "stage_id", "type", "won_status",
        ),
        OUTCOME,
    ),
    **dict.fromkeys(
        (
            "access_token", "color", "company_id", "create_date", "create_uid",
            "display_name", "id", "name", "priority", "team_id", "user_id", "write_date",
            "write_uid",
        ),
        BOOKKEEPING,
    ),
}  # fmt: skip
ODOO_PREFIXES = ("activity_", "message_", "my_activity_", "rotting", "iap_")


def kind_of(field):
    """Return what a field of crm.lead is: FACT, OUTCOME or BOOKKEEPING.

    :param field: the ``odoo.fields.Field``.
    """
    own = getattr(field, "lead_kind", None)
    if own:
        return own
    if field.name.startswith(ODOO_PREFIXES):
        return BOOKKEEPING
    return ODOO.get(field.name, FACT)
