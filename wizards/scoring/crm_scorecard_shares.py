# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.scoring.learning.closed import ClosedLeads
from ...models.scoring.learning.learner import MOST_CLOSED, SHARES
from ...tools.discrimination import thresholds

# The latest open leads up to here are looked at.
MOST_LEADS = 10000
GRADES = (5, 4, 3, 2)


class CrmScorecardSharesMixin(models.AbstractModel):
    """Which share of the leads each grade is to have: four numbers, the rest gets a 1."""

    _name = "crm.scorecard.shares.mixin"
    _description = "Wanted shares of the grades"

    share_5 = fields.Integer(string="Grade 5 (%)", default=round(100 * SHARES[0]))
    share_4 = fields.Integer(string="Grade 4 (%)", default=round(100 * SHARES[1]))
    share_3 = fields.Integer(string="Grade 3 (%)", default=round(100 * SHARES[2]))
    share_2 = fields.Integer(string="Grade 2 (%)", default=round(100 * SHARES[3]))

    def _shares(self):
        """Return the wanted shares of the grades 5, 4, 3 and 2, each 0 to 1.

        :raise UserError: where a share is no share, or all together are too many.
        """
        self.ensure_one()
        shares = [self[f"share_{grade}"] for grade in GRADES]
        if min(shares) < 0 or not 0 < sum(shares) <= 100:
            raise UserError(
                self.env._(
                    "The shares of the grades 2 to 5 must be 0 %% or more, and together more"
                    " than 0 %% and at most 100 %%. Now they are %s %% together.",
                    sum(shares),
                )
            )
        return [share / 100 for share in shares]

    @api.model
    def _shares_table(self, columns, rows):
        """Return a table in HTML, with one row for each grade.

        :param list[str] columns: the headings after the one of the grade.
        :param rows: for each grade the grade and the texts of the columns.
        """
        cell = Markup('<td class="text-end">%s</td>')
        heading = Markup('<th class="text-end">%s</th>')
        return Markup(
            '<table class="table table-sm w-auto mb-0"><thead><tr><th>%s</th>%s</tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (
            self.env._("Grade"),
            Markup().join(heading % text for text in columns),
            Markup().join(
                Markup("<tr><td><b>%s</b></td>%s</tr>")
                % (grade, Markup().join(cell % text for text in texts))
                for grade, *texts in rows
            ),
        )


class CrmScorecardShares(models.TransientModel):
    """Sets the thresholds of a scorecard from wanted shares, and shows beforehand how many
    leads each grade will have: leads with as many points have the same grade, so that the
    wanted shares cannot always be met.
    """

    _name = "crm.scorecard.shares"
    _inherit = ["crm.scorecard.shares.mixin"]
    _description = "Set thresholds from shares"

    scorecard_id = fields.Many2one("crm.scorecard", required=True, ondelete="cascade")
    base = fields.Selection(
        [("open", "Open leads"), ("closed", "Closed leads")],
        string="Spread Over",
        required=True,
        default="open",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    newer_text = fields.Char(
        compute="_compute_newer_text", export_string_translation=False
    )

    @api.depends("scorecard_id", "base", *(f"share_{grade}" for grade in GRADES))
    def _compute_preview(self):
        for wizard in self:
            try:
                wizard.preview = wizard._preview()
            except UserError as error:
                wizard.preview = Markup('<p class="text-danger mb-0">%s</p>') % error

    @api.depends("scorecard_id", "base")
    @api.depends_context("lang")
    def _compute_newer_text(self):
        """Say what is newer than the close of the leads over which the grades are spread."""
        closed = ClosedLeads(self.env)
        for wizard in self:
            rows = wizard._closed() if wizard.base == "closed" else []
            said = closed.newer([row.id for row in rows], wizard.scorecard_id, True)
            wizard.newer_text = " ".join(said)

    def action_set(self):
        """Set the thresholds as previewed.

        :raise UserError: where there are no leads, or the shares cannot be.
        """
        self.ensure_one()
        self.scorecard_id.check_access("write")
        self.scorecard_id._set_shares(self._points(), self._shares())

    def _points(self):
        """Return the points that the leads have with the scorecard.

        :raise UserError: where there are no such leads.
        """
        card = self.scorecard_id
        if self.base == "open":
            leads = self.env["crm.lead"].search(
                [*self._of_company(), ("won_status", "=", "pending")],
                order="id desc",
                limit=MOST_LEADS,
            )
        else:
            leads = self.env["crm.lead"].browse([row.id for row in self._closed()])
        if not leads:
            raise UserError(
                self.env._(
                    "There are no such leads whose points could set the thresholds."
                )
            )
        return list(self.env["crm.score.engine"]._points(leads, card).values())

    def _of_company(self):
        company = self.scorecard_id.company_id
        return [("company_id", "in", [company.id, False])] if company else []

    def _closed(self):
        """Return the latest closed leads, as plain values."""
        return ClosedLeads(self.env).find(self._of_company())[-MOST_CLOSED:]

    def _preview(self):
        """Return the table of what the grades will be, and are now."""
        points, card = self._points(), self.scorecard_id
        starts = dict(zip(GRADES, thresholds(points, self._shares()), strict=True))
        old = [card._grade_of(number) for number in points]
        new = [
            next((grade for grade in GRADES if number >= starts[grade]), 1)
            for number in points
        ]
        return self._shares_table(
            [
                self.env._("From points"),
                self.env._("Leads"),
                self.env._("Share"),
                self.env._("Leads as it is now"),
            ],
            [
                (
                    grade,
                    starts.get(grade, ""),
                    new.count(grade),
                    self.env._("%s %%", round(100 * new.count(grade) / len(new))),
                    old.count(grade),
                )
                for grade in (*GRADES, 1)
            ],
        )
