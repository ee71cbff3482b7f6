# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is next for leads: all that is open, side by side, in SQL.

The clock of the first answer, the ledger, and what people planned by themselves. Whoever wants
the one next step of a lead takes the earliest. Each is one statement of its own: the agenda
takes the first ones of each by an index (see report/followup/agenda_rows.py).
"""

from odoo.tools import SQL

# A row each, with these columns; of the same type everywhere.
NAMES = (
    "source", "source_id", "lead_id", "user_id", "duty", "due_on", "channel", "purpose",
    "summary", "followup_id", "activity_id", "kind",
)  # fmt: skip
# A statement of such rows, by their names.
ROW = SQL("step(%s)", SQL(", ").join(map(SQL.identifier, NAMES)))
# When a lead itself says what is next, and by when: on its own row, no other is looked at.
WAITS = """%(lead)s.response_deadline IS NOT NULL AND %(lead)s.first_response_on IS NULL
       AND %(lead)s.active AND %(lead)s.won_status = 'pending'
       AND %(lead)s.routing_paused_until IS NULL"""
PAUSED = """%(lead)s.routing_paused_until IS NOT NULL AND %(lead)s.active
       AND %(lead)s.won_status = 'pending'"""
OF_ITSELF = {"clock": WAITS, "pause": PAUSED}
DUE = {"clock": "response_deadline", "pause": "routing_paused_until"}
CLOCK = """
    SELECT 'clock'::varchar AS source, lead.id AS source_id, lead.id AS lead_id, lead.user_id,
           'answer'::varchar AS duty, lead.response_deadline AS due_on,
           NULL::varchar AS channel, NULL::varchar AS purpose, NULL::varchar AS summary,
           NULL::int AS followup_id, NULL::int AS activity_id, 'clock'::varchar AS kind
      FROM crm_lead AS lead
     WHERE %(of_itself)s AND %(of_lead)s
"""
PAUSE = """
    SELECT 'pause'::varchar, lead.id, lead.id, lead.user_id, 'answer'::varchar,
           lead.routing_paused_until, NULL::varchar, NULL::varchar, lead.routing_pause_reason,
           NULL::int, NULL::int, 'pause'::varchar
      FROM crm_lead AS lead
     WHERE %(of_itself)s AND %(of_lead)s
"""
LEDGER = """
    SELECT 'ledger'::varchar, step.id, step.lead_id, COALESCE(step.acting_user_id, step.user_id),
           step.duty, step.due_on, step.channel, step.purpose, step.summary, step.id,
           step.activity_id, step.kind
      FROM crm_lead_followup AS step
     WHERE step.state = 'planned' AND %(of_step)s
"""
# The end of the day in the zone of whoever is to do it.
DAY_END = """(activity.date_deadline + interval '1 day' - interval '1 second')
    AT TIME ZONE COALESCE(activity.user_tz, 'UTC') AT TIME ZONE 'UTC'"""
ACTIVITY = (
    """
    SELECT 'activity'::varchar, activity.id, activity.res_id, activity.user_id,
           'other'::varchar, """
    + DAY_END
    + """,
           CASE kind.category WHEN 'phonecall' THEN 'call'::varchar
                WHEN 'meeting' THEN 'meeting'::varchar ELSE 'task'::varchar END, NULL::varchar,
           COALESCE(activity.summary, kind.name->>%(lang)s, kind.name->>'en_US')::varchar,
           NULL::int, activity.id, 'own'::varchar
      FROM mail_activity AS activity
      JOIN crm_lead AS lead ON lead.id = activity.res_id AND lead.active
      LEFT JOIN mail_activity_type AS kind ON kind.id = activity.activity_type_id
     WHERE activity.res_model = 'crm.lead' AND activity.active AND activity.user_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM crm_lead_followup AS step
                        WHERE step.activity_id = activity.id)
       AND %(of_activity)s
