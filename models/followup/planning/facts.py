# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from typing import NamedTuple

from odoo.tools import SQL
from odoo.tools.query import Query

from ...common.rule.rule_set import rule_leads
from ..keeping.arrays import ids

# What the engine writes to leads, in this order.
COLUMNS = (
    "next_touch_on",
    "last_contact_on",
    "last_touch_on",
    "contact_count",
    "retention_k",
)
READ = {
    "crm.lead": [
        "received_on", "user_id", "team_id", "company_id", "active", "won_status",
        "first_assigned_on",
        "response_deadline", "first_response_on", "routing_paused_until", "date_closed",
        "qualification_state", "lead_grade", "stage_id", *COLUMNS,
    ],
    "mail.activity": ["res_model", "res_id", "active", "user_id", "date_deadline"],
    "crm.lead.followup": ["activity_id", "state", "lead_id"],
    "resource.calendar": ["tz"],
    "res.company": ["resource_calendar_id"],
    "crm.team": ["company_id"],
    "res.users": ["company_id"],
}  # fmt: skip

# Touchpoints of leads, added up. Days are those of the lead's company. What lies in the future
# (an import) counts once it is past.
QUERY = """
    WITH lead AS MATERIALIZED (%(leads)s),
    judged(event, bits) AS (VALUES %(judged)s),
    said AS (
        SELECT touch.lead_id,
               max(touch.occurred_on) FILTER (WHERE judged.bits & 1 > 0) AS landed_on,
               max(touch.occurred_on) FILTER (WHERE judged.bits & 3 > 0) AS touched_on,
               max(touch.occurred_on) FILTER (WHERE judged.bits & 6 > 0) AS ours_on,
               array_agg(touch.occurred_on) FILTER (WHERE judged.bits & 2 > 0) AS tries,
               count(DISTINCT (touch.occurred_on AT TIME ZONE 'UTC' AT TIME ZONE lead.tz)::date)
                   FILTER (WHERE judged.bits & 1 > 0) AS days
          FROM lead JOIN crm_touchpoint AS touch ON touch.lead_id = lead.id
          JOIN judged ON judged.event = concat_ws(',', touch.kind, touch.direction,
                                                  COALESCE(touch.outcome, ''))
         WHERE touch.lead_id = ANY(%(ids)s) AND touch.is_human AND touch.occurred_on <= %(now)s
         GROUP BY touch.lead_id),
    own AS (
        SELECT activity.res_id, min(activity.date_deadline) AS day
          FROM mail_activity AS activity
         WHERE activity.res_model = 'crm.lead' AND activity.active
           AND activity.user_id IS NOT NULL
           AND activity.res_id = ANY(%(ids)s)
           AND NOT EXISTS (SELECT FROM crm_lead_followup AS step
                            WHERE step.activity_id = activity.id
                              AND step.kind NOT IN ('own', 'review'))
         GROUP BY activity.res_id)
    SELECT lead.id, lead.user_id, lead.company, lead.team_id, lead.is_open, lead.is_customer,
           lead.received_on, lead.assigned_on, lead.response_deadline, lead.answered_on,
           lead.paused_until, lead.closed_on, lead.lead_grade, said.landed_on, said.touched_on,
           said.ours_on,
           COALESCE(said.days, 0), COALESCE((SELECT count(*) FROM unnest(said.tries) AS one(at)
                                             WHERE one.at > COALESCE(said.landed_on,
                                                                     '-infinity')), 0),
           own.day,
           %(stored)s
      FROM lead LEFT JOIN said ON said.lead_id = lead.id LEFT JOIN own ON own.res_id = lead.id
"""


class Facts(NamedTuple):
    """What is known of a lead that its next step follows from. Moments are UTC."""

    id: int
    user_id: int
    company_id: int
    team_id: int
    is_open: bool
    is_customer: bool
    received_on: datetime
    assigned_on: datetime
    response_deadline: datetime
    answered_on: datetime
    paused_until: datetime
    closed_on: datetime
    grade: int
    landed_on: datetime  # the last contact that landed
    touched_on: datetime  # the last contact, or try of ours
    ours_on: datetime  # the last time that one of us reached out
    days: int  # on which a contact landed
    attempts: int  # of ours in a row that did not land
    own_day: object  # date of the earliest activity that a person planned
    stored: tuple  # the columns as they are


def read(env, leads, now):
    """Return what is known of leads: one query for any number.

    :param leads: crm.lead records.
    :param datetime now: in UTC; what happens later is not known yet.
    :rtype: list[Facts]
    """
    for model_name, names in READ.items():
        env[model_name].flush_model(names)
    statement = SQL(
        QUERY,
        leads=_leads_sql(env, leads.ids),
        ids=ids(leads.ids),
        judged=_judged_sql(env),
        now=now,
        stored=SQL(", ").join(SQL.identifier("lead", name) for name in COLUMNS),
    )
    count = len(Facts._fields) - 1
    return [
        Facts(*row[:count], tuple(row[count:])) for row in env.execute_query(statement)
    ]


def _judged_sql(env):
    """Return what is said of each kind of event: 1 landed, 2 a try, 4 an answer; added up."""
    bits = {}
    for bit, judge in ((1, "is_landed"), (2, "is_attempt"), (4, "is_answer")):
        for event in env["crm.touchpoint"]._judged(judge):
            bits[event] = bits.get(event, 0) + bit
    return SQL(", ").join(SQL("(%s, %s)", *item) for item in bits.items())


def _leads_sql(env, lead_ids):
    """Return the statement for the leads themselves, with the zone of each one's company."""
    model = rule_leads(env)
    query = Query(env, "crm_lead", SQL.identifier("crm_lead"))
    Company = env["res.company"]
    company = SQL("%s::int", Company._crm_only_company_id() or None)
    if not Company._crm_is_only_company():
        company = Company._crm_of_lead_sql(model, query)
    query.add_where(SQL("crm_lead.id = ANY(%s)", ids(lead_ids)))
    zone = SQL(
        "COALESCE((SELECT calendar.tz FROM res_company AS company"
        " JOIN resource_calendar AS calendar ON calendar.id = company.resource_calendar_id"
        " WHERE company.id = %s), 'UTC')",
        company,
    )
    return query.select(
        SQL("crm_lead.id, crm_lead.user_id, crm_lead.team_id, %s AS company", company),
        SQL("%s AS tz", zone),
        SQL(
            "COALESCE(crm_lead.active AND crm_lead.won_status = 'pending', FALSE) AS is_open"
        ),
        SQL(
            "COALESCE(crm_lead.active AND crm_lead.won_status = 'won', FALSE) AS is_customer"
        ),
        SQL("%s AS received_on", received_sql("crm_lead")),
        SQL("crm_lead.first_assigned_on AS assigned_on, crm_lead.response_deadline"),
        SQL("crm_lead.first_response_on AS answered_on"),
        SQL("crm_lead.routing_paused_until AS paused_until"),
        SQL("crm_lead.date_closed AS closed_on, crm_lead.lead_grade"),
        SQL(", ").join(SQL.identifier("crm_lead", name) for name in COLUMNS),
    )


def received_sql(alias):
    """Return when a lead really came in, in SQL.

    :param str alias: of the table of leads.
    """
    return SQL(
        "COALESCE(%s, date_trunc('second', %s))",
        SQL.identifier(alias, "received_on"),
        SQL.identifier(alias, "create_date"),
    )
