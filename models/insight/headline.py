# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The first lines of a lead: who it is, where they are, and what stands behind it."""

import pytz

from odoo import fields
from odoo.tools import format_time

from ...tools.contact import is_contact
from ...tools.contact_window import same_clock

# Among so many of the last events the last contact is looked for.
LOOKED_AT = 20


def headline(lead, now=None):
    """Return what the first lines of a lead say.

    Nothing is asked of the database but what the lead's own form reads anyway.

    :param lead: one saved crm.lead record, which the user may read.
    :param datetime now: naive UTC; the present when None.
    :return: texts for a person to read, empty where nothing is known: ``person``, ``role``,
        ``company``, ``country``, ``time`` (on the clock there), ``language`` and whether it is
        ``guessed``; ``phone``, ``email``.
    :rtype: dict
    """
    language = lead.env["res.lang"]._get_data(code=lead.message_lang)
    return {
        "person": lead.contact_name or lead.partner_id.name or "",
        "role": lead.function or "",
        "company": lead.partner_name or lead.partner_id.commercial_company_name or "",
        "country": lead.country_id.name or "",
        "time": _clock_there(lead, now or fields.Datetime.now()),
        "language": language.name or "",
        "guessed": lead.message_lang_is_guessed,
        "phone": lead.phone or "",
        "email": lead.email_from or "",
    }


def glance(lead):
    """Return what stands behind the first lines of a lead: it follows, when the form shows.

    :param lead: one saved crm.lead record, which the user may read.
    :return: ``checklist`` (the state of the gate, how many questions are ``passed`` of how
        many in ``total``; False where none applies); ``next``, the question worth asking
        (see ``crm.lead.profile``), or None; why it is ``unfit``, by a knock-out, or "";
        ``last``, the last contact (``on`` in UTC, ``kind``, ``direction``, ``text``), or
        False; ``why`` the owner is the owner; how many ``touchpoints`` and ``audits`` there
        are.
    :rtype: dict
    """
    marks = [mark for _id, mark in lead.qualifier_marks or ()]
    events = _last_events(lead)
    return {
        "checklist": bool(marks)
        and {
            "state": lead.qualification_state,
            "passed": marks.count("pass"),
            "total": len(marks),
        },
        "next": lead.env["crm.lead.profile"]._next(lead),
        "unfit": lead.knock_out_reason or "",
        "last": _last_contact(events),
        "why": lead.routing_reason or "",
        # All of them were read, where they are so few.
        "touchpoints": len(events)
        if len(events) < LOOKED_AT
        else lead.touchpoint_count,
        "audits": lead.audit_count,
    }


def _clock_there(lead, now):
    """Return what the clock shows where the lead lives, or "" where that is not known."""
    zones = [zone for zone in lead._lead_time_zones() if zone in pytz.all_timezones_set]
    if not zones or not same_clock(zones, now):
        return ""
    return format_time(lead.env, now, tz=zones[0], time_format="short")


def _last_events(lead):
    """Return the last touchpoints of a lead, the latest first."""
    names = ["kind", "direction", "is_human", "outcome", "occurred_on", "summary"]
    return lead.env["crm.touchpoint"].search_fetch(
        [("lead_id", "=", lead.id)], names, limit=LOOKED_AT
    )


def _last_contact(events):
    """Return when, how and about what somebody was last in touch, or False.

    :param events: crm.touchpoint records, the latest first.
    """
    for event in events:
        if is_contact(event.kind, event.direction, event.is_human, event.outcome):
            kinds, directions = (
                dict(events._fields[name]._description_selection(events.env))
                for name in ("kind", "direction")
            )
            return {
                "on": fields.Datetime.to_string(event.occurred_on),
                "kind": kinds[event.kind],
                "direction": directions[event.direction],
                "text": event.summary or "",
            }
    return False
