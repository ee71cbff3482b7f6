# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from zlib import crc32

from odoo import SUPERUSER_ID

from ..keeping.wanted import Wanted
from . import evidence

# Who cannot be responsible for anything.
BARRED = {"archived", "external", "no_access"}
# Working minutes of the needs call, where neither the matrix nor the grade says some.
DAY = 480


class Duties:
    """Who is responsible for which step with which lead, and what they have done of it.

    Nobody's lead is without a responsible: whoever the matrix names, else the lead's owner,
    the company's fallback owner, the leader of the team, a sales manager. All must be active
    users of sales who work in the lead's company. That somebody is away does not matter here:
    who stands in for him is asked on the day.
    """

    def __init__(self, env, now):
        self.env, self.now = env, now
        self.rows = env["crm.followup.duty"]._duty_rows()
        self.people, self.known = {}, {}
        self.leaders, self.fallbacks, self.courses, self.coaches = {}, {}, {}, {}
        self.done, self.managers = {}, None

    def gather(self, leads, known):
        """Read what follows for a batch of leads: people, and what was done.

        :param leads: crm.lead records, as superuser.
        :param known: their Facts, see planning/facts.py.
        """
        self.known = {}
        self._read_helpers(known)
        ids = {one.user_id for one in known if one.user_id}
        ids.update(self.leaders.values(), self.fallbacks.values(), self.managers)
        for row in self.rows:
            ids.update((row.user_id, *row.group_user_ids))
        if any(row.who == "coach" for row in self.rows):
            self.coaches = {lead.id: lead.routing_rule_id.coach_id.id for lead in leads}
            ids.update(self.coaches.values())
        self._read_people(ids - {False, None})
        if self.rows:
            self.courses = self.env["crm.score.engine"]._courses(leads)
            self.done = evidence.read(self.env, leads.ids, self.now)

    def said(self, leads):
        """Return a number for each lead: what the matrix says of it. None without a matrix.

        :rtype: dict[int, int]
        """
        if not self.rows:
            return {}
        courses = self.env["crm.score.engine"]._courses(leads)
        done = evidence.read(self.env, leads.ids, self.now)
        return {
            i: crc32(repr((courses.get(i), sorted(done[i].items()))).encode())
            for i in leads.ids
        }

    def _read_helpers(self, known):
        """Read who helps where a lead has no owner who could do it."""
        # sudo: leaders and fallback owners, whoever may see them.
        env = self.env(su=True)
        if self.managers is None:
            group = env.ref("sales_team.group_sale_manager", raise_if_not_found=False)
            users = group.all_user_ids if group else env["res.users"]
            users = users.filtered(lambda user: user.active and user.id != SUPERUSER_ID)
            self.managers = users.sorted("id").ids or [env.ref("base.user_admin").id]
        team_ids = {one.team_id for one in known} - {None, *self.leaders}
        for team in env["crm.team"].browse(team_ids):
            self.leaders[team.id] = team.user_id.id
        company_ids = {one.company_id for one in known} - {None, *self.fallbacks}
        for company in env["res.company"].browse(company_ids):
            self.fallbacks[company.id] = company.lead_fallback_user_id.id

    def _read_people(self, ids):
        missing = sorted(ids - self.people.keys())
        if missing:
            chains = self.env["crm.routing.pool"]._chains(missing, self.now)
            self.people.update((user_id, chain[0]) for user_id, chain in chains.items())

    # === WHO === #

    def person(self, one, code):
        """Return who is responsible for a step with a lead, as a ``Candidate``.

        :param one: its Facts.
        :param str code: of a duty, "touch", "answer", "decide" or "other".
        """
        key = one.id, code
        if key not in self.known:
            self.known[key] = self._person(one, code)
        return self.known[key]

    def _person(self, one, code):
        for user_id in self._asked(one, code):
            person = self.people.get(user_id)
            if person and self._can(person, one):
                return person
        # Nobody works in the company: whoever has the lead, else the first manager.
        return self.people.get(one.user_id) or self.people[self.managers[0]]

    def _asked(self, one, code):
        """Yield the ids of those who are asked, in order."""
        leader = self.leaders.get(one.team_id)
        row = self.row(one, code)
        if code == "decide":
            yield leader
        if row:
            yield self._named(one, row, leader)
        yield one.user_id
        yield self.fallbacks.get(one.company_id)
        yield leader
        yield from self.managers

    def _named(self, one, row, leader):
        """Return the id of who a row of the matrix names for a lead, or None."""
        who = row.who
        if who == "grade":
            course = self.courses.get(one.id)
            role = course.role if course else None
            who = {"leader": "leader", "marketing": "marketing"}.get(role, "owner")
        if who == "marketing" and row.group_user_ids:
            return row.group_user_ids[one.id % len(row.group_user_ids)]
        return {
            "owner": one.user_id,
            "leader": leader,
            "coach": self.coaches.get(one.id),
        }.get(who, row.user_id)

    def row(self, one, code):
        """Return the row of the matrix for a step with a lead, or None."""
        for row in self.rows:
            if (
                row.code == code
                and row.team_id in (False, one.team_id)
                and row.company_id in (False, one.company_id)
            ):
                return row
        return None

    @staticmethod
    def _can(person, one):
        fits = not one.company_id or one.company_id in person.companies
        return fits and BARRED.isdisjoint(person.blocked)

    # === WHAT === #

    def wanted(self, one, past, hours):
        """Return the steps of the matrix that are due for a lead.

        :param dict past: when its steps were done, see ``Ledger.history``.
        :param hours: working time, see planning/hours.py.
        :rtype: list[Wanted]
        """
        if not self.rows:
            return []
        active = {row.code for row in self.rows if self.row(one, row.code)}
        done = dict(self.done[one.id])
        for code in (*evidence.CHAIN, "care"):
            # What somebody said was done is done, where nothing on record shows it.
            done[code] = done[code] or past.get(("duty", code, 0))
        steps = []
        for code, since in evidence.current(done, active, one.is_open, one.is_customer):
            if past.get(("duty", code, 0)):
                continue
            person = self.person(one, code)
            minutes = self.minutes(one, code)
            due = hours.after(person, since or one.received_on, minutes)
            steps.append(
                Wanted("duty", code, None, person.user_id, due, CHANNELS.get(code),
                       PURPOSES.get(code), minutes=minutes or DAY)
            )  # fmt: skip
        return steps

    def minutes(self, one, code):
        """Return the working minutes that a step may take with a lead."""
        row = self.row(one, code)
        minutes = row.minutes if row else 0
        if not minutes and code == "needs_call":
            course = self.courses.get(one.id)
            minutes = course.response_minutes if course else 0
        return minutes or DAY

    def evidence_of(self, one, row):
        """Return when a planned step was done, as the records show it, or None."""
        if row.kind != "duty" or one.id not in self.done:
            return None
        found = self.done[one.id].get(row.duty)
        if row.duty == "qualify":
            return self.now if found else None
        return found

    def is_further(self, one, row):
        """Tell whether a step was passed over: a later one is done."""
        done = self.done.get(one.id, {})
        later = evidence.CHAIN
        if row.duty in later:
            later = later[later.index(row.duty) + 1 :]
        return any(done.get(code) for code in later)


CHANNELS = {
    "welcome": "email",
    "needs_call": "call",
    "offer": "email",
    "after_offer": "call",
    "care": "call",
    "qualify": "task",
    "close": "task",
}
PURPOSES = {"welcome": "welcome", "offer": "offer", "after_offer": "after_offer"}
