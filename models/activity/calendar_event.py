# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

# The source of the touchpoints that meetings become.
MEETINGS = "calendar.event"
# What of a meeting says something about its lead.
TELLING = {"opportunity_id", "start", "stop", "active"}


class CalendarEvent(models.Model):
    """Whoever plans a meeting with a lead changes what is known of it: rules may ask for it.

    Once it has begun, whoever was there says how it ended, and what is next.
    """

    _inherit = "calendar.event"

    is_lead_meeting = fields.Boolean(
        compute="_compute_is_lead_meeting",
        export_string_translation=False,
        help="It is about a lead, and has begun: somebody can say what came of it.",
    )

    @api.depends("opportunity_id", "start", "active")
    def _compute_is_lead_meeting(self):
        now = fields.Datetime.now()
        for event in self:
            event.is_lead_meeting = bool(
                event.opportunity_id
                and event.active
                and event.start
                and event.start <= now
            )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events.opportunity_id._lead_linked("calendar_event_ids")
        return events

    def write(self, vals):
        if TELLING.isdisjoint(vals):
            return super().write(vals)
        leads = self.opportunity_id
        result = super().write(vals)
        (leads | self.opportunity_id)._lead_linked("calendar_event_ids")
        return result

    def unlink(self):
        leads = self.opportunity_id
        result = super().unlink()
        leads._lead_linked("calendar_event_ids")
        return result

    # === WHAT CAME OF IT === #

    def action_log_lead_contact(self):
        """Say how the meeting with the lead ended, and what came of it.

        :return: the window in which a contact is logged.
        :rtype: dict
        :raise UserError: where it is about no lead.
        """
        # Who has nothing to do with leads has nothing to say of them.
        self.env["crm.lead"].check_access("read")
        self.check_access("read")
        self.ensure_one()
        lead = self.opportunity_id
        lead.check_access("read")
        if not lead:
            raise UserError(self.env._("This meeting is about no lead."))
        action = lead.action_log_call()
        known = {"default_kind": "meeting", "default_event_id": self.id}
        return {**action, "context": {**action["context"], **known}}

    def _crm_touchpoint(self):
        """Return the meeting as a touchpoint, but for how it ended.

        The same meeting is the same touchpoint, whether somebody says how it ended, or the
        collector finds that it is over.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "lead_id": self.opportunity_id.id,
            "kind": "meeting",
            "is_human": True,
            "occurred_on": self.start,
            "value": self.duration,
            "source": MEETINGS,
            "external_ref": f"{self.id},{fields.Datetime.to_string(self.start)}",
            "summary": self.name if self.privacy != "private" else False,
        }
