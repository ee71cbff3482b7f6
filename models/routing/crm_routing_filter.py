# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from .routing_types import Panel

SKILLS = ("language", "industry", "product", "tags")
CAPS = ("cap_day", "cap_week", "cap_month", "cap_open")

# What a candidate fails, by code; called with the candidate, the lead, the rule's values.
FAILS = {
    # He, or the team for which he would get it, belongs to another company than the lead.
    "company": lambda person, facts, _values: (
        facts.company_id not in person.companies
        or (person.member_id and person.teams[0][1] not in (0, facts.company_id))
    ),
    "excluded": lambda person, facts, _values: person.user_id in facts.excluded,
    **{
        skill: lambda person, facts, _values, skill=skill: facts.asks[skill].isdisjoint(
            person.skills[skill]
        )
        for skill in SKILLS
    },
    "seniority": lambda person, _facts, values: (
        person.seniority < int(values["min_seniority"])
    ),
    "weight": lambda person, _facts, _values: not person.weight,
    "domain": lambda person, facts, _values: person.member_id in facts.refused,
}


class CrmRoutingFilter(models.AbstractModel):
    """Judges whether candidates can take a lead under a rule.

    Every filter has a code; ``crm.lead.routing.log._verdict_texts`` says in words who fails
    it, ``_filter_texts`` what it asks. Each candidate is put to every filter, so that the log
    can show all that stood against somebody. Leads that are alike in all that counts share
    one judgement, a :class:`Panel`; within a batch only the limits of leads change.
    """

    _name = "crm.routing.filter"
    _description = "Filters on candidates"

    @api.model
    def _key(self, row, facts):
        """Return what tells leads apart whose candidates must be judged one by one."""
        values = row.values
        return (
            row.id,
            values["source"]["pool"],
            facts.company_id,
            facts.excluded,
            facts.refused,
            facts.preferred if values["respect_capacity"] else (),
            facts.moment if values["in_hours_only"] else None,
            tuple(facts.asks[skill] for skill in SKILLS if values[f"match_{skill}"]),
            facts.id if values["method"] in ("account_owner", "capturer") else 0,
        )

    @api.model
    def _panel(self, run, row, candidates, facts):
        """Judge candidates for a lead, and for all that are like it.

        :param Run run: the state of the engine.
        :param RuleRow row: the rule.
        :param list[Candidate] candidates: who.
        :param LeadFacts facts: the lead.
        :rtype: Panel
        """
        asked = self._asked(row, facts)
        judged = [code for code in asked if code in FAILS]
        people = []
        for person in candidates:
            failed = [*person.blocked]
            failed += [c for c in judged if FAILS[c](person, facts, row.values)]
            if "hours" in asked and not self._works(run, person, facts.moment):
                failed.append("hours")
            people.append((person, tuple(failed)))
        caps = [
            code
            for index, code in enumerate(CAPS)
            if any(self._cap(row, person, index) is not None for person in candidates)
        ]
        preferred = facts.preferred if row.values["respect_capacity"] else frozenset()
        panel = Panel(
            rule=row.name,
            filters=(*asked, *caps, *(("preference",) if preferred else ())),
            people=people,
            preferred=preferred,
            limited=[
                position
                for position, person in enumerate(candidates)
                if any(self._cap(row, person, i) is not None for i in range(len(CAPS)))
            ],
        )
        self._refresh(row, panel)
        return panel

    @api.model
    def _asked(self, row, facts):
        """Return the codes of what a rule asks of candidates for a lead, but for limits."""
        values = row.values
        leave = ("leave",) if "hr.leave" in self.env else ()
        conditions = {
            "company": facts.company_id,
            "excluded": facts.excluded,
            **{s: values[f"match_{s}"] and facts.asks[s] for s in SKILLS},
            "seniority": int(values["min_seniority"] or 1) > 1,
            "weight": values["method"] == "weighted",
            "hours": values["in_hours_only"],
            "domain": values["respect_capacity"],
        }
        asked = [code for code, applies in conditions.items() if applies]
        return ("archived", "external", "paused", "away", *leave, *asked)

    @api.model
    def _works(self, run, person, moment):
        """Tell whether somebody is within his working hours, now or at a moment in UTC."""
        key = (person.calendar_id, person.tz, moment or run.now)
        if key not in run.open:
            run.open[key] = self.env["crm.routing.hours"]._inside(*key)
        return run.open[key]

    # === LIMITS === #

    @api.model
    def _cap(self, row, person, index):
        """Return the limit of a candidate, by its position in CAPS; None where he has none.

        Odoo's capacity of a membership counts where the rule says so, and may be 0.
        """
        cap = person.caps[index]
        if CAPS[index] == "cap_month":
            return cap if row.values["respect_capacity"] else None
        return cap or None

    @api.model
    def _limits(self, row, person):
        """Return the codes of the limits that a candidate has reached."""
        load = person.load
        have = (load.day, load.week, load.month, load.open)
        caps = [self._cap(row, person, index) for index in range(len(CAPS))]
        return tuple(
            code
            for code, cap, count in zip(CAPS, caps, have, strict=True)
            if cap is not None and count >= cap
        )

    @api.model
    def _refresh(self, row, panel):
        """Look again at the limits of candidates, who fill up within a batch."""
        limits = [self._limits(row, panel.people[at][0]) for at in panel.limited]
        if limits == panel.limits:
            return
        panel.limits = limits
        reached = dict(zip(panel.limited, limits, strict=True))
        people = [
            (person, (*failed, *reached.get(position, ())))
            for position, (person, failed) in enumerate(panel.people)
        ]
        panel.able = [person for person, failed in people if not failed]
        panel.juniors = [
            person
            for person, failed in people
            if person.seniority == 1 and set(failed) <= {"seniority"}
        ]
        first = [p for p in panel.able if p.member_id in panel.preferred]
        if first:
            behind = set(panel.able) - set(first)
            panel.able = first
            people = [
                (person, ("preference",) if person in behind else failed)
                for person, failed in people
            ]
        panel.group = {
            "rule": panel.rule,
            "filters": panel.filters,
            "people": [
                (person.user_id, person.name, failed) for person, failed in people
            ],
        }
