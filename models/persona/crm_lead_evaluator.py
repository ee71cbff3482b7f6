# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections.abc import Callable
from typing import NamedTuple

import psycopg2

from odoo import api, models, tools
from odoo.tools import SQL

from ...const import GUARDED, LEADS


class Part(NamedTuple):
    """What the rules of one model say about leads."""

    rules: str  # the model of the rules
    rows: tuple  # its RuleRow tuples
    reads: frozenset  # the lead fields that may change the outcome
    # (query, conditions) -> {name: SQL}: columns over crm_lead; without conditions, too
    columns: Callable
    values: (
        dict  # by stored field that holds the outcome, its SQL value from the columns
    )

    @property
    def names(self):
        """The stored fields that hold the outcome."""
        return tuple(self.values)


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
        if changed is not None and self._reads().isdisjoint(changed):
            self._evaluated(leads, leads.browse(), changed)
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
    @tools.ormcache()
    def _reads(self):
        """Return the lead fields whose change may matter to any of the rules.

        :rtype: frozenset
        """
        reads = {"segment_ids"} | self.env["crm.segment"]._rule_trigger_fields()
        return frozenset(reads.union(*(part.reads for part in self._parts())))

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
        rows = self._fresh_rows(leads, parts)
        if rows is not None:
            return leads._lead_written(rows, names)
        statement = leads._lead_write_sql(self._select(leads, parts), names)
        # Before the savepoint: what is flushed must survive when the statement fails.
        self.env["crm.rule.mixin"]._rule_flush(statement)
        if self.env.context.get(GUARDED):
            self.env.cr.execute(statement)
            return leads._lead_written(self.env.cr.fetchall(), names)
        try:
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                self.env.cr.execute(statement)
                rows = self.env.cr.fetchall()
        except (psycopg2.DataError, psycopg2.ProgrammingError):
            touched = leads.browse()
            for part in parts:
                touched |= self._write_alone(leads, part)
            return touched
        return leads._lead_written(rows, names)

    @api.model
    def _write_alone(self, leads, part):
        """Write what one part says, without those of its rules that turn out to be broken."""
        Rule = self.env[part.rules]

        def build(query, conditions):
            select = self._select_sql(leads.ids, query, [(part, conditions)])
            return leads._lead_write_sql(select, part.names)

        rows = Rule._rule_execute(part.rows, build)
        sound = {row.id for row in Rule._rule_rows()}
        if not any(row.id in sound for row in part.rows):
            statement = build(*Rule._rule_conditions([]))
            Rule._rule_flush(statement)
            self.env.cr.execute(statement)
            rows = self.env.cr.fetchall()
        return leads._lead_written(rows, part.names)

    # === SQL === #

    @api.model
    def _fresh_rows(self, leads, parts):
        """Return what :meth:`_select` gives for a new lead, by a statement from memory.

        :return: as of ``crm.rule.mixin._rule_fresh_execute``.
        """
        return self.env["crm.rule.mixin"]._rule_fresh_execute(
            leads,
            "evaluate",
            [(part.rules, part.rows) for part in parts],
            lambda query, found, _lacking: self._select_sql(
                LEADS, query, list(zip(parts, found, strict=True))
            ),
        )

    @api.model
    def _select(self, leads, parts):
        """Return a SELECT with the id of each lead and the values of all parts."""
        query = self.env["crm.rule.mixin"]._rule_query()
        found = [
            (part, self.env[part.rules]._rule_conditions(part.rows, query)[1])
            for part in parts
        ]
        return self._select_sql(leads.ids, query, found)

    @api.model
    def _select_sql(self, ids, query, found):
        """Return the same for parts whose conditions are known.

        :param ids: those of the leads.
        :param query: over the leads, with the joins of the conditions.
        :param found: pairs of a part and the conditions of its rules.
        """
        query.add_where(SQL("crm_lead.id = ANY(%s)", ids))
        columns = [
            SQL("%s AS %s", sql, SQL.identifier(name))
            for part, conditions in found
            for name, sql in part.columns(query, conditions).items()
        ]
        values = [
            value for part, _conditions in found for value in part.values.values()
        ]
        # OFFSET 0: a column that two values read is computed once.
        return SQL(
            "SELECT id, %s FROM (%s OFFSET 0) AS found",
            SQL(", ").join(values),
            query.select(SQL("crm_lead.id"), *columns),
        )
