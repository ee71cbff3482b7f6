# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Finds the one right person for each lead, by the rules.

The first rule that matches a lead and has somebody who can take it decides; its method
chooses. Where candidates reach a limit in the middle of a batch, the leads that are left go
through once more.

>>> from .methods import get
>>> from .turns import looking
>>> from .types import Candidate, LeadFacts, Pool, Rule, Run
>>> ann, bob = Candidate(1, "Ann", team_id=3, caps=(1, 0, 0, 0)), Candidate(2, "Bob", team_id=3)
>>> big = Rule(1, "Big", get("round_robin"), team_id=3, pool="a")
>>> rest = Rule(2, "Rest", get("round_robin"), team_id=3, pool="b")
>>> pools = {big.key: Pool(False, "Gulf", [ann]), rest.key: Pool(False, "Gulf", [ann, bob])}
>>> run = Run(
...     rules=(big, rest),
...     matched={7: {1, 2}, 8: {1, 2}, 9: {2}, 10: set()},
...     facts={lead_id: LeadFacts(lead_id) for lead_id in (7, 8, 9, 10)},
...     pools=pools,
... )
>>> decisions = decide(run, [7, 8, 9, 10], looking(lambda names: dict.fromkeys(names, 0)))
>>> {lead_id: (one.rule_id, one.to_user_id) for lead_id, one in decisions.items()}
{7: (1, 1), 9: (2, 2), 8: (2, 2)}
>>> decisions[8].tried
[(1, 'Big', 'nobody'), (2, 'Rest', 'chosen')]
>>> run.tried[10]
[(1, 'Big', 'no_match'), (2, 'Rest', 'no_match')]

Who is just getting a lead from another process, at his limit, is passed over.

>>> dan = Candidate(4, "Dan", team_id=3, caps=(2, 0, 0, 0))
>>> pools[rest.key] = Pool(False, "Gulf", [dan, Candidate(3, "Cem", team_id=3)])
>>> once = Run((rest,), {9: {2}}, {9: LeadFacts(9)}, pools)
>>> look = looking(lambda names: dict.fromkeys(names, 0))
>>> decide(once, [9], look, lambda user_id: user_id != 4)[9].to_user_id
3

A rule that has no candidates at all leaves no table in the story.

