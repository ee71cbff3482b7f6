# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""All figures of the board, in the order of the method. To add one, add its object here.

Another addon calls ``register``.
"""

from odoo.fields import Domain

from . import customers
from .figure import Figure
from .sources import (
    ALL,
    AUDITS,
    CLOSED,
    COMPLETE,
    DUE,
    ENTERED,
    FOCUS,
    HANDED,
    IDLE,
    LEFT,
    LOW,
    MESSAGES,
    OPEN,
    RECEIVED,
    STEPS,
    TOUCHES,
    at_risk,
    contacts_of_audit,
    days_to_close,
    is_at_risk,
    is_closed,
    is_contact,
    is_won,
    known,
    looked_after,
    minutes_to_answer,
    revenue,
    was_due,
    working_minutes_to_answer,
)

# === THE FIGURES === #

FIGURES = [
    # 1 persona, information
    Figure("received", 1, RECEIVED, lambda _: _("Leads received")),
    Figure(
        "complete",
        1,
        RECEIVED,
        lambda _: _("Information complete"),
        known(("info_completeness", ">=", COMPLETE)),
        ALL,
        "share",
        help=lambda _: _("At least 80 % of what should be known is known by now."),
    ),
    Figure(
        "with_persona",
        1,
        RECEIVED,
        lambda _: _("With a persona"),
        known(("persona_id", "!=", False)),
        ALL,
        "share",
    ),
    # 2 qualifiers
    Figure(
        "qualified",
        2,
        RECEIVED,
        lambda _: _("Passed the qualifiers"),
        known(("qualification_state", "=", "passed")),
        ALL,
        "share",
        so_far=True,
    ),
    Figure(
        "not_qualified",
        2,
        RECEIVED,
        lambda _: _("Failed"),
        known(("qualification_state", "=", "failed")),
        ALL,
        "share",
        better="",
        so_far=True,
    ),
    Figure(
        "questions_open",
        2,
        RECEIVED,
        lambda _: _("Questions still open"),
        known(("qualification_state", "not in", ("passed", "failed"))),
        ALL,
        "share",
        better="down",
    ),
    # 3 scoring
    Figure(
        "mql",
        3,
        RECEIVED,
        lambda _: _("Marketing qualified"),
        known(("is_mql", "=", True)),
        ALL,
        "share",
        so_far=True,
    ),
    Figure(
        "focus",
        3,
        RECEIVED,
        lambda _: _("Grade 4 or 5"),
        known(("lead_grade", "in", FOCUS)),
        known(("lead_grade", ">", 0)),
        "share",
    ),
    Figure(
        "lost_sleep",
        3,
        CLOSED,
        lambda _: _("Bought at grade 1 or 2"),
        known(("lead_grade", "in", LOW)),
        lambda now: is_won(now) & Domain("lead_grade", ">", 0),
        "share",
        better="down",
        help=lambda _: _("Ready to buy, and left in the red: the grade was wrong."),
    ),
    # 4 distribution
    Figure(
        "answered_in_time",
        4,
        DUE,
        lambda _: _("Answered in time"),
        known(("is_answered_in_time", "=", True)),
        was_due,
        "share",
        help=lambda _: _("Of the leads whose time to answer ended in the period."),
    ),
    Figure(
        "answer_minutes",
        4,
        RECEIVED,
        lambda _: _("Time to the first answer"),
        known(("first_response_on", "!=", False)),
        unit="minutes",
        measure=minutes_to_answer,
        better="down",
        help=lambda _: _(
            "The median, by the clock, of the leads received that a person has answered."
        ),
    ),
    Figure(
        "answer_working",
        4,
        RECEIVED,
        lambda _: _("Time to the first answer, in working time"),
        known(("first_response_working", "!=", 0)),
        unit="minutes",
        measure=working_minutes_to_answer,
        better="down",
        help=lambda _: _(
            "The median, in the working time of the owner, as it was found out in the night"
            " after the answer."
        ),
    ),
    Figure(
        "no_owner",
        4,
        OPEN,
        lambda _: _("Without an owner"),
        looked_after(("user_id", "=", False)),
        better="down",
    ),
    Figure(
        "taken_away",
        4,
        HANDED,
        lambda _: _("Taken away for lateness"),
        known(("mode", "=", "reroute")),
        better="down",
    ),
    # 5 follow-up
    Figure(
        "on_time",
        5,
        STEPS,
        lambda _: _("Steps done in time"),
        known(("state", "=", "done")),
        known(("state", "in", ("done", "late", "missed"))),
        "share",
    ),
    Figure(
        "overdue",
        5,
        OPEN,
        lambda _: _("Overdue"),
        looked_after(("followup_state", "=", "overdue")),
        better="down",
    ),
    Figure(
        "no_next_step",
        5,
        IDLE,
        lambda _: _("No next step"),
        looked_after(),
        better="down",
    ),
    Figure(
        "neglected",
        5,
        OPEN,
        lambda _: _("Neglected"),
        known(("is_neglected", "=", True)),
        better="down",
        help=lambda _: _(
            "Nobody was in touch for longer than the follow-up policy allows. Who is paused,"
            " set aside, in a track or nobody's is not among them."
        ),
    ),
    Figure(
        "money_at_risk",
        5,
        OPEN,
        lambda _: _("Money at risk"),
        is_at_risk,
        unit="money",
        measure=at_risk,
        better="down",
        help=lambda _: _(
            "About so much of the expected revenue may be lost because nobody is in touch."
        ),
    ),
    # 6 messages
    Figure("messages_sent", 6, MESSAGES, lambda _: _("Messages sent"), better=""),
    Figure(
        "messages_answered",
        6,
        MESSAGES,
        lambda _: _("Answered within 14 days"),
        known(("answered", "=", 1)),
        known(("lead_id", "!=", False)),
        "share",
        so_far=True,
    ),
    # 7 nurturing
    Figure("tracks_entered", 7, ENTERED, lambda _: _("Entered a track"), better=""),
    Figure(
        "in_tracks",
        7,
        OPEN,
        lambda _: _("In a track"),
        known(("nurture_track_id", "!=", False)),
        better="",
    ),
    Figure(
        "tracks_answered",
        7,
        LEFT,
        lambda _: _("Left by answering"),
        known(("exit_code", "in", ("answered", "talked", "meeting", "company_reply"))),
        known(("exit_code", "!=", "merged")),
        "share",
    ),
    Figure(
        "customers_from_tracks",
        7,
        CLOSED,
        lambda _: _("Customers who had been in a track"),
        known(("nurture_enrollment_ids", "!=", False)),
        is_won,
        "share",
        better="",
    ),
    # 8 activity
    Figure(
        "human_touches",
        8,
        TOUCHES,
        lambda _: _("Contacts by a person"),
        is_contact,
    ),
    Figure(
        "touches_in",
        8,
        TOUCHES,
        lambda _: _("Of these, from the lead"),
        known(("direction", "=", "in")),
        is_contact,
        "share",
    ),
    Figure(
        "wasted_touches",
        8,
        TOUCHES,
        lambda _: _("Spent on leads that do not fit"),
        known(("lead_id.qualification_state", "=", "failed")),
        is_contact,
        "share",
        better="down",
        help=lambda _: _("Contacts by a person with leads that failed the qualifiers."),
    ),
    Figure(
        "contacts_per_win",
        8,
        AUDITS,
        lambda _: _("Contacts for a win"),
        known(("outcome", "=", "won")),
        unit="each",
        measure=contacts_of_audit,
        better="",
        help=lambda _: _("The median, either way, of the leads won."),
    ),
    Figure(
        "contacts_per_drop",
        8,
        AUDITS,
        lambda _: _("Contacts for a drop"),
        known(("outcome", "!=", "won")),
        unit="each",
        measure=contacts_of_audit,
        better="",
        help=lambda _: _("The median, either way, of the leads dropped."),
    ),
    Figure(
        "grave_audits",
        8,
        AUDITS,
        lambda _: _("Closed with a grave finding"),
        known(("is_grave", "=", True)),
        known(),
        "share",
        better="down",
        help=lambda _: _("Of the audits of wins and drops."),
    ),
    Figure(
        "lessons",
        8,
        AUDITS,
        lambda _: _("Lessons written down"),
        known(("lesson", "not in", (False, ""))),
        known(),
        "share",
        help=lambda _: _("Of the audits of wins and drops."),
    ),
    # 9 pipeline
    Figure("customers", 9, CLOSED, lambda _: _("Customers"), is_won),
    Figure(
        "won_revenue",
        9,
        CLOSED,
        lambda _: _("Won revenue"),
        is_won,
        unit="money",
        measure=revenue,
    ),
    Figure(
        "win_rate",
        9,
        CLOSED,
        lambda _: _("Won, of those closed"),
        is_won,
        is_closed,
        "share",
    ),
    Figure(
        "conversion",
        9,
        RECEIVED,
        lambda _: _("Customers, of those received"),
        is_won,
        ALL,
        "share",
        so_far=True,
    ),
    Figure(
        "days_to_customer",
        9,
        CLOSED,
        lambda _: _("Days from lead to customer"),
        is_won,
        unit="days",
        measure=days_to_close,
        better="down",
        help=lambda _: _("The median of the customers won in the period."),
    ),
    # 10 customers
    *customers.FIGURES,
]

BY_CODE = {figure.code: figure for figure in FIGURES}


def register(figure):
    """Add a figure of another addon; it stands after those of its block.

    :param Figure figure: with a code that no other has.
    :raise ValueError: where the code is taken.
    """
    if figure.code in BY_CODE:
        raise ValueError(f"{figure.code} is a figure already")
    FIGURES.append(figure)
    BY_CODE[figure.code] = figure


def names(_):
    """Return the names of the blocks, in their order."""
    return {
        1: _("Who they are"),
        2: _("Do they fit"),
        3: _("How likely they buy"),
        4: _("Who handles them"),
        5: _("What happens next"),
        6: _("The right words"),
        7: _("Those not ready yet"),
        8: _("What was done"),
        9: _("How far they came"),
        10: _("Customers"),
    }
