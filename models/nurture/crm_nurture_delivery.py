# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...const import CHANNELS
from ..common.rights import LeadField

STATES = [
    ("queued", "On its way"),
    ("sent", "Sent"),
    ("task", "Task"),
    ("open", "Waits for a person"),
    ("done", "Done"),
    ("held", "Waits"),
    ("skipped", "Left out"),
    ("failed", "Failed to Send"),
    ("cancelled", "Cancelled"),
]


class CrmNurtureDelivery(models.Model):
    """What became of one step of a track for one lead: one row, whatever happens.

    The row is written before anything goes, in the same transaction: that there is one for
    an enrollment and a step is why nothing goes twice.
    """

    _name = "crm.nurture.delivery"
    _description = "Step of a track for a lead"
    _order = "id desc"
    _rec_name = "step_id"

    enrollment_id = fields.Many2one(
        "crm.nurture.enrollment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    step_id = fields.Many2one(
        "crm.nurture.step",
        required=True,
        readonly=True,
        index=True,
        # Who deletes it is refused in words; uninstalling goes on.
        ondelete="cascade",
    )
    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    track_id = fields.Many2one(
        related="step_id.track_id", store=True, index=True, readonly=True
    )
    channel = fields.Selection(CHANNELS, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    due_on = fields.Datetime(readonly=True)
    done_on = fields.Datetime(readonly=True)
    reason = fields.Char(readonly=True)
    reason_text = fields.Char(string="Why", compute="_compute_reason_text")
    attempts = fields.Integer(readonly=True, aggregator=None)
    touchpoint_id = fields.Many2one(
        "crm.touchpoint", readonly=True, index="btree_not_null", ondelete="set null"
    )
    mail_message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    followup_id = fields.Many2one(
        "crm.lead.followup", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _step_uniq = models.UniqueIndex(
        "(enrollment_id, step_id)", "This step was done for this lead already."
    )
    _open_idx = models.Index("(id) WHERE state IN ('queued', 'task', 'open')")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        texts = self._reason_texts()
        for row in self:
            row.reason_text = texts.get(row.reason, row.reason)

    @api.model
    def _reason_texts(self):
        """Return what the codes mean that the engine gives as reasons.

        :rtype: dict[str, str]
        """
        return {
            "condition": self.env._("The condition of the step does not match"),
            "previous": self.env._("What became of the message before does not fit"),
            "late": self.env._("It had to wait for too long"),
            "hand": self.env._("Left out by hand"),
            "overdue": self.env._("The task was not done in time; the track went on"),
            "error": self.env._("It failed: the server's log says why"),
            "exit": self.env._("The lead had left the track"),
            "same_stage": self.env._("The lead is there, or further, already"),
        }
