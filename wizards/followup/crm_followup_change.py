# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.exceptions import UserError

from ...models.common.moments import check_end


class CrmFollowupChange(models.TransientModel):
    """Moves the next step with a lead to another time, or leaves it out, with a reason."""

    _name = "crm.followup.change"
    _description = "Move or skip a step"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade"
    )
    mode = fields.Selection([("move", "Move"), ("skip", "Skip")], required=True)
    followup_id = fields.Many2one("crm.lead.followup", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True)
    due_on = fields.Datetime(string="Until")
    reason = fields.Char()
    is_meeting = fields.Boolean(compute="_compute_is_meeting")

    def _compute_is_meeting(self):
        for change in self:
            activity = change.activity_id or change.followup_id.activity_id
            change.is_meeting = bool(activity.calendar_event_id)

    def action_apply(self):
        """Move or skip the step.

        :return: the action that closes the dialog.
        :rtype: dict
        :raise UserError: where the new end has passed, or the reason is missing.
        """
        self.ensure_one()
        if self.mode == "move":
            check_end(self.env, self.due_on)
        if self.mode == "skip" and not self.reason:
            raise UserError(self.env._("Say why the step is left out."))
        if self.followup_id:
            self._change_step()
        elif self.activity_id:
            self._change_activity()
        return {"type": "ir.actions.act_window_close"}

    def _change_step(self):
        step, engine = self.followup_id, self.env["crm.followup.engine"]
        step._check_mine()
        if self.mode == "move":
            engine._move(step, self.due_on, self.reason)
        else:
            engine._skip(step, self.reason)

    def _change_activity(self):
        activity = self.activity_id
        activity.check_access("write")
        if self.mode == "move":
            here = fields.Datetime.context_timestamp(self, self.due_on)
            activity.date_deadline = here.date()
        else:
            self.lead_id.message_post(
                body=self.env._(
                    "%(what)s was skipped: %(reason)s",
                    what=activity.display_name,
                    reason=self.reason,
                ),
                subtype_xmlid="mail.mt_note",
            )
            activity.action_cancel()
