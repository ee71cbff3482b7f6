# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Finds an owner for the leads that no rule could give to anybody.

In this order: the company's fallback owner, the leader of the lead's own team or of the first
rule that matched, whoever has the lead or would have had it without routing, unless he is
archived. A fallback must be an active internal user who works in the lead's company; that he
is away does not matter, since nobody else is left.

>>> from .types import Candidate, Helpers, LeadFacts, Run
>>> ann = Candidate(1, "Ann", companies={1}, blocked=("away",))
>>> bob = Candidate(2, "Bob", companies={1}, blocked=("archived",))
>>> facts = {7: LeadFacts(7), 8: LeadFacts(8, user_id=1, company_id=2), 9: LeadFacts(9, user_id=2)}
>>> run = Run(facts=facts)
>>> owners, leaders = {1: 2, 2: False}, {3: (1, "Gulf", False)}
>>> helpers = Helpers(1, owners, leaders, users={1: ann, 2: bob})
>>> decisions = decide(run, {7: 3, 8: 3, 9: False}, helpers)
>>> [(one.outcome, one.to_user_id, one.team_id) for one in decisions.values()]
[('fallback_leader', 1, 3), ('kept_owner', 1, False), ('nobody', False, False)]
>>> [group["people"] for group in decisions[7].judged]
[[(2, 'Bob', ('archived',))], [(1, 'Ann', ())]]
>>> decisions[8].judged[0]["people"]
[(1, 'Ann', ('company',))]

A team of another company helps nobody: the lead would go there.

>>> helpers.leaders[3] = (1, "Gulf", 2)
>>> decide(run, {7: 3}, helpers)[7].outcome
'nobody'

Where the company's fallback owner can, nobody else is asked.

>>> helpers.owners[1] = 1
>>> first = decide(run, {7: 3}, helpers)[7]
>>> (first.outcome, first.team_id, len(first.judged))
('fallback_company', False, 1)
"""

from .filters import ACCESS, ARCHIVED, COMPANY, EXCLUDED, EXTERNAL, State
from .types import Decision

# What is asked of a fallback, in the order in which people read it.
ASKED = (ARCHIVED, EXTERNAL, ACCESS, COMPANY, EXCLUDED)


def teams(run, lead_ids):
    """Return the teams whose leaders may help, by lead id; False where there is none.

    The lead's own, else that of the first rule that matches it.

    >>> from .types import LeadFacts, Rule, Run
    >>> rules = (Rule(1, "Account", None), Rule(2, "Gulf", None, team_id=3))
    >>> facts = {7: LeadFacts(7), 8: LeadFacts(8, team_id=4), 9: LeadFacts(9)}
    >>> run = Run(rules=rules, facts=facts, matched={7: {1, 2}, 8: {2}, 9: {1}})
    >>> teams(run, [7, 8, 9])
    {7: 3, 8: 4, 9: False}
    """
    return {
        lead_id: run.facts[lead_id].team_id or _rule_team(run, run.matched[lead_id])
        for lead_id in lead_ids
    }


def _rule_team(run, matched):
    """Return the team of the first rule among those that match, or False."""
    named = (rule.team_id for rule in run.rules if rule.id in matched)
    return next(filter(None, named), False)


def decide(run, team_of, helpers):
    """Decide about leads.

    :param Run run: what was read, and tried.
    :param dict team_of: of :func:`teams`.
    :param Helpers helpers: who can help.
    :rtype: dict[int, Decision]
    """
    return {
        lead_id: _decide(run, run.facts[lead_id], team_id, helpers)
        for lead_id, team_id in team_of.items()
    }


def _decide(run, facts, team_id, helpers):
    """Return the decision about one lead."""
    company_id = facts.company_id or helpers.company_id
    leader_id, team_name = _leader(helpers, team_id, company_id)
    judged = list(run.judged[facts.id])
    chosen, outcome = None, "nobody"
    for code, user_id in (
        ("fallback_company", helpers.owners[company_id]),
        ("fallback_leader", leader_id),
    ):
        if chosen is None and user_id:
            person = helpers.users[user_id]
            failed = _failed(run, person, facts._replace(company_id=company_id))
            judged.append(
                {
                    "rule": code,
                    "filters": tuple(
                        one.code
                        for one in ASKED
                        if one is not ACCESS or one.fails(person)
                    ),
                    "people": [(person.user_id, person.name, failed)],
                }
            )
            if not failed:
                chosen, outcome = person, code
    if chosen is None:
        chosen, outcome = _kept(facts, helpers.users)
    return Decision(
        facts.id,
        chosen.user_id if chosen else False,
        outcome,
        team_id=team_id if outcome == "fallback_leader" else facts.team_id,
        from_user_id=facts.user_id,
        facts={"user": chosen.name if chosen else "", "team": team_name},
        judged=judged,
        tried=run.tried[facts.id],
    )


def set_aside(decision):
    """Say of a decision without rules that the lead is set aside.

    >>> from .types import Decision
    >>> one = Decision(7, 2, "fallback_company")
    >>> set_aside(one)
    >>> one.outcome
    'set_aside'
    >>> none = Decision(8)
    >>> set_aside(none)
    >>> none.outcome
    'nobody'
    """
    if decision.to_user_id:
        decision.outcome = "set_aside"


def last_resort(run, facts, helpers):
    """Return who gets a lead that nobody answered, or False, and the outcome.

    >>> from .types import Candidate, Helpers, LeadFacts, Run
    >>> ann, bob = (Candidate(n, "", companies={n}) for n in (1, 2))
    >>> owners, leaders = {1: 1, 2: False}, {3: (2, "", False)}
    >>> helpers = Helpers(1, owners, leaders, users={1: ann, 2: bob})
    >>> for company_id in (1, 2):
    ...     last_resort(Run(), LeadFacts(7, team_id=3, company_id=company_id), helpers)
    (1, 'late_fallback')
    (2, 'late')
    >>> last_resort(Run(), LeadFacts(7, company_id=2), helpers)
    (False, 'late')
    """
    company_id = facts.company_id or helpers.company_id
    leader_id, _name = _leader(helpers, facts.team_id, company_id)
    facts = facts._replace(company_id=company_id, excluded=frozenset())
    for outcome, user_id in (
        ("late", leader_id),
        ("late_fallback", helpers.owners[company_id]),
    ):
        if user_id and not _failed(run, helpers.users[user_id], facts):
            return user_id, outcome
    return False, "late"


def _leader(helpers, team_id, company_id):
    """Return the leader of a team, False where it is another company's, and its name."""
    leader_id, name, of_company = helpers.leaders.get(team_id, (False, "", False))
    return (leader_id if of_company in (False, company_id) else False), name


def _failed(run, person, facts):
    """Return the codes of why a fallback cannot take the lead."""
    return tuple(
        one.code
        for one in ASKED
        if (
            one.fails(person)
            if isinstance(one, State)
            else one.fails(run, None, person, facts)
        )
    )


def _kept(facts, users):
    """Return who keeps a lead that nobody can take, or None, and the outcome.

    Nobody keeps it who is archived: it waits, and the alarm is raised.
    """
    kept = users.get(facts.user_id or facts.default_user_id)
    if not kept or ARCHIVED.fails(kept):
        return None, "nobody"
    return kept, "kept_owner" if facts.user_id else "kept_default"
