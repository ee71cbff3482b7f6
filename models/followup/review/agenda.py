# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a team talks about in its review: a fixed order, each lead once."""

from datetime import timedelta

from odoo.tools import SQL

from ..keeping.effective import effective_sql
from ..planning import facts

# So many leads can be talked about; the others are a number.
MOST = 25
WEEK = timedelta(days=7)
# Each lead under the first reason that there is for it.
QUERY = """
    WITH lead AS (
        SELECT lead.id, lead.user_id, lead.lead_grade, lead.response_deadline,
               lead.first_response_on, lead.date_last_stage_update, stage.rotting_threshold_days,
               CASE WHEN lead.next_touch_on < %(now)s AND lead.retention_k > 0
                    THEN COALESCE(lead.prorated_revenue, 0) * (1 - exp(-lead.retention_k
                         * GREATEST(0, EXTRACT(EPOCH FROM %(now)s
                               - COALESCE(lead.last_contact_on, %(received)s)) / 86400)))
                    ELSE 0 END AS risk
          FROM crm_lead AS lead LEFT JOIN crm_stage AS stage ON stage.id = lead.stage_id
         WHERE lead.team_id = %(team)s AND lead.active AND lead.won_status = 'pending'
           AND %(kept)s),
    next AS (SELECT step.lead_id, min(step.due_on) AS due_on,
                    bool_or(step.kind = 'duty' AND step.due_on < %(now)s) AS owes
               FROM (%(steps)s) AS step JOIN lead ON lead.id = step.lead_id
              GROUP BY step.lead_id),
    decided AS (SELECT line.lead_id FROM crm_review_line AS line
                  JOIN crm_lead_followup AS ledger ON ledger.id = line.followup_id
                 WHERE line.meeting_id = %(last)s AND ledger.state IN ('planned', 'missed')),
    named AS (
        SELECT lead.*, CASE
                   WHEN lead.id IN (SELECT lead_id FROM decided) THEN '1_decided'
                   WHEN lead.response_deadline < %(now)s AND lead.first_response_on IS NULL
                        THEN '2_waiting'
                   WHEN lead.user_id IS NULL THEN '3_no_owner'
                   WHEN next.due_on IS NULL THEN '4_no_step'
                   WHEN next.due_on < %(now)s THEN '5_overdue'
                   WHEN lead.rotting_threshold_days > 0 AND lead.date_last_stage_update
                        < %(now)s - make_interval(days => lead.rotting_threshold_days)
                        THEN '6_stuck'
                   WHEN lead.risk > 0 THEN '7_risk' END AS reason
          FROM lead LEFT JOIN next ON next.lead_id = lead.id)
    SELECT id, reason, risk, count(*) OVER () FROM named WHERE reason IS NOT NULL
     ORDER BY reason, risk DESC, lead_grade DESC NULLS LAST, id LIMIT %(most)s
"""
READ = {
    "crm.lead": [
        "team_id", "user_id", "lead_grade", "stage_id", "date_last_stage_update",
        "prorated_revenue", "active", "won_status", *facts.COLUMNS,
    ],
    "crm.review.line": ["meeting_id", "lead_id", "followup_id"],
}  # fmt: skip


def of_team(env, team, now, last):
    """Return what a team should talk about: one query.

    :param team: one crm.team record.
    :param datetime now: in UTC.
    :param last: the crm.review.meeting before, or none.
    :return: pairs of a lead's id, the reason, and the amount at risk; and how many leads
        there would have been.
    :rtype: tuple[list, int]
    """
    for model_name, names in READ.items():
        env[model_name].flush_model(names)
    rows = env.execute_query(
        SQL(
            QUERY,
            now=now,
            team=team.id,
            last=last.id or 0,
            received=facts.received_sql("lead"),
            steps=effective_sql(env),
            kept=env["crm.followup.accountant"]._kept_sql(),
            most=MOST,
        )
    )
    return [row[:3] for row in rows], rows[0][3] if rows else 0
