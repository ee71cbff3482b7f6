# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""All figures of the board, in the order of the method. To add one, add its object here.

Another addon calls ``register``.
"""

from odoo.fields import Datetime, Domain
from odoo.tools import SQL

from ....tools.contact import FAILED
from .figure import Figure, Source, Table

# The information on a lead is complete from here on, in per cent.
COMPLETE = 80
# Grades that are worth most of the time, and those at which nobody would have expected a sale.
FOCUS, LOW = (4, 5), (1, 2)
SPOKEN = ("email", "sms", "whatsapp", "call", "meeting")


def known(*conditions):
    """Return conditions that do not depend on the present, as figures want them."""
    domain = Domain(list(conditions))
    return lambda _now: domain


def is_open(now):
    return Domain("won_status", "=", "pending") & Domain("active", "=", True)


def is_closed(now):
    return Domain("won_status", "in", ("won", "lost"))


# Lost leads are archived: a figure counts them, whatever the list usually shows.
ALL = known(("active", "in", (True, False)))

# === WHAT HAPPENS WHEN === #

RECEIVED = Source("received", "crm.lead", "received", base=ALL)
CLOSED = Source(
    "closed", "crm.lead", "date_closed", base=lambda now: ALL(now) & is_closed(now)
)
DUE = Source("due", "crm.lead", "response_deadline", base=ALL)
OPEN = Source("open", "crm.lead", base=is_open)
STEPS = Source("steps", "crm.lead.followup", "due_on", lead="lead_id")
TOUCHES = Source(
    "touches", "crm.touchpoint", "occurred_on", lead="lead_id", user="lead_id.user_id"
)
MESSAGES = Source("messages", "crm.message.report", "date", lead="lead_id")
ENTERED = Source(
    "entered",
    "crm.nurture.enrollment",
    "started_on",
    lead="lead_id",
    user="lead_id.user_id",
)
LEFT = Source(
    "left",
    "crm.nurture.enrollment",
    "ended_on",
    lead="lead_id",
    user="lead_id.user_id",
    base=known(("state", "in", ("done", "stopped"))),
)
HANDED = Source(
    "handed", "crm.lead.routing.log", "create_date", lead="lead_id", user="from_user_id"
)
MOVES = Source(
    "moves",
    "crm.lead.stage.log",
    "date",
    lead="lead_id",
    user="lead_id.user_id",
    base=known(("is_merged", "!=", True)),
)


def is_won(now):
    return Domain("won_status", "=", "won")


def was_due(now):
    """Return the domain of the leads that were answered, or had to be by now."""
    past = Datetime.to_string(now)
    return Domain("first_response_on", "!=", False) | Domain(
        "response_deadline", "<", past
    )


def is_at_risk(now):
    late = Domain("next_touch_on", "<", Datetime.to_string(now))
    return (
        late & Domain("retention_k", ">", 0) & Domain("prorated_revenue", "not in", (0, False))
    )


# === MEASURES, IN SQL === #


def minutes_to_answer(model, query):
    table = model._table
    since = SQL(
        "COALESCE(%s, %s)",
        model._field_to_sql(table, "received_on", query),
        model._field_to_sql(table, "create_date", query),
    )
    answered = model._field_to_sql(table, "first_response_on", query)
    return SQL("GREATEST(0, EXTRACT(EPOCH FROM %s - %s) / 60)", answered, since)


def days_to_close(model, query):
    table = model._table
    since = SQL(
        "COALESCE(%s, %s)",
        model._field_to_sql(table, "received_on", query),
        model._field_to_sql(table, "create_date", query),
    )
    closed = model._field_to_sql(table, "date_closed", query)
    return SQL("GREATEST(0, EXTRACT(EPOCH FROM %s - %s) / 86400)", closed, since)


def revenue(model, query):
    return model._field_to_sql(model._table, "expected_revenue", query)


def at_risk(model, query):
    """Return what the lead no longer remembers of its prorated revenue, see next.md 7.5."""
    table = model._table
    names = ("prorated_revenue", "retention_k", "last_contact_on", "received_on", "create_date")
    amount, rate, contact, received, created = (
        model._field_to_sql(table, name, query) for name in names
    )
    return SQL(
        "%s * (1 - exp(-%s * GREATEST(0, EXTRACT(EPOCH FROM %s::timestamp"
        " - COALESCE(%s, %s, date_trunc('second', %s))) / 86400)))",
        amount,
        rate,
        Datetime.now(),
        contact,
        received,
        created,
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
        "no_owner",
        4,
        OPEN,
        lambda _: _("Without an owner"),
        known(("user_id", "=", False)),
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
        known(("followup_state", "=", "overdue")),
        better="down",
    ),
    Figure(
        "no_next_step",
        5,
        OPEN,
        lambda _: _("No next step"),
        known(("followup_state", "=", "none")),
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
            "Nobody was in touch for longer than the follow-up policy allows."
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
        known(("nurture_enrollment_ids.state", "in", ("active", "paused"))),
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
        known(
            ("is_human", "=", True),
            ("direction", "in", ("in", "out")),
            ("kind", "in", SPOKEN),
            ("outcome", "not in", sorted(FAILED)),
        ),
    ),
    Figure(
        "touches_in",
        8,
        TOUCHES,
        lambda _: _("Of these, from the lead"),
        known(("direction", "=", "in")),
        known(
            ("is_human", "=", True),
            ("direction", "in", ("in", "out")),
            ("kind", "in", SPOKEN),
            ("outcome", "not in", sorted(FAILED)),
        ),
        "share",
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
    Figure(
        "repeat_customers",
        10,
        CLOSED,
        lambda _: _("Bought again"),
        known(("is_bought_again", "=", True)),
        is_won,
        "share",
    ),
    Figure(
        "won_back",
        10,
        MOVES,
        lambda _: _("Won back"),
        known(("from_role", "=", "inactive"), ("to_role", "=", "customer")),
        help=lambda _: _("Moved from Inactive to Customer."),
    ),
    Figure(
        "gone_quiet",
        10,
        MOVES,
        lambda _: _("Gone quiet"),
        known(("to_role", "=", "inactive")),
        better="down",
        help=lambda _: _("Moved to Inactive."),
    ),
    Figure(
        "care_done",
        10,
        STEPS,
        lambda _: _("Care after the win, in time"),
        known(("state", "=", "done")),
        known(("duty", "=", "care"), ("state", "in", ("done", "late", "missed"))),
        "share",
    ),
]

TABLES = [
    Table("by_source", 1, RECEIVED, "source_id", lambda _: _("By source")),
    Table(
        "by_product",
        2,
        RECEIVED,
        "product_ids",
        lambda _: _("By product"),
        known(("qualification_state", "=", "passed")),
        lambda _: _("Qualified"),
    ),
    Table(
        "by_segment",
        2,
        RECEIVED,
        "segment_ids",
        lambda _: _("By segment"),
        known(("qualification_state", "=", "passed")),
        lambda _: _("Qualified"),
    ),
    Table(
        "calibration",
        3,
        CLOSED,
        "lead_grade",
        lambda _: _("Closed, by grade"),
        is_won,
        lambda _: _("Won"),
    ),
    Table("by_kind", 8, TOUCHES, "kind", lambda _: _("By kind"), cases=known(
        ("is_human", "=", True),
        ("direction", "in", ("in", "out")),
        ("kind", "in", SPOKEN),
        ("outcome", "not in", sorted(FAILED)),
    )),
    Table(
        "by_channel",
        6,
        MESSAGES,
        "channel",
        lambda _: _("By channel"),
        known(("answered", "=", 1)),
        lambda _: _("Answered"),
    ),
    Table("by_stage", 9, OPEN, "stage_id", lambda _: _("Now in the stages")),
    Table(
        "by_reason",
        9,
        CLOSED,
        "lost_reason_id",
        lambda _: _("Why leads were lost"),
        cases=known(("won_status", "=", "lost")),
    ),
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
