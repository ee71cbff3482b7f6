# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ....const import (
    FOLLOWUP_CHANNELS,
    FOLLOWUP_DUTIES,
    FOLLOWUP_OTHERS,
    MESSAGE_PURPOSES,
)
from ...common.rights import LeadField

STATES = [
    ("planned", "Planned"),
    ("done", "Done in time"),
    ("late", "Done late"),
    ("missed", "Missed"),
    ("skipped", "Skipped"),
    ("cancelled", "No longer needed"),
]
# What a customer says when he is asked whether everything is all right.
CARE_OUTCOMES = [
    ("content", "Content"),
    ("problem", "Has a problem"),
    ("more", "Wants more"),
]


class CrmLeadFollowup(models.Model):
    """One step with a lead: what, by whom, until when, and what came of it. The ledger.

    Odoo's activities are what people work with; they can be deleted, and know only the day on
    which they were done. So what was planned, and what became of it, is written here, by the
    engine only. A step that is over is never changed again.
    """

    _name = "crm.lead.followup"
    _description = "Follow-up of a lead"
    _order = "due_on desc, id desc"

    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    duty = fields.Selection(
        FOLLOWUP_DUTIES + FOLLOWUP_OTHERS, required=True, readonly=True, string="Step"
    )
    kind = fields.Selection(
        [
            ("duty", "Duty"),
            ("initial", "Initial"),
            ("periodic", "Periodic"),
            ("targeted", "Targeted"),
            ("own", "Planned by a person"),
            ("review", "Decided in the review"),
        ],
        required=True,
        readonly=True,
    )
    policy_id = fields.Many2one(
        "crm.followup.policy", readonly=True, ondelete="set null"
    )
    step_id = fields.Many2one(
        "crm.followup.step", string="Of the Policy", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    acting_user_id = fields.Many2one(
        "res.users",
        string="In His Place",
        readonly=True,
        help="Who does it while the responsible is away.",
    )
    planned_on = fields.Datetime(readonly=True, required=True)
    due_on = fields.Datetime(string="Until", readonly=True, required=True)
    done_on = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="planned")
    by_word = fields.Boolean(
        readonly=True,
        help="Somebody said that it was done; nothing on record shows it.",
    )
    reason = fields.Char(readonly=True)
    reason_text = fields.Char(
        string="Why", compute="_compute_reason_text", export_string_translation=False
    )
    summary = fields.Char(readonly=True)
    note_before = fields.Text(readonly=True, string="What to Ask")
    note_after = fields.Text(readonly=True, string="What Came of It")
    care_outcome = fields.Selection(
        CARE_OUTCOMES,
        string="Is the Customer Content",
        readonly=True,
        help="What came of a contact after the win.",
    )
    channel = fields.Selection(FOLLOWUP_CHANNELS, readonly=True)
    purpose = fields.Selection(MESSAGE_PURPOSES, readonly=True)
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )
    touchpoint_id = fields.Many2one(
        "crm.touchpoint", string="Evidence", readonly=True, ondelete="set null"
    )
    check_state = fields.Selection(
        [
            ("none", "Not to be checked"),
            ("to_check", "To be checked"),
            ("good", "As it should be"),
            ("bad", "Not as it should be"),
        ],
        readonly=True,
        string="Check",
    )
    checked_by_id = fields.Many2one("res.users", readonly=True)
    key = fields.Char(readonly=True, required=True, export_string_translation=False)

    _key_uniq = models.UniqueIndex("(lead_id, key)", "This step is planned already.")
    _due_idx = models.Index("(due_on) WHERE state = 'planned'")
    # What was to be done within a time, for the figures; and what came of the care.
    _ended_idx = models.Index("(due_on) WHERE state IN ('done', 'late', 'missed')")
    _care_idx = models.Index("(done_on) WHERE care_outcome IS NOT NULL")
    # The latest first, of any number: the first page of the list.
    _latest_idx = models.Index("(due_on DESC, id DESC)")
    # Somebody's steps in the order of the agenda.
    _person_due_idx = models.Index(
        "(COALESCE(acting_user_id, user_id), due_on, id) WHERE state = 'planned'"
    )
    _person_answer_idx = models.Index(
        "(COALESCE(acting_user_id, user_id), due_on, id)"
        " WHERE state = 'planned' AND duty = 'answer'"
    )
    # When a step was over, as the story tells it; what is planned does not enter it.
    _over_idx = models.Index(
        "((CASE WHEN state IN ('done', 'late') THEN COALESCE(done_on, write_date)"
        " WHEN state = 'missed' THEN due_on ELSE write_date END))"
        " WHERE state <> 'planned'"
    )

    # === COMPUTE METHODS === #

    @api.depends("duty", "summary")
    @api.depends_context("lang")
    def _compute_display_name(self):
        duties = dict(self._fields["duty"]._description_selection(self.env))
        for step in self:
            step.display_name = step.summary or duties.get(step.duty)
            if step.duty == "tell" and step.summary:
                step.display_name = self._what_to_tell(step.summary)

    @api.model
    def _what_to_tell(self, meeting):
        """Return the words that ask what came of a meeting.

        :param str meeting: its name.
        """
        return self.env._("Say what came of it: %s", meeting)

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        texts = self._reason_texts()
        for step in self:
            step.reason_text = texts.get(step.reason, step.reason)

    @api.model
    def _reason_texts(self):
        """Return what the codes mean that the engine gives as reasons.

        :rtype: dict[str, str]
        """
        return {
            "activity_cancelled": self.env._("The activity was cancelled"),
            "already_further": self.env._("The lead is already further"),
            "closed": self.env._("The lead was closed"),
            "handed": self.env._("The lead changed hands"),
            "in_track": self.env._("A track keeps in touch with the lead"),
            "lead_wrote": self.env._("The lead got in touch by itself"),
            "merged": self.env._("The lead was merged"),
            "own_plan": self.env._("Somebody planned something else"),
            "paused": self.env._("The lead is paused"),
            "replaced": self.env._("Something else is next"),
            "no_policy": self.env._("No policy plans it any more"),
        }

    # === ACTIONS === #

    def action_done(self):
        """Say that steps were done, though nothing on record shows it.

        :return: None
        """
        self._check_mine()
        self.env["crm.followup.engine"]._done(self, None)

    def action_check_good(self):
        """Note that the steps were done as they should be."""
        self._check("good")

    def action_check_bad(self):
        """Note that the steps were not done as they should be."""
        self._check("bad")

    def _check(self, verdict):
        """Note the verdict of whoever leads the team; nobody checks himself.

        :param str verdict: good or bad.
        :raise UserError: where the user does not lead those who did it.
        """
        self.check_access("read")
        user = self.env.user
        # sudo: who did it, and in whose team the lead is.
        for step in self.sudo():
            leads_team = user == step.lead_id.team_id.user_id
            if user == step.done_by_id or not (
                leads_team or user.has_group("sales_team.group_sale_manager")
            ):
                raise UserError(
                    self.env._(
                        "Who leads the team checks the steps of the others: not %s.",
                        user.name,
                    )
                )
        # sudo: the ledger is written by engines.
        self.sudo().write({"check_state": verdict, "checked_by_id": user.id})

    def _check_mine(self):
        """Refuse to touch steps with leads that the user may not change, or that are over.

        Who is to do a step may do so, also where the lead is somebody else's.
        """
        self.check_access("read")
        others = self.filtered(
            lambda step: self.env.user not in (step.user_id, step.acting_user_id)
        )
        others.lead_id.check_access("write")
        over = self.filtered(lambda step: step.state != "planned")
        if over:
            raise UserError(
                self.env._("%s: this step is over already.", over[0].display_name)
            )
