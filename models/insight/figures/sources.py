# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What happens when, and what is asked of it: the sources of the figures and their conditions."""

from odoo.fields import Datetime, Domain
from odoo.tools import SQL

from ...common.contacts import contact_domain
from ...scoring.closed import closed_domain, lost_domain, won_domain
from .figure import Source

# The information on a lead is complete from here on, in per cent.
COMPLETE = 80
# Grades that are worth most of the time, and those at which nobody would have expected a sale.
FOCUS, LOW = (4, 5), (1, 2)


def known(*conditions):
    """Return conditions that do not depend on the present, as figures want them."""
    domain = Domain(list(conditions))
    return lambda _now: domain


def is_open(now):
    return Domain("won_status", "=", "pending") & Domain("active", "=", True)


def is_closed(_now):
    return closed_domain()


# Lost leads are archived: a figure counts them, whatever the list usually shows.
ALL = known(("active", "in", (True, False)))

# === WHAT HAPPENS WHEN === #

RECEIVED = Source("received", "crm.lead", "received", base=ALL)
CLOSED = Source("closed", "crm.lead", "date_closed", base=is_closed)
DUE = Source("due", "crm.lead", "response_deadline", base=ALL)
OPEN = Source("open", "crm.lead", base=is_open)
# Those for which nothing is next: the database compares them with all that is next as a whole,
# as long as it is the condition of a source. As that of one figure among others it asks for
# each lead.
IDLE = Source(
    "idle",
    "crm.lead",
    base=lambda now: is_open(now) & Domain("followup_state", "=", "none"),
)
# Closed leads about which an audit says what was done.
AUDITS = Source(
    "audits",
    "crm.lead.audit",
    "closed_on",
    lead="lead_id",
    base=known(("state", "!=", "to_build"), ("is_standing", "=", True)),
)
FINDINGS = Source(
    "findings",
    "crm.lead.audit.finding",
    "closed_on",
    lead="lead_id",
    base=known(("audit_id.is_standing", "=", True)),
)
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


def is_contact(_now):
    """Return the domain of contacts by a person, either way, that were not in vain."""
    return contact_domain()


def is_won(_now):
    return won_domain()


def is_lost(_now):
    return lost_domain()


def was_due(now):
    """Return the domain of the leads that were answered, or had to be by now."""
    past = Datetime.to_string(now)
    return Domain("first_response_on", "!=", False) | Domain(
        "response_deadline", "<", past
    )


def is_at_risk(now):
    late = Domain("next_touch_on", "<", Datetime.to_string(now))
    return (
        late
        & Domain("retention_k", ">", 0)
        & Domain("prorated_revenue", "not in", (0, False))
    )


def is_looked_after(_now):
    """Return the domain of the leads that somebody is to look after.

    Those that failed the qualifiers are looked after by nobody on purpose, where the company
    sets them aside: as for the defects of the follow-up's accountant.
    """
    return Domain("is_set_aside", "=", False)


def looked_after(*conditions):
    """Return conditions on leads that somebody is to look after, as figures want them."""
    domain = Domain(list(conditions))
    return lambda now: domain & is_looked_after(now)


# === MEASURES, IN SQL === #
# Seconds by date_part(): EXTRACT() says them in decimals, which cost several times as much.


def minutes_to_answer(model, query):
    table = model._table
    since = SQL(
        "COALESCE(%s, %s)",
        model._field_to_sql(table, "received_on", query),
        model._field_to_sql(table, "create_date", query),
    )
    answered = model._field_to_sql(table, "first_response_on", query)
    return SQL("GREATEST(0, date_part('epoch', %s - %s) / 60)", answered, since)


def working_minutes_to_answer(model, query):
    return model._field_to_sql(model._table, "first_response_working", query)


def contacts_of_audit(model, query):
    names = ("touches_in", "touches_out")
    inward, outward = (model._field_to_sql(model._table, name, query) for name in names)
    return SQL("(COALESCE(%s, 0) + COALESCE(%s, 0))", inward, outward)


def days_to_close(model, query):
    table = model._table
    since = SQL(
        "COALESCE(%s, %s)",
        model._field_to_sql(table, "received_on", query),
        model._field_to_sql(table, "create_date", query),
    )
    closed = model._field_to_sql(table, "date_closed", query)
    return SQL("GREATEST(0, date_part('epoch', %s - %s) / 86400)", closed, since)


def revenue(model, query):
    return model._field_to_sql(model._table, "expected_revenue", query)


def at_risk(model, query):
    """Return what the lead no longer remembers of its prorated revenue, see next.md 7.5."""
    table = model._table
    names = (
        "prorated_revenue",
        "retention_k",
        "last_contact_on",
        "received_on",
        "create_date",
    )
    amount, rate, contact, received, created = (
        model._field_to_sql(table, name, query) for name in names
    )
    return SQL(
        "%s::float8 * (1 - exp(-%s * GREATEST(0, date_part('epoch', %s::timestamp"
        " - COALESCE(%s, %s, %s)) / 86400)))",
        amount,
        rate,
        Datetime.now(),
        contact,
        received,
        created,
    )
