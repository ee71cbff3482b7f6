# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What did not leave after all: it is no contact, and its owner is told.

A message is recorded when it is queued, so that the same does not go twice. Where the
queue then says that it could not be delivered, the record is taken back: from the
response time, from the limits, and from the figures. Where it leaves after all, when
somebody sends it again, it counts again.
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
        found = _recorded(env, message_ids, Domain("direction", "=", "out"))
        found._landed(False)
        for lead in found.lead_id:
            _tell_owner(lead, reason)


def delivered(env, message_ids):
    """Count again what was taken back of messages, since they have left after all.

    :param list message_ids: of ``mail.message`` records about leads.
    """
    with guarded(env, "Messages %s were delivered", message_ids):
        failed = Domain("direction", "=", "internal") & Domain("outcome", "=", "failed")
        _recorded(env, message_ids, failed)._landed(True)


def _recorded(env, message_ids, domain):
    """Return the touchpoints of messages, as superuser."""
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


def _tell_owner(lead, reason):
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
