# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""The small tables of the board: what happened in the period, by product, segment, stage ..."""

from .figure import Table
from .sources import (
    CLOSED,
    FINDINGS,
    MESSAGES,
    OPEN,
    RECEIVED,
    TOUCHES,
    is_contact,
    is_lost,
    is_won,
    known,
)

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
        in_order=True,
    ),
    Table("by_kind", 8, TOUCHES, "kind", lambda _: _("By kind"), cases=is_contact),
    Table("by_finding", 8, FINDINGS, "code", lambda _: _("Found by audits")),
    Table(
        "by_channel",
        6,
        MESSAGES,
        "channel",
        lambda _: _("By channel"),
        known(("answered", "=", 1)),
        lambda _: _("Answered"),
    ),
    Table(
        "by_stage",
        9,
        OPEN,
        "stage_id",
        lambda _: _("Now in the stages"),
        in_order=True,
    ),
    Table(
        "won_by_product",
        9,
        CLOSED,
        "product_ids",
        lambda _: _("Customers by product"),
        cases=is_won,
    ),
    Table(
        "by_reason",
        9,
        CLOSED,
        "lost_reason_id",
        lambda _: _("Why leads were lost"),
        cases=is_lost,
    ),
]
