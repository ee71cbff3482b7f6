# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from .agenda import WEEK, of_team

# What becomes a step, and its channel.
STEPS = {"call": "call", "write": "email", "meet": "meeting"}


class CrmReviewMeeting(models.Model):
    """The weekly review of a team: which leads need a decision, and what was decided.

    The agenda is built by the system, in a fixed order: last week's decisions that were not
    done come first. Holding the meeting makes steps of the decisions, with a name and a date,
    and each person gets one message. The next meeting begins with what became of them.
    """

    _name = "crm.review.meeting"
    _description = "Weekly review"
    _order = "day desc, id desc"

    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self._default_team_id(),
    )
    company_id = fields.Many2one(related="team_id.company_id", string="Company")
    day = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("draft", "To be held"), ("held", "Held")],
        required=True,
        readonly=True,
        default="draft",
    )
    line_ids = fields.One2many("crm.review.line", "meeting_id", string="Agenda")
    rest_count = fields.Integer(
        readonly=True, help="Further leads that would need a decision."
    )
    note = fields.Text(string="Minutes of the Meeting")
    last_id = fields.Many2one("crm.review.meeting", string="Last Time", readonly=True)
    last_line_ids = fields.One2many(
        "crm.review.line", compute="_compute_last_line_ids", string="Decided Last Time"
    )
    check_ids = fields.Many2many(
        "crm.lead.followup", compute="_compute_check_ids", string="Steps to Check"
    )
    drop_ids = fields.Many2many(
        "crm.lead", compute="_compute_drop_ids", string="Dropped This Week"
    )

    board_ids = fields.Many2many(
        "crm.followup.board", compute="_compute_board_ids", string="Figures"
    )

    @api.model
    def _default_team_id(self):
        teams = self.env["crm.team"]
        mine = teams.search([("user_id", "=", self.env.uid)], limit=1)
        return mine or teams.search([], limit=1)

    # === COMPUTE METHODS === #

    @api.depends("team_id", "day")
    def _compute_display_name(self):
        for meeting in self:
            day = meeting.day and fields.Date.to_string(meeting.day)
            words = filter(None, [meeting.team_id.name, day])
            meeting.display_name = ", ".join(words)

    @api.depends("last_id")
    def _compute_last_line_ids(self):
        for meeting in self:
            meeting.last_line_ids = meeting.last_id.line_ids.filtered("decision")

    def _compute_check_ids(self):
        for meeting in self:
            meeting.check_ids = self.env["crm.lead.followup"].search(
                [
                    ("check_state", "=", "to_check"),
                    ("lead_id.team_id", "=", meeting.team_id.id),
                ]
            )

    def _compute_drop_ids(self):
        leads = self.env["crm.lead"].with_context(active_test=False)
        for meeting in self:
            meeting.drop_ids = leads.search(
                [
                    ("team_id", "=", meeting.team_id.id),
                    ("won_status", "=", "lost"),
                    ("date_closed", ">=", fields.Datetime.now() - WEEK),
                ]
            )

    def _compute_board_ids(self):
        for meeting in self:
            members = meeting.team_id.member_ids | meeting.team_id.user_id
            meeting.board_ids = self.env["crm.followup.board"].search(
                [("user_id", "in", members.ids)], order="user_id"
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        for meeting in meetings:
            if not meeting.line_ids:
                meeting._build()
        return meetings

    # === ACTIONS === #

    def action_build(self):
        """Build the agenda anew, as things stand now. Decisions that were noted stay."""
        self.check_access("write")
        for meeting in self:
            if meeting.state == "draft":
                meeting._build()

    def action_hold(self):
        """Make steps of the decisions, and tell each person once.

        :raise UserError: where a decision lacks a person or a date, or it was held already.
        """
        self.check_access("write")
        self.ensure_one()
        if self.state == "held":
            raise UserError(self.env._("This review was held already."))
        lines = self.line_ids.filtered("decision")
        lines._check_decisions()
        got = {}
        for line in lines:
            user = line._carry_out()
            if user and user != self.env.user:
                got.setdefault(user, self.env["crm.lead"])
                got[user] |= line.lead_id
        self.state = "held"
        for user, leads in got.items():
            # sudo: a message about leads that the sender may not all see.
            self.env["crm.routing.teller"]._notify(
                user,
                lambda env, count: env._("The weekly review: %s leads for you", count),
                leads.sudo(),
            )

    def action_open_board(self):
        """Open the team board.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_followup_board_action"
        )

    # === BUSINESS METHODS === #

    def _build(self):
        """Put on the agenda what should be talked about."""
        self.ensure_one()
        now = fields.Datetime.now()
        self.last_id = self.search(
            [
                ("team_id", "=", self.team_id.id),
                ("state", "=", "held"),
                ("id", "!=", self.id or 0),
            ],
            limit=1,
        )
        self.env["crm.followup.accountant"]._sample(now)
        rows, total = of_team(self.env, self.team_id, now, self.last_id)
        kept = self.line_ids.filtered("decision")
        (self.line_ids - kept).unlink()
        known = kept.lead_id.ids
        self.env["crm.review.line"].create(
            [
                {
                    "meeting_id": self.id,
                    "sequence": place,
                    "lead_id": lead_id,
                    "reason": reason,
                    "amount_at_risk": risk,
                }
                for place, (lead_id, reason, risk) in enumerate(rows)
                if lead_id not in known
            ]
        )
        self.rest_count = total - len(rows)
