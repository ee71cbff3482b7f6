# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models, tools

# Leads that are evaluated at once when their segments change; more wait for the nightly pass.
AT_ONCE = 1000


class CrmSegment(models.Model):
    """A market segment: a list of leads, kept by a rule or by hand."""

    _name = "crm.segment"
    _inherit = ["crm.rule.mixin", "crm.lead.group.mixin"]
    _description = "Market segment"

    _lead_field = "segment_ids"

    color = fields.Integer()
    is_dynamic = fields.Boolean(
        string="By Rule",
        default=True,
        help="The condition decides which leads are in the segment, at all times. Otherwise"
        " leads are put in and taken out by hand.",
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
    @tools.ormcache()
    def _dynamic_rows(self):
        """Return the active segments that are kept by their rule.

        :rtype: tuple[RuleRow]
        """
        return tuple(row for row in self._rule_rows() if row.values["is_dynamic"])

    def _fill(self):
        """Put all leads into these segments that meet their rule, and take the others out.

        A segment shows its leads as soon as it is saved; of the leads only the memberships
        are touched. What else depends on the segments follows at once for some leads, and
        in the next nightly pass for many.
        """
        rows = [row for row in self._dynamic_rows() if row.id in set(self.ids)]
        changed = self.env["crm.persona.matcher"]._match_segments(None, rows)
        # sudo: whoever may write segments decides for all leads.
        changed[:AT_ONCE].sudo()._lead_evaluate({"segment_ids"})
