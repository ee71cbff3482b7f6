# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmScorecardGroup(models.Model):
    _name = "crm.scorecard.group"
    _inherit = ["crm.scorecard.part.mixin", "crm.carried.mixin", "crm.config.mixin"]
    _description = "Group of scorecard rules"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    scorecard_id = fields.Many2one(
        "crm.scorecard", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scorecard_id.company_id")
    max_points = fields.Float(
        string="At Most",
        help="The rules of the group together give no more. 0: no limit.",
    )
    min_points = fields.Float(
        string="At Least",
        help="The rules of the group together take away no more, e.g. -30. 0: no limit.",
    )
    rule_ids = fields.One2many("crm.scorecard.rule", "group_id")

    _check_limits = models.Constraint(
        "CHECK (COALESCE(max_points, 0) >= 0 AND COALESCE(min_points, 0) <= 0)",
        "A group gives at most a number of points above 0, and takes at most one below 0.",
    )

    def _limits(self):
        """Return the fewest and the most points of the group, None where there is no limit.

        :rtype: tuple
        """
        self.ensure_one()
        return (self.min_points or None, self.max_points or None)
