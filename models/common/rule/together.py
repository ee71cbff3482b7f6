# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Several sets of rules that are asked one after the other."""

from odoo import tools

from ..context import GUARDED
from .rule_set import REFUSED


def told_together(records, tell):
    """Have several sets of rules asked under one savepoint, where each would have its own.

    Where the database refuses a rule all is asked once more, each set for itself, which
    finds the rule and switches it off.

    :param tell: called with the records; asks RuleSets, and changes nothing.
    :return: what it returns.
    """
    # Waits no longer: it is no part of what may fail.
    records.env.flush_all()
    try:
        with (
            records.env.cr.savepoint(flush=False),
            tools.mute_logger("odoo.sql_db"),
        ):
            return tell(records.with_context(**GUARDED.on()))
    except REFUSED:
        return tell(records)
