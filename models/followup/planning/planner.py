# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, time

from odoo.tools import SQL

from ..accounting.duties import Duties
from . import activities, facts
from .arrays import columns
from .curve import Curve
from .hours import Hours
from .ledger import Ledger
from .marks import Marks
from .wanted import GRACE, Wanted

# Of the id and the columns.
TYPES = ("int", "timestamp", "timestamp", "timestamp", "int", "float8")


class Planner:
    """Finds out what is next for leads, and has the ledger say so. One for a whole pass.

    Queries per batch, at any number of leads: the facts, the policies, the people, what is
    planned, and one for each way of writing; where there are duties, their evidence.
    """

    def __init__(self, env, now):
        """
        :param env: a superuser's.
        :param datetime now: the moment that everything is looked at from, in UTC.
        """
        self.env, self.now = env, now
        self.hours, self.ledger = Hours(env), Ledger(env)
        self.duties, self.touches = Duties(env, now), {}
        self.muted = frozenset()  # leads that somebody else keeps in touch with
        self.marks, self.matched = None, ({}, {})
        self.settled = set()  # leads for which the ledger was written
        self.policies = {
            row.id: (row, Curve.of(row.values))
            for row in env["crm.followup.policy"]._rule_rows()
        }
        self.steps = [
            row
            for row in env["crm.followup.step"]._rule_rows()
            if row.values["policy_id"] in self.policies
        ]

    def look(self, leads):
        """Plan those of many leads that do not look as they did when they were planned.

        :param leads: crm.lead records, as superuser.
        :return: those whose columns changed.
        """
        self.marks = self.marks or Marks(self.env, self.now, self._setup())
        matched = self._matched(leads)
        said = self._said(leads, matched)
        other = self.marks.changed(leads, said)
        if not other:
            return other
        changed = self.plan(other, matched)
        self.marks.keep(other.browse(set(other.ids) - set(changed.ids) - self.settled), said)
        return changed

    def _setup(self):
        """Return what is planned by, for all leads."""
        policies = [row for row, _curve in self.policies.values()]
        return policies, self.steps, self.duties.rows

    def _said(self, leads, matched):
        """Return a number for each lead: what is known of it beside its records."""
        policies, steps = matched
        muted = self.env["crm.followup.engine"]._muted(leads)
        more = self.duties.said(leads)
        return {
            i: hash(
                (
                    tuple(sorted(policies.get(i, ()))),
                    tuple(sorted(steps.get(i, ()))),
                    i in muted,
                    more.get(i, 0),
                )
            )
            for i in leads.ids
        }

    def _matched(self, leads):
        """Return which policies and which of their steps match leads, by lead id each."""
        env = self.env
        return (
            env["crm.followup.policy"]._rule_match(leads) if self.policies else {},
            env["crm.followup.step"]._rule_match(leads) if self.steps else {},
        )

    def plan(self, leads, matched=None):
        """Plan leads.

        :param leads: crm.lead records, as superuser.
        :param matched: of :meth:`_matched`, where it is known.
        :return: those whose columns changed.
        """
        known, self.touches = facts.read(self.env, leads, self.now), {}
        self.matched = matched or self._matched(leads)
        policy_of = self._policy_of(known)
        self.duties.gather(leads, known)
        self._cover(known)
        changed = self._store(leads, known, policy_of)
        self._settle(leads, known, policy_of)
        return changed

    # === WHO AND BY WHAT === #

    def _policy_of(self, known):
        """Return the first policy that matches each lead, and its curve, or None."""
        rows, matched = self.policies, self.matched[0]
        if not rows:
            return {}
        kinds = {row.id: row.values["kind"] for row, _curve in rows.values()}
        found = {}
        for one in known:
            kind = "sales" if one.is_open else "support" if one.is_customer else None
            hits = matched[one.id]
            found[one.id] = kind and next(
                (
                    pair
                    for policy_id, pair in rows.items()
                    if policy_id in hits and kinds[policy_id] == kind
                ),
                None,
            )
        return found

    def _cover(self, known):
        """Read the working time of everybody who may have something to do."""
        moments = [
            moment
            for one in known
            for moment in (one.touched_on, one.received_on, one.response_deadline)
            if moment
        ]
        first = min(moments, default=self.now)
        self.hours.cover(self.duties.people.values(), min(first, self.now), self.now)

    # === THE CURVE === #

    def _store(self, leads, known, policy_of):
        """Write the columns of the curve to those leads for which they differ."""
        rows = []
        for one in known:
            values = self._columns(one, policy_of.get(one.id))
            if values != one.stored:
                rows.append((one.id, *values))
        if not rows:
            return leads.browse()
        select = SQL("SELECT * FROM unnest(%s)", columns(TYPES, rows))
        changed = leads.browse(row[0] for row in rows)
        return changed._lead_store(select, list(facts.COLUMNS))

    def _columns(self, one, policy):
        """Return what the columns of a lead should be, in the order of facts.COLUMNS.

        A lead that no policy is for has a rate of 0: it was looked at.
        """
        if not policy:
            return None, one.landed_on, one.touched_on, one.days, 0.0
        _row, curve = policy
        touch_on = None
        if one.is_open or one.touched_on:
            touch_on = self.touch_on(one, curve)
        return touch_on, one.landed_on, one.touched_on, one.days, curve.k(one.days)

    def touch_on(self, one, curve):
        """Return when to be in touch with a lead again, in the working time of its owner."""
        if one.id not in self.touches:
            moment = curve.next_touch(one)
            if one.touched_on or moment != one.response_deadline:
                person = self.duties.person(one, "touch")
                moment = self.hours.at_work(person, moment)
            self.touches[one.id] = moment
        return self.touches[one.id]

    # === THE STEPS === #

    def _settle(self, leads, known, policy_of):
        """Have the ledger hold the steps that should be planned, and no others."""
        planned = self.ledger.planned(leads.ids)
        self.muted = self.env["crm.followup.engine"]._muted(leads)
        matched, history = self.matched[1], None
        if self.steps or self.duties.rows:
            history = self.ledger.history(leads.ids)
        opened, closed, moved = [], [], {}
        for one in known:
            policy = policy_of.get(one.id)
            wanted = self._wanted(one, policy, history, matched)
            self._compare(one, wanted, planned.get(one.id, ()), opened, closed, moved)
        self.settled = {row["lead_id"] for row in opened}
        self.settled.update(row.lead_id for row, _vals in closed)
        self.settled.update(
            row.lead_id for rows in planned.values() for row in rows if row.id in moved
        )
        self.apply(opened, closed, moved)

    def apply(self, opened, closed, moved):
        """Write to the ledger, and have Odoo's activities follow."""
        if closed:
            activities.end(self.env, closed)
            self.ledger.close([row for _planned, row in closed])
        if moved:
            self.ledger.move(moved)
            activities.move(self.env, moved)
        self.ledger.open(opened)

    def _wanted(self, one, policy, history, matched):
        """Return the steps that should be planned for a lead, by their code."""
        if not (one.is_open or one.is_customer):
            return {}
        if one.paused_until and one.paused_until > self.now:
            return {}
        past = (history or {}).get(one.id, {})
        wanted = [*self.duties.wanted(one, past, self.hours)]
        if policy:
            row, curve = policy
            first = self._first_steps(one, row, past, matched)
            wanted += first
            # Who was never contacted has the first step of the matrix or the policy.
            quiet = one.own_day or one.id in self.muted
            if not quiet and (one.touched_on or not wanted):
                wanted += self._periodic(one, row, curve)
        return {step.code: step for step in wanted}

    def _periodic(self, one, row, curve):
        """Return the step that the curve asks for, or the decision that is due instead."""
        is_waiting = one.response_deadline and not one.answered_on
        if one.is_open and not one.touched_on and is_waiting:
            return []  # The deadline of the first answer is the next step.
        if one.is_customer and not one.touched_on:
            return []
        person = self.duties.person(one, "touch")
        duty = "touch"
        most, action = row.values["max_attempts"], row.values["then_action"]
        if most and one.attempts >= most and action != "nothing":
            duty = "decide"
            if action == "leader":
                person = self.duties.person(one, "decide")
        due = self.hours.end_of_day(person, self.touch_on(one, curve))
        return [
            Wanted(
                "periodic",
                duty,
                None,
                person.user_id,
                due,
                policy_id=row.id,
                minutes=GRACE,
            )
        ]

    def _first_steps(self, one, policy, past, matched):
        """Return the initial and targeted steps that a policy has for a lead."""
        wanted, before = [], one.received_on
        for row in self.steps:
            values = row.values
            if values["policy_id"] != policy.id or row.id not in matched[one.id]:
                continue
            code = (values["kind"], values["duty"], row.id)
            if past.get(code):
                before = past[code]
                continue
            if values["after"] == "previous" and before is None:
                continue  # The one before is not done yet.
            base = {
                "received": one.received_on,
                "assigned": one.assigned_on or one.received_on,
                "previous": before,
                "event": self.now,
            }[values["after"] if values["kind"] == "initial" else "event"]
            if code in past and values["kind"] == "targeted":
                continue
            person = self.duties.person(one, values["duty"])
            wanted.append(
                Wanted(
                    *code,
                    person.user_id,
                    self.hours.due(
                        person, base or self.now, values["delay"], values["unit"]
                    ),
                    values["channel"],
                    values["purpose"] or None,
                    policy.id,
                    row.name,
                )
            )
            before = None
        return wanted

    def answers(self, leads, asked):
        """Plan answers to leads that got in touch, where none is planned yet.

        :param leads: crm.lead records, as superuser.
        :param dict asked: when, by lead id.
        """
        known = facts.read(self.env, leads, self.now)
        self.duties.gather(leads, known)
        self._cover(known)
        planned, opened = self.ledger.planned(leads.ids), []
        minutes = self._answer_minutes(leads)
        for one in known:
            if any(row.duty == "answer" for row in planned.get(one.id, ())):
                continue
            person = self.duties.person(one, "answer")
            due = self.hours.after(person, asked[one.id], minutes[one.id])
            step = Wanted(
                "targeted", "answer", None, person.user_id, due, minutes=minutes[one.id]
            )
            opened.append(self._row(one, step))
        self.ledger.open(opened)

    def _answer_minutes(self, leads):
        """Return the working minutes within which leads are to be answered."""
        rows = self.env["crm.routing.policy"]._rule_rows()
        if not rows:
            return dict.fromkeys(leads.ids, GRACE)
        matched = self.env["crm.routing.policy"]._rule_match(leads)
        own = self.env["crm.routing.clock"]._own_minutes(leads)
        usual = {
            lead.id: next(
                (row.values["minutes"] for row in rows if row.id in matched[lead.id]), 0
            )
            for lead in leads
        }
        return {i: (usual[i] and own[i]) or usual[i] or GRACE for i in leads.ids}

    def end_of(self, user, day):
        """Return the end of a day for somebody, or None.

        :param user: res.users record.
        :param date day: in his zone.
        """
        noon = datetime.combine(day, time(12))
        return self.hours.end_of_day(self._covered(user, noon), noon)

    def in_a_day(self, user):
        """Return when somebody will have worked a day from now on."""
        return self.hours.after(self._covered(user, self.now), self.now, GRACE)

    def _covered(self, user, moment):
        person = self.env["crm.routing.pool"]._chains(user.ids, self.now)[user.id][0]
        self.hours.cover([person], moment, moment)
        return person

    # === COMPARING === #

    def _compare(self, one, wanted, planned, opened, closed, moved):
        """Note what is to be done so that what is planned for a lead is what is wanted."""
        seen = set()
        for row in planned:
            step = wanted.get(row.code)
            if row.kind in ("own", "review") or row.duty == "answer":
                if self._is_for_lead(one, row):
                    self._hand_own(one, row, opened, closed)
                else:
                    closed.append((row, self._end(one, row)))
                continue
            if not step or row.code in seen:
                kinds = {kind for kind, _duty, _step_id in wanted}
                closed.append((row, self._end(one, row, row.kind in kinds)))
                continue
            seen.add(row.code)
            if self._has_happened(one, row):
                closed.append((row, self._end(one, row)))
                opened.append(self._row(one, step))
            elif row.user_id != step.user_id:
                closed.append((row, self._over(row, "cancelled", "handed")))
                opened.append(self._row(one, step, old=row))
            elif row.kind == "periodic" and row.due_on != step.due_on:
                self._moves(one, row, step, opened, closed, moved)
        for code, step in wanted.items():
            if code not in seen:
                opened.append(self._row(one, step))

    def _is_for_lead(self, one, row):
        """Tell whether a step that a person planned still makes sense."""
        return one.is_open or (one.is_customer and row.kind == "own")

    def _hand_own(self, one, row, opened, closed):
        """Hand a step that a person planned for the owner of before to the new one."""
        person = self.duties.person(one, "touch")
        if row.duty != "answer" or row.user_id == person.user_id:
            return
        closed.append((row, self._over(row, "cancelled", "handed")))
        step = Wanted(
            row.kind, row.duty, row.step_id, person.user_id, row.due_on, row.channel
        )
        opened.append(self._row(one, step, old=row))

    def _has_happened(self, one, row):
        """Tell whether what the curve asked for was done since it was planned."""
        return row.kind == "periodic" and bool(
            one.ours_on and one.ours_on > row.planned_on
        )

    def _moves(self, one, row, step, opened, closed, moved):
        """Give a step of the curve another end. Whoever is late with it stays late."""
        if step.due_on <= self.now:
            return  # The date had passed when it was planned: there is some time for it.
        if row.due_on >= self.now:
            moved[row.id] = step.due_on
        else:
            closed.append((row, self._over(row, "cancelled", "lead_wrote")))
            opened.append(self._row(one, step))

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
