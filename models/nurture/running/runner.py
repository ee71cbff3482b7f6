# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...common.context import NURTURE
from ...common.guarded import guarded
from ...message.queues.turn import Turn
from . import leaving, messages, next_steps, rows, tasks, telling

# After so many messages in a row that were not opened a lead is cold.
SILENT = 3
PREVIOUS = """
    SELECT one.id, last.state IN ('sent', 'done'),
           EXISTS (SELECT FROM crm_touchpoint AS touch
                    WHERE touch.lead_id = one.lead_id AND touch.occurred_on >= last.done_on
                      AND touch.kind IN ('email_open', 'email_click')),
           EXISTS (SELECT FROM crm_touchpoint AS touch
                    WHERE touch.lead_id = one.lead_id AND touch.occurred_on >= last.done_on
                      AND touch.kind = 'email_click'),
           third.done_on IS NOT NULL AND NOT EXISTS (
               SELECT FROM crm_touchpoint AS touch
                WHERE touch.lead_id = one.lead_id AND touch.occurred_on >= third.done_on
                  AND touch.kind IN ('email_open', 'email_click'))
      FROM crm_nurture_enrollment AS one
 LEFT JOIN LATERAL (
           SELECT row.state, row.done_on FROM crm_nurture_delivery AS row
             JOIN crm_nurture_step AS step ON step.id = row.step_id AND step.kind = 'message'
            WHERE row.enrollment_id = one.id ORDER BY row.id DESC LIMIT 1) AS last ON TRUE
 LEFT JOIN LATERAL (
           SELECT row.done_on FROM crm_nurture_delivery AS row
             JOIN crm_nurture_step AS step ON step.id = row.step_id AND step.kind = 'message'
            WHERE row.enrollment_id = one.id AND row.state = 'sent'
         ORDER BY row.id DESC OFFSET %(silent)s LIMIT 1) AS third ON TRUE
     WHERE one.id = ANY(%(ids)s)
"""


