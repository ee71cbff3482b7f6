# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ..common.context import TOUCHPOINT_KNOWN

# What an activity of a category is once it is done.
KINDS = {"phonecall": "call", "meeting": "meeting"}
# Odoo's own type for mails has no category.
EMAIL = "mail.mail_activity_data_email"


class MailActivity(models.Model):
    """Calls and meetings that are marked as done become touchpoints of their lead."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        if TOUCHPOINT_KNOWN.of(self.env):
            return super()._action_done(
                feedback=feedback, attachment_ids=attachment_ids
            )
        now = fields.Datetime.now()
        rows = [
            {
                "lead_id": activity.res_id,
                "kind": activity._crm_kind(),
                "direction": "out",
                "is_human": True,
                "occurred_on": now,
                "source": self._name,
                "external_ref": str(activity.id),
                "summary": self.env["crm.touchpoint"]._summary(
                    activity.summary or activity.activity_type_id.name, feedback
                ),
            }
            for activity in self
            if activity.res_model == "crm.lead"
            and activity._crm_kind()
            # A meeting in the calendar is recorded when it took place.
            and not activity.calendar_event_id
        ]
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        self.env["crm.touchpoint"]._record(rows)
        return result

    def _crm_kind(self):
        """Return the kind of touchpoint that the activity is once it is done, or None."""
        self.ensure_one()
        mail = self.env.ref(EMAIL, raise_if_not_found=False)
        if mail and self.activity_type_id == mail:
            return "email"
        return KINDS.get(self.activity_category)
