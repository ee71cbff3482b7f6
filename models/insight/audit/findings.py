# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
"""What an audit finds: one small object for each finding, and nothing else to touch.

What is stored is the code and the figures; the sentence is made when somebody reads it. The
thresholds are this house's choice, and stand here.
"""

from collections.abc import Callable
from typing import NamedTuple

# From so many days without a contact, a silence is one.
SILENCE_DAYS = 14
# From so many owners, they are many.
MANY_OWNERS = 3
# Grades from which a drop is lost sleep, and up to which a win came out of the red.
GOOD, BAD = 4, 2
# Who is dropped within a day needs no plan.
PLANNED_DAYS = 1


class Finding(NamedTuple):
    """One thing that an audit may find."""

    code: str
    name: str  # a heading, for lists
    severity: str  # note, flaw or grave
    # (Facts) -> the figures for the sentence, or None where it is not found
    look: Callable
    # (environment, figures) -> the sentence, in the language of the environment
    say: Callable


def _when(is_found, **figures):
    """Return the figures where something is found."""
    return figures if is_found else None


def _late(facts):
    late = facts.answered_on and facts.deadline and facts.answered_on - facts.deadline
    minutes = late and int(late.total_seconds() // 60)
    return _when(minutes and minutes > 0, minutes=minutes)


def _never(facts):
    over = facts.deadline and facts.deadline < facts.closed_on
    waited = facts.touches_in and not facts.touches_out
    return _when(not facts.answered_on and (over or (not facts.deadline and waited)))


def _no_call(facts):
    talked = facts.first_talk and facts.offer and facts.first_talk <= facts.offer
    return _when(facts.offer and not talked)


def _after_offer(facts):
    touched = facts.last_touch and facts.offer and facts.last_touch > facts.offer
    return _when(facts.is_dropped and facts.offer and not touched)


def _no_next(facts):
    return _when(
        facts.outcome == "lost" and not facts.has_next and facts.days >= PLANNED_DAYS,
    )


def _untouched(facts):
    touched = facts.touches_out or facts.attempts
    return _when(facts.is_dropped and not touched, grade=facts.grade_last)


def _good(facts):
    is_good = facts.grade_last >= GOOD and facts.outcome == "lost"
    return _when(is_good, grade=facts.grade_last)


def _bad(facts):
    is_bad = facts.outcome == "won" and 1 <= facts.grade_last <= BAD
    return _when(is_bad, grade=facts.grade_last)


def _impersonal(facts):
    only = facts.messages and not (facts.messages_by_hand or facts.touches_out)
    return _when(only, count=facts.messages)


def _labels(env, model, name, codes):
    """Return the words of some keys of a selection."""
    words = dict(env[model]._fields[name]._description_selection(env))
    return ", ".join(words.get(code, code) for code in codes)


FINDINGS = [
    Finding(
        "answered_late",
        "Answered late",
        "flaw",
        _late,
        lambda env, facts: env._(
            "The first answer came %(minutes)s minutes after its deadline.", **facts
        ),
    ),
    Finding(
        "never_answered",
        "Never answered",
        "grave",
        _never,
        lambda env, facts: env._("Nobody answered before the lead was closed."),
    ),
    Finding(
        "no_call_before_offer",
        "No call before the offer",
        "flaw",
        _no_call,
        lambda env, facts: env._(
            "The offer was made before anybody had talked with the lead."
        ),
    ),
    Finding(
        "no_touch_after_offer",
        "Nobody followed up the offer",
        "grave",
        _after_offer,
        lambda env, facts: env._("After the offer nobody was in touch with the lead."),
    ),
    Finding(
        "silence",
        "Silence",
        "flaw",
        lambda facts: _when(
            facts.silence >= SILENCE_DAYS, days=int(facts.silence), most=SILENCE_DAYS
        ),
        lambda env, facts: env._(
            "For %(days)s days there was no contact; %(most)s are long.", **facts
        ),
    ),
    Finding(
        "no_next_step",
        "No next step",
        "flaw",
        _no_next,
        lambda env, facts: env._("Nothing was planned when the lead was dropped."),
    ),
    Finding(
        "missed_duty",
        "A duty was missed",
        "flaw",
        lambda facts: _when(facts.missed, duties=facts.missed),
        lambda env, facts: env._(
            "Missed: %(duties)s",
            duties=_labels(env, "crm.lead.followup", "duty", facts["duties"]),
        ),
    ),
    Finding(
        "many_owners",
        "Many owners",
        "note",
        lambda facts: _when(facts.owners >= MANY_OWNERS, count=facts.owners),
        lambda env, facts: env._("%(count)s people had the lead in turn.", **facts),
    ),
    Finding(
        "dropped_untouched",
        "Dropped untouched",
        "grave",
        _untouched,
        lambda env, facts: (
            env._("Dropped at grade %(grade)s without any try to reach it.", **facts)
            if facts["grade"]
            else env._("Dropped without any try to reach it.")
        ),
    ),
    Finding(
        "dropped_good_grade",
        "Dropped at a good grade",
        "grave",
        _good,
        lambda env, facts: env._(
            "Dropped at grade %(grade)s: a lead that fits.", **facts
        ),
    ),
    Finding(
        "won_bad_grade",
        "Won at a bad grade",
        "note",
        _bad,
        lambda env, facts: env._(
            "Won at grade %(grade)s: the scorecard had given it up.", **facts
        ),
    ),
    Finding(
        "unqualified_but_passed",
        "Unqualified, but had passed",
        "flaw",
        lambda facts: _when(
            facts.outcome == "unqualified" and facts.qualification == "passed"
        ),
        lambda env, facts: env._(
            "Set aside as unqualified, though it had passed the qualification."
        ),
    ),
    Finding(
        "stage_skipped",
        "Stages passed over",
        "note",
        lambda facts: _when(facts.skipped, roles=facts.skipped),
        lambda env, facts: env._(
            "Passed over: %(roles)s",
            roles=_labels(env, "crm.lead.stage.log", "to_role", facts["roles"]),
        ),
    ),
    Finding(
        "gate_overridden",
        "Moved against the demands of a stage",
        "note",
        lambda facts: _when(facts.overrides, count=facts.overrides),
        lambda env, facts: env._(
            "Moved %(count)s times although the stage demanded something else.", **facts
        ),
    ),
    Finding(
        "impersonal_only",
        "Automatic messages only",
        "flaw",
        _impersonal,
        lambda env, facts: env._(
            "%(count)s messages went out by themselves, and nobody wrote or called.",
            **facts,
        ),
    ),
    Finding(
        "no_reason",
        "Dropped without a reason",
        "flaw",
        lambda facts: _when(facts.is_dropped and not facts.has_reason),
        lambda env, facts: env._("Dropped, and nobody said why."),
    ),
    Finding(
        "duplicate_alive",
        "The same person is still open",
        "note",
        lambda facts: _when(
            facts.is_dropped and facts.duplicate_id, lead_id=facts.duplicate_id
        ),
        lambda env, facts: env._(
            "Another lead with the same address or number is open: number %(lead_id)s.",
            **facts,
        ),
    ),
]
BY_CODE = {finding.code: finding for finding in FINDINGS}
SEVERITIES = [("note", "To note"), ("flaw", "Flaw"), ("grave", "Grave")]


def find(facts):
    """Return what is found in the facts of an audit.

    :param facts: of a closed lead, see facts.py.
    :return: triples of code, severity and figures.
    :rtype: list[tuple]
    """
    found = []
    for finding in FINDINGS:
        figures = finding.look(facts)
        if figures is not None:
            found.append((finding.code, finding.severity, figures))
    return found


def say(env, code, figures):
    """Return what was found as a sentence, in the language of the environment."""
    finding = BY_CODE.get(code)
    # A code that no longer exists is told as it is.
    return finding.say(env, figures or {}) if finding else code
