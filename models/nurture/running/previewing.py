# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a lead would get, and when: as the track would do it, and nothing is written."""

from datetime import timedelta

from odoo.exceptions import UserError

from ...common.context import MESSAGE_SENDER
from ...message.guarding.holds import holds


def preview(track, lead, start):
    """Return what a track would do with a lead that enters now.

    The lead is taken to answer nothing, and to open nothing.

    :param track: one crm.nurture.track.
    :param lead: one crm.lead that the user may read.
    :param datetime start: when it enters, in UTC.
    :return: a dict for each step: step, due_on (UTC), channel, subject, body, note.
    :rtype: list[dict]
    """
    moment, found = start, []
    steps = track.step_ids.filtered(lambda step: step.active and step.lane == "main")
    steps = steps.sorted(lambda step: (step.sequence, step.id))
    for step in steps:
        moment += timedelta(days=step.days, hours=step.hours)
        row = {
            "step": step,
            "due_on": moment,
            "channel": False,
            "subject": "",
            "body": "",
            "note": "",
        }
        fits = not step.domain or lead.id in _matched(step, lead)
        if not fits:
            row["note"] = track.env._("Left out: the condition does not match")
        elif step.if_previous in ("opened", "clicked"):
            row["note"] = track.env._("Only if the message before was opened")
        if step.kind == "message" and fits:
            _fill(row, step, lead, moment)
            moment = row["due_on"]
        found.append(row)
        if step.kind == "end" and fits:
            break
    return found


def _matched(step, lead):
    Step = step.env["crm.nurture.step"]
    own = [row for row in Step._rule_rows() if row.id == step.id]
    return (
        {i for i, ids in Step._rule_match(lead, own).items() if ids} if own else set()
    )


def _fill(row, step, lead, moment):
    """Fill in what a message would say, in which channel, and when it may go."""
    sent_by = step.track_id._sent_by()
    if sent_by is not None:
        step = step.with_context(**MESSAGE_SENDER.on(sent_by))
    env, channel = step.env, None if step.channel == "best" else step.channel
    if not step.template_id:
        row["note"] = env._("No message is chosen yet")
        return
    (planned,) = env["crm.message.planner"]._plan(
        lead, step.template_id, channel, moment, read=False
    )
    row["channel"] = planned.channel
    until, held = holds(lead, moment).get(lead.id, (None, None))
    if planned.state == "skipped":
        row["note"] = planned.reason
    elif until:
        row["due_on"], row["note"] = until, held
    elif planned.state == "open":
        row["note"] = env._("The owner sends it by a link")
    try:
        text = step.template_id.browse(planned.template_id)
        texts = text._render_channel(lead, planned.channel)[lead.id]
    except UserError as error:
        row["note"] = str(error)
        return
    row["subject"] = texts.get("subject") or ""
    row["body"] = texts["body"] or ""
