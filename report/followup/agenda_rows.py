# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The rows of the agenda, in SQL: of each lead and person the earliest of all that is open.

Somebody's first page must cost the same whether he has 50 leads or 50,000. So the first rows
of each source are taken by an index, and only those are merged. That a row is the earliest of
its lead is asked for each row that is shown, in subqueries that give a single value: the
database does not turn those into joins, which would read everything.
"""

from typing import NamedTuple

from odoo.tools import SQL

from ...models.followup.keeping.effective import DAY_END, NAMES, SOURCES, source_sql

# What the agenda says of each row. Rows of the sources have ids of their own: 8 of them, so
# that there is room. Who waits for an answer comes first: a hundred years before the others.
ROW = """
    SELECT open.source_id * 8::bigint + CASE open.source WHEN 'ledger' THEN 1
               WHEN 'clock' THEN 2 WHEN 'activity' THEN 3 ELSE 4 END AS id, open.source_id,
           open.lead_id, open.user_id, open.source, open.duty, open.channel, open.purpose,
           open.summary, open.kind, open.due_on, open.followup_id, open.activity_id,
           CASE WHEN %(answer)s THEN open.due_on - interval '100 years'
                ELSE open.due_on END AS sort_on,
           CASE WHEN %(answer)s THEN '1_answer'
                WHEN open.due_on < %(now)s THEN '2_overdue'
                WHEN open.due_on <= %(today)s THEN '3_today'
                WHEN open.due_on <= %(week)s THEN '4_week' ELSE '5_later' END AS bucket,
           open.due_on < %(now)s AND open.source <> 'pause' AS is_overdue,
           lead.lead_grade, lead.team_id, lead.company_id, lead.contact_name,
           COALESCE(lead.partner_name, '') AS partner_name, lead.phone
      FROM (%(open)s) AS open JOIN crm_lead AS lead ON lead.id = open.lead_id
"""
ANSWER = SQL(
    "(open.source = 'clock' OR open.source = 'ledger' AND open.duty = 'answer')"
)
# Of two that are due at the same moment an activity goes first, then the clock, the ledger.
EARLIEST = """
    SELECT DISTINCT ON (lead_id, user_id) * FROM (%s) AS every
     ORDER BY lead_id, user_id, due_on, source, source_id
