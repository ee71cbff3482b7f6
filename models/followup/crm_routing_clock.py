# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from math import ceil

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.working_hours import WorkingHours
from .crm_routing_policy import STEPS
from .planning.hours import Hours

# So many answers are measured at once.
BATCH = 1000

FIELDS = [
    "response_deadline",
    "routing_policy_id",
    "routing_next_step",
    "routing_next_on",
    "routing_clock_on",
]
PAUSE = ["routing_pause_reason", "routing_paused_until"]


class CrmRoutingClock(models.AbstractModel):
    """Watches how long leads wait for their first answer.

    **What.** ``_start(leads)`` sets the deadline and the next step by the first policy that
    matches; ``_stop(leads)`` ends it. Times are the owner's working time.

    **How it works.** The lead holds what comes next, and when; an index on that moment makes
    the cron cost one query when nothing is due. Starting costs, for any number of leads, one
    query for the policies, one for the owners, their calendars, and one UPDATE.
    """

    _name = "crm.routing.clock"
    _description = "Response times of leads"

    # === API === #

    @api.model
    def _start(self, leads, start=None):
        """Start the clock of leads that have an owner and no answer yet.

        :param leads: crm.lead records, as superuser.
        :param datetime start: in UTC; now when None.
        """
        policies = {row.id: row for row in self.env["crm.routing.policy"]._rule_rows()}
        if not policies and not self.env["crm.routing.rule"]._has_time_limits():
            return
        leads = leads.filtered(
            lambda lead: (
                lead.user_id and not lead.first_response_on and lead._lead_is_open()
            )
        )
        Company = self.env["res.company"]
        leads = leads.filtered(lambda lead: not Company._crm_is_set_aside(lead))
        if not leads:
            return
        matched = self.env["crm.routing.policy"]._rule_match(
            leads, tuple(policies.values())
        )
        people = self.env["crm.routing.pool"]._chains(
            leads.user_id.ids, fields.Datetime.now()
        )
        now = fields.Datetime.now()
        plans, rows, limits = {}, [], self._own_minutes(leads)
        for lead in leads:
            policy = next(
                (p for p in policies.values() if p.id in matched[lead.id]), None
            )
            owner = people[lead.user_id.id][0]
            # The first clock of a lead starts when it really came in: people wait since then.
            is_first = lead.received_on and not lead.routing_clock_on
            begin = start or (lead.received_on if is_first else now)
            plan = self._plan(plans, policy, lead, owner, begin, limits)
            rows.append((lead.id, *plan, begin))
        self._store(leads, rows)

    @api.model
    def _stop(self, leads):
        """Stop the clock: nothing is due any more. The deadline stays, for the reports.

        :param leads: crm.lead records, as superuser.
        """
        self._forget_pause(leads.filtered("routing_paused_until"))
        running = leads.filtered("routing_next_on")
        if running:
            running._lead_store(
                SQL("SELECT unnest(%s::int[]), NULL, NULL::timestamp", running.ids),
                ["routing_next_step", "routing_next_on"],
            )

    @api.model
    def _restart(self, leads):
        """Begin anew with leads whose clock has lost its cause: they were closed, or their
        response time is no more. Those that no response time is for have no deadline then.

        :param leads: crm.lead records, as superuser.
        """
        self._forget_pause(leads.filtered("routing_paused_until"))
        nothing = SQL(", ").join(
            SQL(
                "(%s, NULL::timestamp, NULL::int, NULL, NULL::timestamp, NULL::timestamp)",
                i,
            )
            for i in leads.ids
        )
        if leads:
            leads._lead_store(SQL("SELECT * FROM (VALUES %s) AS plan", nothing), FIELDS)
            self._start(leads)

    @api.model
    def _measure_answers(self):
        """Note how much working time passed before the first answers that are new.

        Of the owner, by his hours of now: what was noted once stays. Queries: one for the
        leads, those of the calendars, and one UPDATE for each batch.
        """
        # sudo: the leads of everybody.
        leads = self.env["crm.lead"].sudo()
        leads = leads.with_context(active_test=False)
        new = Domain("first_response_on", "!=", False) & Domain("user_id", "!=", False)
        new &= Domain("first_response_working", "=", 0)
        last = 0
        while True:
            batch = leads.search(new & Domain("id", ">", last), order="id", limit=BATCH)
            if not batch:
                break
            last = batch[-1].id
            self._measure(batch)
            self.env.invalidate_all()

    @api.model
    def _measure(self, leads):
        """Note the working time before the first answer of leads, which have an owner."""
        now, hours = fields.Datetime.now(), Hours(self.env)
        chains = self.env["crm.routing.pool"]._chains(leads.user_id.ids, now)
        came = {lead: lead._lead_arrived_on() for lead in leads}
        hours.cover(
            [chain[0] for chain in chains.values()],
            min(came.values()),
            max(leads.mapped("first_response_on")),
        )
        rows = []
        for lead in leads:
            owner, answered = chains[lead.user_id.id][0], lead.first_response_on
            minutes = ceil(hours.between(owner, came[lead], answered))
            # None is what is not known yet.
            rows.append((lead.id, max(1, minutes)))
        values = SQL(", ").join(SQL("(%s, %s)", *row) for row in rows)
        select = SQL("SELECT * FROM (VALUES %s) AS answer", values)
        leads._lead_store(select, ["first_response_working"])

    @api.model
    def _recount(self):
        """Count the time of all leads whose clock runs once more: the holidays have changed.

        From when each began; the step that comes next stays the next one.
        """
        # sudo: the leads of everybody.
        leads = self.env["crm.lead"].sudo()
        running = Domain("routing_next_on", "!=", False)
        running &= Domain("routing_clock_on", "!=", False)
        leads = leads.search(running & Domain("routing_policy_id", "!=", False))
        if not leads:
            return
        now, plans, rows = fields.Datetime.now(), {}, []
        people = self.env["crm.routing.pool"]._chains(leads.user_id.ids, now)
        limits = self._own_minutes(leads)
        for lead in leads.filtered("user_id"):
            owner, start = people[lead.user_id.id][0], lead.routing_clock_on
            values = self._step_values(lead, limits)
            at = STEPS.index(lead.routing_next_step)
            _step, moment = self._following(
                plans, values, owner, start, after=STEPS[at - 1] if at else None
            )
            left = max(0, values["minutes"] - values["used"])
            deadline = self._moment(plans, owner, start, left)
            rows.append((lead.id, deadline, moment or lead.routing_next_on))
        select = SQL(
            "SELECT * FROM (VALUES %s) AS plan",
            SQL(", ").join(
                SQL("(%s, %s::timestamp, %s::timestamp)", *row) for row in rows
            ),
        )
        if rows:
            leads._lead_store(select, ["response_deadline", "routing_next_on"])

    @api.model
    def _pause(self, leads, reason, until):
        """Stop the clock of leads until a moment, from which the whole time counts.

        A pause that is ended before leaves the time that was left when it began.

        :param leads: crm.lead records, as superuser.
        :param reason: why nobody has to answer yet; False ends a pause.
        :param datetime until: in UTC.
        """
        now = fields.Datetime.now()
        people = self.env["crm.routing.pool"]._chains(leads.user_id.ids, now)
        rows = []
        for lead in leads:
            used = lead.routing_used_minutes
            if lead.user_id and lead.routing_clock_on and lead.routing_clock_on < now:
                owner = people[lead.user_id.id][0]
                hours = WorkingHours(
                    self.env, owner.calendar_id, owner.tz, owner.companies
                )
                used += hours.between(lead.routing_clock_on, now)
            rows.append((lead.id, int(used), reason or None, until if reason else None))
        leads._lead_store(
            SQL(
                "SELECT * FROM (VALUES %s) AS pause",
                SQL(", ").join(
                    SQL("(%s, %s, %s, %s::timestamp)", *row) for row in rows
                ),
            ),
            ["routing_used_minutes", *PAUSE],
        )
        self._start(leads, start=until)

    @api.model
    def _forget_pause(self, leads):
        """Have leads without a pause, and without the time that was used up before it.

        :param leads: crm.lead records, as superuser.
        """
        if leads:
            select = SQL(
                "SELECT unnest(%s::int[]), 0, NULL, NULL::timestamp", leads.ids
            )
            leads._lead_store(select, ["routing_used_minutes", *PAUSE])

    @api.model
    def _advance(self, leads, step):
        """Go on to the step after ``step``, or stop where there is none.

        :param leads: crm.lead records, as superuser, whose step is done.
        :param str step: remind or warn.
        """
        now = fields.Datetime.now()
        people = self.env["crm.routing.pool"]._chains(leads.user_id.ids, now)
        rows, plans, limits = [], {}, self._own_minutes(leads)
        for lead in leads:
            values = self._step_values(lead, limits)
            owner = people[lead.user_id.id][0]
            start = lead.routing_clock_on or lead._lead_arrived_on()
            following, moment = self._following(plans, values, owner, start, after=step)
            if moment and moment <= now:
                # The system stood still: the clock goes on, it does not jump.
                share = values[f"{following}_at"] - values[f"{step}_at"]
                minutes = values["minutes"] * share / 100
                moment = self._moment(plans, owner, now, minutes)
            rows.append((lead.id, following, moment))
        leads._lead_store(
            SQL(
                "SELECT * FROM (VALUES %s) AS plan",
                SQL(", ").join(SQL("(%s, %s, %s::timestamp)", *row) for row in rows),
            ),
            ["routing_next_step", "routing_next_on"],
        )

    @api.model
    def _step_values(self, lead, limits):
        """Return what the steps of a lead's response time go by.

        :param dict limits: of :meth:`_own_minutes`.
        :rtype: dict
        """
        policy = lead.routing_policy_id
        return {
            **{f"{name}_at": policy[f"{name}_at"] for name in STEPS},
            "minutes": limits[lead.id] or policy.minutes,
            "used": self._used(lead),
        }

    @api.model
    def _put_off(self, leads):
        """Put the change of the owner off by the time between it and the step before.

        :param leads: crm.lead records, as superuser, whose next step it is.
        """
        now, plans, rows = fields.Datetime.now(), {}, []
        people = self.env["crm.routing.pool"]._chains(leads.user_id.ids, now)
        limits = self._own_minutes(leads)
        for lead in leads:
            policy = lead.routing_policy_id
            minutes = limits[lead.id] or policy.minutes
            share = policy.reroute_at - (policy.warn_at or policy.remind_at)
            owner = people[lead.user_id.id][0]
            moment = self._moment(plans, owner, now, max(1, minutes * share / 100))
            rows.append((lead.id, moment))
        select = SQL(
            "SELECT * FROM (VALUES %s) AS plan",
            SQL(", ").join(SQL("(%s, %s::timestamp)", *row) for row in rows),
        )
        leads._lead_store(select, ["routing_next_on"])

    # === STEPS === #

    @api.model
    def _own_minutes(self, leads):
        """Return the time limit that leads have of their own, before that of a policy.

        That of the routing rule, else of the grade; 0 where there is neither.

        :rtype: dict[int, int]
        """
        courses = self.env["crm.score.engine"]._courses(leads)
        return {
            lead.id: lead.routing_rule_id.response_minutes
            or courses[lead.id].response_minutes
            for lead in leads
        }

    @api.model
    def _used(self, lead):
        """Return how much of the time limit was used up before a pause that was ended early.

        After a pause that lasts until its end the whole time is there again.
        """
        return 0 if lead.routing_paused_until else lead.routing_used_minutes

    @api.model
    def _plan(self, plans, policy, lead, owner, start, limits):
        """Return deadline, policy id, next step and its moment for a lead."""
        if not policy:
            # The limit of a rule or of a grade is a deadline all the same; nothing happens
            # when it passes.
            minutes = limits[lead.id]
            left = max(0, minutes - self._used(lead))
            deadline = self._moment(plans, owner, start, left) if minutes else None
            return deadline, None, None, None
        values = {
            **policy.values,
            "minutes": limits[lead.id] or policy.values["minutes"],
            "used": self._used(lead),
        }
        left = max(0, values["minutes"] - values["used"])
        deadline = self._moment(plans, owner, start, left)
        return deadline, policy.id, *self._following(plans, values, owner, start)

    @api.model
    def _following(self, plans, values, owner, start, after=None):
        """Return the step that comes after another, and when; (None, None) at the end."""
        steps = STEPS[STEPS.index(after) + 1 :] if after else STEPS
        for step in steps:
            share = values[f"{step}_at"]
            if share:
                minutes = values["minutes"] * share / 100 - values["used"]
                return step, self._moment(plans, owner, start, max(0, minutes))
        return None, None

    @api.model
    def _moment(self, plans, owner, start, minutes):
        """Return when so many minutes of the owner's working time will have passed."""
        key = (owner.calendar_id, owner.tz, owner.companies, start, minutes)
        if key not in plans:
            hours = WorkingHours(self.env, owner.calendar_id, owner.tz, owner.companies)
            plans[key] = hours.after(start, minutes)
        return plans[key]

    @api.model
    def _store(self, leads, rows):
        """Write what :meth:`_plan` returned, and when the clock was started."""
        values = SQL(", ").join(
            SQL("(%s, %s::timestamp, %s::int, %s, %s::timestamp, %s::timestamp)", *row)
            for row in rows
        )
        leads._lead_store(SQL("SELECT * FROM (VALUES %s) AS plan", values), FIELDS)

    # === WHAT IS DUE === #

    @api.model
    def _over_domain(self, now):
        """Return which leads have a pause that is over: its signs are to be taken down."""
        return Domain("routing_paused_until", "<=", now)

    @api.model
    def _due_domain(self, now):
        """Return which leads have a step to be done."""
        return Domain(
            [
                ("routing_next_on", "<=", now),
                ("first_response_on", "=", False),
                ("won_status", "=", "pending"),
                ("user_id", "!=", False),
                ("active", "=", True),
                ("routing_policy_id.active", "=", True),
            ]
        )
