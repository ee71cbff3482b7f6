# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is heard of leads in tracks: whom it concerns, and what it means."""

from datetime import datetime, time, timedelta

import pytz

from odoo.tools import SQL, html2plaintext

from ....tools.auto_reply import return_date
from ....tools.contact import SPOKEN, is_landed
from .leaving import Exit

# An automatic reply that names no day pauses for so long.
AWAY = timedelta(days=5)
# Who is back on a day is written to from this hour on.
MORNING = time(9)
GOING = """
    SELECT id, lead_id, address_key, phone_key FROM crm_nurture_enrollment
     WHERE state IN ('active', 'paused')
       AND (lead_id = ANY(%s) OR address_key = ANY(%s) OR phone_key = ANY(%s))
  ORDER BY id
"""


def going(env, leads):
    """Return the enrollments that what happens with leads concerns.

    :return: by lead id, whose the lead of each enrollment is: its own, another of the same
        person, or one of the same company where the track asks for that.
    :rtype: dict[int, dict]
    """
    # sudo: enrollments of leads that the user may not be allowed to see.
    Enrollment = env["crm.nurture.enrollment"].sudo()
    Enrollment.flush_model()
    leads = leads.sudo()  # sudo: as above
    keys = {}
    for lead in leads:
        own = {
            *(lead.email_normalized, lead.partner_id.email_normalized),
            *(lead.phone_sanitized, lead.partner_id.phone_sanitized),
        }
        for key in own - {False}:
            keys.setdefault(key, []).append(lead)
    rows = env.execute_query(SQL(GOING, leads.ids, list(keys), list(keys)))
    found = {}
    Company = env["res.company"]
    for one_id, lead_id, *theirs in rows:
        one = Enrollment.browse(one_id)
        for key in theirs:
            for lead in keys.get(key, ()):
                # Another company's leads are another story.
                if Company._crm_of_lead(lead) == one.company_id:
                    found.setdefault(lead.id, {})[one] = "person"
        if lead_id in leads._ids:
            found.setdefault(lead_id, {})[one] = "own"
    _add_company(env, leads, found)
    return found


def _add_company(env, leads, found):
    """Add the enrollments of others of the same company, where their track asks for it."""
    tracks = [
        row.id
        for row in env["crm.nurture.track"]._running()
        if row.values["exit_on_company_reply"]
    ]
    for lead in leads if tracks else ():
        domain = lead.email_domain_criterion or ""
        if not domain.startswith("@"):
            continue  # A whole address: somebody with a free-mail provider.
        # sudo: as in going().
        others = (
            env["crm.nurture.enrollment"]
            .sudo()
            .search(
                [
                    ("track_id", "in", tracks),
                    ("state", "in", ("active", "paused")),
                    ("lead_id.email_domain_criterion", "=", domain),
                    ("company_id", "=", env["res.company"]._crm_of_lead(lead).id),
                ]
            )
        )
        for one in others:
            found.setdefault(lead.id, {}).setdefault(one, "company")


def is_away(touch):
    """Tell whether an event is the automatic reply of a mail program."""
    return touch.kind == "email" and touch.direction == "in" and not touch.is_human


def back_on(one, touch):
    """Return until when to wait after an automatic reply, in UTC.

    Until the day that it names, in the zone of the lead; else for some days.

    :param one: the crm.nurture.enrollment.
    :param touch: the crm.touchpoint of the reply, as superuser.
    """
    message = touch.env["mail.message"]
    if touch.source == "mail.message" and (touch.external_ref or "").isdigit():
        message = message.browse(int(touch.external_ref)).exists()
    zone = pytz.timezone(one.lead_id._message_tz())
    here = pytz.utc.localize(touch.occurred_on).astimezone(zone)
    text = f"{touch.summary or ''}\n{html2plaintext(message.body or '')}"
    day = return_date(text, here.date())
    if not day:
        return touch.occurred_on + AWAY
    back = zone.localize(datetime.combine(day, MORNING)).astimezone(pytz.utc)
    return max(back.replace(tzinfo=None), touch.occurred_on + timedelta(hours=1))


def exits_by(touch, mine):
    """Return who leaves because of an event: Exit by enrollment.

    :param touch: one crm.touchpoint, as superuser.
    :param mine: pairs of an enrollment and whose lead it is: own, person or company.
    """
    event = touch.kind, touch.direction, touch.is_human, touch.outcome
    if touch.direction == "in" and is_landed(*event):
        codes = {"company": "company_reply"}
        return {
            one: Exit(codes.get(whose, "answered"), touch.id) for one, whose in mine
        }
    if touch.is_human and touch.outcome in SPOKEN:
        return {
            one: Exit("talked", touch.id)
            for one, whose in mine
            if whose == "own" and one.track_id.exit_on_talk
        }
    return {}
