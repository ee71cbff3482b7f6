# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.scoring.learning.closed import ClosedLeads

# The latest leads up to here are compared.
MOST_LEADS = 10000


class CrmScorecardCompare(models.TransientModel):
    """Compares two scorecards on the same leads: who moves where. Nothing is written."""

    _name = "crm.scorecard.compare"
    _description = "Compare scorecards"

    scorecard_id = fields.Many2one(
        "crm.scorecard", string="This Scorecard", required=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "crm.scorecard",
        string="With",
        required=True,
        ondelete="cascade",
        compute="_compute_other_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    domain = fields.Char(string="Leads", default="[('won_status', '=', 'pending')]")
    newer_text = fields.Char(
        compute="_compute_newer_text", export_string_translation=False
    )

    @api.depends("scorecard_id")
    def _compute_other_id(self):
        for wizard in self:
            wizard.other_id = self.env["crm.scorecard"].search(
                [("state", "=", "live"), ("id", "!=", wizard.scorecard_id.id)], limit=1
            )

    @api.depends("scorecard_id", "other_id", "domain")
    @api.depends_context("lang")
    def _compute_newer_text(self):
        """Say what is newer than the close of those leads that are closed."""
        closed = ClosedLeads(self.env)
        for wizard in self:
            try:
                rows = closed.find(wizard._leads_domain())[-MOST_LEADS:]
            except UserError:
                rows = []  # the button says it
            ids = [row.id for row in rows]
            said = [
                sentence
                for card in (wizard.scorecard_id | wizard.other_id if ids else ())
                for sentence in closed.newer(ids, card, True)
            ]
            wizard.newer_text = " ".join(dict.fromkeys(said))

    def _leads_domain(self):
        """Return which leads are meant.

        :rtype: Domain
        :raise UserError: where the condition cannot be read.
        """
        return self.env["crm.scorecard.rule"]._asked_domain(self.domain)

    def action_compare(self):
        """Grade the leads with both scorecards, and open the table of who moves where.

        :return: a window action: a pivot of the grades, and the leads behind each cell.
        :rtype: dict
        :raise UserError: where there are no such leads.
        """
        self.ensure_one()
        if self.scorecard_id == self.other_id:
            raise UserError(self.env._("Choose two different scorecards."))
        domain = self._leads_domain()
        leads = self.env["crm.lead"].search(domain, order="id desc", limit=MOST_LEADS)
        if not leads:
            raise UserError(self.env._("There are no such leads to compare."))
        self._fill(leads)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(this)s compared with %(other)s",
                this=self.scorecard_id.name,
                other=self.other_id.name,
            ),
            "res_model": "crm.scorecard.compare.line",
            "view_mode": "pivot,list",
            "domain": [("compare_id", "=", self.id)],
            "context": {"create": False, "edit": False, "delete": False},
        }

    def _fill(self, leads):
        """Store the grades that both scorecards give to leads, for the table."""
        Engine = self.env["crm.score.engine"]
        this = Engine._points(leads, self.scorecard_id)
        other = Engine._points(leads, self.other_id)
        self.env["crm.scorecard.compare.line"].search(
            [("compare_id", "=", self.id)]
        ).unlink()
        self.env["crm.scorecard.compare.line"].create(
            [
                {
                    "compare_id": self.id,
                    "lead_id": lead_id,
                    "grade": f"{self.scorecard_id._grade_of(this[lead_id])}",
                    "other_grade": f"{self.other_id._grade_of(other[lead_id])}",
                    "points": this[lead_id],
                    "other_points": other[lead_id],
                }
                for lead_id in leads.ids
            ]
        )


class CrmScorecardCompareLine(models.TransientModel):
    _name = "crm.scorecard.compare.line"
    _description = "Lead in a comparison of scorecards"
    _order = "points desc, id"
    _rec_name = "lead_id"

    compare_id = fields.Many2one(
        "crm.scorecard.compare", required=True, index=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade", index=True)
    grade = fields.Selection(
        [(str(grade), str(grade)) for grade in range(1, 6)],
        string="Grade, This Scorecard",
    )
    other_grade = fields.Selection(
        [(str(grade), str(grade)) for grade in range(1, 6)], string="Grade, the Other"
    )
    points = fields.Float(string="Points, This Scorecard", aggregator="avg")
    other_points = fields.Float(string="Points, the Other", aggregator="avg")
