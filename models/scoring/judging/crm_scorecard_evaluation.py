# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmScorecardEvaluation(models.Model):
    """How well a scorecard tells won from lost leads. Written by ``_evaluate`` only."""

    _name = "crm.scorecard.evaluation"
    _description = "Evaluation of a scorecard"
    _order = "create_date desc, id desc"

    scorecard_id = fields.Many2one(
        "crm.scorecard", required=True, index=True, ondelete="cascade", readonly=True
    )
    name = fields.Char(readonly=True)
    domain = fields.Char(readonly=True)
    create_date = fields.Datetime(string="Date", readonly=True)
    # In each language that was installed when it was judged: see Judge.
    verdict = fields.Text(readonly=True, translate=True)
    warning = fields.Text(readonly=True, translate=True)
    is_conclusive = fields.Boolean(
        readonly=True, help="There were enough closed leads for figures."
    )

    n = fields.Integer(string="Closed Leads", readonly=True)
    n_won = fields.Integer(string="Won Leads", readonly=True)
    base_rate = fields.Float(string="Won Rate", readonly=True, aggregator="avg")
    auc = fields.Float(
        string="Discrimination",
        readonly=True,
        aggregator="avg",
        digits=(16, 3),
        help="The chance that a won lead has more points than a lost one: 0.5 is a coin, 1 is"
        " perfect (area under the ROC curve).",
    )
    auc_low = fields.Float(
        string="At Least", readonly=True, digits=(16, 3), aggregator=None
    )
    auc_high = fields.Float(
        string="At Most", readonly=True, digits=(16, 3), aggregator=None
    )
    auc_odoo = fields.Float(
        string="Odoo's Probability",
        readonly=True,
        digits=(16, 3),
        aggregator=None,
        help="Discrimination of Odoo's predictive scoring on the same leads: naive Bayes over"
        " the fields chosen in the settings, learned from other leads, without the stage.",
    )
    auc_live = fields.Float(
        string="Live Scorecard",
        readonly=True,
        digits=(16, 3),
        aggregator=None,
        help="Discrimination of the live scorecard on the same leads.",
    )
    lift = fields.Float(
        readonly=True,
        aggregator="avg",
        help="How many times as often as all leads the best 20 % were won.",
    )
    capture = fields.Float(
        string="Captured by the Best 20 %",
        readonly=True,
        aggregator="avg",
        help="Share of all won leads that are among the best 20 % of the leads.",
    )
    capture_possible = fields.Float(
        string="Possible",
        readonly=True,
        aggregator=None,
        help="The most that any 20 % of the leads could hold.",
    )
    capture_revenue = fields.Float(
        string="Revenue Captured",
        readonly=True,
        aggregator=None,
        help="Share of the revenue of won leads that is among the best 20 % of the leads.",
    )
    calibration_error = fields.Float(
        string="Drift of Won Rates",
        readonly=True,
        aggregator=None,
        help="By how much the won rate of a grade differs between the older and the newer half"
        " of the leads, on average.",
    )
    curve = fields.Json(readonly=True, export_string_translation=False)
    grade_ids = fields.One2many(
        "crm.scorecard.evaluation.grade", "evaluation_id", readonly=True
    )
    n_missed = fields.Integer(
        string="Buyers Left in the Red",
        readonly=True,
        help="Won leads with a grade of 1 or 2.",
    )
    missed_lead_ids = fields.Many2many(
        "crm.lead", "crm_scorecard_evaluation_missed_rel", readonly=True
    )
    n_wasted = fields.Integer(
        string="Effort Wasted", readonly=True, help="Lost leads with a grade of 4 or 5."
    )
    wasted_lead_ids = fields.Many2many(
        "crm.lead", "crm_scorecard_evaluation_wasted_rel", readonly=True
    )


class CrmScorecardEvaluationGrade(models.Model):
    _name = "crm.scorecard.evaluation.grade"
    _description = "Grade in an evaluation"
    _order = "grade desc"
    _rec_name = "grade"

    evaluation_id = fields.Many2one(
        "crm.scorecard.evaluation", required=True, index=True, ondelete="cascade"
    )
    grade = fields.Integer(aggregator=None)
    n = fields.Integer(string="Leads")
    share = fields.Float(string="Share of Leads")
    n_won = fields.Integer(string="Won")
    won_rate = fields.Float(aggregator="avg")
    lift = fields.Float(aggregator="avg", help="Won rate against that of all leads.")
    capture = fields.Float(string="Share of Wins")
    rate_older = fields.Float(string="Won Rate, Older Half", aggregator=None)
    rate_newer = fields.Float(string="Won Rate, Newer Half", aggregator=None)
