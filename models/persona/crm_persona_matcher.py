# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL


class CrmPersonaMatcher(models.AbstractModel):
    """Finds out who leads are, and how much of them we know.

    **What.** The best matching persona of each lead, the market segments that it is in, and
    the weighted share of the expected information that is known.

    **How to use.** ``env["crm.persona.matcher"]._match(leads)`` does all three;
    ``_match_changed(leads, changed)`` does what a change of fields calls for.

    **How it works.** Three statements, whatever the number of leads: an UPDATE for the
    personas, one for the completeness, and one that puts leads in and out of segments. Only
    rows that differ are written. A persona chosen by hand is kept.
    """

    _name = "crm.persona.matcher"
    _description = "Persona matcher"

    # === BUSINESS METHODS === #

    @api.model
    def _match(self, leads):
        """Match leads with personas and segments, and compute their completeness.

        :param leads: crm.lead records.
        :return: the names of the fields that may have changed.
        :rtype: set
        """
        return self._match_changed(leads, None)

    @api.model
    def _match_changed(self, leads, changed):
        """Do what the change of some fields calls for.

        :param leads: crm.lead records.
        :param changed: names of the fields that changed, or None for all.
        :return: the names of the fields that may have changed in turn.
        :rtype: set
        """
        result = set()
        for model_name, run, also_reads, outputs in (
            ("crm.segment", self._match_segments, set(), {"segment_ids"}),
            (
                "crm.persona.criterion",
                self._match_personas,
                # Taking back the choice made by hand asks for the best match again.
                {"persona_is_manual"},
                {"persona_id", "persona_match"},
            ),
            ("crm.info.item", self._complete, set(), {"info_completeness"}),
        ):
            reads = self.env[model_name]._rule_trigger_fields() | also_reads
            if changed is None or not reads.isdisjoint(changed | result):
                run(leads)
                result |= outputs
        return result

    # === STEPS === #

    @api.model
    def _match_personas(self, leads):
        """Store the best matching persona of leads, and how well a manual one matches."""
        if not leads:
            return
        Criterion, Lead = self.env["crm.persona.criterion"], self.env["crm.lead"]
        names = ["persona_id", "persona_match"]
        ranking = self.env["crm.persona"]._ranking()
        rows = [row for row in Criterion._rule_rows() if row.values["persona_id"] in ranking]

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            persona, manual = (
                Lead._field_to_sql("crm_lead", name, query)
                for name in ("persona_id", "persona_is_manual")
            )
            best = SQL(
                "(SELECT ARRAY[p.id, p.match] FROM (VALUES %s) AS p(id, rank, match, threshold)"
                " WHERE CASE WHEN %s THEN p.id = %s ELSE p.match >= p.threshold END"
                " ORDER BY p.match DESC, p.rank LIMIT 1)",
                SQL(", ").join(self._persona_values(conditions, ranking)),
                manual,
                persona,
            )
            chosen = SQL("CASE WHEN %s THEN %s END AS chosen", manual, persona)
            source = query.select(SQL("crm_lead.id"), chosen, SQL("%s AS best", best))
            select = SQL(
                "SELECT id, COALESCE(chosen, best[1]::int), best[2] FROM (%s) AS scored", source
            )
            return Lead._lead_update_sql(select, names)

        changed = Criterion._rule_execute(rows, build)
        if not rows:
            unless_manual = SQL("persona_id IS NOT NULL AND persona_is_manual IS NOT TRUE")
            changed += self._reset(leads, names, unless_manual)
        Lead.browse(row[0] for row in changed)._lead_refresh(names)

    @api.model
    def _persona_values(self, conditions, ranking):
        """Yield one SQL row (id, rank, match in percent, threshold) for each persona."""
        by_persona = {}
        for row, sqls in conditions:
            by_persona.setdefault(row.values["persona_id"], []).append((row, sqls[0]))
        for persona_id, criteria in by_persona.items():
            rank, threshold = ranking[persona_id]
            total = sum(row.values["weight"] for row, _sql in criteria)
            hit = SQL(" + ").join(
                SQL("CASE WHEN %s THEN %s ELSE 0 END", sql, row.values["weight"])
                for row, sql in criteria
            )
            yield SQL(
                "(%s, %s, (%s) * 100.0::float8 / %s, %s::float8)",
                persona_id, rank, hit, total, threshold,
            )

    @api.model
    def _match_segments(self, leads, rows=None):
        """Put leads into the segments whose rule they meet, and take them out of the others.

        :param leads: crm.lead records, or None for all leads there are.
        :param rows: RuleRow tuples of the segments to fill; all dynamic ones when None.
        :return: the leads whose segments changed.
        """
        Segment, Lead = self.env["crm.segment"], self.env["crm.lead"]
        rows = Segment._dynamic_rows() if rows is None else rows
        if not rows or (leads is not None and not leads):
            return Lead
        # Memberships may be waiting in memory; the statement reads and writes the table.
        Lead.flush_model(["segment_ids"])
        some = SQL("TRUE") if leads is None else SQL("lead.id = ANY(%s)", leads.ids)

        def build(query, conditions):
            if leads is not None:
                query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            inside = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id) for row, sqls in conditions
            )
            wanted = query.select(SQL("crm_lead.id"), SQL("unnest(ARRAY[%s]::int[])", inside))
            return self._segments_sql(wanted, some, [row.id for row, _sqls in conditions])

        changed = Lead.browse(row[0] for row in Segment._rule_execute(rows, build))
        changed._lead_refresh(["segment_ids"])
        return changed

    @api.model
    def _segments_sql(self, wanted, some, segment_ids):
        """Return the statement that makes the memberships what they should be.

        :param SQL wanted: gives pairs of lead and segment, or NULL where not inside.
        :param SQL some: condition on ``lead.id``: which leads it is about.
        :param list[int] segment_ids: which segments it is about.
        :rtype: SQL
        """
        return SQL(
            """
            WITH wanted(lead_id, segment_id) AS MATERIALIZED (
                SELECT * FROM (%(wanted)s) AS w(lead_id, segment_id)
                 WHERE segment_id IS NOT NULL
            ), gone AS (
                DELETE FROM %(relation)s AS r USING crm_lead AS lead
                 WHERE lead.id = r.lead_id AND %(some)s AND r.segment_id = ANY(%(segments)s)
                   AND NOT EXISTS (
                       SELECT FROM wanted w
                        WHERE w.lead_id = r.lead_id AND w.segment_id = r.segment_id)
             RETURNING r.lead_id
            ), come AS (
                INSERT INTO %(relation)s (lead_id, segment_id)
                SELECT lead_id, segment_id FROM wanted
                ON CONFLICT DO NOTHING
             RETURNING lead_id
            )
            SELECT lead_id FROM gone UNION SELECT lead_id FROM come
            """,
            wanted=wanted,
            relation=SQL.identifier(self.env["crm.lead"]._fields["segment_ids"].relation),
            some=some,
            segments=segment_ids,
        )

    @api.model
    def _complete(self, leads):
        """Store the weighted share of the expected information that is known."""
        Item, Lead = self.env["crm.info.item"], self.env["crm.lead"]
        if not leads:
            return

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            known, total = (
                SQL(" + ").join(
                    SQL("CASE WHEN %s THEN %s ELSE 0 END", condition, row.values["weight"])
                    for row, condition in parts
                )
                for parts in (
                    [(row, SQL("%s AND %s", *sqls)) for row, sqls in conditions],
                    [(row, sqls[1]) for row, sqls in conditions],
                )
            )
            share = SQL("COALESCE((%s) * 100.0::float8 / NULLIF(%s, 0), 0)", known, total)
            return Lead._lead_update_sql(
                query.select(SQL("crm_lead.id"), share), ["info_completeness"]
            )

        changed = Item._rule_execute(Item._rule_rows(), build)
        if not Item._rule_rows():
            changed += self._reset(leads, ["info_completeness"], SQL("info_completeness > 0"))
        Lead.browse(row[0] for row in changed)._lead_refresh(["info_completeness"])

    @api.model
    def _reset(self, leads, names, condition):
        """Empty what the engine wrote to leads, once there is nothing left to compare with.

        :param SQL condition: which of the leads.
        :return: the ids of the changed leads, as rows.
        """
        leads.flush_recordset(names)
        empty = SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names)
        return self.env.execute_query(
            SQL(
                "UPDATE crm_lead SET %s WHERE id = ANY(%s) AND %s RETURNING id",
                empty,
                leads.ids,
                condition,
            )
        )
