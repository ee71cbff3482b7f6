# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain

from ..figures import catalogue

KINDS = [
    ("day", "Day"),
    ("week", "Week"),
    ("month", "Month"),
    ("quarter", "Quarter"),
]


class CrmInsightTarget(models.Model):
    """What a figure should be: of the company, of a team, or of a person."""

    _name = "crm.insight.target"
    _description = "Target of a figure"
    _order = "code, kind, id"
    _rec_name = "code"

    code = fields.Selection("_codes", string="Figure", required=True)
    kind = fields.Selection(KINDS, string="Period", required=True, default="month")
    value = fields.Float(
        required=True,
        help="A share is given in percent: 80 for 80 %. Times are in minutes or days.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        ondelete="cascade",
        check_company=True,
        help="Only when the board is that of this team. Empty: of the whole company.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        domain="[('share', '=', False)]",
        ondelete="cascade",
        help="Only when the board is that of this person.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    _who_uniq = models.UniqueIndex(
        "(code, kind, company_id, COALESCE(team_id, 0), COALESCE(user_id, 0))",
        "This figure has a target for this period already.",
    )

    @api.model
    def _codes(self):
        return [(one.code, one.label(self.env._)) for one in catalogue.FIGURES]

    @api.model
    def _of(self, kind, company, team, user):
        """Return the targets of a board, in the unit of each figure.

        :return: the value by code: a share from 0 to 1.
        :rtype: dict[str, float]
        """
        whose = Domain("kind", "=", kind) & Domain("company_id", "=", company.id)
        whose &= Domain("team_id", "=", False if user else team.id)
        whose &= Domain("user_id", "=", user.id)
        # sudo: what is wanted of a team or person is for whoever may see its board.
        rows = self.sudo().search_fetch(whose, ["code", "value"])
        units = {code: figure.unit for code, figure in catalogue.BY_CODE.items()}
        return {
            row.code: row.value / (100 if units.get(row.code) == "share" else 1)
            for row in rows
        }
