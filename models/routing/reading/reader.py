# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from dataclasses import replace

from odoo import fields

from ....tools import phrases
from ...common.rule.rule_set import match
from ...common.working_hours import WorkingHours
from ..deciding import methods, turns
from ..deciding.methods import ACCOUNTS, HISTORY, LOADS
from ..deciding.person_methods import KNOWN_FIRST
from ..deciding.types import NOTHING, SKILLS, LeadFacts, Pool, Rule, Run
from . import helpers, history
from .measure import Measure

# The fields of a lead that say what a member should know, by the names of SKILLS.
ASKS = {
    "language": "lang_id",
    "industry": "industry_id",
    "product": "product_ids",
    "tags": "tag_ids",
    "title": "function",
    "channel": "preferred_channel",
}


class Reader:
    """Reads all that must be known about a batch of leads before it is decided.

    One query for the rules, one for the members of the teams of those that matched, one for
    single persons and their substitutes. Skills, loads, accounts and history cost a query
    each, and are read only where a rule that matched, its method, or a limit asks for them.

    :param env: the environment of who routes.
    :param datetime now: the moment to judge by, in UTC; this one when None.
    :param bool routes: the leads are routed, and not only looked at.
    """

    def __init__(self, env, now=None, routes=False):
        self.env, self.routes = env, routes
        self.now = now or fields.Datetime.now()

    def gather(self, leads, rows, defaults, excluded, replay=False, known=True):
        """Return all that is known about leads.

        :param leads: crm.lead records, at least one.
        :param rows: RuleRow tuples; the active rules when None.
        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        :param dict excluded: by lead id, ids of users who must not get it.
        :param bool replay: judge working hours as of when each lead came in.
        :param bool known: look for known accounts first, where the company wants it.
        :rtype: Run
        """
        model = self.env["crm.routing.rule"]
        rows = model._rule_rows() if rows is None else rows
        matched = match(self.env, model._name, leads, rows)
        if any(row.values["is_tested"] for row in rows):
            self.env["crm.experiment"]._narrow(matched, leads, self.routes)
        rules = tuple(Rule.of(row, methods.get(row.values["method"])) for row in rows)
        if known and rules:
            rules = self._known_first(leads, matched) + rules
        ids = set().union(*matched.values())
        used = [rule for rule in rules if rule.id in ids]
        about = lead_facts(leads, used, defaults, excluded, replay)
        variants = self._variants(used, about)
        used += variants.values()
        accounts = self._accounts(leads, used, matched)
        people = self._people(used, about, accounts, matched)
        pools = self._pools(used)
        self._complete(used, pools, people)
        self._share_loads(pools, people)
        return Run(
            rules=rules,
            matched=matched,
            facts=self._refuse(leads, used, pools, about),
            pools=pools,
            people=people,
            accounts=accounts,
            variants=variants,
            history=self._history(used, pools),
            works=self._works(),
            knows_leave="hr.leave" in self.env,
        )

    def helpers(self, about, team_ids):
        """Return who can help with leads that no rule could give to anybody.

        :param list[LeadFacts] about: the leads.
        :param team_ids: ids of the teams whose leaders may help.
        :rtype: Helpers
        """
        return helpers.read(self.env, about, team_ids, self.now)

    # === LEADS === #

    def _known_first(self, leads, matched):
        """Return what comes before the rules: who looks after the account has the lead.

        :param dict matched: rule ids by lead id; changed.
        :rtype: tuple[Rule]
        """
        Company = self.env["res.company"]
        companies = Company._crm_known_first()
        # sudo: whose leads they are, whoever saves them.
        mine = [
            lead.id
            for lead in leads.sudo()
            if companies and Company._crm_of_lead(lead).id in companies
        ]
        for lead_id in mine:
            matched[lead_id].add(KNOWN_FIRST.id)
        return (KNOWN_FIRST,) if mine else ()

    def _variants(self, rules, about):
        """Return rules as they are for leads whose grade has a team of its own.

        :return: by rule id and team id, the rule with this team alone as its pool.
        :rtype: dict[tuple, Rule]
        """
        team_ids = {fact.pool_team_id for fact in about.values()} - {False}
        return {
            (rule.id, team_id): replace(
                rule,
                team_id=team_id,
                teams=(team_id,),
                members=(),
                pool=turns.pool_name([team_id]),
            )
            for rule in rules
            if rule.by_grade and rule.teams
            for team_id in sorted(team_ids)
        }

    def _accounts(self, leads, rules, matched):
        """Return who looks after the accounts, for the leads whose rules ask for it."""
        ids = {rule.id for rule in rules if ACCOUNTS in rule.method.needs}
        if not ids:
            return {}
        return self.env["crm.routing.account"]._owners(
            leads.filtered(lambda lead: not ids.isdisjoint(matched[lead.id]))
        )

    # === CANDIDATES === #

    def _people(self, rules, about, accounts, matched):
        """Return the persons whom rules name for leads, each with his substitutes, by id."""
        user_ids = {
            rule.method.person(rule, fact, accounts)
            for rule in rules
            if not rule.method.from_teams
            for fact in about.values()
            if rule.id in matched[fact.id]
        }
        return self.env["crm.routing.pool"]._chains(user_ids - {False}, self.now)

    def _pools(self, rules):
        """Return the candidates of the rules that choose from teams.

        Of the others, the company that the team works for which they name.

        :rtype: dict[tuple, Pool]
        """
        team_ids = {team_id for rule in rules for team_id in rule.teams}
        hours = any(rule.in_hours for rule in rules)
        teams = self.env["crm.routing.pool"]._teams(team_ids, self.now, hours)
        companies = self._companies_of_teams(rules)
        pools = {}
        for rule in rules:
            team_id = rule.method.team(rule)
            if not rule.method.from_teams:
                pools[rule.key] = Pool(companies.get(team_id, False), "", [])
                continue
            candidates = {}
            for other_id in rule.teams:
                for candidate in teams.get(other_id, (False, "", []))[2]:
                    if not rule.members or candidate.member_id in rule.members:
                        candidates.setdefault(candidate.user_id, candidate)
            company_id, name, _members = teams.get(team_id, (False, "", []))
            # In an order that does not depend on which of the teams is the rule's main one:
            # rules with the same pool share its turns.
            order = [candidates[user_id] for user_id in sorted(candidates)]
            pools[rule.key] = Pool(company_id, name, order)
        return pools

    def _companies_of_teams(self, rules):
        """Return the companies of the teams that rules for a single person name, by team id."""
        team_ids = {
            rule.method.team(rule) for rule in rules if not rule.method.from_teams
        }
        # sudo: teams that the user may not see.
        teams = self.env["crm.team"].sudo().browse(team_ids - {False})
        return {team.id: team.company_id.id for team in teams}

    def _complete(self, rules, pools, people):
        """Read skills and loads where a rule, or a limit of a candidate, asks for them."""
        others = [person for chain in people.values() for person in chain]
        members = {c.member_id: c for pool in pools.values() for c in pool.candidates}
        members = list(members.values())
        if any(rule.skills for rule in rules):
            Measure(self.env).add_skills(members)
        limited = [*members, *(person for person in others if any(person.caps))]
        days = _look_back(rules, limited)
        todo = any(person.caps[3] for person in limited)
        todo |= any(LOADS in rule.method.needs for rule in rules)
        if days or todo:
            Measure(self.env).add_loads(limited, self.now, days, todo)

    def _share_loads(self, pools, people):
        """Have one load for each user: what one rule gives him counts for all of them."""
        loads = {
            person.user_id: person.load
            for chain in people.values()
            for person in chain
            if any(person.caps)
        }
        loads |= {c.user_id: c.load for pool in pools.values() for c in pool.candidates}
        for chain in people.values():
            for person in chain:
                person.load = loads.setdefault(person.user_id, person.load)

    def _refuse(self, leads, rules, pools, about):
        """Add to the facts which members' own filters a lead meets, and which not.

        Odoo has two: leads that a member takes, and among these, leads that he prefers.
        """
        members = {
            candidate.member_id: candidate
            for rule in rules
            if rule.capacity
            for candidate in pools[rule.key].candidates
        }
        takes = {key: c.domain for key, c in members.items() if c.domain}
        prefers = {key: c.prefers for key, c in members.items() if c.prefers}
        if not takes and not prefers:
            return about
        found = Measure(self.env).filtered(leads, takes, prefers, self.now)
        of_lead = {lead_id: lists for lead_id, *lists in found}
        return {
            lead_id: fact._replace(
                refused=frozenset(of_lead[lead_id][0]),
                preferred=frozenset(of_lead[lead_id][1]),
            )
            if lead_id in of_lead
            else fact
            for lead_id, fact in about.items()
        }

    def _history(self, rules, pools):
        """Read the success of the candidates of rules whose method asks for it."""
        user_ids = {
            candidate.user_id
            for rule in rules
            if HISTORY in rule.method.needs
            for candidate in pools[rule.key].candidates
        }
        return history.read(self.env, user_ids, self.now) if user_ids else {}

    def _works(self):
        """Return a function that says whether it is somebody's working time.

        Asked while leads are decided, and only about those of whom it counts; what it found it
        keeps.
        """
        known = {}

        def works(*key):
            key = (*key[:3], key[3] or self.now)
            if key not in known:
                known[key] = WorkingHours(self.env, *key[:3]).is_open(key[3])
            return known[key]

        return works


