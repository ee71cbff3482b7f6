# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who bought, and whether he bought before or afterwards: in SQL, for the figures of customers.

A customer is the commercial partner of a lead, else the mail address. He buys when a lead of
his is won; and, where there are orders, when one is confirmed that belongs to no won lead.
"""

from odoo.tools import SQL

# Two purchases within so many months make a loyal customer.
LOYAL_MONTHS = 24
CUSTOMER = SQL(
    "COALESCE(partner.commercial_partner_id::varchar, lead.email_normalized)"
)
LEADS = SQL(
    """
    SELECT lead.id, lead.date_closed AS moment, %s AS who
      FROM crm_lead AS lead
      LEFT JOIN res_partner AS partner ON partner.id = lead.partner_id
     WHERE lead.won_status = 'won'
    """,
    CUSTOMER,
)
ORDERS = SQL(
    """
    SELECT NULL, sale.date_order, partner.commercial_partner_id::varchar
      FROM sale_order AS sale JOIN res_partner AS partner ON partner.id = sale.partner_id
     WHERE sale.state = 'sale'
    """
)
# An order of a lead that is won is that win, told once.
OF_NO_LEAD = SQL(
    """
    AND NOT EXISTS (SELECT FROM crm_lead AS lead
                     WHERE lead.id = sale.opportunity_id AND lead.won_status = 'won')
    """
)
AGAIN, LATER = SQL("place > 1"), SQL("place < times")
LOYAL = SQL("moment - former <= make_interval(months => %s)", LOYAL_MONTHS)


def won_leads(env, condition):
    """Return the statement of the ids of won leads of customers who bought more than once.

    :param SQL condition: which of them: AGAIN (he had bought before), LATER (he bought again
        afterwards), LOYAL (he had bought not long before).
    """
    env["crm.lead"].flush_model(
        ["won_status", "date_closed", "partner_id", "email_normalized"]
    )
    env["res.partner"].flush_model(["commercial_partner_id"])
    return SQL(
        """
        WITH bought AS MATERIALIZED (%s),
        known AS (
            SELECT who FROM bought WHERE who IS NOT NULL GROUP BY who HAVING count(*) > 1)
        SELECT id FROM (
            SELECT id, moment, lag(moment) OVER customer AS former,
                   row_number() OVER customer AS place,
                   count(*) OVER (PARTITION BY who) AS times
              FROM bought JOIN known USING (who)
            WINDOW customer AS (PARTITION BY who ORDER BY moment, id)) AS numbered
         WHERE id IS NOT NULL AND %s
        """,
        _bought(env),
        condition,
    )


def _bought(env):
    """Return the statement of all purchases: the lead or none, when, and by whom."""
    orders = env.get("sale.order")
    if orders is None:
        return LEADS
    with_leads = "opportunity_id" in orders._fields
    orders.flush_model()
    return SQL("%s UNION ALL %s %s", LEADS, ORDERS, OF_NO_LEAD if with_leads else SQL())
