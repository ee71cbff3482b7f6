# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""A message of a track goes: by the message room's planner, which asks all that is to be asked."""

from odoo.tools import SQL

from ...common.context import MESSAGE_SENDER
from ...message.queues.turn import Turn
from . import rows, tasks

# Names a delivery among the touchpoints of messages; a second try has a name of its own.
REF = "crm.nurture.delivery,%s,%s"
LINK = """
    UPDATE crm_nurture_delivery AS row
       SET touchpoint_id = touch.id, mail_message_id = touch.mail_message_id
      FROM unnest(%s::int[], %s::varchar[]) AS new(id, ref)
      JOIN crm_touchpoint AS touch ON touch.source = 'crm.message'
           AND touch.external_ref = new.ref
     WHERE row.id = new.id AND touch.lead_id = row.lead_id
"""


def send(run, step, enrollments):
    """Send the message of a step, or note why it does not go.

    :param Runner run: what it belongs to.
    :param step: one crm.nurture.step.
    :param enrollments: crm.nurture.enrollment records for which it is due.
    """
    now = run.now
    leads = {one.lead_id.id: one for one in enrollments}
    channel = None if step.channel == "best" else step.channel
    planner = _planner(run, step)
    # The texts of e-mails are not written twice: one that cannot be is noted as failed.
    plan = planner._plan(
        enrollments.lead_id, step.template_id, channel, now, read=channel != "email"
    )
    ready, waiting, skipped = [], [], []
    for planned in plan:
        one = leads[planned.lead_id]
        if planned.state == "ready":
            ready.append((one, planned))
        elif planned.state == "open":
            waiting.append((one, planned))
        elif planned.state == "skipped" or Turn.is_late(
            run.due_on(one), planned.until, step.track_id.late_days
        ):
            skipped.append((one, planned))
        else:
            run.hold(one, step, planned.until, planned.reason)
    for one, planned in skipped:
        reason = planned.reason if planned.state == "skipped" else "late"
        run.skip(one, step, reason, planned.channel)
    _deliver(run, step, ready)
    _hand_over(run, step, waiting)


def _planner(run, step):
    """Return the planner that writes in the name in which the track does."""
    planner = run.env["crm.message.planner"]
    sent_by = step.track_id._sent_by()
    if sent_by is None:
        return planner
    return planner.with_context(**MESSAGE_SENDER.on(sent_by))


def _deliver(run, step, ready):
    """Write the rows of what is ready, then put the messages into Odoo's queues."""
    written = rows.write(
        run.env,
        [
            run.row(one, step, "queued", channel=planned.channel)
            for one, planned in ready
        ],
    )
    refs, links = {}, []
    for one, planned in ready:
        if one.id in written:
            refs[planned.lead_id] = ref = REF % written[one.id]
            links.append((written[one.id][0], ref))
        else:
            run.passed.append((one.id, step.id))  # It was done already.
    if not refs:
        return
    going = [planned for _one, planned in ready if planned.lead_id in refs]
    _planner(run, step)._deliver(going, refs)
    run.env["crm.touchpoint"].flush_model()
    run.env.cr.execute(SQL(LINK, *map(list, zip(*links, strict=True))))
    run.env["crm.nurture.delivery"].invalidate_model(flush=False)
    # Until it has left nothing is next.
    run.waiting += [one.id for one, _planned in ready if one.id in written]


def _hand_over(run, step, waiting):
    """Have people open the links of messages that no service sends."""
    if not waiting:
        return
    model = _planner(run, step).env["crm.message.template"]
    texts, by_text = {}, {}
    for _one, planned in waiting:
        by_text.setdefault(planned.template_id, []).append(planned.lead_id)
    for text_id, lead_ids in by_text.items():
        leads = run.env["crm.lead"].browse(lead_ids)
        texts |= model.browse(text_id)._render_channel(leads, tasks.WHATSAPP)
    asked = [
        {
            "lead": one.lead_id,
            "channel": tasks.WHATSAPP,
            "summary": lambda env: env._(
                "WhatsApp: %s", step.with_env(env).template_id.name
            ),
            "note": texts[one.lead_id.id]["body"],
            "wait": max(step.wait_for_task, 1),
        }
        for one, _planned in waiting
    ]
    run.ask(step, [one for one, _planned in waiting], asked, "open", tasks.WHATSAPP)
