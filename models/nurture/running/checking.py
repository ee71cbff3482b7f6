# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is looked at before a track goes live: would it work, and would it hear the answer?"""

from datetime import timedelta

from odoo import fields
from odoo.tools.i18n import format_list

from ....tools import public_holidays
from ...common.rule.crm_rule_mixin import RuleRow
from ...message.sending.problems import problem_of
from ...message.writing.languages import text_languages
from . import entering

# So long without a mail from outside, and one asks whether any comes in.
DEAF = timedelta(days=90)
# Most leads of the audience that are asked in which language they are written to.
ASKED = 200
# A condition that takes in such a share of so many leads says little.
NEARLY, MANY = 0.9, 50


def problems(track):
    """Return why a track cannot be published.

    :rtype: list[str]
    """
    env, found = track.env, []
    steps = track.step_ids.filtered("active")
    if not steps:
        return [env._("The track has no steps.")]
    if not steps.filtered(lambda step: step.lane == "main"):
        found.append(env._("No step is for all: the track would end at once."))
    for step in steps.filtered(lambda step: step.kind == "message"):
        for channel in sorted(step._channels()) or ["email"]:
            problem = problem_of(step.template_id, channel)
            if problem:
                found.append(
                    env._(
                        "Step %(step)s: %(problem)s",
                        step=step.display_name,
                        problem=problem,
                    )
                )
    found += _deaf(track)
    if track.entry == "rule" and track.broken_reason:
        found.append(track.broken_reason)
    return found


def _deaf(track):
    """Return where answers would go that Odoo never sees.

    Odoo has answers come to the address of the lead's team, else to the catch-all of the
    company; else to the mailbox of whoever is the sender.
    """
    env = track.env
    if not any("email" in step._channels() for step in track._message_steps()):
        return []
    # sudo: whether there are addresses, not which.
    companies = track.company_id or env["res.company"].sudo().search([])
    domains = companies.alias_domain_id.filtered("catchall_alias")
    # sudo: as above.
    teams = (
        env["crm.team"].sudo().search([("company_id", "in", [False, *companies.ids])])
    )
    deaf = teams.filtered(lambda team: not (team.alias_domain_id and team.alias_name))
    if domains or not deaf:
        return []
    return [
        env._(
            "Answers to its e-mails would not reach Odoo, and nobody would be taken out of the"
            " track for answering: %(teams)s have no e-mail address of their own, and the"
            " company has no alias domain. Set one up under Settings, General Settings, Alias"
            " Domain.",
            teams=format_list(env, deaf[:3].mapped("name")),
        )
    ]


def warnings(track):
    """Return what to think of before a track is published.

    :rtype: list[str]
    """
    env, found = track.env, []
    emails = any("email" in step._channels() for step in track._message_steps())
    since = fields.Datetime.now() - DEAF
    # sudo: whether any mail came in at all.
    if emails and not env["mail.message"].sudo().search_count(
        [
            ("message_type", "=", "email"),
            ("date", ">", since),
            ("author_id.user_ids", "=", False),
        ],
        limit=1,
    ):
        found.append(
            env._(
                "No e-mail from outside came in during the last 90 days. Write to the address of"
                " a sales team once, and see whether it arrives."
            )
        )
    if any("sms" in step._channels() for step in track._message_steps()):
        found.append(
            env._(
                "Odoo Community receives no SMS: an answer by SMS, or STOP, does not end the"
                " track. Note it on the lead."
            )
        )
    found += holidays(track)
    found += _languages(track) + _caps(track) + _everybody(track)
    return found


def holidays(track):
    """Return whether public holidays are asked for that nobody knows."""
    company = track.company_id or track.env.company
    if not company.message_holidays or public_holidays.is_known():
        return []
    return [
        track.env._(
            "Public holidays of the leads' countries are not known: the Python package"
            " holidays is not installed on the server."
        )
    ]


def _languages(track):
    """Return for which languages of the audience messages have no text."""
    env = track.env
    leads = audience(track, ASKED)
    wanted = {code for code in leads.mapped("message_lang") if code}
    found = []
    for step in track._message_steps():
        texts = text_languages(step.template_id)[step.template_id.id]
        missing = {
            code
            for code in wanted
            if not any(code in (texts.get(name) or ()) for name in step._channels())
        }
        if missing:
            found.append(
                env._(
                    "Step %(step)s has no text in: %(languages)s. These leads get it in"
                    " another language.",
                    step=step.display_name,
                    languages=format_list(env, sorted(missing)),
                )
            )
    return found


def _caps(track):
    """Return whether the grades of the audience allow as many messages as the track has."""
    env, sending = track.env, track._message_steps()
    grades = env["crm.scorecard.grade"].search(
        [("message_cap", ">", 0), ("scorecard_id.state", "in", ("live", "pilot"))]
    )
    days = (track.company_id or env.company).message_cap_days
    low = grades.filtered(lambda grade: grade.message_cap < len(sending))
    if not low or not days or sum(track.step_ids.mapped("days")) >= days:
        return []
    return [
        env._(
            "The track has %(count)s messages; some grades allow fewer within %(days)s days:"
            " the others wait.",
            count=len(sending),
            days=days,
        )
    ]


def _everybody(track):
    """Return whether the rule of the track takes in all leads, or nearly all."""
    if track.entry != "rule":
        return []
    if (track.domain or "[]").strip() == "[]":
        return [track.env._("The track has no condition: it takes in all leads.")]
    is_open = track.audience == "open"
    # sudo: how many there are; the rule counts for all.
    total = (
        track.env["crm.lead"]
        .sudo()
        .search_count([("won_status", "=", "pending" if is_open else "won")])
    )
    taken = len(audience(track))
    if total < MANY or taken < NEARLY * total:
        return []
    return [
        track.env._(
            "The condition of the track matches %(taken)s of %(total)s leads: nearly all.",
            taken=taken,
            total=total,
        )
    ]


def audience(track, limit=None):
    """Return the leads that would enter a track by its rule, as superuser."""
    if track.entry != "rule":
        return track.env["crm.lead"]
    row = row_of(track)
    # sudo: as the rule would: of all leads.
    env = track.sudo().env
    return env["crm.lead"].browse(entering.candidates(env, row, limit=limit))


def row_of(track):
    """Return a track as a rule, also where it is a draft."""
    return RuleRow(
        track.id,
        track.name,
        track.company_id.id,
        track._parse_domain(track.domain),
        {name: track[name] for name in ("audience", "reentry", "entry", "state")},
        track.domain_lang or None,
    )


def entering_today(track, now):
    """Return how many leads a track would take in, and how many are held back, by why.

    :rtype: tuple[int, dict[str, int]]
    """
    leads, held, count = audience(track), {}, 0
    # sudo: as above.
    env_track = track.sudo()
    for row in entering.judge(env_track, leads.ids, now, by_rule=True):
        if row[-1]:
            held[row[-1]] = held.get(row[-1], 0) + 1
        else:
            count += 1
    return count, held
