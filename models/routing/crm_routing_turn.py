# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL


class CrmRoutingTurn(models.AbstractModel):
    """Whose turn it is, across processes.

    Each routing rule has a PostgreSQL sequence of its own. Taking a number from it locks
    nothing and never fails because another process took one at the same time; a number taken
    in a transaction that is rolled back is lost, which costs one turn. The sequences belong
    to a column of the rules' table, so that removing the addon removes them.
    """

    _name = "crm.routing.turn"
    _description = "Turns of routing rules"

    @api.model
    def _sequence_name(self, rule_id):
        return f"crm_routing_rule_turn_{rule_id}"

    @api.model
    def _create_sequences(self, rule_ids):
        """Create the sequences of rules that have none yet."""
        for rule_id in rule_ids:
            self.env.cr.execute(
                SQL(
                    "CREATE SEQUENCE IF NOT EXISTS %s MINVALUE 0 START 0"
                    " OWNED BY crm_routing_rule.method",
                    SQL.identifier(self._sequence_name(rule_id)),
                )
            )

    @api.model
    def _drop_sequences(self, rule_ids):
        """Remove the sequences of rules."""
        for rule_id in rule_ids:
            name = SQL.identifier(self._sequence_name(rule_id))
            self.env.cr.execute(SQL("DROP SEQUENCE IF EXISTS %s", name))

    @api.model
    def _take(self, counts):
        """Take turns of several rules at once, in one query.

        :param dict[int, int] counts: how many turns, by rule id.
        :return: the turns, in the order in which they come up, by rule id.
        :rtype: dict[int, list[int]]
        """
        if not counts:
            return {}
        wanted = SQL(", ").join(
            SQL("(%s, %s, %s)", rule_id, self._sequence_name(rule_id), count)
            for rule_id, count in counts.items()
        )
        turns = {rule_id: [] for rule_id in counts}
        for rule_id, turn in self.env.execute_query(
            SQL(
                "SELECT rule.id, nextval(rule.turns::regclass)"
                " FROM (VALUES %s) AS rule(id, turns, n), generate_series(1, rule.n)",
                wanted,
            )
        ):
            turns[rule_id].append(turn)
        return {rule_id: sorted(taken) for rule_id, taken in turns.items()}

    @api.model
    def _peek(self, counts):
        """Tell which turns :meth:`_take` would give now, without taking them.

        :param dict[int, int] counts: how many turns, by rule id.
        :rtype: dict[int, list[int]]
        """
        if not counts:
            return {}
        query = SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s, last_value + is_called::int FROM %s",
                rule_id,
                SQL.identifier(self._sequence_name(rule_id)),
            )
            for rule_id in counts
        )
        return {
            rule_id: list(range(first, first + counts[rule_id]))
            for rule_id, first in self.env.execute_query(query)
        }
