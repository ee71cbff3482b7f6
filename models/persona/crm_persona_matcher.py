# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from .crm_lead_evaluator import Part


class CrmPersonaMatcher(models.AbstractModel):
    """Finds out who leads are, and how much of them we know.

    **What.** The best matching persona of each lead, the market segments that it is in, and
    the weighted share of the expected information that is known.

    **How to use.** ``env["crm.persona.matcher"]._match(leads)`` does all three. What a change
    of fields calls for is done by ``crm.lead.evaluator``, to which this gives its parts.

    **How it works.** One statement puts leads in and out of segments, one UPDATE writes
    persona, match and completeness, whatever the number of leads. Only rows that differ are
    written. A persona chosen by hand is kept, and how well it matches is told.
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
        only = ("crm.segment", "crm.persona.criterion", "crm.info.item")
        return self.env["crm.lead.evaluator"]._evaluate(leads, None, only)

    @api.model
    def _parts(self):
        """Return what the rules of this room say about leads.

        :rtype: list[Part]
        """
        Criterion, Item = self.env["crm.persona.criterion"], self.env["crm.info.item"]
        ranking = self.env["crm.persona"]._ranking()
        return [
            Part(
                Criterion._name,
                tuple(
                    row
                    for row in Criterion._rule_rows()
                    if row.values["persona_id"] in ranking
                ),
                # Taking back the choice made by hand asks for the best match again.
                Criterion._rule_trigger_fields() | {"persona_is_manual"},
                self._persona_columns,
                {
                    "persona_id": SQL("COALESCE(chosen, best[1]::int)"),
                    "persona_match": SQL("best[2]"),
                },
            ),
            Part(
                Item._name,
                Item._rule_rows(),
                Item._rule_trigger_fields(),
                self._completeness_columns,
                {"info_completeness": SQL("completeness")},
            ),
        ]

    # === PARTS === #

    @api.model
    def _persona_columns(self, query, conditions):
        """Return the persona chosen by hand, and the best one with its match in percent.

        :param query: over the leads; see ``crm.rule.mixin._rule_execute``.
        :param conditions: those of the criteria.
        :rtype: dict[str, SQL]
        """
        persona, manual = (
            self.env["crm.lead"]._field_to_sql("crm_lead", name, query)
            for name in ("persona_id", "persona_is_manual")
        )
        chosen = SQL("CASE WHEN %s THEN %s END", manual, persona)
        if not conditions:
            return {"chosen": chosen, "best": SQL("NULL::float8[]")}
        best = SQL(
            "(SELECT ARRAY[p.id, p.match] FROM (VALUES %s) AS p(id, rank, match, threshold)"
            " WHERE CASE WHEN %s THEN p.id = %s ELSE p.match >= p.threshold END"
            " ORDER BY p.match DESC, p.rank LIMIT 1)",
            SQL(", ").join(
                self._persona_values(conditions, self.env["crm.persona"]._ranking())
            ),
            manual,
            persona,
        )
        return {"chosen": chosen, "best": best}

    @api.model
    def _persona_values(self, conditions, ranking):
        """Yield one SQL row (id, rank, match in percent, threshold) for each persona."""
        by_persona = {}
        for row, sqls in conditions:
            by_persona.setdefault(row.values["persona_id"], []).append((row, sqls[0]))
        for persona_id, criteria in by_persona.items():
            rank, threshold = ranking[persona_id]
            total = sum(row.values["weight"] for row, _sql in criteria)
            case = self.env["crm.persona.criterion"]._rule_case
            hit = SQL(" + ").join(
                case(sql, row.values["weight"]) for row, sql in criteria
            )
            yield SQL(
                "(%s, %s, (%s) * 100.0::float8 / %s, %s::float8)",
                persona_id,
                rank,
                hit,
                total,
                threshold,
            )

    @api.model
    def _completeness_columns(self, query, conditions):
        """Return the weighted share of the facts that are known, in percent.

        :param query: over the leads; see ``crm.rule.mixin._rule_execute``.
        :param conditions: those of the information items: known, expected.
        :rtype: dict[str, SQL]
        """
        if not conditions:
            return {"completeness": SQL("NULL::float8")}
        known, total = [], []
        case = self.env["crm.info.item"]._rule_case
        for row, (is_known, is_expected) in conditions:
            share = case(is_expected, row.values["weight"])
            total.append(share)
            known.append(case(is_known, share))
        known, total = SQL(" + ").join(known), SQL(" + ").join(total)
        share = SQL("COALESCE((%s) * 100.0::float8 / NULLIF(%s, 0), 0)", known, total)
        return {"completeness": share}

    # === SEGMENTS === #

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
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id)
                for row, sqls in conditions
            )
            wanted = query.select(
                SQL("crm_lead.id"), SQL("unnest(ARRAY[%s]::int[])", inside)
            )
            return self._segments_sql(
                wanted, some, [row.id for row, _sqls in conditions]
            )

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
            relation=SQL.identifier(
                self.env["crm.lead"]._fields["segment_ids"].relation
            ),
            some=some,
            segments=segment_ids,
        )
