# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ..common.rights import LeadField


class CrmLeadGradeLog(models.Model):
    """What grade a lead had, and since when. Written by the score engine only."""

    _name = "crm.lead.grade.log"
    _description = "Grade history of a lead"
    _order = "create_date desc, id desc"
    _rec_name = "lead_id"

    lead_id = LeadField(
        "crm.lead", required=True, index=True, ondelete="cascade", readonly=True
    )
    scorecard_id = fields.Many2one(
        "crm.scorecard", index="btree_not_null", ondelete="set null", readonly=True
    )
    from_grade = fields.Integer(readonly=True, aggregator=None)
    to_grade = fields.Integer(string="Grade", readonly=True, aggregator="avg")
    points = fields.Float(readonly=True, aggregator="avg")
    plan_id = fields.Many2one(
        "mail.activity.plan",
        string="Launched Plan",
        ondelete="set null",
        readonly=True,
        help="The plan that was launched when the lead reached the grade.",
    )
    create_date = fields.Datetime(string="Since", readonly=True)
