# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ....const import CHANNELS
from ...common.moments import format_moment
from ..sending.problems import fingerprint
from .crm_message_batch_line import RANKS, STATES

# A selection that was not sent is forgotten after so long; what was sent is kept for two years.
KEPT = {"draft": relativedelta(days=30), "done": relativedelta(years=2)}
# Answers that come later are hardly due to the message.
ANSWERED_WITHIN = relativedelta(days=14)


class CrmMessageBatch(models.Model):
    """One personal message to each lead of a selection, and what came of it.

    It is kept: who closes the page finds it again, goes on with what a person has to open in
    WhatsApp, takes back what has not left, and reads who answered.
    """

    _name = "crm.message.batch"
    _description = "Messages to a selection of leads"
    _order = "id desc"

    name = fields.Char(string="Title", compute="_compute_name")
    lead_ids = fields.Many2many("crm.lead", string="Leads", readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, default=lambda self: self.env.company
    )
    send_on = fields.Datetime(
        string="Not Before",
        help="They go at this moment, within the sending hours of each lead. Empty: now.",
    )
    sent_on = fields.Datetime(readonly=True, copy=False)
    template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        help="Empty: the message that suits each lead best.",
    )
    channel = fields.Selection(CHANNELS, help="Empty: the best channel for each lead.")
    state = fields.Selection(
        [("draft", "Choose"), ("planned", "Check"), ("done", "Sent")],
        default="draft",
        readonly=True,
    )
    line_ids = fields.One2many(
        "crm.message.batch.line", "batch_id", string="Messages", readonly=True
    )
    lead_count = fields.Integer(string="Selected", compute="_compute_lead_count")
    ready_count = fields.Integer(string="Ready", compute="_compute_counts")
    queued_count = fields.Integer(string="In the Queue", compute="_compute_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_counts")
    open_count = fields.Integer(string="To Open", compute="_compute_counts")
    skipped_count = fields.Integer(string="Left Out", compute="_compute_counts")
    held_count = fields.Integer(string="Held Back", compute="_compute_counts")
    later_count = fields.Integer(string="Going Later", compute="_compute_counts")
    going_count = fields.Integer(
        compute="_compute_counts", export_string_translation=False
    )
    failed_count = fields.Integer(string="Not Sent", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    answered_count = fields.Integer(
        string="Answered",
        compute="_compute_answers",
        help="Leads that wrote, called or came within 14 days.",
    )
    answer_summary = fields.Char(string="Answers", compute="_compute_answers")

    # === COMPUTE METHODS === #

    @api.depends("template_id", "lead_count")
    @api.depends_context("lang")
    def _compute_name(self):
        for batch in self:
            batch.name = self.env._(
                "%(message)s to %(count)s leads",
                message=batch.template_id.name or self.env._("The best message"),
                count=batch.lead_count,
            )

    @api.depends("line_ids.state", "sent_on")
    @api.depends_context("lang")
    def _compute_answers(self):
        """Count by what came of messages, for all selections together."""
        done = self.filtered("sent_on")
        rows = (
            self.env["crm.message.report"].search_fetch(
                [
                    ("lead_id", "in", done.line_ids.lead_id.ids),
                    ("template_id", "in", done.line_ids.template_id.ids),
                    ("date", ">=", min(done.mapped("sent_on"))),
                ],
                ["lead_id", "template_id", "date", "answered"],
            )
            if done
            else ()
        )
        summary = self.env["crm.message.template"]._summary
        for batch in self:
            going = batch.line_ids.filtered(
                lambda line: line.state in ("queued", "sent")
            )
            pairs = {(line.lead_id, line.template_id) for line in going}
            end = batch.sent_on and batch.sent_on + ANSWERED_WITHIN
            answered = {
                row.lead_id
                for row in rows
                if row.answered
                and (row.lead_id, row.template_id) in pairs
                and batch.sent_on <= row.date <= end
            }
            batch.answered_count = len(answered)
            batch.answer_summary = summary(len(answered), len(pairs))

    @api.depends("lead_ids")
    def _compute_lead_count(self):
        for batch in self:
            batch.lead_count = len(batch.lead_ids)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for batch in self:
            count = {state: 0 for state, _label in STATES}
            for line in batch.line_ids:
                count[line.state] += 1
            batch.ready_count = count["ready"]
            batch.queued_count = count["queued"]
            batch.sent_count = count["sent"]
            batch.open_count = count["open"] + count["opened"]
            batch.skipped_count = count["skipped"]
            batch.held_count = count["held"]
            batch.later_count = count["later"]
            batch.going_count = count["ready"] + count["open"] + count["later"]
            batch.failed_count = count["failed"]
            going = count["queued"] + count["sent"] + count["failed"]
            batch.progress = 100.0 * (going - count["queued"]) / going if going else 0.0

    # === ACTIONS === #

    def action_plan(self):
        """Decide who gets which message, and show it; nothing is sent."""
        self.ensure_one()
        self._check_own()
        if self.state != "done":
            plan = self._plan(
                self.lead_ids, template=self.template_id, channel=self.channel
            )
            # sudo: lines are written by the selection only; see _put there. Also those of leads
            # that are a colleague's by now are made anew.
            self.sudo().line_ids.unlink()
            self.env["crm.message.batch.line"].sudo().create(  # sudo: as above
                [
                    {
                        "batch_id": self.id,
                        # Computed; with the rest it takes no statement of its own.
                        "rank": RANKS.index(planned.state),
                        **planned._asdict(),
                    }
                    for planned in plan
                ]
            )
            self.state = "planned"

    def action_back(self):
        """Go back to the choice of the message."""
        self.ensure_one()
        self._check_own()
        if self.state == "planned":
            self.state = "draft"

    def action_send(self):
        """Put the messages that are ready into the queues, once.

        :raise UserError: where the same selection is being sent at this moment.
        """
        self.ensure_one()
        self._check_own()
        # A second click at the same moment finds the row locked; a later one finds it done.
        if not self.try_lock_for_update():
            raise UserError(self.env._("These messages are being sent at this moment."))
        self.invalidate_recordset(["state"])
        if self.state == "planned":
            self.sent_on = fields.Datetime.now()
            self._send()
            self.state = "done"

    def action_refresh(self):
        """Look where the queued messages are."""
        self.ensure_one()
        self._check_own()
        self.line_ids._refresh()

    def action_recall(self):
        """Take back what has not left: what waits, and what is in Odoo's queue still."""
        self.ensure_one()
        self._check_own()
        self.line_ids._refresh()
        self.line_ids._recall()

    def action_open_leads(self):
        """Open the leads of the selection.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.lead",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("id", "in", self.lead_ids.ids)],
            "context": {"active_test": False},
        }

    @api.autovacuum
    def _forget_old(self):
        """Forget selections that were not sent, and those that were sent long ago."""
        now = fields.Datetime.now()
        draft, done = now - KEPT["draft"], now - KEPT["done"]
        self.search(
            [
                *("|", "&", ("state", "!=", "done"), ("write_date", "<", draft)),
                *("&", ("state", "=", "done"), ("sent_on", "<", done)),
            ],
            limit=1000,
        ).unlink()

    # === HELPERS === #

    def _check_own(self):
        """Check that the user may write to the leads."""
        (self.lead_ids | self.line_ids.lead_id).check_access("write")

    def _plan(self, leads, **options):
        """Return the plan of the planner; what has to wait goes later by itself.

        But for what a person has to open, and for what waits already.

        :rtype: list[Planned]
        """
        now = fields.Datetime.now()
        start = max(self.send_on or now, now)
        plan = self.env["crm.message.planner"]._plan(leads, now=start, **options)
        if start > now:
            # Until then they wait with those that may not go before.
            plan = [
                planned._replace(state="held", until=start, reason=planned.reason)
                if planned.state == "ready"
                else planned
                for planned in plan
            ]
        waiting = self.env["mail.scheduled.message"]._crm_message_waiting(leads)
        by_hand = self.env["crm.message.planner"]._by_hand(
            leads, [planned.channel for planned in plan]
        )
        return [self._plan_later(planned, waiting, by_hand) for planned in plan]

    @api.model
    def _plan_later(self, planned, waiting, by_hand):
        """Return what is planned for one lead, with what goes later."""
        moment = waiting.get((planned.lead_id, planned.template_id))
        if moment and planned.state != "skipped":
            reason = self.env._(
                "This message waits already: it goes at %s.",
                format_moment(self.env, moment),
            )
            return planned._replace(state="skipped", reason=reason, until=None)
        if planned.state != "held":
            return planned
        if by_hand and planned.channel == "whatsapp":
            reason = self.env._("%s It is not sent by itself.", planned.reason)
            return planned._replace(reason=reason)
        return planned._replace(state="later")

    def _send(self):
        """Check again, for what changed since the window was opened, then deliver."""
        lines = self.line_ids.filtered(lambda line: line.state in ("ready", "later"))
        self.env["crm.message.claim"]._take(lines.lead_id)
        plan = self._plan_again(lines)
        planner = self.env["crm.message.planner"]
        messages = planner._deliver(plan, f"{self._name},{self.id}")
        by_lead = {line.lead_id.id: line for line in lines}
        later = [planned for planned in plan if planned.state == "later"]
        waiting = self.env["mail.scheduled.message"]._crm_message_wait(later)
        for planned, row in zip(later, waiting, strict=True):
            by_lead[planned.lead_id]._put(waiting_id=row.id)
        groups, queued = defaultdict(list), {}
        for planned in plan:
            line, state, reason = (
                by_lead[planned.lead_id],
                planned.state,
                planned.reason,
            )
            if state == "ready" and planned.lead_id in messages:
                queued[line.id] = (messages[planned.lead_id], reason)
                continue
            if state == "ready":
                state = "failed"
                reason = self.env._("It is on record already that this was sent.")
            groups[state, reason, planned.until].append(line.id)
        for (state, reason, until), ids in groups.items():
            vals = {"state": state, "reason": reason, "until": until}
            lines.browse(ids)._put(**vals)
        lines._put_queued(queued)
        self.invalidate_recordset()  # what it counts
        self._ask_to_open()
        self._note_left_out()

    def _ask_to_open(self):
        """Remind the user of what he has to open in WhatsApp, should he close the window."""
        to_open = self.line_ids.filtered(lambda line: line.state == "open")
        for template, lines in to_open.grouped("template_id").items():
            self.env["mail.activity"]._crm_message_ask(lines.lead_id, template)

    def _plan_again(self, lines):
        """Return the plan as it is now: not another message, nor another text.

        What goes is what was checked; lines for which it is another now are left out.
        """
        changed = self.env._(
            "The message was changed, archived or deleted after this was checked. Check again."
        )
        plan = []
        for (template, channel), group in lines.grouped(
            lambda line: (line.template_id, line.channel)
        ).items():
            key = template.active and fingerprint(template, channel)
            stale = group.filtered(lambda line, key=key: line.text_key != key)
            stale._put(state="skipped", reason=changed)
            leads = (group - stale).lead_id
            if leads:
                plan += self._plan(
                    leads, template=template, channel=channel, read=False, as_is=True
                )
        return plan

    def _note_left_out(self):
        """Note in the history of the leads that were left out why they got nothing."""
        left_out = self.line_ids.filtered(lambda line: line.state == "skipped")
        left_out.lead_id._message_log_batch(
            bodies={
                line.lead_id.id: self.env._(
                    'Left out of the sending of "%(message)s": %(reason)s',
                    message=line.template_id.name or self.template_id.name or "",
                    reason=line.reason or "",
                )
                for line in left_out
            }
        )