"""

# The earliest of each source, of a lead and a person.
FIRST_STEP = """(SELECT %(what)s FROM crm_lead_followup AS first
    WHERE first.lead_id = %(lead)s AND first.state = 'planned'
      AND COALESCE(first.acting_user_id, first.user_id, 0) = %(person)s -- of the lead first
    ORDER BY first.due_on, first.id LIMIT 1)"""
FIRST_ACTIVITY = """(SELECT %(what)s FROM mail_activity AS first
    WHERE first.res_id = %(lead)s AND first.res_model = 'crm.lead' AND first.active
      AND first.user_id = %(person)s
      AND NOT EXISTS (SELECT FROM crm_lead_followup AS linked
                       WHERE linked.activity_id = first.id)
    ORDER BY first.date_deadline, first.id LIMIT 1)"""
FIRST_DAY_END = SQL(DAY_END.replace("activity.", "first."))
# Whether the clock of the first answer, or the end of a pause, is before something else.
FIRST_CLOCK = """(SELECT CASE WHEN known.routing_paused_until IS NULL
           THEN known.first_response_on IS NULL AND known.response_deadline %(than)s %(due)s
           ELSE known.routing_paused_until < %(due)s END
    FROM crm_lead AS known
    WHERE known.id = %(lead)s AND known.active AND known.won_status = 'pending'
      AND known.user_id = %(person)s)"""


class Page(NamedTuple):
    """The first rows of the agenda of one person."""

    user_id: int
    until: object  # nothing that is due from here on, in UTC; None: everything
    count: int


def rows_sql(env, now, today, week, page=None):
    """Return the statement of the agenda.

    :param datetime now: in UTC, as the others.
    :param datetime today: the end of the reader's day.
    :param datetime week: the end of the last of his next seven days.
    :param page: a Page; None: everything of everybody.
    """
    return SQL(
        ROW,
        answer=ANSWER,
        now=now,
        today=today,
        week=week,
        open=_first_of(env, page) if page else _everything(env),
    )


def is_cut(env, page):
    """Tell whether there is more than a page holds, of any source."""
    rows = env.execute_query(
        SQL(
            "SELECT TRUE FROM (%s) AS open GROUP BY source, duty = 'answer'"
            " HAVING count(*) >= %s",
            _first_of(env, page),
            page.count,
        )
    )
    return bool(rows)


def _everything(env):
    true = dict.fromkeys(("of_lead", "of_step", "of_activity"), SQL("TRUE"))
    parts = [source_sql(env, name, **true) for name in SOURCES]
    return SQL(EARLIEST, SQL(" UNION ALL ").join(parts))


def _first_of(env, page):
    """Return the first rows of each source, as many as the page has."""
    step = _of_step(page)
    parts = (
        ("ledger", "of_step", SQL("%s AND step.duty <> 'answer'", step)),
        ("ledger", "of_step", SQL("%s AND step.duty = 'answer'", step)),
        ("clock", "of_lead", _of_lead(page, SQL("lead.response_deadline"), SQL("<"))),
        ("activity", "of_activity", _of_activity(page)),
        (
            "pause",
            "of_lead",
            _of_lead(page, SQL("lead.routing_paused_until"), SQL("<=")),
        ),
    )
    return SQL(" UNION ALL ").join(
        SQL(
            "(SELECT * FROM (%s) AS one(%s) ORDER BY due_on, source_id LIMIT %s)",
            source_sql(env, name, **{place: condition}),
            SQL(", ").join(map(SQL.identifier, NAMES)),
            page.count,
        )
        for name, place, condition in parts
    )


def _of_step(page):
    return _is_first(
        page,
        SQL("COALESCE(step.acting_user_id, step.user_id)"),
        SQL("step.lead_id"),
        SQL("step.due_on"),
        step=SQL("<> step.id"),
        activity=SQL("<="),
        clock=SQL("<="),
    )


def _of_activity(page):
    return _is_first(
        page,
        SQL("activity.user_id"),
        SQL("activity.res_id"),
        SQL("(%s)", SQL(DAY_END)),
        step=SQL("<"),
        activity=SQL("<> activity.id"),
        clock=SQL("<"),
    )


def _of_lead(page, due, step):
    return _is_first(
        page,
        SQL("lead.user_id"),
        SQL("lead.id"),
        due,
        step=step,
        activity=SQL("<="),
    )


def _is_first(page, person, lead, due, step, activity, clock=None):
    """Return the condition that a row is of the page, and the earliest of its lead.

    :param SQL step: how the earliest step stands to the row that goes before it: ``<`` or
        ``<=`` its date; for rows that are steps themselves ``<>`` and the id.
    :param SQL activity: the same for the earliest activity.
    :param SQL clock: the same for the clock; none where there is nothing else of the kind.
    """
    given = {"lead": lead, "person": person}
    parts = [SQL("%s = %s", person, page.user_id)]
    if page.until:
        parts.append(SQL("%s < %s", due, page.until))
    for statement, than, date in (
        (FIRST_STEP, step, SQL("first.due_on")),
        (FIRST_ACTIVITY, activity, FIRST_DAY_END),
    ):
        is_own = than.code.startswith("<> ")
        found = SQL(statement, what=SQL("first.id") if is_own else date, **given)
        compared = (
            SQL("%s %s", found, than) if is_own else SQL("%s %s %s", found, than, due)
        )
        parts.append(SQL("(%s) IS NOT TRUE", compared))
    if clock:
        parts.append(
            SQL("%s IS NOT TRUE", SQL(FIRST_CLOCK, than=clock, due=due, **given))
        )
    return SQL(" AND ").join(parts)