def _look_back(rules, members):
    """Return how many days count for the limits of members: no more are read."""
    if any(rule.capacity for rule in rules):
        return 30
    if any(person.caps[1] for person in members):
        return 7
    return 1 if any(person.caps[0] for person in members) else 0


def lead_facts(leads, rules, defaults, excluded, replay):
    """Return what is to be known about each lead, as far as the rules ask for it.

    :param leads: crm.lead records.
    :param list[Rule] rules: those that match one of them.
    :param dict defaults: by lead id, the user whom Odoo would have made the owner.
    :param dict excluded: by lead id, ids of users who must not get it.
    :param bool replay: judge working hours as of when each lead came in.
    :rtype: dict[int, LeadFacts]
    """
    # sudo: all leads are looked at in the same way, whoever saves them.
    leads = leads.sudo()
    skills = [skill for skill in SKILLS if any(skill in rule.skills for rule in rules)]
    similar = any(HISTORY in rule.method.needs for rule in rules)
    by_grade = any(rule.by_grade for rule in rules)
    engine = leads.env["crm.score.engine"]
    courses = engine._courses(leads) if by_grade else False
    return {
        lead.id: LeadFacts(
            lead.id,
            lead.user_id.id,
            lead.team_id.id,
            (lead.company_id or lead.team_id.company_id).id,
            lead.create_uid.id,
            lead.lead_grade,
            defaults.get(lead.id),
            frozenset(excluded.get(lead.id, ())),
            {
                skill: _asked(lead, skill) if skill in skills else NOTHING
                for skill in SKILLS
            },
            traits=_traits(lead) if similar else NOTHING,
            pool_team_id=courses and _pool_team_id(courses[lead.id]),
            moment=lead.create_date if replay else None,
        )
        for lead in leads
    }


def _asked(lead, skill):
    """Return what of a kind a member should know for a lead: ids, or words."""
    value = lead[ASKS[skill]]
    if skill == "title":
        return phrases.within(value)
    if skill == "channel":
        return frozenset((value,)) if value else NOTHING
    return frozenset(value.ids)


def _pool_team_id(course):
    """Return the id of the team that a course of action names, or False."""
    team = course.pool_team_id
    return team.active and team.id


def _traits(lead):
    """Return what makes a lead similar to others, as (dimension, value) pairs."""
    traits = {
        ("industry", lead.industry_id.id),
        ("language", lead.lang_id.id),
        ("country", lead.country_id.id),
        ("value", history.band(lead.expected_revenue)),
        *(("product", product_id) for product_id in lead.product_ids.ids),
        *(("segment", segment_id) for segment_id in lead.segment_ids.ids),
    }
    return frozenset(trait for trait in traits if trait[1])
