# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.field_kinds import BOOKKEEPING, OUTCOME
from ..common.moments import format_moment


class CrmLead(models.Model):
    """By when a person must have answered the lead, and when somebody did."""

    _inherit = "crm.lead"

    response_deadline = fields.Datetime(
        readonly=True,
        copy=False,
        help="Until when a person should have answered the lead, in the owner's working time.",
        lead_kind=OUTCOME,
    )
    first_response_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When a person first reached out to the lead. Automatic replies do not count.",
        lead_kind=OUTCOME,
    )
    routing_policy_id = fields.Many2one(
        "crm.routing.policy",
        string="Response Time",
        readonly=True,
        copy=False,
        index="btree_not_null",
        lead_kind=BOOKKEEPING,
    )
    routing_clock_on = fields.Datetime(
        string="Clock Started On",
        readonly=True,
        copy=False,
        help="From when on the time for the first answer counts.",
        lead_kind=BOOKKEEPING,
    )
    routing_next_step = fields.Selection(
        [
            ("remind", "Remind the owner"),
            ("warn", "Warn the team leader"),
            ("reroute", "Give it to somebody else"),
        ],
        string="If Nobody Answers",
        readonly=True,
        copy=False,
        lead_kind=BOOKKEEPING,
    )
    routing_next_on = fields.Datetime(
        string="Next Step On",
        readonly=True,
        copy=False,
        index="btree_not_null",
        lead_kind=BOOKKEEPING,
    )
    routing_pause_reason = fields.Char(
        string="Pause",
        readonly=True,
        copy=False,
        help="Why nobody has to answer yet.",
        lead_kind=BOOKKEEPING,
    )
    routing_paused_until = fields.Datetime(
        string="Paused Until",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the time to answer goes on.",
        lead_kind=BOOKKEEPING,
    )
    routing_used_minutes = fields.Integer(
        string="Minutes Used Before",
        readonly=True,
        copy=False,
        help="Working time that had passed before the clock was stopped.",
        lead_kind=BOOKKEEPING,
    )
    first_response_working = fields.Integer(
        string="Working Minutes to First Response",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="The working time of the owner that passed before the first answer. It is found"
        " out in the night after, and stays when his working hours change. At least one minute.",
        lead_kind=OUTCOME,
    )
    first_response_minutes = fields.Integer(
        string="Minutes to First Response",
        compute="_compute_first_response_minutes",
        help="From the moment the lead came in until a person first reached out to it.",
    )

    # === COMPUTE METHODS === #

    @api.depends("create_date", "received_on", "first_response_on")
    def _compute_first_response_minutes(self):
        for lead in self:
            passed = (
                lead.first_response_on
                and lead.first_response_on - lead._lead_arrived_on()
            )
            lead.first_response_minutes = (
                max(0, passed.total_seconds() // 60) if passed else False
            )

    # === ACTIONS === #

    def action_open_routing_pause(self):
        """Open the wizard that stops the clock of this lead for a while.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause the Clock"),
            "res_model": "crm.routing.pause",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def action_end_routing_pause(self):
        """Let the clock of this lead run again, from now on."""
        self.ensure_one()
        self.check_access("write")
        if not self.routing_pause_reason:
            raise UserError(
                self.env._("%s has no pause that could be ended.", self.display_name)
            )
        # sudo: fields that only the engine writes.
        lead = self.sudo()
        if not lead.routing_paused_until:
            raise UserError(self.env._("There is no pause to end."))
        lead._routing_pause(False, fields.Datetime.now())

    # === BUSINESS METHODS === #

    def _routing_is_answered(self):
        return bool(self.first_response_on) or super()._routing_is_answered()

    def _routing_pause(self, reason, until):
        """Stop the clock until a moment, from which the whole time counts.

        :param str reason: why nobody has to answer yet; False ends a pause.
        :param datetime until: in UTC.
        """
        self.env["crm.routing.clock"]._pause(self, reason, until)
        # Whoever reads it may live elsewhere: the zone stands beside it.
        tz = self.env.user.tz or "UTC"
        body = (
            self.env._(
                "No answer needed until %(until)s: %(reason)s",
                until=f"{format_moment(self.env, until, tz=tz)} ({tz})",
                reason=reason,
            )
            if reason
            else self.env._("The time for an answer runs again.")
        )
        self._message_log_batch(bodies={lead.id: body for lead in self})
