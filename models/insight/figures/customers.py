# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""The figures of customers: who stays, who comes back, and whom they send."""

from odoo.fields import Domain

from .figure import Figure, Source
from .sources import CLOSED, MOVES, RECEIVED, STEPS, is_won, known

# A customer's first win, from two years up to one year ago.
FIRST_WON = Source(
    "first_won",
    "crm.lead",
    "date_closed",
    base=lambda now: CLOSED.base(now)
    & is_won(now)
    & Domain("is_bought_again", "=", False),
    trail=(24, 12),
)
# What came of the care after the win, when somebody asked.
CARE = Source(
    "care",
    "crm.lead.followup",
    "done_on",
    lead="lead_id",
    base=known(("care_outcome", "!=", False)),
)


def is_referred(_now):
    return Domain("referred", "!=", False) | Domain("referrer_id", "!=", False)


FIGURES = [
    Figure(
        "repeat_customers",
        10,
        CLOSED,
        lambda _: _("Bought again"),
        known(("is_bought_again", "=", True)),
        is_won,
        "share",
        help=lambda _: _(
            "Of the customers won in the period, those who had bought before."
        ),
    ),
    Figure(
        "loyal",
        10,
        CLOSED,
        lambda _: _("Loyal"),
        known(("is_loyal", "=", True)),
        is_won,
        "share",
        help=lambda _: _(
            "Of the customers won in the period, those who had bought within the 24 months"
            " before, and are not inactive."
        ),
    ),
    Figure(
        "loyalty",
        10,
        FIRST_WON,
        lambda _: _("Loyalty"),
        known(("buys_again_later", "=", True)),
        known(),
        "share",
        so_far=True,
        help=lambda _: _(
            "Of the customers who first bought 12 to 24 months before the end of the period,"
            " those who have bought again since."
        ),
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
    Figure(
        "care_content",
        10,
        CARE,
        lambda _: _("Content, of those asked"),
        known(("care_outcome", "=", "content")),
        known(),
        "share",
    ),
    Figure(
        "care_problem",
        10,
        CARE,
        lambda _: _("With a problem"),
        known(("care_outcome", "=", "problem")),
        known(),
        "share",
        better="down",
    ),
    Figure(
        "care_more",
        10,
        CARE,
        lambda _: _("Want more"),
        known(("care_outcome", "=", "more")),
        known(),
        "share",
    ),
    Figure(
        "referrals_asked",
        10,
        STEPS,
        lambda _: _("Asked for a recommendation"),
        known(("duty", "=", "recommend"), ("state", "in", ("done", "late"))),
    ),
    Figure(
        "referrals",
        10,
        RECEIVED,
        lambda _: _("Recommended by somebody"),
        is_referred,
        help=lambda _: _("Leads received of which it is on record who referred them."),
    ),
    Figure(
        "referrals_won",
        10,
        RECEIVED,
        lambda _: _("Of these, customers"),
        is_won,
        is_referred,
        "share",
        so_far=True,
    ),
]
