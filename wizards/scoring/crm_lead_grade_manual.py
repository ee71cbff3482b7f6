# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.scoring.closed import is_closed

# A grade by hand ends after so many days, unless somebody says otherwise.
DAYS = 30


class CrmLeadGradeManual(models.TransientModel):
    """Sets the grade of a lead by hand, with a reason, until a day."""

    _name = "crm.lead.grade.manual"
    _description = "Set the grade by hand"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    grade = fields.Selection(
        [(str(grade), str(grade)) for grade in range(5, 0, -1)],
        required=True,
        default=lambda self: self._default_grade(),
    )
    reason = fields.Char(help="What you know that the scorecard does not.")
    until = fields.Date(
        default=lambda self: fields.Date.context_today(self) + timedelta(days=DAYS),
        help="The last day. Afterwards the scorecard decides again. Empty: no end.",
    )
    is_set = fields.Boolean(compute="_compute_is_set")

    @api.model
    def _default_grade(self):
        """Return the grade that the lead has now."""
        lead = self.env["crm.lead"].browse(self.env.context.get("default_lead_id"))
        return str(lead.lead_grade or 3)

    @api.depends("lead_id")
    def _compute_is_set(self):
        for wizard in self:
            wizard.is_set = bool(wizard.lead_id.grade_manual)

    def action_set(self):
        """Set the grade, and note it in the history of the lead.

        :raise UserError: where there is no reason, the last day has passed, or the lead is
            closed.
        """
        self.ensure_one()
        if is_closed(self.lead_id):
            raise UserError(
                self.env._(
                    "The lead is closed, and keeps the grade that it had then. Open it again"
                    " to give it another one."
                )
            )
        if not (self.reason or "").strip():
            raise UserError(self.env._("Write down why you set the grade by hand."))
        if self.until and self.until < fields.Date.context_today(self):
            raise UserError(self.env._("The last day of the grade lies in the past."))
        self._store(int(self.grade), self.reason, self.until)
        self.lead_id.message_post(
            body=self.env._(
                "Grade set by hand to %(grade)s: %(reason)s",
                grade=self.grade,
                reason=self.reason,
            )
        )

    def action_reset(self):
        """Let the scorecard decide again."""
        self.ensure_one()
        self._store(0, False, False)
        self.lead_id.message_post(
            body=self.env._("The scorecard decides the grade again.")
        )

    def _store(self, grade, reason, until):
        self.lead_id.check_access("write")
        # sudo: fields that nobody writes but by this window, with its reason.
        self.lead_id.sudo().write(
            {
                "grade_manual": grade,
                "grade_manual_reason": reason,
                "grade_manual_until": until,
            }
        )
