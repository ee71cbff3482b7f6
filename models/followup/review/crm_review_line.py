# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...common.rights import LeadField
from .crm_review_meeting import STEPS


class CrmReviewLine(models.Model):
    """A lead on the agenda of a review, and what was decided about it."""

    _name = "crm.review.line"
    _description = "Lead of a review"
    _order = "meeting_id desc, sequence, id"
    _rec_name = "lead_id"

    meeting_id = fields.Many2one(
        "crm.review.meeting", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="meeting_id.state")
    sequence = fields.Integer()
    lead_id = LeadField(
        "crm.lead", required=True, index=True, readonly=True, ondelete="cascade"
    )
    owner_id = fields.Many2one(related="lead_id.user_id", string="Owner")
    reason = fields.Selection(
        [
            ("1_decided", "Decided last time, not done"),
            ("2_waiting", "Waits for an answer, past its time"),
            ("3_no_owner", "No owner"),
            ("4_no_step", "No next step"),
            ("5_overdue", "Overdue"),
            ("6_stuck", "Stuck in its stage"),
            ("7_risk", "Money at risk"),
            ("8_added", "Added by hand"),
        ],
        readonly=True,
        default="8_added",
        string="Why It Is Here",
    )
    amount_at_risk = fields.Float(string="At Risk", readonly=True)
    decision = fields.Selection(
        [
            ("call", "Call"),
            ("write", "Write"),
            ("meet", "Meet"),
            ("reassign", "Give to somebody else"),
            ("drop", "Drop"),
            ("wait", "Wait"),
        ]
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        domain="[('share', '=', False)]",
        compute="_compute_user_id",
        store=True,
        readonly=False,
    )
    due_on = fields.Datetime(string="Until")
    lost_reason_id = fields.Many2one("crm.lost.reason", string="Reason of the Drop")
    note = fields.Char()
    followup_id = fields.Many2one(
        "crm.lead.followup", readonly=True, ondelete="set null"
    )
    outcome = fields.Selection(related="followup_id.state", string="What Became of It")

    @api.depends("lead_id", "decision")
    def _compute_user_id(self):
        for line in self:
            if line.decision in STEPS and not line.user_id:
                line.user_id = line.lead_id.user_id

    def write(self, vals):
        if vals.keys() & {
            "decision",
            "user_id",
            "due_on",
            "lost_reason_id",
            "lead_id",
        }:
            self._check_open()
        return super().write(vals)

    def _check_open(self):
        """Refuse to change what was decided once the review was held.

        :raise UserError: where it was.
        """
        if self.filtered(lambda line: line.state == "held"):
            raise UserError(
                self.env._("The review was held: its decisions are on record.")
            )

    def _check_decisions(self):
        """Refuse decisions without a person and a date in the future.

        :raise UserError: naming the lead.
        """
        now = fields.Datetime.now()
        for line in self:
            if line.decision in STEPS and not (
                line.user_id and line.due_on and line.due_on > now
            ):
                raise UserError(
                    self.env._(
                        "%s: say who does it, and until when.",
                        line.lead_id.display_name,
                    )
                )

    def _carry_out(self):
        """Do what was decided.

        :return: the user who has something to do now, or none.
        """
        self.ensure_one()
        lead, decision = self.lead_id, self.decision
        if decision in STEPS:
            words = dict(self._fields["decision"]._description_selection(self.env))
            # sudo: the ledger is written by engines.
            step = self.env["crm.followup.engine"]._plan_own(
                lead.sudo(),
                self.due_on,
                STEPS[decision],
                user=self.user_id,
                summary=self.note or words[decision],
                note_before=self.note,
                kind="review",
            )
            self.followup_id = step
            return self.user_id
        if decision == "drop":
            lead.action_set_lost(lost_reason_id=self.lost_reason_id.id)
        elif decision == "reassign" and self.user_id:
            lead.user_id = self.user_id
            return self.user_id
        elif decision == "reassign":
            had = {lead.id: {lead.user_id.id}}
            self.env["crm.routing.engine"]._route(lead, mode="manual", excluded=had)
        return self.env["res.users"]
