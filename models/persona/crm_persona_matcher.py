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
        """Store the best matching persona of leads that have no manual one."""
        rows = self.env["crm.persona.criterion"]._rule_rows()
        if not rows or not leads:
            return
        ranking = self.env["crm.persona"]._ranking()
        rows = [row for row in rows if row.values["persona_id"] in ranking]
        Lead = self.env["crm.lead"]

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            manual = Lead._field_to_sql("crm_lead", "persona_is_manual", query)
            query.add_where(SQL("%s IS NOT TRUE", manual))
            best = SQL(
                "(SELECT ARRAY[p.id, p.match] FROM (VALUES %s) AS p(id, rank, match, threshold)"
                " WHERE p.match >= p.threshold ORDER BY p.match DESC, p.rank LIMIT 1)",
                SQL(", ").join(self._persona_values(conditions, ranking)),
            )
            source = query.select(SQL("crm_lead.id"), SQL("%s AS best", best))
            return Lead._lead_update_sql(
                SQL(
                    "SELECT id, best[1]::int, COALESCE(best[2], 0) FROM (%s) AS scored",
                    source,
                ),
                ["persona_id", "persona_match"],
            )

        changed = self.env["crm.persona.criterion"]._rule_execute(rows, build)
        Lead.browse(row[0] for row in changed)._lead_refresh(["persona_id", "persona_match"])

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
    def _match_segments(self, leads):
        """Put leads into the segments whose rule they meet, and take them out of the others."""
        Segment = self.env["crm.segment"]
        rows = Segment._dynamic_rows()
        if not rows or not leads:
            return
        field = self.env["crm.lead"]._fields["segment_ids"]
        relation = SQL.identifier(field.relation)
        # Memberships may be waiting in memory; the statement reads and writes the table.
        leads.flush_recordset(["segment_ids"])

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            inside = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id) for row, sqls in conditions
            )
            wanted = query.select(SQL("crm_lead.id"), SQL("unnest(ARRAY[%s]::int[])", inside))
            return SQL(
                """
                WITH wanted(lead_id, segment_id) AS MATERIALIZED (
                    SELECT * FROM (%(wanted)s) AS w(lead_id, segment_id)
                     WHERE segment_id IS NOT NULL
                ), gone AS (
                    DELETE FROM %(relation)s AS r
                     WHERE r.lead_id = ANY(%(leads)s) AND r.segment_id = ANY(%(segments)s)
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
                relation=relation,
                leads=leads.ids,
                segments=[row.id for row, _sqls in conditions],
            )

        changed = Segment._rule_execute(rows, build)
        self.env["crm.lead"].browse(row[0] for row in changed)._lead_refresh(["segment_ids"])

    @api.model
    def _complete(self, leads):
        """Store the weighted share of the expected information that is known."""
        Item = self.env["crm.info.item"]
        rows = Item._rule_rows()
        if not rows or not leads:
            return
        Lead = self.env["crm.lead"]

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            known = SQL(" + ").join(
                SQL("CASE WHEN %s THEN %s ELSE 0 END", sqls[0], row.values["weight"])
                for row, sqls in conditions
            )
            total = sum(row.values["weight"] for row, _sqls in conditions)
            share = SQL("(%s) * 100.0::float8 / %s", known, total)
            return Lead._lead_update_sql(
                query.select(SQL("crm_lead.id"), share), ["info_completeness"]
            )

        changed = Item._rule_execute(rows, build)
        Lead.browse(row[0] for row in changed)._lead_refresh(["info_completeness"])
