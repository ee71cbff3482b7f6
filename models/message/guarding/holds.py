# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Messages that may go, but not now: sending hours, and limits per period."""

from datetime import datetime, time, timedelta

import pytz

from odoo.fields import Domain
from odoo.tools.intervals import Intervals

from ....tools.public_holidays import is_holiday
from ....tools.sending_time import next_free, next_open
from ...common.moments import format_moment
from ...common.working_hours import WorkingHours

# How far ahead an open hour is looked for: beyond the longest company holidays.
HORIZON = timedelta(days=35)


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
        start = result.get(lead.id, (now,))[0]
        found = _hours_hold(lead, start, hours)
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
        until = _holiday_hold(lead, found[0] if found else start, hours)
        if until:
            result[lead.id] = (
                until,
                env._(
                    "It is a public holiday in %(country)s. The message may go from %(until)s.",
                    country=lead.country_id.name,
                    until=format_moment(env, until),
                ),
            )
    return result


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
    stated = _stated_caps(leads)
    grades = leads.env["crm.scorecard.grade"].search(
        [
            ("message_cap", ">", 0),
            ("scorecard_id.state", "in", ("live", "pilot")),
        ]
    )
    result = {}
    if not grades and not stated:
        return result
    by_card = {(row.scorecard_id.id, row.grade): row.message_cap for row in grades}
    by_company = {
        (row.company_id.id, row.grade): row.message_cap
        for row in grades
        if row.scorecard_id.state == "live"
    }
    cards = _grading_cards(leads)
    for lead in leads:
        company = leads.env["res.company"]._crm_of_lead(lead)
        grade = lead.lead_grade
        card_id = cards.get(lead.id)
        if card_id:
            # What graded the lead says how much it gets.
            cap = by_card.get((card_id, grade))
        else:
            cap = by_company.get((company.id, grade)) or by_company.get((False, grade))
        cap = min(filter(None, (cap, stated.get(lead.id))), default=0)
        days = company.message_cap_days
        if cap and days:
            result[lead.id] = (cap, days)
    return result


def _stated_caps(leads):
    """Return the limit of leads that Marketing, or Sales, has qualified, by lead id.

    :rtype: dict[int, int]
    """
    fields = ("message_cap_mql", "message_cap_sql")
    domain = Domain.OR(Domain(name, ">", 0) for name in fields)
    cards = leads.env["crm.scorecard"].search(
        domain & Domain("state", "in", ("live", "pilot"))
    )
    if not cards:
        return {}
    mine = leads.env["crm.score.engine"]._scorecards_of(leads)
    return {
        lead.id: mine[lead.id].message_cap_sql
        if lead.is_sql
        else mine[lead.id].message_cap_mql
        for lead in leads
        if lead.is_sql or lead.is_mql
    }


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


def _hours_hold(lead, now, found):
    """Return when the sending hours of a lead begin, with its time zone, or None.

    :param dict found: the sending hours found so far, by company, zones and moment.
    """
    company = lead.env["res.company"]._crm_of_lead(lead)
    if not company.message_calendar_id:
        return None
    zones, tz = tuple(lead._message_zones()), lead._message_tz()
    key = (company, zones, tz, now)
    if key not in found:
        found[key] = _open_in_all(company, zones, tz, now)
    if found[key] is None:
        return None
    try:
        until = next_open(found[key], pytz.utc.localize(now))
    except LookupError:
        return now + HORIZON, tz
    return until and (until.astimezone(pytz.utc).replace(tzinfo=None), tz)


def _holiday_hold(lead, moment, found):
    """Return when the holidays end on which a message would go to a lead, or None.

    :param datetime moment: when it would go otherwise, UTC.
    :param dict found: as in :func:`_hours_hold`.
    """
    company = lead.env["res.company"]._crm_of_lead(lead)
    code = lead.country_id.code
    if not company.message_holidays or not code:
        return None
    zone, until = pytz.timezone(lead._message_tz()), moment
    for _day in range(HORIZON.days):
        day = pytz.utc.localize(until).astimezone(zone).date()
        if not is_holiday(code, day):
            break
        midnight = datetime.combine(day + timedelta(days=1), time())
        until = zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)
        hours = _hours_hold(lead, until, found)
        until = hours[0] if hours else until
    return until if until != moment else None


def _open_in_all(company, zones, tz, start):
    """Return the sending hours from ``start`` on that are open in all zones of a lead.

    Where no hour is, those of its main zone.

    :return: pairs of aware moments; None where there are no hours to keep.
    :rtype: list[tuple] or None
    """
    main = _hours(company, tz)
    if main.around_the_clock:
        return None
    # Zones of the same time at that moment are one.
    aware = pytz.utc.localize(start)
    offsets = {
        aware.astimezone(pytz.timezone(zone)).utcoffset(): zone for zone in zones
    }
    result = None
    for zone in offsets.values():
        hours = _hours(company, zone).intervals(start, start + HORIZON)
        hours = Intervals((begin, end, company) for begin, end in hours)
        result = hours if result is None else result & hours
    if result:
        return [(begin, end) for begin, end, _record in result]
    return main.intervals(start, start + HORIZON)


def _hours(company, zone):
    calendar = company.message_calendar_id
    return WorkingHours(company.env, calendar.id, zone, company.ids)