>>> pools[big.key] = Pool()
>>> again = Run((big,), {7: {1}}, {7: LeadFacts(7)}, pools)
>>> decide(again, [7], None), again.tried, again.judged
({}, {7: [(1, 'Big', 'empty')]}, {7: []})
"""

from . import filters, turns
from .panel import Panels, refresh
from .types import GIVEN_BACK, GROWTH, Decision

# Who may get more leads than this is not reserved: so many come at once nowhere.
NEAR = 8


def decide(run, lead_ids, take, reserve=None):
    """Decide about leads.

    :param Run run: what was read; its ``tried`` and ``judged`` are filled.
    :param list[int] lead_ids: the leads, in the order in which they come up.
    :param take: takes turns, as ``turns.deal`` expects it.
    :param reserve: called with a user id: whether he can still be had, who may be given a lead by
        another process at this moment; None: all can.
    :return: by lead id, decisions about the leads that a rule could give to somebody.
    :rtype: dict[int, Decision]
    """
    rounds, decisions, waiting = Rounds(run, take, reserve), {}, lead_ids
    while waiting:
        waiting = rounds.go(waiting, decisions)
    return decisions


class Rounds:
    """The rounds in which the leads of a batch go through the rules.

    ``position`` is the rule that a lead comes to next, by lead id.
    """

    def __init__(self, run, take, reserve=None):
        self.run, self.take, self.reserve = run, take, reserve
        self.panels = Panels(run)
        self.position = dict.fromkeys(run.facts, 0)

    def go(self, lead_ids, decisions):
        """Let each lead find its rule, then hand the leads out.

        :param list[int] lead_ids: the leads that are not decided yet.
        :param dict decisions: those made are put there, by lead id.
        :return: ids of the leads whose candidates filled up meanwhile.
        """
        choices = {}
        for lead_id in lead_ids:
            choice = self._find_rule(lead_id)
            if choice:
                choices[lead_id] = choice
        owed = turns.given_back(choices)
        waiting = {k: choice for k, choice in choices.items() if k not in owed}
        dealt, lessons = turns.deal(waiting, self.take)
        left = []
        for lead_id, (rule, panel) in choices.items():
            facts = self.run.facts[lead_id]
            turn, lesson = dealt.get(lead_id), lead_id in lessons
            decision = self._choose(rule, panel, facts, turn, lesson, owed.get(lead_id))
            if decision:
                decisions[lead_id] = decision
            else:
                left.append(lead_id)
        return left

    def _find_rule(self, lead_id):
        """Return the next rule that has somebody for the lead, with its panel, or None.

        Notes the rules that were tried in vain.
        """
        run = self.run
        facts, matched = run.facts[lead_id], run.matched[lead_id]
        while self.position[lead_id] < len(run.rules):
            rule = run.rules[self.position[lead_id]]
            self.position[lead_id] += 1
            if rule.id not in matched:
                run.tried[lead_id].append((rule.id, rule.name, "no_match"))
                continue
            rule = run.variants.get((rule.id, facts.pool_team_id), rule)
            panel = self.panels.of(rule, facts)
            reason = self._nobody(rule, facts, panel)
            if not reason:
                return rule, panel
            self._in_vain(rule, panel, facts, reason)
        return None

    def _in_vain(self, rule, panel, facts, reason):
        """Put on record that a rule had nobody for a lead."""
        self.run.tried[facts.id].append((rule.id, rule.name, reason))
        if panel.people:
            self.run.judged[facts.id].append(panel.group)

    def _nobody(self, rule, facts, panel):
        """Return why a rule that matches has nobody for the lead, or an empty string."""
        pool = self.run.pools[rule.key]
        if pool.company_id and facts.company_id and pool.company_id != facts.company_id:
            return "team_company"
        if not panel.people:
            return rule.method.nobody
        return "" if panel.able else "nobody"

    def _choose(self, rule, panel, facts, turn, lesson, owed=None):
        """Choose one of those who can take the lead, and return the decision.

        Returns None where all have reached a limit since they were judged.

        :param int turn: of those who can take the lead, or of the juniors who may learn.
        :param bool lesson: it is a lead for the juniors, where there are any.
        :param owed: who gets it in place of one that was none; None: whose turn it is.
        """
        refresh(panel)
        lesson = lesson and bool(panel.juniors)
        able = panel.juniors if lesson else panel.able
        if owed in able:
            able = [owed]
        run, method = self.run, rule.method
        winner, compared = self._reserved(rule, able, facts, turn)
        if not winner:
            self._in_vain(rule, panel, facts, "nobody")
            return None
        winner.load.add(facts.grade)
        return Decision(
            facts.id,
            winner.user_id,
            self._outcome(method, winner, lesson, owed),
            rule_id=rule.id or False,
            team_id=winner.team_id or team_of(rule, winner, facts),
            from_user_id=facts.user_id,
            facts={
                "rule": rule.name,
                "user": winner.name,
                "team": run.pools[rule.key].team_name,
                "able": len(panel.able),
                "total": len(panel.people),
                **method.mentions(run, rule, facts),
                "turn": turn,
                **({"compared": compared} if compared and not (lesson or owed) else {}),
            },
            judged=[*run.judged[facts.id], panel.group],
            tried=[*run.tried[facts.id], (rule.id, rule.name, "chosen")],
        )

    @staticmethod
    def _outcome(method, winner, lesson, owed):
        """Return the code of why somebody gets a lead."""
        if owed is winner:
            return GIVEN_BACK
        return GROWTH if lesson else method.key

    def _reserved(self, rule, able, facts, turn):
        """Return the one of those able whom the method chooses and who can still be had.

        :return: the candidate, or None, and what was compared.
        """
        while able:
            winner, compared = rule.method.choose(self.run, able, facts, turn or 0)
            if not self._is_near(rule, winner) or self.reserve(winner.user_id):
                return winner, compared
            able = _without(able, winner)
        return None, None

    def _is_near(self, rule, person):
        """Tell whether somebody must be reserved: so near his limit that others may fill it."""
        left = filters.left(rule, person) if self.reserve else None
        return left is not None and left <= NEAR


def _without(people, person):
    return [one for one in people if one is not person]


def team_of(rule, winner, facts):
    """Return the team of a lead whose rule chose a person, not a member of a team.

    The team that the rule names for it; else the lead's own where the person is in it; else
    the person's first. False where he has none.

    >>> from .person_methods import AccountOwner, Fixed
    >>> from .types import Candidate, LeadFacts, Rule
    >>> ann = Candidate(1, "Ann", teams=((3, 0), (4, 2)))
    >>> owner = Rule(1, "Account", AccountOwner(), team_id=9)
    >>> [team_of(owner, ann, LeadFacts(7, team_id=team)) for team in (4, 5, False)]
    [4, 3, 3]
    >>> team_of(owner, ann, LeadFacts(7, team_id=4, company_id=1))
    3
    >>> team_of(Rule(1, "Fixed", Fixed(), team_id=9), ann, LeadFacts(7))
    9
    """
    named = rule.method.team(rule)
    if named:
        return named
    teams = [
        team_id
        for team_id, company_id in winner.teams
        if not company_id or company_id == (facts.company_id or company_id)
    ]
    if facts.team_id in teams:
        return facts.team_id
    return teams[0] if teams else False
