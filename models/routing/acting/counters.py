# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import SQL

# Two who need the same new counters at once: the second waits for the first.
LOCK = "crm.routing.turn"


class Counters:
    """The counters of turns, across processes.

    They are PostgreSQL sequences. Taking a number locks nothing and never fails because another
    process took one at the same time; a number taken in a transaction that is rolled back is
    lost, which costs one turn. They belong to a column of the rules' table, so that removing
    the addon removes them. Which counter a lead belongs to is decided in ``deciding.turns``.
    One query for any number of counters.

    :param env: any environment of the database.
    """

    def __init__(self, env):
        self.env = env

    def take(self, counts):
        """Take turns of several counters at once.

        :param dict[str, int] counts: how many turns, by name of the counter.
        :return: the turns, in the order in which they come up, by name.
        :rtype: dict[str, list[int]]
        """
        wanted = SQL(", ").join(SQL("(%s, %s)", *item) for item in counts.items())
        statement = SQL(
            "SELECT turns.name, nextval(to_regclass(turns.name))"
            " FROM (VALUES %s) AS turns(name, n), generate_series(1, turns.n)",
            wanted,
        )
        turns = {name: [] for name in counts}
        for name, turn in self.env.execute_query(statement):
            turns[name].append(turn)
        lost = [name for name, taken in turns.items() if None in taken]
        if lost:
            # A pool that changed without its rule being saved: a member was deleted.
            self.ensure(lost)
            turns.update(self.take({name: counts[name] for name in lost}))
        return {name: sorted(taken) for name, taken in turns.items()}

    def peek(self, names):
        """Return the turn that :meth:`take` would give next, by name of the counter."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT name, COALESCE("
                    "pg_sequence_last_value(to_regclass(name)) + 1, 0)"
                    " FROM unnest(%s::text[]) AS name",
                    list(names),
                )
            )
        )

    def existing(self):
        """Return the names of all counters that there are."""
        rows = self.env.execute_query(
            SQL(
                "SELECT relname FROM pg_class WHERE relkind = 'S'"
                " AND relname ~ '^crm_routing_(turn|growth)_'"
            )
        )
        return {name for (name,) in rows}

    def ensure(self, names):
        """Create the counters that are missing."""
        missing = sorted(set(names) - self.existing())
        if not missing:
            return
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", LOCK))
        for name in missing:
            self.env.cr.execute(
                SQL(
                    "CREATE SEQUENCE IF NOT EXISTS %s MINVALUE 0 START 0"
                    " OWNED BY crm_routing_rule.method",
                    SQL.identifier(name),
                )
            )

    def keep_only(self, names):
        """Remove all counters but these."""
        for name in sorted(self.existing() - set(names)):
            self.env.cr.execute(SQL("DROP SEQUENCE IF EXISTS %s", SQL.identifier(name)))
