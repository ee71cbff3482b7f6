# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is next for leads: all that is open, side by side, in SQL.

The clock of the first answer, the ledger, and what people planned by themselves. Whoever wants
the one next step of a lead takes the earliest.
"""

from odoo.tools import SQL

# A row each: source, its id, the lead, who, the code of the step, until when, ...
CLOCK = """
    SELECT 'clock' AS source, lead.id AS source_id, lead.id AS lead_id, lead.user_id,
           'answer' AS duty, lead.response_deadline AS due_on, NULL::varchar AS channel,
           NULL::varchar AS purpose, NULL::varchar AS summary, NULL::int AS followup_id,
           NULL::int AS activity_id, 'clock' AS kind
      FROM crm_lead AS lead
     WHERE lead.response_deadline IS NOT NULL AND lead.first_response_on IS NULL
       AND lead.active AND lead.won_status = 'pending' AND lead.routing_paused_until IS NULL
       AND %(of_lead)s
"""
PAUSE = """
    SELECT 'pause', lead.id, lead.id, lead.user_id, 'answer', lead.routing_paused_until, NULL,
           NULL, lead.routing_pause_reason, NULL, NULL, 'pause'
      FROM crm_lead AS lead
     WHERE lead.routing_paused_until IS NOT NULL AND lead.active
       AND lead.won_status = 'pending' AND %(of_lead)s
"""
LEDGER = """
    SELECT 'ledger', step.id, step.lead_id, COALESCE(step.acting_user_id, step.user_id),
           step.duty, step.due_on, step.channel, step.purpose, step.summary, step.id,
           step.activity_id, step.kind
      FROM crm_lead_followup AS step
     WHERE step.state = 'planned' AND %(of_step)s
"""
# The end of the day in the zone of whoever is to do it.
ACTIVITY = """
    SELECT 'activity', activity.id, activity.res_id, activity.user_id, 'other',
           (activity.date_deadline + interval '1 day' - interval '1 second')
               AT TIME ZONE COALESCE(partner.tz, 'UTC') AT TIME ZONE 'UTC',
           CASE kind.category WHEN 'phonecall' THEN 'call' WHEN 'meeting' THEN 'meeting'
                ELSE 'task' END, NULL,
           COALESCE(activity.summary, kind.name->>%(lang)s, kind.name->>'en_US'), NULL,
           activity.id, 'own'
      FROM mail_activity AS activity
      JOIN crm_lead AS lead ON lead.id = activity.res_id AND lead.active
      JOIN res_users AS usr ON usr.id = activity.user_id
      JOIN res_partner AS partner ON partner.id = usr.partner_id
      LEFT JOIN mail_activity_type AS kind ON kind.id = activity.activity_type_id
     WHERE activity.res_model = 'crm.lead' AND activity.active
       AND NOT EXISTS (SELECT FROM crm_lead_followup AS step
                        WHERE step.activity_id = activity.id)
       AND %(of_activity)s
"""
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
        "activity_type_id",
    ],
    "res.partner": ["tz"],
}  # fmt: skip


def effective_sql(env, lead_ids=None):
    """Return the statement of all that is open: see the head of this file for its columns.

    :param lead_ids: of these leads only; None: of all.
    """
    for model_name, names in READ.items():
        env[model_name].flush_model(names)

    def within(column):
        return (
            SQL("%s = ANY(%s)", column, lead_ids)
            if lead_ids is not None
            else SQL("TRUE")
        )

    ours = SQL(
        " UNION ALL ".join((CLOCK, PAUSE, LEDGER, ACTIVITY)),
        of_lead=within(SQL("lead.id")),
        of_step=within(SQL("step.lead_id")),
        of_activity=within(SQL("activity.res_id")),
        lang=env.lang or "en_US",
    )
    # What rooms that come after this one have in store for leads.
    more = env["crm.followup.engine"]._more_steps(lead_ids)
    return SQL(" UNION ALL ").join([ours, *more])
