# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.moments import format_moment
from ..common.rights import LeadField
from .running import settling
from .running.runner import Runner

STATES = [
    ("active", "Active"),
    ("paused", "Paused"),
    ("done", "Done"),
    ("stopped", "Stopped"),
]
DUE = """
    SELECT one.id, one.lead_id FROM crm_nurture_enrollment AS one
      JOIN crm_nurture_track AS track ON track.id = one.track_id
     WHERE one.state IN ('active', 'paused') AND one.next_on <= %s AND one.id > %s
       AND track.state = 'live' AND track.active
  ORDER BY one.id
"""
# What is on its way, and the messages that come next; tasks are people's.
WAITING = """
    SELECT one.id, 3 AS source, one.lead_id, 'track', step.template_id,
           COALESCE(row.channel, NULLIF(step.channel, 'best')),
           COALESCE(one.next_on, row.due_on),
           CASE WHEN row.state = 'queued' THEN 'queued' ELSE 'waiting' END,
           CASE WHEN row.state = 'held' THEN row.reason END, one.id
      FROM crm_nurture_enrollment AS one
      JOIN crm_nurture_track AS track ON track.id = one.track_id
           AND track.state = 'live' AND track.active
      JOIN crm_nurture_step AS step ON step.id = one.step_id AND step.kind = 'message'
 LEFT JOIN crm_nurture_delivery AS row ON row.enrollment_id = one.id
           AND row.step_id = one.step_id AND row.state IN ('queued', 'held')
     WHERE one.state IN ('active', 'paused') AND (one.next_on IS NOT NULL OR row.id IS NOT NULL)
"""


