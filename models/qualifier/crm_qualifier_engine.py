# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..common.crm_lead_station import Part
from ..common.rule.rule_set import LEADS, TRUE, Plan, RuleSet


class CrmQualifierEngine(models.AbstractModel):
    """Decides whether leads pass the gate of the qualifiers.

    **What.** Each qualifier that applies to a lead is passed, failed or open. The lead has
    *failed* when a required or a knock-out qualifier has; it is *open* while a required one
    is; else it has *passed*, also when no qualifier applies.

    **How to use.** ``_qualify(leads)`` stores ``qualification_state``; what a change of
    fields calls for is done by ``crm.lead.evaluator``, to which this gives its part;
    ``_marks(leads)`` tells the mark of each single qualifier and writes nothing.

    **How it works.** One UPDATE, whatever the number of leads and qualifiers; only rows
    that differ are written. ``_marks`` is one query.
    """

    _name = "crm.qualifier.engine"
    _description = "Qualifier engine"

    # === BUSINESS METHODS === #

    @api.model
    def _qualify(self, leads):
        """Store the state of the gate.

        :param leads: crm.lead records, at any number.
        :return: by name of a field that changed, the leads for which it did.
        :rtype: dict[str, crm.lead]
        """
        return self.env["crm.lead.evaluator"]._evaluate(
            leads, None, only=("crm.qualifier",)
        )

    @api.model
    def _part(self):
        """Return what the qualifiers say about leads.

        :rtype: Part
        """
        Qualifier = self.env["crm.qualifier"]
        return Part(
            Qualifier._name,
            Qualifier._rule_rows(),
            Qualifier._rule_trigger_fields(),
            lambda _query, conditions: {"gate": self._state_sql(conditions)},
            {"qualification_state": SQL("gate")},
        )

    @api.model
    def _marks(self, leads):
        """Tell the mark of each qualifier that applies to the leads.

        :param leads: crm.lead records.
        :return: "pass", "fail" or "open" by qualifier id, by lead id.
        :rtype: dict[int, dict[int, str]]
        """
        marks = {lead_id: {} for lead_id in leads.ids}
        if not leads or not self.env["crm.qualifier"]._rule_rows():
            return marks
        rules = RuleSet(self.env, self._name, "_marks_plan")
        for lead_id, qualifier_ids, cells in rules.execute(leads):
            marks[lead_id] = {
                q: mark for q, mark in zip(qualifier_ids, cells, strict=True) if mark
            }
        return marks

    @api.model
    def _marks_plan(self):
        """Return the plan of the statement of :meth:`_marks`.

        :rtype: Plan
        """

        def build(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            cells = SQL(", ").join(
                SQL(
                    "CASE WHEN NOT %s THEN NULL WHEN %s THEN 'fail' WHEN %s THEN 'pass'"
                    " ELSE 'open' END",
                    applies,
                    fails,
                    passes,
                )
                for _row, (applies, passes, fails) in found[0]
            )
            return query.select(
                SQL("crm_lead.id"),
                SQL("%s::int[]", [row.id for row, _sqls in found[0]]),
                SQL("ARRAY[%s]::text[]", cells),
            )

        return Plan([("crm.qualifier", self.env["crm.qualifier"]._rule_rows())], build)

    @api.model
    def _knock_outs(self):
        """Return the ids of the knock-out qualifiers."""
        return [
            row.id
            for row in self.env["crm.qualifier"]._rule_rows()
            if row.values["importance"] == "knock_out"
        ]

    @api.model
    def _knocked_out(self, leads):
        """Tell which leads fail which knock-out qualifiers.

        :param leads: crm.lead records.
        :return: the crm.qualifier records that a lead fails, by lead id; others are left out.
        :rtype: dict[int, crm.qualifier]
        """
        Qualifier, knock_outs = self.env["crm.qualifier"], self._knock_outs()
        failed = leads.filtered(lambda lead: lead.qualification_state == "failed")
        if not knock_outs or not failed:
            return {}
        result = {}
        for lead_id, marks in self._marks(failed).items():
            ids = [
                qualifier_id
                for qualifier_id in knock_outs
                if marks.get(qualifier_id) == "fail"
            ]
            if ids:
                result[lead_id] = Qualifier.browse(ids)
        return result

    @api.model
    def _propose(self, leads):
        """Propose to set those of the leads aside that fail a knock-out, with the reason."""
        groups = {}
        for lead_id, qualifiers in self._knocked_out(leads).items():
            groups.setdefault(qualifiers, []).append(lead_id)
        for qualifiers, lead_ids in groups.items():
            # sudo: the words of qualifiers are for everybody who sees the lead.
            reasons = [q.fail_reason or q.name for q in qualifiers.sudo()]
            leads.browse(lead_ids)._lead_propose_unqualified("; ".join(reasons))

    # === HELPERS === #

    @api.model
    def _state_sql(self, conditions):
        """Return the SQL value of ``qualification_state``.

        :param conditions: ``[(row, [applies, passes, fails]), ...]``.
        """
        failed, still_open = [SQL("FALSE")], [SQL("FALSE")]
        asked, required = [], []
        for row, (applies, passes, fails) in conditions:
            importance = row.values["importance"]
            if importance == "nice_to_have":
                continue
            if row.values["kind"] != "fact" and applies == TRUE:
                # What is asked of every lead is looked up together.
                asked.append(row.id)
                required += [row.id] if importance == "required" else []
                continue
            failed.append(SQL("(%s AND %s)", applies, fails))
            if importance == "required":
                still_open.append(SQL("(%s AND NOT %s)", applies, passes))
        if asked:
            failed.append(SQL("%s > 0", self._answered_sql(asked, "fail")))
        if required:
            passed = self._answered_sql(required, "pass")
            still_open.append(SQL("%s < %s", passed, len(required)))
        return SQL(
            "CASE WHEN %s THEN 'failed' WHEN %s THEN 'open' ELSE 'passed' END",
            SQL(" OR ").join(failed),
            SQL(" OR ").join(still_open),
        )

    @api.model
    def _answered_sql(self, qualifier_ids, verdict):
        """Return of how many questions a lead's answers have a verdict, as an SQL value."""
        # sudo: the gate is the same for everybody.
        Answer = self.env["crm.qualifier.answer"].sudo()
        lead, active, qualifier, said = (
            Answer._field_to_sql("answer", name)
            for name in ("lead_id", "active", "qualifier_id", "verdict")
        )
        return SQL(
            "(SELECT count(DISTINCT %s) FROM crm_qualifier_answer AS answer"
            " WHERE %s = crm_lead.id AND %s AND %s = ANY(%s) AND %s = %s)",
            qualifier,
            lead,
            active,
            qualifier,
            qualifier_ids,
            said,
            verdict,
        )
