# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What became of what is on its way: messages in Odoo's queues, and tasks of people."""

from datetime import timedelta

from odoo.tools import SQL

from . import next_steps

BATCH = 500
# What is wrong with a mail server, and not with the address: it is tried again.
PASSING = ("mail_smtp", "unknown", "mail_limit", "sms_server", "sms_credit", "sms_acc")
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=12)
FIND = """
    SELECT row.id, row.enrollment_id, row.step_id, row.attempts, row.state, found.became,
           found.failure, found.reason
      FROM crm_nurture_delivery AS row
      JOIN crm_nurture_enrollment AS one ON one.id = row.enrollment_id
      JOIN crm_nurture_step AS step ON step.id = row.step_id
 LEFT JOIN crm_touchpoint AS touch ON touch.id = row.touchpoint_id
 LEFT JOIN crm_lead_followup AS task ON task.id = row.followup_id
 LEFT JOIN LATERAL (
           SELECT mail.state, COALESCE(mail.failure_type, 'mail_smtp') AS failure,
                  mail.failure_reason
             FROM mail_mail AS mail WHERE mail.mail_message_id = row.mail_message_id
         ORDER BY mail.id DESC LIMIT 1) AS mail ON row.state = 'queued'
 LEFT JOIN LATERAL (
           SELECT sms.state, COALESCE(sms.failure_type, 'sms_server') AS failure
             FROM sms_sms AS sms WHERE sms.mail_message_id = row.mail_message_id
         ORDER BY sms.id DESC LIMIT 1) AS sms ON row.state = 'queued'
CROSS JOIN LATERAL (
           SELECT CASE
                  WHEN row.state <> 'queued' THEN
                       CASE WHEN task.state IN ('done', 'late')
                       THEN CASE row.state WHEN 'open' THEN 'sent' ELSE 'done' END
                       WHEN row.state = 'open' AND EXISTS (
                            SELECT FROM crm_touchpoint AS went
                             WHERE went.lead_id = row.lead_id AND went.kind = row.channel
                               AND went.direction = 'out' AND went.is_human
                               AND went.occurred_on >= row.due_on) THEN 'sent'
                       WHEN task.id IS NULL OR task.state <> 'planned' THEN 'skipped'
                       WHEN row.due_on + make_interval(days => GREATEST(
                            step.wait_for_task, (row.state = 'open')::int)) <= %(now)s
                       THEN 'overdue' END
                  WHEN mail.state = 'exception' OR sms.state = 'error' THEN 'failed'
                  WHEN mail.state = 'cancel' OR sms.state = 'canceled' THEN 'skipped'
                  WHEN touch.outcome = 'failed' THEN 'failed'
                  WHEN mail.state = 'outgoing' OR sms.state IN ('outgoing', 'process') THEN NULL
                  ELSE 'sent' END AS became,
                  CASE WHEN mail.state = 'exception' THEN mail.failure
                  WHEN sms.state = 'error' THEN sms.failure END AS failure,
                  COALESCE(mail.failure_reason, touch.summary) AS reason) AS found
     WHERE row.state IN ('queued', 'task', 'open') AND one.state IN ('active', 'paused')
       AND row.id > %(after)s AND found.became IS NOT NULL AND %(which)s
  ORDER BY row.id LIMIT %(limit)s FOR UPDATE OF row SKIP LOCKED
"""
WRITE = """
    UPDATE crm_nurture_delivery AS row
       SET state = new.state, done_on = %s, reason = new.reason
      FROM unnest(%s::int[], %s::varchar[], %s::varchar[]) AS new(id, state, reason)
     WHERE row.id = new.id AND row.state IN ('queued', 'task', 'open')
"""


def find(env, now, after=0, message_ids=None):
    """Return deliveries of which it is known now what became of them; they are locked.

    :param int after: ids above this one only.
    :param message_ids: those of these mail.message records only.
    :rtype: list[tuple]
    """
    for name in ("mail.mail", "sms.sms", "crm.lead.followup", "crm.touchpoint"):
        env[name].flush_model()
    env["crm.nurture.delivery"].flush_model()
    which = SQL("TRUE")
    if message_ids is not None:
        which = SQL("row.mail_message_id = ANY(%s)", list(message_ids))
    return env.execute_query(SQL(FIND, now=now, after=after, which=which, limit=BATCH))


def settle(env, found, now):
    """Write what became of deliveries, and have their tracks go on.

    :param found: rows of :func:`find`.
    :param datetime now: in UTC.
    """
    written, passed, again, opened = [], [], [], []
    for row_id, one_id, step_id, attempts, state, became, failure, reason in found:
        if became == "failed" and failure in PASSING:
            wait = min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)
            written.append((row_id, "held", reason or failure))
            again.append((one_id, now + wait))
            continue
        if became == "overdue":
            # The task stays with whoever has it; a message that nobody sent did not go.
            became, reason = ("done" if state == "task" else "skipped"), "overdue"
        if state == "open" and became == "sent":
            opened.append(row_id)
        written.append((row_id, became, None if became in ("sent", "done") else reason))
        passed.append((one_id, step_id))
    if not written:
        return
    env.cr.execute(SQL(WRITE, now, *map(list, zip(*written, strict=True))))
    env["crm.nurture.delivery"].invalidate_model(flush=False)
    tasks = env["crm.nurture.delivery"].browse(opened).followup_id
    if tasks:
        env["crm.followup.engine"]._done(tasks, None)
    next_steps.done(env, passed, now)
    next_steps.put(env, again)
