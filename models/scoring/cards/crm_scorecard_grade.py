# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...common.context import SAVING

BANDS = [("focus", "Focus"), ("nurture", "Keep warm"), ("leave", "Leave alone")]
# The five rows that a new scorecard gets when none are given: threshold, name, band.
DEFAULT_GRADES = [
    (1, 0, "Leave alone", "leave"),
    (2, 20, "Cool", "nurture"),
    (3, 40, "Warm", "nurture"),
    (4, 60, "Promising", "focus"),
    (5, 80, "Ready to buy", "focus"),
]
DEFAULT_MQL_GRADE = 4


class CrmScorecardGrade(models.Model):
    _name = "crm.scorecard.grade"
    _inherit = ["crm.scorecard.part.mixin", "crm.carried.mixin", "crm.config.mixin"]
    _description = "Scorecard grade"
    _order = "grade desc"

    scorecard_id = fields.Many2one(
        "crm.scorecard", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scorecard_id.company_id")
    grade = fields.Integer(required=True)
    name = fields.Char(string="Label", required=True, translate=True)
    threshold = fields.Float(
        string="From Points",
        help="A lead has this grade from this number of points on. The lowest grade has no"
        " lower limit.",
    )
    band = fields.Selection(BANDS, required=True, default="nurture")
    is_mql = fields.Boolean(
        string="Marketing Qualified",
        help="Leads that passed the qualifiers and have this grade or a better one are"
        " marketing qualified.",
    )

    # the course of action
    response_minutes = fields.Integer(
        string="Answer Within (Minutes)",
        help="Working minutes within which a lead of this grade is to be contacted: its deadline,"
        " as soon as there is a Response Time or a routing rule with a time limit, and the time"
        " of the first call in Who Does What. 0: the usual time.",
    )
    role = fields.Selection(
        [
            ("salesperson", "Salesperson"),
            ("leader", "Team leader"),
            ("marketing", "Marketing"),
            ("nobody", "Nobody"),
        ],
        string="Responsible",
        help="Who does the steps that are done As the Grade Says in Who Does What: the owner,"
        " the team leader, or marketing. Who owns the lead is up to the routing rules.",
    )
    plan_id = fields.Many2one(
        "mail.activity.plan",
        string="Activity Plan",
        domain=[("res_model", "=", "crm.lead")],
        ondelete="set null",
        help="Launched once for each lead that reaches this grade.",
    )
    pool_team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        ondelete="set null",
        help='Who takes such leads, where the routing rule that matches has "Team of the Grade"'
        " ticked.",
    )
    advice = fields.Text(
        string="What to Do", translate=True, help="What to say, and what to do next."
    )

    _check_response_minutes = models.Constraint(
        "CHECK (COALESCE(response_minutes, 0) >= 0)",
        "A time to answer cannot be negative.",
    )
    _check_grade = models.Constraint(
        "CHECK (grade BETWEEN 1 AND 5)", "Grades go from 1 (least likely to buy) to 5."
    )
    _grade_uniq = models.UniqueIndex(
        "(scorecard_id, grade)", "A scorecard has each of the grades 1 to 5 once."
    )

    @api.depends("grade", "name")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.grade} {row.name or ''}"

    @api.constrains("threshold")
    def _check_threshold(self):
        for row in self:
            if not math.isfinite(row.threshold):
                raise ValidationError(
                    self.env._(
                        "Grade %s: the points must be a number.", row.display_name
                    )
                )
        if not SAVING.of(self.env):
            self.scorecard_id._check_grade_order()

    # === BUSINESS METHODS === #

    @api.model
    def _default_commands(self):
        """Return the one2many commands that make the five grades of a new scorecard."""
        labels = {
            "Leave alone": self.env._("Leave alone"),
            "Cool": self.env._("Cool"),
            "Warm": self.env._("Warm"),
            "Promising": self.env._("Promising"),
            "Ready to buy": self.env._("Ready to buy"),
        }
        return [
            fields.Command.create(
                {
                    "grade": grade,
                    "threshold": threshold,
                    "name": labels[label],
                    "band": band,
                    "is_mql": grade >= DEFAULT_MQL_GRADE,
                }
            )
            for grade, threshold, label, band in DEFAULT_GRADES
        ]
