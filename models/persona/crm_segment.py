# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

from ..common.crm_config_mixin import kept
from ..common.rule.rule_set import LEADS, Plan, RuleSet


class CrmSegment(models.Model):
    """A market segment: a list of leads, kept by a rule or by hand."""

    _name = "crm.segment"
    _inherit = [
        "crm.rule.file.mixin",
        "crm.waiting.mixin",
        "crm.rule.mixin",
        "crm.lead.group.mixin",
    ]
    _description = "Market segment"
    _carried_rank = 20

    _lead_field = "segment_ids"

    color = fields.Integer()
    is_dynamic = fields.Boolean(
        string="By Rule",
        default=True,
        help="The condition decides which leads are in the segment: whenever a lead or the"
        " condition changes, and, as far as it speaks of today, when all leads are evaluated."
        " Otherwise leads are put in and taken out by hand.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        segments = super().create(vals_list)
        segments._fill()
        return segments

    def write(self, vals):
        result = super().write(vals)
        if not {"domain", "is_dynamic", "active", "company_id"}.isdisjoint(vals):
            self._fill()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "is_dynamic"]

    @api.model
    @kept()
    def _dynamic_rows(self):
        """Return the active segments that are kept by their rule.

        :rtype: tuple[RuleRow]
        """
        return tuple(row for row in self._rule_rows() if row.values["is_dynamic"])

    def _fill(self):
        """Put all leads into these segments that meet their rule, and take the others out.

        A segment shows its leads as soon as it is saved; of the leads only the memberships
        are touched. What else depends on the segments follows at once for some leads, and
        later for many.
        """
        rows = [row for row in self._dynamic_rows() if row.id in set(self.ids)]
        changed = self._match(None, tuple(rows))
        # sudo: whoever may write segments decides for all leads.
        self.env["crm.lead.batch"]._follow(
            changed.sudo(), lambda leads: leads._lead_evaluate({"segment_ids"})
        )

    # === MATCHING === #

    @api.model
    def _match(self, leads, rows=None):
        """Put leads into the segments whose rule they meet, and take them out of the others.

        :param leads: crm.lead records, or None for all leads there are.
        :param rows: RuleRow tuples of the segments to fill; all dynamic ones when None.
        :return: the leads whose segments changed.
        """
        if not (self._dynamic_rows() if rows is None else rows):
            return self.env["crm.lead"]
        if leads is not None and not leads:
            return leads
        # Memberships may be waiting in memory; the statement reads and writes the table.
        self.env["crm.lead"].flush_model(["segment_ids"])
        if leads is not None and rows is None:
            rules = RuleSet(self.env, self._name, "_match_plan")
        else:
            some = None if leads is None else LEADS
            rules = RuleSet.of(self.env, self._match_plan(rows, some))
        found = rules.execute(leads)
        changed = self.env["crm.lead"].browse(row[0] for row in found)
        changed._lead_refresh(["segment_ids"])
        return changed

    @api.model
    def _match_plan(self, rows=None, ids=LEADS):
        """Return the plan of the statement that puts leads in and out of segments.

        :param rows: RuleRow tuples of the segments to fill; all dynamic ones when None.
        :param ids: those of the leads, or their slot; None for all leads.
        :rtype: Plan
        """
        rows = self._dynamic_rows() if rows is None else rows
        some = SQL("TRUE") if ids is None else SQL("lead.id = ANY(%s)", ids)

        def build(query, found):
            if ids is not None:
                query.add_where(SQL("crm_lead.id = ANY(%s)", ids))
            inside = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id)
                for row, sqls in found[0]
            )
            wanted = query.select(
                SQL("crm_lead.id"), SQL("unnest(ARRAY[%s]::int[])", inside)
            )
            return self._segments_sql(wanted, some, [row.id for row, _s in found[0]])

        return Plan([(self._name, rows)], build)

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
