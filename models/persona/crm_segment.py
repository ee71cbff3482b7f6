# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models, tools


class CrmSegment(models.Model):
    """A market segment: a list of leads, kept by a rule or by hand."""

    _name = "crm.segment"
    _inherit = ["crm.rule.mixin", "crm.lead.group.mixin"]
    _description = "Market segment"

    _lead_field = "segment_ids"

    color = fields.Integer(export_string_translation=False)
    is_dynamic = fields.Boolean(
        string="By Rule",
        default=True,
        help="The condition decides which leads are in the segment, at all times. Otherwise"
        " leads are put in and taken out by hand.",
    )

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
