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
            "display_name", "email_domain_criterion", "email_normalized", "id", "name",
            "phone_sanitized", "priority", "team_id", "user_id", "write_date",
            "write_uid",
        ),
        BOOKKEEPING,
    ),
}  # fmt: skip
# What fields of other models say of the outcome of a lead that they belong to.
OUTCOMES = {
    "crm.stage": {"is_won", "lead_role", "name", "sequence", "fold"},
    "res.partner": {
        "credit", "customer_rank", "days_sales_outstanding", "sale_order_count",
        "sale_order_ids", "total_invoiced",
    },
    "sale.order": {"amount_to_invoice", "invoice_status", "invoice_ids", "state"},
}  # fmt: skip
ODOO_PREFIXES = (
    "activity_",
    "message_",
    "my_activity_",
    "rotting",
    "is_rotting",
    "iap_",
)


def kind_of(field):
    """Return what a field is, of crm.lead or another model: FACT, OUTCOME or BOOKKEEPING.

    :param field: the ``odoo.fields.Field``.
    """
    own = getattr(field, "lead_kind", None)
    if own:
        return own
    if field.model_name != "crm.lead":
        names = OUTCOMES.get(field.model_name, ())
        return OUTCOME if field.name in names else FACT
    if field.name.startswith(ODOO_PREFIXES):
        return BOOKKEEPING
    return ODOO.get(field.name, FACT)
