# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections.abc import Callable
from typing import NamedTuple

import psycopg2

from odoo import api, models, tools
from odoo.tools import SQL

from ...const import GUARDED


class Part(NamedTuple):
    """What the rules of one model say about leads, as columns of crm_lead."""

    rules: str  # the model of the rules
    rows: tuple  # its RuleRow tuples
    reads: frozenset  # the lead fields that may change the outcome
    names: tuple  # the stored fields that hold it
    select: (
        Callable  # (query, conditions) -> SQL that gives id, then a value for each name
    )
    empty: SQL  # the values while there is no rule, from a row of crm_lead


class CrmLeadEvaluator(models.AbstractModel):
    """Lets the rules of several models speak about leads, and writes down once what they say.

    **What.** Rooms add their parts to ``_parts``: persona and completeness here, the gate of
    the qualifiers in its own room.

    **How to use.** ``_evaluate(leads, changed)`` does what a change of fields calls for.

    **How it works.** ``crm_lead`` is wide and heavily indexed, and writing to it is what
    costs. So all parts are computed side by side and written by one UPDATE, whatever the
    number of leads; rows that do not differ are not written. A part that reads what another
    part has just written is computed again, for the leads that changed. Segments, whose
    memberships are a table of their own, come first.

    Where a rule breaks in the database, each part is tried alone, which finds out whose rule
    it was and switches it off.
    """

    _name = "crm.lead.evaluator"
    _description = "Evaluator of leads"

    # === BUSINESS METHODS === #

    @api.model
    def _parts(self):
        """Return the parts, in the order of the rooms. Overridden by rooms that have some.

        :rtype: list[Part]
        """
        return self.env["crm.persona.matcher"]._parts()

    @api.model
    def _evaluate(self, leads, changed, only=None):
        """Do what the change of some fields calls for.

        :param leads: crm.lead records, at any number.
        :param changed: names of the fields that changed, or None for all.
        :param only: models of rules; all when None.
        :return: the names of the fields that may have changed in turn.
        :rtype: set
        """
        if not leads:
            return set()
        changed, names = None if changed is None else set(changed), set()
        if only is None or "crm.segment" in only:
            # A segment that is kept by a rule cannot be given or taken by hand.
            reads = self.env["crm.segment"]._rule_trigger_fields() | {"segment_ids"}
            if changed is None or not reads.isdisjoint(changed):
                self.env["crm.persona.matcher"]._match_segments(leads)
                names.add("segment_ids")
        parts = [part for part in self._parts() if only is None or part.rules in only]
        called = [
            part
            for part in parts
            if changed is None or not part.reads.isdisjoint(changed | names)
        ]
        touched = self._write_parts(leads, called)
        written = {name for part in called for name in part.names}
        for part in parts:
            if touched and not part.reads.isdisjoint(written.difference(part.names)):
                touched |= self._write_parts(touched, [part])
                written.update(part.names)
        if not written.isdisjoint(self.env["crm.segment"]._rule_trigger_fields()):
            names.add("segment_ids")  # they have followed: see crm.lead._lead_refresh()
        self._evaluated(leads, touched, changed)
        return names | written

    @api.model
    def _evaluated(self, leads, touched, changed):
        """React to the leads having been evaluated. Overridden by rooms that want to.

        :param leads: those that were evaluated.
        :param touched: those of them for which something changed.
        :param changed: names of the fields that had changed before, or None for all.
        """

    # === STEPS === #

    @api.model
    def _write_parts(self, leads, parts):
        """Write what the parts say to the leads.

        :return: the leads that changed.
        """
        if len(parts) < 2:
            return self._write_alone(leads, parts[0]) if parts else leads.browse()
        names = [name for part in parts for name in part.names]
        statement = leads._lead_update_sql(self._join(leads, parts), names, leads)
        # Before the savepoint: what is flushed must survive when the statement fails.
        self.env.flush_query(statement)
        if self.env.context.get(GUARDED):
            self.env.cr.execute(statement)
            touched = leads.browse(row[0] for row in self.env.cr.fetchall())
            touched._lead_refresh(names)
            return touched
        try:
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                self.env.cr.execute(statement)
                touched = leads.browse(row[0] for row in self.env.cr.fetchall())
        except (psycopg2.DataError, psycopg2.ProgrammingError):
            touched = leads.browse()
            for part in parts:
                touched |= self._write_alone(leads, part)
        else:
            touched._lead_refresh(names)
        return touched

    @api.model
    def _write_alone(self, leads, part):
        """Write what one part says, without those of its rules that turn out to be broken."""
        Rule = self.env[part.rules]

        def update(select):
            return leads._lead_update_sql(select, list(part.names), leads)

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            return update(part.select(query, conditions))

        ids = Rule._rule_execute(part.rows, build)
        sound = {row.id for row in Rule._rule_rows()}
        if not any(row.id in sound for row in part.rows):
            ids += self.env.execute_query(update(self._select_empty(leads, part)))
        touched = leads.browse(row[0] for row in ids)
        touched._lead_refresh(list(part.names))
        return touched

    # === SQL === #

    @api.model
    def _join(self, leads, parts):
        """Return a SELECT with the id of each lead and the values of all parts."""
        aliases = [SQL.identifier(f"part{number}") for number in range(len(parts))]
        columns = [
            SQL(", ").join(
                SQL("%s.%s", alias, SQL.identifier(name)) for name in part.names
            )
            for alias, part in zip(aliases, parts, strict=True)
        ]
        tables = [
            SQL(
                "(%s) AS %s(id, %s)",
                self._select(leads, part),
                alias,
                SQL(", ").join(SQL.identifier(name) for name in part.names),
            )
            for alias, part in zip(aliases, parts, strict=True)
        ]
        joined = [
            SQL(" JOIN %s ON %s.id = %s.id", table, alias, aliases[0])
            for alias, table in zip(aliases[1:], tables[1:], strict=True)
        ]
        return SQL(
            "SELECT %s.id, %s FROM %s%s",
            aliases[0],
            SQL(", ").join(columns),
            tables[0],
            SQL("").join(joined),
        )

    @api.model
    def _select(self, leads, part):
        """Return a SELECT with the id of each lead and the values of one part."""
        query, conditions = self.env[part.rules]._rule_conditions(part.rows)
        if not conditions:
            return self._select_empty(leads, part)
        query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
        return part.select(query, conditions)

    @api.model
    def _select_empty(self, leads, part):
        return SQL(
            "SELECT id, %s FROM crm_lead WHERE id = ANY(%s)", part.empty, leads.ids
        )