"""
)
SOURCES = {"clock": CLOCK, "pause": PAUSE, "ledger": LEDGER, "activity": ACTIVITY}
READ = {
    "crm.lead": [
        "response_deadline", "first_response_on", "active", "won_status", "user_id",
        "routing_paused_until", "routing_pause_reason",
    ],
    "crm.lead.followup": [
        "state", "lead_id", "user_id", "acting_user_id", "due_on", "activity_id",
    ],
    "mail.activity": [
        "res_model", "res_id", "active", "user_id", "date_deadline", "summary",
        "activity_type_id", "user_tz",
    ],
}  # fmt: skip


def effective_sql(env, lead_ids=None):
    """Return the statement of all that is open, with the columns of NAMES.

    :param lead_ids: of these leads only; None: of all.
    """

    def within(column):
        return (
            SQL("%s = ANY(%s)", column, lead_ids)
            if lead_ids is not None
            else SQL("TRUE")
        )

    conditions = {
        "of_lead": within(SQL("lead.id")),
        "of_step": within(SQL("step.lead_id")),
        "of_activity": within(SQL("activity.res_id")),
    }
    ours = [source_sql(env, name, **conditions) for name in SOURCES]
    # What rooms that come after this one have in store for leads.
    more = env["crm.followup.engine"]._more_steps(lead_ids)
    return SQL(" UNION ALL ").join([*ours, *more])


def unplanned_sql(env, alias):
    """Return the condition that nothing at all is next for a lead.

    What the lead itself says is asked of its row. A NOT EXISTS for each of the others: the
    database compares each of them with the leads as a whole, where it would put them together
    first if they were asked for as one. The ledger, in which most leads are, comes first: the
    others are hardly asked then.

    :param str alias: of the table crm_lead in the statement around.
    """
    lead, lead_id = SQL.identifier(alias), SQL.identifier(alias, "id")
    beside = [
        source_sql(env, "ledger", of_step=SQL("step.lead_id = %s", lead_id)),
        source_sql(env, "activity", of_activity=SQL("activity.res_id = %s", lead_id)),
    ]
    beside += [
        SQL("SELECT FROM (%s) AS step WHERE step.lead_id = %s", part, lead_id)
        for part in env["crm.followup.engine"]._more_steps(None)
    ]
    parts = [
        SQL("(%s) IS NOT TRUE", SQL(OF_ITSELF[name], lead=lead)) for name in OF_ITSELF
    ]
    parts += [SQL("NOT EXISTS (%s)", part) for part in beside]
    return SQL(" AND ").join(parts)


def overdue_sql(env, alias, query, now):
    """Return the condition that something is next for a lead that was due before now.

    Which of its steps is the earliest need not be known: one that is late will do. What the
    lead itself says is asked of its row; the leads of all else are joined, each once.

    :param str alias: of the table crm_lead in the query.
    :param query: to which they are joined.
    :param datetime now: in UTC.
    """
    true = SQL("TRUE")
    beside = [
        source_sql(env, "ledger", of_step=true),
        source_sql(env, "activity", of_activity=true),
        *env["crm.followup.engine"]._more_steps(None),
    ]
    late = SQL(" UNION ").join(
        SQL("SELECT lead_id FROM (%s) AS %s WHERE due_on < %s", part, ROW, now)
        for part in beside
    )
    other = query.make_alias(alias, f"late_{now:%d%H%M%S}")
    lead_id, lead = SQL.identifier(other, "lead_id"), SQL.identifier(alias)
    of_lead = SQL("%s = %s.id", lead_id, lead)
    query.add_join("LEFT JOIN", other, SQL("(%s)", late), of_lead)
    parts = [
        SQL(
            "(%s AND %s < %s)",
            SQL(OF_ITSELF[name], lead=lead),
            SQL.identifier(alias, due),
            now,
        )
        for name, due in DUE.items()
    ]
    return SQL("(%s)", SQL(" OR ").join([*parts, SQL("%s IS NOT NULL", lead_id)]))


def source_sql(env, name, **conditions):
    """Return the statement of what is open by one of SOURCES, with the columns of NAMES.

    :param SQL conditions: ``of_lead`` on crm_lead AS lead, for the clock and the pause,
        ``of_step`` on crm_lead_followup AS step, ``of_activity`` on mail_activity AS activity.
    """
    for model_name, names in READ.items():
        env[model_name].flush_model(names)
    if name in OF_ITSELF:
        lead = SQL.identifier("lead")
        conditions["of_itself"] = SQL(OF_ITSELF[name], lead=lead)
    return SQL(SOURCES[name], lang=env.lang or "en_US", **conditions)
