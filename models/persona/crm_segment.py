# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models, tools


class CrmSegment(models.Model):
    """A market segment: a list of leads, kept by a rule or by hand."""

    _name = "crm.segment"
    _inherit = ["crm.rule.mixin"]
    _description = "Market segment"

    color = fields.Integer(export_string_translation=False)
    is_dynamic = fields.Boolean(
        string="By Rule",
        default=True,
        help="The condition decides which leads are in the segment, at all times. Otherwise"
        " leads are put in and taken out by hand.",
    )
    lead_count = fields.Integer(compute="_compute_lead_count")

    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead"]._read_group(
                [("segment_ids", "in", self.ids)], ["segment_ids"], ["__count"]
            )
        )
        for segment in self:
            segment.lead_count = counts.get(segment, 0)

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "is_dynamic"]

    @api.model
    @tools.ormcache()
    def _dynamic_rows(self):
        """Return the active segments that are kept by their rule.

        :rtype: tuple[RuleRow]
        """
        return tuple(row for row in self._rule_rows() if row.values["is_dynamic"])

    def action_open_leads(self):
        """Open the leads of this segment.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [("segment_ids", "in", self.ids)],
        }
