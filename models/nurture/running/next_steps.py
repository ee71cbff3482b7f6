# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which step comes next for whom, and when: one statement for any number of enrollments."""

from datetime import timedelta

from odoo.tools import SQL

# Of more leads, or more moments than this, sending hours are looked at when the step is due.
LEADS, MOMENTS = 200, 4
# Where something is on its way nothing is next, until it is known what became of it.
PLAN = """
    UPDATE crm_nurture_enrollment AS one
       SET step_id = found.step_id,
           next_on = CASE WHEN found.waits THEN NULL
                     WHEN one.state = 'paused' THEN one.paused_until
                     ELSE GREATEST(found.due_on, %(not_before)s) END
      FROM (SELECT self.id, next.id AS step_id,
                   COALESCE(self.last_on, self.started_on)
                   + make_interval(days => COALESCE(next.days, 0),
                                   hours => COALESCE(next.hours, 0)) AS due_on,
                   EXISTS (SELECT FROM crm_nurture_delivery AS row
                            WHERE row.enrollment_id = self.id
                              AND row.state IN ('queued', 'task', 'open')) AS waits
              FROM crm_nurture_enrollment AS self
         LEFT JOIN crm_nurture_step AS last ON last.id = self.last_step_id
         LEFT JOIN LATERAL (
                   SELECT step.id, step.days, step.hours FROM crm_nurture_step AS step
                    WHERE step.track_id = self.track_id AND step.active
                      AND step.lane = self.lane
                      AND (self.last_step_id IS NULL
                           OR (step.sequence, step.id) > (last.sequence, last.id))
                 ORDER BY step.sequence, step.id LIMIT 1) AS next ON TRUE
             WHERE %(which)s AND self.state IN ('active', 'paused')) AS found
     WHERE found.id = one.id
       AND (one.step_id IS DISTINCT FROM found.step_id
            OR one.next_on IS DISTINCT FROM CASE WHEN found.waits THEN NULL
               WHEN one.state = 'paused' THEN one.paused_until
               ELSE GREATEST(found.due_on, %(not_before)s) END)
 RETURNING one.id, one.next_on, one.lead_id, one.step_id
"""


def first(track, start):
    """Return the first step of a track, and when it is due for who enters now.

    :param track: one crm.nurture.track.
    :param datetime start: in UTC.
    """
    steps = track.step_ids.filtered(lambda step: step.active and step.lane == "main")
    step = steps.sorted(lambda step: (step.sequence, step.id))[:1]
    return step, start + timedelta(days=step.days, hours=step.hours)


def plan(env, ids=None, track_ids=None, not_before=None):
    """Find the next step of enrollments, and when it is due; write only what differs.

    Days count from when the step before was done, else from entering; then the moment is
    moved into the sending hours of the lead, and behind the limit of its grade.

    :param ids: of crm.nurture.enrollment; None: all of the tracks ``track_ids``.
    :param datetime not_before: nothing is due before this moment.
    """
    Enrollment = env["crm.nurture.enrollment"]
    Enrollment.flush_model()
    env["crm.nurture.step"].flush_model()
    env["crm.nurture.delivery"].flush_model(["state", "enrollment_id"])
    which = (
        SQL("self.id = ANY(%s)", list(ids))
        if ids is not None
        else SQL("self.track_id = ANY(%s)", list(track_ids))
    )
    rows = env.execute_query(SQL(PLAN, which=which, not_before=not_before))
    Enrollment.invalidate_model(flush=False)
    into_hours(env, rows)


def into_hours(env, rows):
    """Move steps that send something into the sending hours of their leads.

    :param rows: of the id of an enrollment, when its step is due, its lead and its step.
    """
    moments = {}
    steps = env["crm.nurture.step"].browse({row[3] for row in rows if row[3]})
    sending = set(steps.filtered(lambda step: step.kind == "message").ids)
    for enrollment_id, due_on, lead_id, step_id in rows:
        if due_on and step_id in sending:
            moments.setdefault(due_on, []).append((enrollment_id, lead_id))
    if len(moments) > MOMENTS or len(rows) > LEADS:
        return
    moved = []
    for due_on, pairs in moments.items():
        leads = env["crm.lead"].browse([lead_id for _one, lead_id in pairs]).exists()
        holds = env["crm.message.guard"]._holds(leads, due_on)
        moved += [
            (one, holds[lead_id][0]) for one, lead_id in pairs if lead_id in holds
        ]
    put(env, moved)


def put(env, moments):
    """Write when the next step of enrollments is due.

    :param moments: pairs of an id and a moment in UTC.
    """
    if not moments:
        return
    env["crm.nurture.enrollment"].flush_model(["next_on"])
    ids, dates = map(list, zip(*moments, strict=True))
    env.cr.execute(
        SQL(
            "UPDATE crm_nurture_enrollment AS one SET next_on = new.next_on"
            " FROM unnest(%s::int[], %s::timestamp[]) AS new(id, next_on)"
            " WHERE one.id = new.id",
            ids,
            dates,
        )
    )
    env["crm.nurture.enrollment"].invalidate_model(["next_on"], flush=False)


def done(env, pairs, now):
    """Note the step that enrollments have done last, and find the next one.

    :param pairs: of an enrollment's id and a step's id.
    """
    if not pairs:
        return
    Enrollment = env["crm.nurture.enrollment"]
    Enrollment.flush_model()
    ids, steps = map(list, zip(*pairs, strict=True))
    env.cr.execute(
        SQL(
            "UPDATE crm_nurture_enrollment AS one SET last_step_id = new.step_id, last_on = %s"
            " FROM unnest(%s::int[], %s::int[]) AS new(id, step_id) WHERE one.id = new.id",
            now,
            ids,
            steps,
        )
    )
    Enrollment.invalidate_model(flush=False)
    plan(env, ids)
