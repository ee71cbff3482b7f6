# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmIntakeMapping(models.Model):
    """A question of a form can be one that qualifies."""

    _inherit = "crm.intake.mapping"

    qualifier_id = fields.Many2one(
        "crm.qualifier",
        string="Question",
        index="btree_not_null",
        ondelete="cascade",
        domain=[("kind", "!=", "fact")],
        help="Which question is answered by what comes in.",
    )

    @api.constrains("target", "qualifier_id")
    def _check_question(self):
        for line in self:
            if line.target == "question" and not line.qualifier_id:
                raise ValidationError(
                    self.env._('Choose which question "%s" answers.', line.path)
                )
