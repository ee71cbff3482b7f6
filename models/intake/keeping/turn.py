# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Whose turn it is to make leads of what came in.

Two who do that at the same moment would each see that a person has no lead yet, and make one.
So there is a lock, for the length of the transaction. And because a transaction does not see
what was committed after it began, it also has to see the end of the last one who had a turn:
his number is left in a sequence, which knows no transactions.
"""

from odoo.tools import SQL

# Any number, the same for all servers of a database.
LOCK = 0x6C656164
SEQUENCE = "crm_intake_turn"


def set_up(cr):
    """Make the sequence."""
    cr.execute(
        SQL("CREATE SEQUENCE IF NOT EXISTS %s MINVALUE 0", SQL.identifier(SEQUENCE))
    )


def take(env):
    """Take the turn until the end of the transaction.

    :return: False where somebody else has it, or had it after this transaction began: a new
        transaction can try again.
    :rtype: bool
    """
    cr = env.cr
    cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    if not cr.fetchone()[0]:
        return False
    cr.execute(
        SQL(
            "SELECT last_value = pg_current_xact_id()::text::bigint OR"
            "       pg_visible_in_snapshot(last_value::text::xid8, pg_current_snapshot())"
            "  FROM %s",
            SQL.identifier(SEQUENCE),
        )
    )
    if not cr.fetchone()[0]:
        return False
    cr.execute("SELECT setval(%s, pg_current_xact_id()::text::bigint)", [SEQUENCE])
    return True