class Runner:
    """Does the steps that are due, of a batch of enrollments, in one transaction.

    In this order: who has to leave, leaves; what does not fit, or comes too late, is left out;
    what is blocked or has to wait, waits; the rest goes. What becomes of each step is written
    before anything goes.
    """

    def __init__(self, env, now):
        """
        :param env: the system's: what it sends is no human contact.
        :param datetime now: in UTC.
        """
        self.env, self.now = env, now
        self.held = {}  # since when a step waits, by enrollment and step
        self.troubled = set()  # steps that were left out for somebody
        self._begin()

    def _begin(self):
        self.passed = []  # pairs of an enrollment and a step that is over
        self.waiting = []  # enrollments with something on its way
        self.skipped, self.moments = [], []

    def run(self, enrollments):
        """Do what is due.

        :param enrollments: crm.nurture.enrollment records whose rows are locked, and whose
            leads: nobody closes one, or hears its answer, between the question and the message.
        """
        mine = enrollments
        self._wake(mine)
        exits = leaving.find(self.env, mine)
        self.env["crm.nurture.engine"]._leave(exits)
        mine = mine.filtered(lambda one: one not in exits)
        over = mine.filtered(lambda one: not one.step_id)
        self.env["crm.nurture.engine"]._exit(over, "end")
        self._read_held(mine)
        mine = self._in_lanes(mine - over)
        for step, group in mine.grouped("step_id").items():
            self._step(step, group)
        telling.tell(self.env, self.troubled, self.now)

    def _wake(self, enrollments):
        """Have those go on whose pause is over."""
        paused = enrollments.filtered(lambda one: one.state == "paused")
        if paused:
            paused.write(
                {"state": "active", "paused_until": False, "pause_code": False}
            )
            paused.flush_recordset()

    def _read_held(self, enrollments):
        """Read since when steps wait that were due before."""
        found = self.env["crm.nurture.delivery"].search(
            [("enrollment_id", "in", enrollments.ids), ("state", "=", "held")]
        )
        self.held = {(row.enrollment_id, row.step_id): row.due_on for row in found}

    def due_on(self, one):
        """Return since when the next step of an enrollment is due."""
        return self.held.get((one, one.step_id)) or one.next_on or self.now

    # === LANES AND CONDITIONS === #

    def _in_lanes(self, enrollments):
        """Move leads to the lane that they belong to; return those that stay where they are."""
        asking = enrollments.filtered(
            lambda one: (
                one.step_id.if_previous != "any"
                or set(one.track_id.step_ids.mapped("lane")) != {"main"}
            )
        )
        self.previous = {}
        if not asking:
            return enrollments
        self.env["crm.touchpoint"].flush_model()
        self.env["crm.nurture.delivery"].flush_model()
        rows_ = self.env.execute_query(SQL(PREVIOUS, ids=asking.ids, silent=SILENT - 1))
        self.previous = {one_id: facts for one_id, *facts in rows_}
        moved = self.env["crm.nurture.enrollment"]
        for one in asking:
            _went, opened, _clicked, silent = self.previous[one.id]
            lanes = set(one.track_id.step_ids.filtered("active").mapped("lane"))
            lane = one.lane
            if opened and "warm" in lanes:
                lane = "warm"
            elif silent and "cold" in lanes and lane == "main":
                lane = "cold"
            if lane != one.lane:
                one.lane = lane
                moved |= one
        if moved:
            moved.flush_recordset()
            next_steps.plan(self.env, moved.ids)
        return enrollments - moved

    def _unfit(self, step, enrollments):
        """Return why the step is not for some of these: codes by enrollment."""
        unfit = {}
        for one in enrollments:
            if Turn.is_late(self.due_on(one), self.now, step.track_id.late_days):
                unfit[one] = "late"
            elif step.if_previous != "any":
                went, opened, clicked, _silent = self.previous[one.id]
                fits = {
                    "opened": went and opened,
                    "clicked": went and clicked,
                    "silent": not (went and (opened or clicked)),
                }
                if not fits[step.if_previous]:
                    unfit[one] = "previous"
        if step.domain and step.domain != "[]":
            Step = self.env["crm.nurture.step"]
            own = [row for row in Step._rule_rows() if row.id == step.id]
            matched = Step._rule_match(enrollments.lead_id, own) if own else {}
            for one in enrollments:
                if not matched.get(one.lead_id.id):
                    unfit.setdefault(one, "condition")
        return unfit

    # === STEPS === #

    def _step(self, step, enrollments):
        """Do one step for all for which it is due; if it fails, for each by itself."""
        message = "Step %s of a track, for %s leads"
        with guarded(
            self.env, message, step.id, len(enrollments), expected=(UserError,)
        ) as attempt:
            self._do(step, enrollments)
        if not attempt.error:
            return
        for one in enrollments:
            with guarded(
                self.env, message, step.id, one.lead_id, expected=(UserError,)
            ) as attempt:
                self._do(step, one)
            if attempt.error:
                expected = isinstance(attempt.error, UserError)
                reason = str(attempt.error) if expected else "error"
                self._begin()
                self.skip(one, step, reason, state="failed")
                self._end()

    def _do(self, step, enrollments):
        self._begin()
        unfit = self._unfit(step, enrollments)
        for one, code in unfit.items():
            self.skip(one, step, code)
        fit = enrollments.filtered(lambda one: one not in unfit)
        if fit:
            getattr(self, f"_do_{step.kind}")(step, fit)
        self._end()

    def _end(self):
        """Write what became of the steps, and find the next ones."""
        rows.write(self.env, self.skipped)
        self.env["crm.nurture.enrollment"].flush_model()
        if self.waiting:
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_nurture_enrollment SET next_on = NULL WHERE id = ANY(%s)",
                    self.waiting,
                )
            )
            self.env["crm.nurture.enrollment"].invalidate_model(flush=False)
        next_steps.put(self.env, self.moments)
        next_steps.done(self.env, self.passed, self.now)

    def row(self, one, step, state, **values):
        """Return the values of a delivery."""
        return {
            "enrollment_id": one.id,
            "step_id": step.id,
            "lead_id": one.lead_id.id,
            "state": state,
            "due_on": self.due_on(one),
            **values,
        }

    def skip(self, one, step, reason, channel=None, state="skipped"):
        """Note that a step is left out for a lead, and why."""
        self.skipped.append(
            self.row(one, step, state, reason=reason, channel=channel, done_on=self.now)
        )
        self.passed.append((one.id, step.id))
        if reason not in telling.EXPECTED:
            self.troubled.add(step.id)

    def hold(self, one, step, until, reason):
        """Note that a step has to wait."""
        self.skipped.append(self.row(one, step, "held", reason=reason))
        self.moments.append((one.id, until))

    def ask(self, step, enrollments, asked, state, channel=None):
        """Ask people to do something, and have the track wait for it.

        :param asked: rows for ``tasks.ask``, in the order of the enrollments.
        """
        now = self.now
        # First the row: who has one was asked already.
        written = rows.write(
            self.env,
            [
                self.row(one, step, state, channel=channel, due_on=now)
                for one in enrollments
            ],
        )
        fresh = [
            row
            for one, row in zip(enrollments, asked, strict=True)
            if one.id in written
        ]
        made = tasks.ask(self.env, fresh, now)
        for one in enrollments:
            if one.id not in written:
                self.passed.append((one.id, step.id))
                continue
            row = self.env["crm.nurture.delivery"].browse(written[one.id][0])
            row.followup_id = made.get(one.lead_id.id)
            if step.wait_for_task or state == "open":
                self.waiting.append(one.id)
            else:
                row.write({"state": "done", "done_on": now})
                self.passed.append((one.id, step.id))
        self.env["crm.nurture.delivery"].flush_model()

    def _did(self, step, enrollments):
        """Note that a step is done for leads."""
        rows.write(
            self.env,
            [self.row(one, step, "done", done_on=self.now) for one in enrollments],
        )
        self.passed += [(one.id, step.id) for one in enrollments]

    def _do_message(self, step, enrollments):
        messages.send(self, step, enrollments)

    def _do_wait(self, step, enrollments):
        self._did(step, enrollments)

    def _do_task(self, step, enrollments):
        asked = [
            {
                "lead": one.lead_id,
                "channel": step.task_channel,
                "summary": lambda env: step.with_env(env).display_name,
                "note": step.advice or None,
                "wait": max(step.wait_for_task, 1),
            }
            for one in enrollments
        ]
        self.ask(step, enrollments, asked, "task")

    def _do_stage(self, step, enrollments):
        there = enrollments.filtered(lambda one: one.lead_id.stage_id == step.stage_id)
        moving = enrollments - there
        # It is the track that moves them: they stay in it.
        moving.lead_id.with_context(**NURTURE.on()).write(
            {"stage_id": step.stage_id.id}
        )
        for one in there:
            self.skip(one, step, "same_stage")
        self._did(step, moving)

    def _do_action(self, step, enrollments):
        leads = enrollments.lead_id
        step.action_id.with_context(
            active_model="crm.lead",
            active_ids=leads.ids,
            active_id=leads[:1].id,
            **NURTURE.on(),
        ).run()
        self._did(step, enrollments)

    def _do_end(self, step, enrollments):
        rows.write(
            self.env,
            [self.row(one, step, "done", done_on=self.now) for one in enrollments],
        )
        self.env["crm.nurture.engine"]._exit(enrollments, "end")
