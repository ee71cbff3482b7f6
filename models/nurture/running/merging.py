# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Leads become one: the enrollment that is furthest goes on, the others stop."""

from odoo.tools import SQL

# Two leads may have been in the same track: what moves gets a number behind the survivor's.
MOVE = """
    UPDATE crm_nurture_enrollment AS one
       SET lead_id = %(lead)s, round = new.round
      FROM (SELECT past.id,
                   (SELECT COALESCE(max(own.round), 0) FROM crm_nurture_enrollment AS own
                     WHERE own.lead_id = %(lead)s AND own.track_id = past.track_id)
                   + row_number() OVER (PARTITION BY past.track_id ORDER BY past.id) AS round
              FROM crm_nurture_enrollment AS past WHERE past.lead_id = ANY(%(others)s)) AS new
     WHERE one.id = new.id
"""


def merge(env, lead, others):
    """Move the enrollments of leads to the one that they go into.

    :param env: a superuser's.
    :param lead: one crm.lead record, which stays.
    :param others: crm.lead records, which will be deleted.
    """
    Enrollment = env["crm.nurture.enrollment"]
    going = Enrollment.search(
        [
            ("lead_id", "in", (lead | others).ids),
            ("state", "in", ("active", "paused")),
        ]
    )
    rank = {
        one: (len(one.delivery_ids), -one.started_on.timestamp(), -one.id)
        for one in going
    }
    stopping = Enrollment
    for group in going.grouped(
        lambda one: True if one.exclusive else one.track_id
    ).values():
        stays = max(group, key=rank.get)
        stopping |= group - stays
    env["crm.nurture.engine"]._exit(stopping, "merged")
    Enrollment.flush_model()
    env.cr.execute(SQL(MOVE, lead=lead.id, others=others.ids))
    Enrollment.invalidate_model(flush=False)
    lead.invalidate_recordset(["nurture_enrollment_ids"])
