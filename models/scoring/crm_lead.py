# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from textwrap import shorten

from odoo import fields, models
from odoo.tools import SQL

from .crm_scorecard_grade import BANDS

# The fields that grade a lead, in the order in which the engine writes them.
SCORE_FIELDS = ["lead_points", "lead_grade", "lead_band", "is_mql"]


class CrmLead(models.Model):
    _inherit = "crm.lead"

    lead_points = fields.Float(
        string="Points",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Sum of the points that the scorecard gives. The grade is what counts.",
    )
    lead_grade = fields.Integer(
        string="Grade",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="How likely the lead is to buy: 5 most, 1 least, 0 not graded yet.",
    )
    lead_band = fields.Selection(BANDS, string="Band", readonly=True, copy=False)
    is_mql = fields.Boolean(
        string="Marketing Qualified",
        readonly=True,
        copy=False,
        help="Passed the qualifiers, and has a grade that is good enough.",
    )
    grade_log_ids = fields.One2many("crm.lead.grade.log", "lead_id", readonly=True)

    # === HOOKS === #

    def _lead_evaluate(self, changed):
        changed = super()._lead_evaluate(changed)
        outputs = self.env["crm.score.engine"]._score_changed(self, changed)
        return changed if changed is None else changed | outputs

    def _lead_touched(self, touchpoints):
        super()._lead_touched(touchpoints)
        self.env["crm.score.engine"]._score_changed(self, {"touchpoint_ids"})

    def _lead_merge(self, opportunities):
        super()._lead_merge(opportunities)
        others = opportunities - self
        if others:
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead_grade_log SET lead_id = %s WHERE lead_id = ANY(%s)",
                    self.id,
                    others.ids,
                )
            )
            (self | others).invalidate_recordset(["grade_log_ids"], flush=False)

    # === ACTION METHODS === #

    def get_grade_explanation(self):
        """Return why the lead has its grade, for the grade widget of the web client.

        :return: ``grade``, ``label``, ``band``, ``points`` of the lead, ``next`` the points
            that are missing to the next grade (or False), and ``rows``: label, kind, points
            and reason of each part, biggest first.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["crm.score.engine"]._explanation(self)

    # === HELPERS === #

    def _reason_value(self, field):
        """Return the value of a field of one lead in words, for explanations.

        :param field: a field of crm.lead that the user may read.
        :rtype: str
        """
        # sudo: the names of what the lead points at; the lead itself is the user's to read.
        value = self.sudo()[field.name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type in ("many2one", "one2many", "many2many"):
            names = value[:3].mapped("display_name")
            return ", ".join(name for name in names if name) or self.env._("not set")
        if not value and field.type not in ("integer", "float", "monetary"):
            return self.env._("not set")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        text = f"{value:g}" if isinstance(value, float) else str(value)
        return shorten(text, width=60, placeholder="...")
