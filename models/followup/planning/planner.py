# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, time

from odoo.fields import Domain
from odoo.tools import SQL

from ..accounting.duties import Duties
from ..keeping.arrays import columns
from ..keeping.ledger import Ledger
from ..keeping.settling import Settling
from ..keeping.wanted import GRACE, Wanted
from . import facts
from .curve import Curve
from .hours import Hours
from .marks import Marks

# So many leads are asked at once whether they changed: it is only read.
ASKED = 20_000
# Where more changed, all are gone through.
MOST_CHANGED = 20_000
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
        self.aside = frozenset()  # that failed the gate: nobody has to answer them
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

    def changed(self, domain):
        """Return which leads do not look as they did when they were planned.

        In few statements, and nothing is locked: in a night on which little happened this is
        all that is done.

        :param Domain domain: which leads are planned at all.
        :return: their ids; None where so many changed that all are to be looked at.
        :rtype: list[int] or None
        """
        self.marks = self.marks or Marks(self.env, self.now, self._setup())
        if not self.marks.any():
            return None
        ids, at, Lead = [], 0, self.env["crm.lead"]
        while leads := Lead.search(
            domain & Domain("id", ">", at), order="id", limit=ASKED
        ):
            said = self._said(leads, self._matched(leads))
            ids += self.marks.changed(leads, said).ids
            if len(ids) > MOST_CHANGED:
                return None
            at = leads.ids[-1]
            self.env.invalidate_all()  # memory stays flat
        return ids

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
        same = set(other.ids) - set(changed.ids) - self.settled
        self.marks.keep(other.browse(same), said)
        return changed

    def _setup(self):
        """Return what is planned by, for all leads."""
        policies = [row for row, _curve in self.policies.values()]
        return policies, self.steps, self.duties.rows

    def _set_aside(self, leads):
        """Return the ids of the leads that failed the gate, where that sets them aside."""
        Company = self.env["res.company"]
        if not Company._crm_setting_aside():
            return frozenset()
        aside = leads.filtered(lambda lead: Company._crm_is_set_aside(lead))
        return frozenset(aside.ids)

    def _said(self, leads, matched):
        """Return a number for each lead: what is known of it beside its records."""
        policies, steps = matched
        muted = self.env["crm.followup.engine"]._muted(leads)
        more, aside = self.duties.said(leads), self._set_aside(leads)
        return {
            i: hash(
                (
                    frozenset(policies.get(i, ())),
                    frozenset(steps.get(i, ())),
                    (i in muted, i in aside),
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
        self.matched, self.aside = (
            matched or self._matched(leads),
            self._set_aside(leads),
        )
        policy_of = self._policy_of(known)
        self.duties.gather(leads, known)
        self._cover(known)
        changed = self._store(leads, known, policy_of)
        self.settled = self._settle(leads, known, policy_of)
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
            kind = None if one.id in self.aside else kind
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
        """Have the ledger hold the steps that should be planned, and no others.

        :return: the ids of the leads for which it changed.
        """
        planned = self.ledger.planned(leads.ids)
        self.muted = self.env["crm.followup.engine"]._muted(leads)
        matched, history = self.matched[1], None
        if self.steps or self.duties.rows:
            history = self.ledger.history(leads.ids)
        settling = self._settling()
        for one in known:
            policy = policy_of.get(one.id)
            wanted = self._wanted(one, policy, history, matched)
            settling.compare(one, wanted, planned.get(one.id, ()))
        return settling.apply()

    def _settling(self):
        return Settling(self.ledger, self.now, self.hours, self.duties, self.muted)

    def _wanted(self, one, policy, history, matched):
        """Return the steps that should be planned for a lead, by their code."""
        if not (one.is_open or one.is_customer) or one.id in self.aside:
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
        minutes = self._answer_minutes(leads)
        self._ask(
            leads,
            "answer",
            lambda one, person: Wanted(
                "targeted",
                "answer",
                None,
                person.user_id,
                self.hours.after(person, asked[one.id], minutes[one.id]),
                minutes=minutes[one.id],
            ),
        )

    def tell(self, summaries):
        """Plan that somebody says what came of a meeting, within a working day.

        :param dict summaries: the meeting in words, or None, by lead id.
        """
        self._ask(
            self.env["crm.lead"].browse(summaries),
            "tell",
            lambda one, person: Wanted(
                "targeted",
                "tell",
                None,
                person.user_id,
                self.hours.after(person, self.now, GRACE),
                "task",
                summary=summaries[one.id] or None,
            ),
        )

    def _ask(self, leads, duty, step):
        """Plan a step with leads for which none of its duty is planned yet.

        :param step: a function of the Facts of a lead and who is to do it: a Wanted.
        """
        known = facts.read(self.env, leads, self.now)
        self.duties.gather(leads, known)
        self._cover(known)
        planned, settling = self.ledger.planned(leads.ids), self._settling()
        for one in known:
            if any(row.duty == duty for row in planned.get(one.id, ())):
                continue
            settling.open(one, step(one, self.duties.person(one, duty)))
        settling.apply()

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
