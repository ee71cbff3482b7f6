# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How many leads people closed and won, by what leads have in common.

One query per batch, over the leads closed in the last two years.
"""

from odoo.tools import SQL

# How far back closed leads count.
DAYS = 730

# The dimensions by which leads are similar: columns of the closed leads, and lists.
COLUMNS = {
    "industry": "industry_id",
    "language": "lang_id",
    "country": "country_id",
    "value": "band",
}
LISTS = {"product": "product_ids", "segment": "segment_ids"}
READ = [
    "user_id",
    "won_status",
    "date_closed",
    "industry_id",
    "lang_id",
    "country_id",
    "expected_revenue",
    *LISTS.values(),
]


def band(amount):
    """Return the size class of a deal: its number of digits; False when unknown."""
    return len(str(int(amount))) if amount and amount > 0 else False


def read(env, user_ids, now):
    """Read how many leads were closed and won, by person and trait.

    :param env: the environment of who routes.
    :param user_ids: the persons.
    :param datetime now: in UTC.
    :return: ``{(dimension, value): {user id: (closed, won)}}``; the key ``None`` holds
        the totals.
    """
    env["crm.lead"].flush_model(READ)
    closed = SQL(
        "SELECT id, user_id, (won_status = 'won')::int AS won, industry_id, lang_id,"
        " country_id, CASE WHEN expected_revenue >= 1"
        " THEN length(trunc(expected_revenue)::text) END AS band"
        " FROM crm_lead WHERE user_id = ANY(%s) AND won_status IN ('won', 'lost')"
        " AND COALESCE(date_closed, write_date) > %s - %s * interval '1 day'",
        list(user_ids),
        now,
        DAYS,
    )
    counts = SQL(" UNION ALL ").join(_counts(env))
    history = {None: {}}
    for name, value, user_id, count, won in env.execute_query(
        SQL("WITH closed AS MATERIALIZED (%s) %s", closed, counts)
    ):
        key = (name, value) if name else None
        history.setdefault(key, {})[user_id] = (count, won)
    return history


def _counts(env):
    """Yield one statement for the totals and for each dimension.

    Each gives dimension, value, user, number of closed leads, number of won ones.
    """
    yield SQL("SELECT '', 0, user_id, count(*), sum(won) FROM closed GROUP BY user_id")
    for name, column in COLUMNS.items():
        yield SQL(
            "SELECT %s, %s, user_id, count(*), sum(won) FROM closed"
            " WHERE %s IS NOT NULL GROUP BY 2, user_id",
            name,
            SQL.identifier(column),
            SQL.identifier(column),
        )
    for name, field_name in LISTS.items():
        field = env["crm.lead"]._fields[field_name]
        yield SQL(
            "SELECT %s, rel.%s, user_id, count(*), sum(won) FROM closed"
            " JOIN %s AS rel ON rel.%s = closed.id GROUP BY 2, user_id",
            name,
            SQL.identifier(field.column2),
            SQL.identifier(field.relation),
            SQL.identifier(field.column1),
        )
