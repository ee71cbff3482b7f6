# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who bought, and whether he bought before or afterwards: in SQL, for the figures of customers.

A customer is the commercial partner of a lead, else the mail address. He buys when a lead of
his is won; and, where there are orders, when one is confirmed that belongs to no won lead.
"""

from contextlib import contextmanager

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
LOYAL = SQL("moment - former <= make_interval(months => %s)", LOYAL_MONTHS)
# Who of the won leads is meant: the customer had bought before, bought again afterwards, or
# had bought not long before.
WAYS = {"again": SQL("place > 1"), "later": SQL("place < times"), "loyal": LOYAL}
WON = """
    WITH bought AS MATERIALIZED (%(bought)s),
    known AS (
        SELECT who FROM bought WHERE who IS NOT NULL GROUP BY who HAVING count(*) > 1),
    numbered AS (
        SELECT id, moment, lag(moment) OVER customer AS former,
               row_number() OVER customer AS place,
               count(*) OVER (PARTITION BY who) AS times
          FROM bought JOIN known USING (who)
        WINDOW customer AS (PARTITION BY who ORDER BY moment, id))
"""
# Where it is kept, while many figures are counted, who bought more than once.
MEMO = "crm_lead_management_bought"


@contextmanager
def asked_once(env):
    """Have the database find out once who bought more than once, for all that is asked here."""
    outer = env.cr.cache.get(MEMO)
    env.cr.cache[MEMO] = {} if outer is None else outer
    try:
        yield
    finally:
        if outer is None:
            env.cr.cache.pop(MEMO, None)


def won_leads(env, way):
    """Return the statement of the ids of won leads of customers who bought more than once.

    :param str way: which of them: again, later or loyal, see WAYS.
    """
    memo = env.cr.cache.get(MEMO)
    if memo is None:
        return SQL("%s SELECT id FROM numbered WHERE id IS NOT NULL AND %s",
                   _won(env), WAYS[way])  # fmt: skip
    if not memo:
        columns = SQL(", ").join(
            SQL("COALESCE(array_agg(id) FILTER (WHERE %s), ARRAY[]::int[])", condition)
            for condition in WAYS.values()
        )
        statement = SQL(
            "%s SELECT %s FROM numbered WHERE id IS NOT NULL", _won(env), columns
        )
        memo.update(zip(WAYS, env.execute_query(statement)[0], strict=True))
    return SQL("SELECT unnest(%s::int[])", memo[way])


def _won(env):
    env["crm.lead"].flush_model(
        ["won_status", "date_closed", "partner_id", "email_normalized"]
    )
    env["res.partner"].flush_model(["commercial_partner_id"])
    return SQL(WON, bought=_bought(env))


def _bought(env):
    """Return the statement of all purchases: the lead or none, when, and by whom."""
    orders = env.get("sale.order")
    if orders is None:
        return LEADS
    with_leads = "opportunity_id" in orders._fields
    orders.flush_model()
    return SQL("%s UNION ALL %s %s", LEADS, ORDERS, OF_NO_LEAD if with_leads else SQL())
