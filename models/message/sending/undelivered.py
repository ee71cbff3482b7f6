# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What did not leave after all: it is no contact, and its owner is told.

A message is recorded when it is queued, so that the same does not go twice. Where the
queue then says that it could not be delivered, the record is taken back: from the
response time, from the limits, and from the figures.
"""

from odoo.fields import Domain
from odoo.tools import html_escape

from ...common.guarded import guarded


def undelivered(env, message_ids, reason):
    """Take back what was recorded of messages that could not be delivered.

    :param list message_ids: of ``mail.message`` records about leads.
    :param str reason: what the queue says.
    """
    with guarded(env, "Messages %s were not delivered", message_ids):
        found = _records_of(env, message_ids, Domain("direction", "=", "out"))
        for lead, mine in found.grouped("lead_id").items():
            _take_back(lead, mine, reason)


def delivered(env, message_ids):
    """Count messages again that could not be delivered, and were sent again.

    :param list message_ids: of ``mail.message`` records about leads.
    """
    with guarded(env, "Messages %s were delivered after all", message_ids):
        taken_back = Domain("direction", "=", "internal")
        taken_back &= Domain("outcome", "=", "failed")
        found = _records_of(env, message_ids, taken_back)
        for touchpoint in found:
            message = touchpoint.mail_message_id or env["mail.message"].browse(
                int(touchpoint.external_ref)
            )
            # sudo: the subject of what the queue has sent.
            summary = touchpoint.message_template_id.name or message.sudo().subject
            touchpoint.write({"direction": "out", "outcome": False, "summary": summary})
        for lead, mine in found.grouped("lead_id").items():
            lead._lead_touched(mine)


def _records_of(env, message_ids, domain):
    """Return the records of messages, as superuser."""
    message_ids = [message_id for message_id in message_ids if message_id]
    # sudo: nobody may write touchpoints, and leads that the queue's user cannot see.
    touchpoints = env["crm.touchpoint"].sudo()
    if not message_ids:
        return touchpoints
    return touchpoints.search(
        domain
        & (
            Domain("mail_message_id", "in", message_ids)
            | (
                Domain("source", "=", "mail.message")
                & Domain("external_ref", "in", [str(one) for one in message_ids])
            )
        )
    )


def _take_back(lead, touchpoints, reason):
    """Take back the records of messages to one lead, and tell its owner.

    Who counted them as an answer hears of it as of whatever happens with a lead.
    """
    for touchpoint in touchpoints:
        touchpoint.write(
            {
                "direction": "internal",
                "outcome": "failed",
                "summary": lead.env._("Not delivered: %s", touchpoint.summary or ""),
            }
        )
    lead._lead_touched(touchpoints)
    _tell_owner(lead, touchpoints, reason)


def _tell_owner(lead, touchpoints, reason):
    """Plan an activity of the lead's owner, one for all that failed until it is done."""
    owner = lead.user_id
    if not owner.active or not lead._lead_is_open():
        return
    lang = owner.lang or lead.env.lang
    summary = lead.with_context(lang=lang).env._("Message not delivered")
    activities = lead.activity_ids
    if any(one.user_id == owner and one.summary == summary for one in activities):
        return
    lead.with_context(lang=lang).activity_schedule(
        "mail.mail_activity_data_warning",
        summary=summary,
        note=html_escape(reason or ""),
        user_id=owner.id,
    )