class CrmNurtureEnrollment(models.Model):
    """A lead in a track: where it stands, and why it left. Written by the engine only."""

    _name = "crm.nurture.enrollment"
    _description = "Lead in a nurturing track"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    track_id = fields.Many2one(
        "crm.nurture.track",
        required=True,
        readonly=True,
        index=True,
        # Who deletes it is refused in words; uninstalling goes on.
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="active")
    step_id = fields.Many2one(
        "crm.nurture.step", string="Next Step", readonly=True, ondelete="set null"
    )
    next_on = fields.Datetime(
        readonly=True,
        help="When the next step is due. Empty while something is on its way.",
    )
    last_step_id = fields.Many2one(
        "crm.nurture.step",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    last_on = fields.Datetime(string="Last Done", readonly=True)
    lane = fields.Selection(
        [("main", "All"), ("warm", "Warm"), ("cold", "Cold")],
        required=True,
        readonly=True,
        default="main",
    )
    round = fields.Integer(
        string="Time", required=True, readonly=True, default=1, aggregator=None
    )
    exclusive = fields.Boolean(readonly=True)
    started_on = fields.Datetime(
        readonly=True, required=True, default=fields.Datetime.now
    )
    ended_on = fields.Datetime(readonly=True)
    exit_code = fields.Char(readonly=True, export_string_translation=False)
    exit_facts = fields.Json(readonly=True)
    exit_reason = fields.Char(string="Why It Ended", compute="_compute_exit_reason")
    exit_touchpoint_id = fields.Many2one(
        "crm.touchpoint", readonly=True, index="btree_not_null", ondelete="set null"
    )
    paused_until = fields.Datetime(readonly=True)
    pause_code = fields.Char(readonly=True, export_string_translation=False)
    address_key = fields.Char(readonly=True, export_string_translation=False)
    phone_key = fields.Char(readonly=True, export_string_translation=False)
    enrolled_by_id = fields.Many2one(
        "res.users", string="Added By", readonly=True, help="Empty: by the rule."
    )
    delivery_ids = fields.One2many(
        "crm.nurture.delivery", "enrollment_id", readonly=True
    )
    where = fields.Char(compute="_compute_where")

    _round_uniq = models.UniqueIndex(
        "(lead_id, track_id, round)", "The lead is in this track already."
    )
    _address_uniq = models.UniqueIndex(
        "(address_key, company_id) WHERE state IN ('active', 'paused') AND exclusive"
        " AND address_key IS NOT NULL",
        "This person is in a track already.",
    )
    _next_idx = models.Index("(next_on) WHERE state IN ('active', 'paused')")
    _key_idx = models.Index("(address_key) WHERE state IN ('active', 'paused')")
    _phone_idx = models.Index("(phone_key) WHERE state IN ('active', 'paused')")
    _lead_idx = models.Index("(lead_id) WHERE state IN ('active', 'paused')")

    # === COMPUTE METHODS === #

    @api.depends("exit_code", "exit_facts")
    @api.depends_context("lang")
    def _compute_exit_reason(self):
        texts = self._exit_texts()
        for one in self:
            text = texts.get(one.exit_code, one.exit_code) or False
            if text and one.exit_facts and one.exit_facts.get("words"):
                text = self.env._(
                    "%(reason)s: %(words)s", reason=text, words=one.exit_facts["words"]
                )
            one.exit_reason = text

    @api.depends("state", "step_id", "last_step_id", "next_on", "track_id")
    @api.depends_context("lang", "tz")
    def _compute_where(self):
        for one in self:
            one.where = one._words()

    @api.model
    def _exit_texts(self):
        """Return what the codes mean with which enrollments end.

        :rtype: dict[str, str]
        """
        return {
            "answered": self.env._("The lead answered"),
            "archived": self.env._("The lead was archived"),
            "blocked": self.env._(
                "The lead can be reached by no channel of the track any more"
            ),
            "company_reply": self.env._("Somebody of the same company answered"),
            "end": self.env._("All steps are done"),
            "focus": self.env._("The grade reached the band Focus"),
            "goal": self.env._("The goal is reached"),
            "hand": self.env._("Stopped by hand"),
            "lost": self.env._("The lead was lost"),
            "meeting": self.env._("A meeting is planned"),
            "merged": self.env._("The lead was merged"),
            "opted_out": self.env._("The lead wants no more messages"),
            "retired": self.env._("The track was ended"),
            "aside": self.env._("The lead is set aside"),
            "stage": self.env._("The lead moved on"),
            "talked": self.env._("Somebody talked to the lead"),
            "unmatched": self.env._(
                "The condition of the track does not match any more"
            ),
            "unqualified": self.env._("The lead is unqualified"),
            "won": self.env._("The lead was won"),
            "reopened": self.env._("The customer is an open lead again"),
        }

    def _words(self):
        """Return where the lead stands in the track, in words."""
        self.ensure_one()
        if self.state in ("done", "stopped"):
            return self.exit_reason
        steps = self.track_id.step_ids.filtered(
            lambda step: step.active and step.lane == self.lane
        )
        number = steps.ids.index(self.step_id.id) + 1 if self.step_id in steps else 0
        if self.state == "paused":
            return (
                self.env._(
                    "Paused until %(day)s",
                    day=format_moment(self.env, self.paused_until),
                )
                if self.paused_until
                else self.env._("Paused")
            )
        if number:
            return self.env._(
                "Step %(number)s of %(total)s", number=number, total=len(steps)
            )
        return (
            self.env._("All steps are done")
            if not self.step_id
            else self.step_id.display_name
        )

    # === THE QUEUE === #

    # How many go in one transaction.
    _queue_batch = 250

    @api.model
    def _queue_settle(self, now, after):
        # Whether a track is in use is not asked: that is a query in each transaction, too.
        found = settling.find(self.env, now, after)
        settling.settle(self.env, found, now)
        left = len(found) == settling.BATCH
        return (found[-1][0] if left else None), len(found), left

    @api.model
    def _queue_due(self, now, after):
        return SQL(DUE, now, after)

    @api.model
    def _queue_waiting(self):
        return SQL(WAITING)

    def _queue_go(self, turn):
        """Do the steps that are due.

        :param turn: the Turn of the queue.
        """
        Runner(self.env, turn.now).run(self)

    def _queue_take_back(self):
        """Leave out the next messages of these leads; one that is on its way goes on."""
        self.env["crm.nurture.engine"]._skip(self.filtered("next_on"))

    # === ACTIONS === #

    def action_stop(self):
        """Take the leads out of their tracks."""
        self._for_people()
        self.env["crm.nurture.engine"]._exit(self, "hand", {"user_id": self.env.uid})

    def action_pause(self):
        """Open the window that asks until when.

        :return: a window action.
        :rtype: dict
        """
        self._for_people()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause"),
            "res_model": "crm.nurture.pause",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_enrollment_id": self.id},
        }

    def action_resume(self):
        """Have paused leads go on."""
        self._for_people()
        self.env["crm.nurture.engine"]._resume(self)

    def action_skip(self):
        """Leave the next step out."""
        self._for_people()
        for one in self:
            if not one.step_id or not one.next_on and one.state == "active":
                raise UserError(
                    self.env._(
                        "%s: the step is on its way already.", one.lead_id.display_name
                    )
                )
        self.env["crm.nurture.engine"]._skip(self)

    def _for_people(self):
        """Refuse what somebody may not do with these leads, or what comes too late.

        :raise AccessError: where he may not write to the leads.
        :raise UserError: where they have left their tracks.
        """
        self.check_access("read")
        self.lead_id.check_access("write")
        gone = self.filtered(lambda one: one.state not in ("active", "paused"))
        if gone:
            raise UserError(
                self.env._(
                    "%s has left the track already.", gone[0].lead_id.display_name
                )
            )
