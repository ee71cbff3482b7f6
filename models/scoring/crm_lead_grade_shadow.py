# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ..common.rights import LeadField


class CrmLeadGradeShadow(models.Model):
    """The grade that a shadow scorecard would give a lead. Shown to the scoring team only."""

    _name = "crm.lead.grade.shadow"
    _description = "Grade of a lead in a shadow scorecard"
    _order = "scorecard_id, points desc, id"
    _rec_name = "lead_id"

    scorecard_id = fields.Many2one(
        "crm.scorecard", required=True, index=True, ondelete="cascade", readonly=True
    )
    lead_id = LeadField(
        "crm.lead", required=True, index=True, ondelete="cascade", readonly=True
    )
    grade = fields.Integer(readonly=True, aggregator="avg")
    live_grade = fields.Integer(
        related="lead_id.lead_grade", string="Visible Grade", aggregator=None
    )
    points = fields.Float(readonly=True, aggregator="avg")

    _lead_uniq = models.UniqueIndex("(scorecard_id, lead_id)")
