# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..common.crm_config_mixin import kept
from .running import checking

STATES = [
    ("draft", "Draft"),
    ("live", "Live"),
    ("paused", "Paused"),
    ("retired", "Retired"),
]


class CrmNurtureTrack(models.Model):
    """A track: messages, tasks and waits in a row, which ends by itself at the right moment.

    A lead enters by hand, or by the rule of the track. It leaves as soon as it answers, is
    closed, wants nothing any more, or somebody of ours has talked to it: see
    ``running/leaving.py``. Nothing enters before the track was published.

    Editing a live track counts for what has not been delivered yet: the next step of a lead
    is the first active one after the last that it got.
    """

    _name = "crm.nurture.track"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    _description = "Nurturing track"
    _carried_more = ("state",)

    state = fields.Selection(STATES, required=True, default="draft", copy=False)
    entry = fields.Selection(
        [("hand", "By hand"), ("rule", "By rule")],
        required=True,
        default="hand",
        string="Who Enters",
        help="By hand: people add leads. By rule: leads that match the condition enter by"
        " themselves, too.",
    )
    audience = fields.Selection(
        [("open", "Open leads"), ("customer", "Customers")],
        required=True,
        default="open",
        string="For",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Who is told when something is wrong with the track.",
    )
    sender = fields.Selection(
        [
            ("owner", "The lead's owner"),
            ("person", "One person"),
            ("company", "The company"),
        ],
        string="In the Name Of",
        required=True,
        default="owner",
        help="The owner: as each message says. Else its e-mails come from this person, or from"
        " the company, and are signed so. Answers come in where they always do.",
    )
    sender_user_id = fields.Many2one(
        "res.users",
        string="Sender",
        domain=[("share", "=", False)],
        ondelete="set null",
        help="Where the person has left, messages go in the name of the owner.",
    )
    step_ids = fields.One2many("crm.nurture.step", "track_id", copy=True)
    enrollment_ids = fields.One2many("crm.nurture.enrollment", "track_id")
    exclusive = fields.Boolean(
        string="One at a Time",
        default=True,
        help="Who is in this track is in no other one, not as another lead with the same"
        " address either.",
    )
    reentry = fields.Selection(
        [
            ("never", "Never"),
            ("days", "After some days"),
            ("always", "At any time"),
        ],
        string="Enter Again",
        required=True,
        default="days",
    )
    reentry_days = fields.Integer(
        string="Days Until Entering Again",
        default=90,
        help="Counted from the end of the last time.",
    )
    late_days = fields.Integer(
        string="Too Late After",
        default=14,
        help="A step that had to wait for more days than this is left out: after a long pause"
        " not everything goes at once.",
    )
    exit_on_talk = fields.Boolean(
        string="Somebody talked to the lead",
        default=True,
        help="A call that was answered, a meeting that took place: a person took over.",
    )
    exit_on_meeting = fields.Boolean(string="A meeting is planned", default=True)
    exit_on_stage = fields.Boolean(
        string="The lead moves beyond Nurturing", default=True
    )
    exit_on_focus = fields.Boolean(
        string="The grade reaches the band Focus", default=True
    )
    exit_on_company_reply = fields.Boolean(
        string="Somebody else of the same company answers",
        help="By the domain of the e-mail address; free mail providers never count.",
    )
    exit_when_unmatched = fields.Boolean(
        string="The condition of the track does not match any more"
    )
    goal_domain = fields.Char(
        string="Goal",
        help="A lead that matches this has reached what the track is for, and leaves it.",
    )
    hand_over = fields.Boolean(
        string="Ask the Owner to Follow Up",
        default=True,
        help="When a lead leaves because it answered, its owner gets a step.",
    )
    timeline = fields.Char(compute="_compute_timeline", string="Days")
    step_count = fields.Integer(compute="_compute_timeline", string="Number of Steps")
    active_count = fields.Integer(compute="_compute_counts", string="In the Track")
    ended_count = fields.Integer(compute="_compute_counts", string="Through")
    answered_count = fields.Integer(compute="_compute_counts", string="Answered")
    answer_summary = fields.Char(compute="_compute_counts", string="Answers")
    customer_count = fields.Integer(
        compute="_compute_counts",
        string="Became Customers",
        help="Leads that went through the track, and were won afterwards.",
    )
    customer_summary = fields.Char(
        compute="_compute_counts",
        string="Customers",
        help="How many of the leads that were in the track are customers now. That they went"
        " through it is not why.",
    )

    _late_days_positive = models.Constraint(
        "CHECK (late_days > 0)", "A step is too late after one day at least."
    )
    _reentry_days_positive = models.Constraint(
        "CHECK (reentry_days >= 0)", "The days until entering again are 0 or more."
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "step_ids.days", "step_ids.sequence", "step_ids.active", "step_ids.lane"
    )
    def _compute_timeline(self):
        for track in self:
            steps = track.step_ids.filtered(
                lambda step: step.active and step.lane == "main"
            ).sorted(lambda step: (step.sequence, step._origin.id or 0))
            day, days = 0, []
            for step in steps:
                day += step.days
                if step.kind not in ("wait", "end"):
                    days.append(str(day))
            track.timeline = ", ".join(days)
            track.step_count = len(track.step_ids.filtered("active"))

    @api.depends("enrollment_ids.state")
    @api.depends_context("uid", "lang")
    def _compute_counts(self):
        # As the user: everybody sees the figures of the leads that he may read.
        groups = self.env["crm.nurture.enrollment"]._read_group(
            [("track_id", "in", self.ids)],
            ["track_id", "state", "exit_code"],
            ["__count"],
        )
        won = dict(
            self.env["crm.nurture.enrollment"]._read_group(
                [
                    ("track_id", "in", self.ids),
                    ("state", "in", ("done", "stopped")),
                    ("lead_id.won_status", "=", "won"),
                ],
                ["track_id"],
                ["lead_id:count_distinct"],
            )
        )
        leads = dict(
            self.env["crm.nurture.enrollment"]._read_group(
                [("track_id", "in", self.ids), ("state", "in", ("done", "stopped"))],
                ["track_id"],
                ["lead_id:count_distinct"],
            )
        )
        for track in self:
            is_open = track.audience == "open"
            track.customer_count = won.get(track, 0) if is_open else 0
            mine = [row[1:] for row in groups if row[0] == track]
            track.active_count = sum(
                n for s, _c, n in mine if s in ("active", "paused")
            )
            track.ended_count = sum(n for s, _c, n in mine if s in ("done", "stopped"))
            track.answered_count = sum(n for _s, code, n in mine if code == "answered")
            summary = self.env["crm.message.template"]._summary
            track.answer_summary = summary(track.answered_count, track.ended_count)
            track.customer_summary = is_open and summary(
                track.customer_count, leads.get(track, 0)
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("goal_domain")
    def _check_goal_domain(self):
        for track in self.filtered("goal_domain"):
            track._validate_domain(track.goal_domain)

    @api.constrains("state", "step_ids")
    def _check_has_steps(self):
        for track in self:
            if track.state == "live":
                track.step_ids._check_complete()
            if track.state == "live" and not track.step_ids.filtered("active"):
                raise ValidationError(
                    self.env._(
                        'The track "%s" has no steps: add one before it is published.',
                        track.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tracks = super().create(vals_list)
        tracks._switch_on()
        return tracks

    def write(self, vals):
        before = {track: track.state for track in self} if "state" in vals else {}
        result = super().write(vals)
        if before:
            self._state_changed(before)
        if {"exclusive", "active"} & vals.keys():
            self._settings_changed(vals)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        if self.enrollment_ids:
            raise UserError(
                self.env._(
                    "Leads went through this track. Retire it: what it sent stays on record."
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for track, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%s (copy)", track.name)
        return vals_list

    def _state_changed(self, before):
        """Have what follows from another state of these tracks follow."""
        engine = self.env["crm.nurture.engine"]
        # sudo: enrollments of all leads, whoever may see them.
        for track in self.sudo():
            state = before[track.with_env(self.env)]
            if track.state == "retired" and state != "retired":
                engine._exit(track.enrollment_ids, "retired")
            elif track.state == "draft" and state != "draft" and track.active_count:
                raise UserError(
                    self.env._(
                        'There are leads in the track "%s": pause it, or retire it.',
                        track.name,
                    )
                )
        self._switch_on()

    def _settings_changed(self, vals):
        if "active" in vals and not vals["active"] and not vals.get("broken_reason"):
            # An archived track ends for whoever is in it; one that was switched off, since its
            # condition is broken, stands still until it is mended.
            # sudo: enrollments of all leads, whoever may see them.
            self.env["crm.nurture.engine"]._exit(self.sudo().enrollment_ids, "retired")
        if "exclusive" in vals:
            # sudo: as above.
            going = self.sudo().enrollment_ids.filtered(
                lambda one: one.state in ("active", "paused")
            )
            going.write({"exclusive": vals["exclusive"]})

    def _switch_on(self):
        """Have the clock run while a track is live."""
        if not self.env.registry.ready:
            return  # Installing: nothing goes by itself.
        if self.filtered(lambda track: track.state == "live"):
            self.env["crm.message.queue"]._switch_on(now=True)
            # sudo: crons are the system's; who may publish a track may have them run.
            cron = self.env.ref("crm_lead_management.ir_cron_nurture_enter").sudo()
            cron._crm_switch_on(now=True)

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            *("state", "entry", "audience", "reentry", "exit_on_company_reply"),
        ]

    @api.model
    def _running(self):
        """Return the tracks in which leads may be: the live and the paused ones.

        :rtype: list[RuleRow]
        """
        return [
            row
            for row in self._rule_rows()
            if row.values["state"] in ("live", "paused")
        ]

    @api.model
    @kept()
    def _is_used(self):
        """Tell whether leads may be in a track: nothing enters one that is a draft still."""
        # sudo: whosever they are. What was published can be a draft again, with its leads.
        env = self.env(su=True, context={"active_test": False})
        return bool(
            env[self._name].search_count([("state", "!=", "draft")], limit=1)
            or env["crm.nurture.enrollment"].search_count([], limit=1)
        )

    def _sent_by(self):
        """Return in whose name the messages of the track go, for ``MESSAGE_SENDER``.

        :return: the id of a user, 0 for the company, None for the owner of each lead.
        """
        self.ensure_one()
        if self.sender == "company":
            return 0
        person = self.sender_user_id
        return person.id if self.sender == "person" and person.active else None

    def _message_steps(self):
        """Return the active steps of this track that send something."""
        return self.step_ids.filtered(
            lambda step: step.active and step.kind == "message"
        )

    def _problems(self):
        """Return what keeps the track from being published, and what to think of.

        :return: two lists of sentences: problems, and warnings.
        :rtype: tuple[list[str], list[str]]
        """
        self.ensure_one()
        return checking.problems(self), checking.warnings(self)

    # === ACTIONS === #

    def action_publish(self):
        """Open the window that checks the track, and says whom it would take in.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("write")
        self.ensure_one()
        return self._window(self.env._("Publish"), "crm.nurture.publish")

    def action_preview(self):
        """Open the window that shows what a lead would get, and when.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return self._window(self.env._("What a Lead Gets"), "crm.nurture.preview")

    def _window(self, name, model):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_track_id": self.id},
        }

    def action_pause(self):
        """Have the track stand still: nobody enters, nothing goes."""
        self.check_access("write")
        self.filtered(lambda track: track.state == "live").state = "paused"

    def action_resume(self):
        """Have a paused track go on; steps that are too late by now are left out."""
        self.check_access("write")
        self.filtered(lambda track: track.state == "paused").state = "live"

    def action_retire(self):
        """End the track for good, for all leads that are in it."""
        self.check_access("write")
        self.state = "retired"

    def action_draft(self):
        """Take a retired track up again, to be changed and published."""
        self.check_access("write")
        self.filtered(lambda track: track.state == "retired").state = "draft"

    def action_open_report(self):
        """Open what came of the steps of the track.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_nurture_report_action"
        )
        action.pop("path", None)
        return {
            **action,
            "domain": [("track_id", "=", self.id)],
            "context": {"pivot_row_groupby": ["step_id"]},
        }

    def action_open_enrollments(self):
        """Open the leads that are, or were, in the track.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_nurture_enrollment_action"
        )
        action.pop("path", None)
        return {**action, "domain": [("track_id", "=", self.id)], "context": {}}
