# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Messages that may go, but not now: sending hours, and limits per period."""

from datetime import timedelta

import pytz

from odoo import fields
from odoo.fields import Domain
from odoo.tools.intervals import Intervals

from ....tools.sending_time import next_free, next_open

# How far ahead an open hour is looked for: beyond the longest company holidays.
HORIZON_DAYS = 35


def holds(leads, now):
    """Tell until when messages to leads have to wait.

    :param leads: crm.lead records.
    :param datetime now: the present, UTC.
    :return: ``(until, reason)`` by lead id, UTC; leads that may be written to now are
        not in it.
    :rtype: dict[int, tuple[datetime, str]]
    """
    env, result = leads.env, {}
    for lead_id, until in cap_holds(leads, now).items():
        result[lead_id] = (
            until,
            env._(
                "The lead has had all messages of this period that its grade allows. The"
                " next may go from %(until)s.",
                until=format_moment(env, until),
            ),
        )
    hours = {}
    for lead in leads:
        found = _hours_hold(lead, result.get(lead.id, (now,))[0], hours)
        if found:
            until, tz = found
            result[lead.id] = (
                until,
                env._(
                    "It is outside the sending hours of the lead. They begin at %(until)s"
                    " (%(local)s in %(tz)s).",
                    until=format_moment(env, until),
                    local=format_moment(env, until, tz),
                    tz=tz,
                ),
            )
    return result


def format_moment(env, moment, tz=None):
    """Return a moment for people to read, in the user's time zone or another."""
    tz = tz or env.user.tz or "UTC"
    local = pytz.utc.localize(moment).astimezone(pytz.timezone(tz))
    return fields.Datetime.to_string(local.replace(tzinfo=None))[:16]


def cap_holds(leads, now):
    """Return until when leads wait because of the limit of their grade."""
    caps = caps_of(leads)
    if not caps:
        return {}
    longest = max(days for _cap, days in caps.values())
    sent = dict(
        leads.env["crm.touchpoint"]
        # sudo: a limit counts the messages of colleagues too.
        .sudo()
        ._read_group(
            Domain("lead_id", "in", list(caps))
            & Domain("message_template_id", "!=", False)
            & Domain("direction", "=", "out")
            & Domain("occurred_on", ">", now - timedelta(days=longest)),
            ["lead_id"],
            ["occurred_on:array_agg"],
        )
    )
    sent = {lead.id: moments for lead, moments in sent.items()}
    result = {}
    for lead_id, (cap, days) in caps.items():
        until = next_free(sent.get(lead_id, []), cap, days, now)
        if until:
            result[lead_id] = until
    return result


def caps_of(leads):
    """Return the limit and its period in days for each lead that has one.

    :rtype: dict[int, tuple[int, int]]
    """
    grades = leads.env["crm.scorecard.grade"].search(
        [
            ("message_cap", ">", 0),
            ("scorecard_id.state", "in", ("live", "pilot")),
        ]
    )
    result = {}
    if not grades:
        return result
    by_card = {(row.scorecard_id.id, row.grade): row.message_cap for row in grades}
    by_company = {
        (row.company_id.id, row.grade): row.message_cap
        for row in grades
        if row.scorecard_id.state == "live"
    }
    cards = _grading_cards(leads)
    for lead in leads:
        company, grade = leads.env["res.company"]._crm_of_lead(lead), lead.lead_grade
        card_id = cards.get(lead.id)
        if card_id:
            # What graded the lead says how much it gets.
            cap = by_card.get((card_id, grade))
        else:
            cap = by_company.get((company.id, grade)) or by_company.get((False, grade))
        days = company.message_cap_days
        if cap and days:
            result[lead.id] = (cap, days)
    return result


def _grading_cards(leads):
    """Return the scorecard in use that gave each lead its grade, by its history.

    :rtype: dict[int, int]
    """
    # sudo: the history of the grade, whoever may read it.
    Log = leads.env["crm.lead.grade.log"].sudo()
    last = Log._read_group(
        [("lead_id", "in", leads.ids), ("scorecard_id", "!=", False)],
        ["lead_id"],
        ["id:max"],
    )
    logs = Log.browse([log_id for _lead, log_id in last])
    return {
        log.lead_id.id: log.scorecard_id.id
        for log in logs
        if log.scorecard_id.state in ("live", "pilot")
        and log.to_grade == log.lead_id.lead_grade
    }


def _hours_hold(lead, now, hours):
    """Return when the sending hours of a lead begin, with its time zone, or None.

    :param dict hours: the sending hours found so far, by schedule, zone and moment.
    """
    calendar = lead.env["res.company"]._crm_of_lead(lead).message_calendar_id
    if not calendar:
        return None
    zones, tz = tuple(lead._message_zones()), lead._message_tz()
    start = pytz.utc.localize(now)
    if (calendar, zones, now) not in hours:
        hours[calendar, zones, now] = _open_in_all(calendar, zones, tz, start)
    try:
        until = next_open(hours[calendar, zones, now], start)
    except LookupError:
        until = start + timedelta(days=HORIZON_DAYS)
    return until and (until.astimezone(pytz.utc).replace(tzinfo=None), tz)


def _open_in_all(calendar, zones, tz, start):
    """Return the sending hours from ``start`` on that are open in all zones of a lead.

    Where no hour is, those of its main zone.

    :rtype: list[tuple]
    """
    result = None
    # Zones of the same time at that moment are one.
    offsets = {
        start.astimezone(pytz.timezone(zone)).utcoffset(): zone for zone in zones
    }
    for zone in offsets.values():
        open_hours = Intervals(
            (begin, end, calendar)
            for begin, end in _open_intervals(calendar, zone, start)
        )
        result = open_hours if result is None else result & open_hours
    if result:
        return [(begin, end) for begin, end, _record in result]
    return _open_intervals(calendar, tz, start)


def _open_intervals(calendar, tz, start):
    """Return the sending hours from ``start`` on, as they are in a time zone."""
    zone = pytz.timezone(tz)
    intervals = calendar._work_intervals_batch(
        start.astimezone(zone),
        (start + timedelta(days=HORIZON_DAYS)).astimezone(zone),
        tz=zone,
    )[False]
    return [(begin, end) for begin, end, _record in intervals]
