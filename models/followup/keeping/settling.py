# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import activities
from .wanted import Wanted


class Settling:
    """Has the ledger hold the steps that should be planned with leads, and no others.

    What is planned and not wanted any more ends: done where there is evidence, missed where it
    was late, cancelled or skipped else, always with its reason.
    """

    def __init__(self, ledger, now, hours, duties, muted=frozenset()):
        """
        :param datetime now: in UTC.
        :param hours: working time, see planning/hours.py.
        :param duties: people and evidence, see accounting/duties.py.
        :param muted: the ids of leads that somebody else keeps in touch with.
        """
        self.ledger, self.env, self.now = ledger, ledger.env, now
        self.hours, self.duties, self.muted = hours, duties, muted
        self.opened, self.closed, self.moved = [], [], []

    def apply(self):
        """Write to the ledger, and have Odoo's activities follow.

        :return: the ids of the leads for which something changed.
        :rtype: set[int]
        """
        if self.closed:
            activities.end(self.env, self.closed)
            self.ledger.close([row for _planned, row in self.closed])
        if self.moved:
            due = {row.id: due_on for row, due_on in self.moved}
            self.ledger.move(due)
            activities.move(self.env, due)
        self.ledger.open(self.opened)
        return {
            *(row["lead_id"] for row in self.opened),
            *(row.lead_id for row, _values in (*self.closed, *self.moved)),
        }

    # === COMPARING === #

    def compare(self, one, wanted, planned):
        """Note what is to be done so that what is planned for a lead is what is wanted."""
        seen = set()
        for row in planned:
            step = wanted.get(row.code)
            if row.kind in ("own", "review") or row.duty in ("answer", "tell"):
                if self._is_for_lead(one, row):
                    self._hand_own(one, row)
                else:
                    self.closed.append((row, self._end(one, row)))
                continue
            if not step or row.code in seen:
                kinds = {kind for kind, _duty, _step_id in wanted}
                self.closed.append((row, self._end(one, row, row.kind in kinds)))
                continue
            seen.add(row.code)
            if self._has_happened(one, row):
                self.closed.append((row, self._end(one, row)))
                self.open(one, step)
            elif row.user_id != step.user_id:
                self.closed.append((row, self._over(row, "cancelled", "handed")))
                self.open(one, step, old=row)
            elif row.kind == "periodic" and row.due_on != step.due_on:
                self._moves(one, row, step)
        for code, step in wanted.items():
            if code not in seen:
                self.open(one, step)

    def _is_for_lead(self, one, row):
        """Tell whether a step that a person planned still makes sense."""
        return one.is_open or (one.is_customer and row.kind == "own")

    def _hand_own(self, one, row):
        """Hand a step that a person planned for the owner of before to the new one."""
        person = self.duties.person(one, "touch")
        if row.duty != "answer" or row.user_id == person.user_id:
            return
        self.closed.append((row, self._over(row, "cancelled", "handed")))
        step = Wanted(
            row.kind, row.duty, row.step_id, person.user_id, row.due_on, row.channel
        )
        self.open(one, step, old=row)

    def _has_happened(self, one, row):
        """Tell whether what the curve asked for was done since it was planned."""
        return row.kind == "periodic" and bool(
            one.ours_on and one.ours_on > row.planned_on
        )

    def _moves(self, one, row, step):
        """Give a step of the curve another end. Whoever is late with it stays late."""
        if step.due_on <= self.now:
            return  # The date had passed when it was planned: there is some time for it.
        if row.due_on >= self.now:
            self.moved.append((row, step.due_on))
        else:
            self.closed.append((row, self._over(row, "cancelled", "lead_wrote")))
            self.open(one, step)

    def _end(self, one, row, is_replaced=False):
        """Return how a step ends that is not wanted any more.

        :param bool is_replaced: another one of its kind is wanted.
        """
        evidence = self.duties.evidence_of(one, row)
        if evidence:
            return self._over(row, "done", None, evidence)
        if self._has_happened(one, row):
            return self._over(row, "done", None, one.ours_on)
        if not (one.is_open or one.is_customer):
            return self._over(row, "cancelled", "closed")
        if one.paused_until and one.paused_until > self.now:
            return self._over(row, "cancelled", "paused")
        if row.kind == "duty" and self.duties.is_further(one, row):
            return self._over(row, "skipped", "already_further")
        reason = "own_plan" if one.own_day and row.kind == "periodic" else "no_policy"
        if one.id in self.muted and row.kind == "periodic":
            reason = "in_track"
        if row.kind == "duty" and not one.is_open:
            reason = "closed"
        return self._over(row, "cancelled", "replaced" if is_replaced else reason)

    def _over(self, row, state, reason, done_on=None):
        """Return the values with which a step ends: late, or missed, where it is."""
        if state == "done" and done_on > row.due_on:
            state = "late"
        elif state in ("cancelled", "skipped") and row.due_on < self.now:
            state = "missed"
        return {
            "id": row.id,
            "state": state,
            "reason": reason,
            "done_on": done_on,
            "done_by_id": done_on and (row.acting_user_id or row.user_id),
        }

    # === NEW ROWS === #

    def open(self, one, step, old=None):
        """Note a new step. See :meth:`_row`."""
        self.opened.append(self._row(one, step, old))

    def _row(self, one, step, old=None):
        """Return the values of a new step in the ledger.

        :param old: the step of the owner of before, whose end the new one's is at least.
        """
        due = self._not_late(one, step)
        if old:
            person = self.duties.people[step.user_id]
            due = max(old.due_on, self.hours.after(person, self.now, step.minutes))
        return {
            "lead_id": one.id,
            "planned_on": self.now,
            **step._asdict(),
            "due_on": due,
        }

    def _not_late(self, one, step):
        """Return until when a step is to be done: nothing is late when it is planned."""
        if step.due_on > self.now:
            return step.due_on
        person = self.duties.people[step.user_id]
        return self.hours.after(person, self.now, step.minutes)
