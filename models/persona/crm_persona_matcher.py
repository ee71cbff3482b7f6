# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..common.crm_lead_station import Part
from ..common.rule.rule_set import rule_case


class CrmPersonaMatcher(models.AbstractModel):
    """Finds out who leads are, and how much of them we know.

    **What.** The best matching persona of each lead, and the weighted share of the expected
    information that is known.

    **How to use.** ``env["crm.persona.matcher"]._match(leads)`` does both, and fills the
    segments. What a change of fields calls for is done by ``crm.lead.evaluator``, to which
    this gives its parts.

    **How it works.** One UPDATE writes persona, match and completeness, whatever the number
    of leads. Only rows that differ are written. A persona chosen by hand is kept, and how
    well it matches is told.
    """

    _name = "crm.persona.matcher"
    _description = "Persona matcher"

    # === BUSINESS METHODS === #

    @api.model
    def _match(self, leads):
        """Match leads with personas and segments, and compute their completeness.

        :param leads: crm.lead records.
        :return: by name of a field that changed, the leads for which it did.
        :rtype: dict[str, crm.lead]
        """
        moved = self.env["crm.segment"]._match(leads)
        only = ("crm.persona.criterion", "crm.info.item")
        found = self.env["crm.lead.evaluator"]._evaluate(leads, None, only=only)
        return {**found, **({"segment_ids": moved} if moved else {})}

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

        :param query: over the leads; see ``RuleSet``.
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
            hit = SQL(" + ").join(
                rule_case(sql, row.values["weight"]) for row, sql in criteria
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

        :param query: over the leads; see ``RuleSet``.
        :param conditions: those of the information items: known, expected.
        :rtype: dict[str, SQL]
        """
        if not conditions:
            return {"completeness": SQL("NULL::float8")}
        known, total = [], []
        for row, (is_known, is_expected) in conditions:
            share = rule_case(is_expected, row.values["weight"])
            total.append(share)
            known.append(rule_case(is_known, share))
        known, total = SQL(" + ").join(known), SQL(" + ").join(total)
        share = SQL("COALESCE((%s) * 100.0::float8 / NULLIF(%s, 0), 0)", known, total)
        return {"completeness": share}
