# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...const import CHANNELS

# After an answer the lead has left the track: that is no condition here.
PREVIOUS = [
    ("any", "Whatever became of it"),
    ("opened", "It was opened"),
    ("clicked", "A link in it was clicked"),
    ("silent", "Nothing came of it"),
]


class CrmNurtureStep(models.Model):
    """A step of a track: something that happens so many days after the one before it."""

    _name = "crm.nurture.step"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    _description = "Step of a nurturing track"
    _order = "track_id, sequence, id"
    # What runs code is chosen where it runs.
    _carried_not = ("action_id",)

    name = fields.Char(
        required=False,
        translate=True,
        help="For a task: what is to be done. Else only for those who read the track.",
    )
    domain = fields.Char(
        string="Only If", help="Leads that do not match leave the step out. Empty: all."
    )
    track_id = fields.Many2one(
        "crm.nurture.track", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="track_id.company_id", store=True, readonly=True
    )
    lane = fields.Selection(
        [("main", "All"), ("warm", "Warm: it opens"), ("cold", "Cold: it is silent")],
        required=True,
        default="main",
        help="A lead that opened or clicked goes on with the warm steps, one that left three"
        " messages unopened with the cold ones, where the track has such steps.",
    )
    kind = fields.Selection(
        [
            ("message", "Message"),
            ("task", "Task"),
            ("wait", "Wait"),
            ("stage", "Move to a stage"),
            ("action", "Run an action"),
            ("end", "End"),
        ],
        required=True,
        default="message",
    )
    days = fields.Integer(
        string="After Days", help="Days after the step before it was done."
    )
    hours = fields.Integer(string="And Hours")
    template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        index="btree_not_null",
        # Who deletes it is refused in words (crm_message_template.py); uninstalling goes on.
        ondelete="set null",
    )
    channel = fields.Selection(
        [("best", "Best for the lead"), *CHANNELS], required=True, default="best"
    )
    if_previous = fields.Selection(
        PREVIOUS,
        string="If the Message Before",
        required=True,
        default="any",
        help="Openings and clicks are known of mailings and of messages that the website"
        " counts. A message that was left out counts as silent.",
    )
    task_channel = fields.Selection(
        [("call", "Call"), ("meeting", "Meeting"), ("task", "To-do")],
        string="Kind of Task",
        required=True,
        default="call",
    )
    advice = fields.Text(
        translate=True, help="For whoever does the task: what to ask, what to say."
    )
    wait_for_task = fields.Integer(
        string="Wait for It",
        default=3,
        help="So many days the track waits until the task is done. Then it goes on, and the"
        " task stays. 0: it does not wait.",
    )
    stage_id = fields.Many2one("crm.stage", ondelete="restrict")
    action_id = fields.Many2one(
        "ir.actions.server",
        domain=[("model_id.model", "=", "crm.lead")],
        ondelete="restrict",
    )
    told_on = fields.Datetime(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="When somebody was told last that the step reaches nobody.",
    )
    delivery_ids = fields.One2many("crm.nurture.delivery", "step_id")
    reached_count = fields.Integer(compute="_compute_figures", string="Reached")
    sent_count = fields.Integer(compute="_compute_figures", string="Sent")
    answered_count = fields.Integer(compute="_compute_figures", string="Answered")
    answer_summary = fields.Char(compute="_compute_figures", string="Answers")
    open_summary = fields.Char(
        compute="_compute_figures",
        string="Opened",
        help="Odoo counts openings of mailings only. Empty where nothing is counted.",
    )
    click_summary = fields.Char(
        compute="_compute_figures",
        string="Clicked",
        help="Odoo counts clicks in mailings only. Empty where nothing is counted.",
    )
    opted_out_count = fields.Integer(
        compute="_compute_figures", string="Wanted No More"
    )

    _days_positive = models.Constraint(
        "CHECK (days >= 0 AND hours >= 0)", "A step comes after the one before it."
    )
    _wait_positive = models.Constraint(
        "CHECK (wait_for_task BETWEEN 0 AND 90)",
        "A track waits 90 days for a task at most.",
    )

    # === COMPUTE METHODS === #

    @api.depends("name", "kind", "template_id.name", "stage_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for step in self:
            step.display_name = (
                step.name
                or (step.kind == "message" and step.template_id.name)
                or (step.kind == "stage" and step.stage_id.name)
                or kinds.get(step.kind)
            )

    @api.depends_context("uid", "lang")
    def _compute_figures(self):
        # As the user: everybody sees the figures of the leads that he may read.
        names = ("reached", "sent", "answered", "opened", "clicked", "opted_out")
        rows = self.env["crm.nurture.report"]._read_group(
            [("step_id", "in", self.ids)],
            ["step_id"],
            [f"{name}:sum" for name in names],
        )
        found = {step.id: dict(zip(names, sums, strict=True)) for step, *sums in rows}
        # What nobody counts is not known: that is not the same as none.
        counted = self._counted()
        summary = self.env["crm.message.template"]._summary
        for step in self:
            mine = found.get(step._origin.id, dict.fromkeys(names, 0))
            sends = step.kind == "message"
            step.reached_count = mine["reached"]
            step.sent_count = mine["sent"]
            step.answered_count = mine["answered"]
            step.opted_out_count = mine["opted_out"]
            step.answer_summary = sends and summary(mine["answered"], mine["sent"])
            known = sends and counted
            step.open_summary = known and summary(mine["opened"], mine["sent"])
            step.click_summary = known and summary(mine["clicked"], mine["sent"])

    @api.model
    def _counted(self):
        """Tell whether openings and clicks are counted at all: Odoo does so in mailings."""
        # sudo: whether there is one, of whatever lead.
        touchpoints = self.env["crm.touchpoint"].sudo()
        kinds = [("kind", "in", ("email_open", "email_click"))]
        return bool(touchpoints.search_count(kinds, limit=1))

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "template_id", "stage_id", "action_id", "channel")
    def _check_complete(self):
        needs = {"message": "template_id", "stage": "stage_id", "action": "action_id"}
        for step in self:
            if step.track_id.state == "draft" or not step.active:
                continue  # Publishing asks once more.
            name = needs.get(step.kind)
            if name and not step[name]:
                raise ValidationError(
                    self.env._(
                        'Track "%(track)s", step "%(step)s": choose %(what)s.',
                        track=step.track_id.name,
                        step=step.display_name,
                        what=self._fields[name]._description_string(self.env),
                    )
                )

    @api.constrains("action_id")
    def _check_action(self):
        for step in self.filtered("action_id"):
            # sudo: whether the action is about leads, not what it does.
            if step.action_id.sudo().model_id.model != "crm.lead":
                raise ValidationError(
                    self.env._(
                        'The action of step "%s" is not about leads.', step.display_name
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        self.env["crm.nurture.engine"]._steps_changed(steps.track_id)
        return steps

    def write(self, vals):
        self._check_not_delivered(vals)
        tracks = self.track_id
        result = super().write(vals)
        if {"days", "hours", "sequence", "active", "lane", "track_id"} & vals.keys():
            self.env["crm.nurture.engine"]._steps_changed(tracks | self.track_id)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        # sudo: deliveries to all leads, whoever may see them.
        used = self.sudo().filtered("delivery_ids")
        if used:
            raise UserError(
                self.env._(
                    'The step "%s" was done for leads already: archive it, and what it did'
                    " stays on record.",
                    used[0].display_name,
                )
            )

    def unlink(self):
        tracks = self.track_id
        result = super().unlink()
        self.env["crm.nurture.engine"]._steps_changed(tracks.exists())
        return result

    def _check_not_delivered(self, vals):
        """Refuse to make another step of one that was done for leads already."""
        if not {"kind", "track_id"} & vals.keys():
            return
        for step in self.sudo():  # sudo: deliveries to all leads
            is_other = vals.get("kind", step.kind) != step.kind
            is_other |= vals.get("track_id", step.track_id.id) != step.track_id.id
            if is_other and step.delivery_ids:
                raise UserError(
                    self.env._(
                        'The step "%s" was done for leads already: archive it, and add'
                        " another one.",
                        step.display_name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "track_id"]

    def _channels(self):
        """Return the channels in which this step may go.

        :rtype: set[str]
        """
        self.ensure_one()
        if self.kind != "message":
            return set()
        # sudo: which texts there are, not what they say.
        having = set(self.template_id.sudo()._channels())
        return having if self.channel == "best" else {self.channel}
