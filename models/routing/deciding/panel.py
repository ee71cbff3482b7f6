# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Judges whether candidates can take a lead under a rule.

Leads that are alike in all that counts share one judgement, a Panel; what counts the filters
say themselves. Within a batch only the limits of leads change.

>>> from .methods import get
>>> from .types import Candidate, LeadFacts, Pool, Rule, Run
>>> able = [Candidate(1, "Ann", caps=(1, 0, 0, 0)), Candidate(2, "Bob", blocked=("away",))]
>>> rule = Rule(1, "All", get("round_robin"))
>>> panels = Panels(Run(pools={rule.key: Pool(candidates=able)}))
>>> panel = panels.of(rule, LeadFacts(7))
>>> [person.name for person in panel.able]
['Ann']
>>> panel.group["people"]
[(1, 'Ann', ()), (2, 'Bob', ('away',))]
>>> panels.of(rule, LeadFacts(8)) is panel
True
>>> panels.of(rule, LeadFacts(9, excluded=frozenset({1}))) is panel
False

So does each thing by which candidates are judged one by one: two leads of which one thing is
not the same have a panel each.

>>> from .types import NO_SKILLS
>>> asking = Rule(4, "Asks", get("round_robin"), skills=("tags",), in_hours=True, capacity=True)
>>> panels = Panels(Run(pools={asking.key: Pool(candidates=able)}, works=lambda *_key: True))
>>> unlike = [{}, {"company_id": 1}, {"asks": {**NO_SKILLS, "tags": frozenset({1})}},
...           {"moment": 1}, {"refused": frozenset({9})}, {"preferred": frozenset({9})}]
>>> len({id(panels.of(asking, LeadFacts(7, **facts))) for facts in unlike}) == len(unlike)
True

Juniors can learn from a lead whether or not the rule asks for more experience, but not who
fails anything else.

>>> young = [Candidate(3, "Cem", seniority=1), Candidate(4, "Dan", (), ("away",), seniority=1)]
>>> for least in (1, 2):
...     asks = Rule(2, "Asks", get("round_robin"), min_seniority=least)
...     found = Panels(Run(pools={asks.key: Pool(candidates=young)})).of(asks, LeadFacts(7))
...     print(len(found.able), [person.name for person in found.juniors])
1 ['Cem']
0 ['Cem']

Working hours are judged last, though people read them before the member's own filter.

>>> strict = Rule(3, "Strict", get("round_robin"), in_hours=True, capacity=True)
>>> eve = [Candidate(5, "Eve", member_id=9, caps=(0, 0, 9, 0))]
>>> closed = Run(pools={strict.key: Pool(candidates=eve)}, works=lambda *_key: False)
>>> found = Panels(closed).of(strict, LeadFacts(7, refused=frozenset({9})))
>>> (found.filters[4:6], found.group["people"])
(('hours', 'domain'), [(5, 'Eve', ('domain', 'hours'))])

Who has got as many leads as he may is looked at again.

>>> able[0].load.add(grade=0)
>>> refresh(panel)
>>> (panel.able, panel.group["people"][0])
([], (1, 'Ann', ('cap_day',)))
"""

from . import filters
from .filters import Judge, Limit
from .types import Panel


class Panels:
    """The candidates of all rules, as judged so far.

    :param Run run: what was read.
    """

    def __init__(self, run):
        self.run = run
        self.known = {}

    def of(self, rule, facts):
        """Return the candidates of a rule as judged for a lead.

        :param Rule rule: the rule.
        :param LeadFacts facts: the lead.
        :rtype: Panel
        """
        key = (
            rule.key,
            rule.method.person(rule, facts, self.run.accounts),
            *(one.sees(rule, facts) for one in filters.FILTERS),
        )
        panel = self.known.get(key)
        if panel is None:
            candidates = rule.method.candidates(self.run, rule, facts)
            panel = self.known[key] = self._judge(rule, candidates, facts)
        refresh(panel)
        return panel

    def _judge(self, rule, candidates, facts):
        """Judge candidates for a lead, and for all that are like it, but for their limits."""
        run = self.run
        asked = [
            one for one in filters.FILTERS if one.asked(run, rule, facts, candidates)
        ]
        judges = [one for one in asked if isinstance(one, Judge)]
        judges.sort(key=lambda judge: judge.last)
        people = [
            (
                person,
                (
                    *person.blocked,
                    *(j.code for j in judges if j.fails(run, rule, person, facts)),
                ),
            )
            for person in candidates
        ]
        limits = [one for one in asked if isinstance(one, Limit)]
        return Panel(
            rule=rule,
            filters=tuple(one.code for one in asked),
            people=people,
            preferred=filters.PREFERENCE.sees(rule, facts),
            limited=[
                at
                for at, person in enumerate(candidates)
                if any(limit.cap(rule, person) is not None for limit in limits)
            ],
        )


def refresh(panel):
    """Look again at the limits of candidates, who fill up within a batch."""
    limits = [_reached(panel.rule, panel.people[at][0]) for at in panel.limited]
    if limits == panel.limits:
        return
    panel.limits = limits
    reached = dict(zip(panel.limited, limits, strict=True))
    people = [
        (person, (*failed, *reached.get(at, ())))
        for at, (person, failed) in enumerate(panel.people)
    ]
    panel.able = [person for person, failed in people if not failed]
    panel.juniors = [
        person
        for person, failed in people
        if person.seniority == 1 and set(failed) <= {filters.SENIORITY.code}
    ]
    first = [person for person in panel.able if person.member_id in panel.preferred]
    if first:
        behind = set(panel.able) - set(first)
        panel.able = first
        people = [
            (person, (filters.PREFERENCE.code,) if person in behind else failed)
            for person, failed in people
        ]
    panel.group = {
        "rule": panel.rule.name,
        "filters": panel.filters,
        "people": [(person.user_id, person.name, failed) for person, failed in people],
    }


def _reached(rule, person):
    """Return the codes of the limits that a candidate has reached."""
    return tuple(
        one.code
        for one in filters.FILTERS
        if isinstance(one, Limit) and one.fails(rule, person)
    )
