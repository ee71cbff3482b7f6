# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Whose turn it is: which counter a lead belongs to, and which number it gets.

A pool is the set of teams whose members share the leads, with the members that a rule
restricts itself to. Rules with the same pool share its turns, whichever of the teams is the
main one: by whatever rule the leads came, each member gets as many as the others. Members who
join or leave change the pool's size, not its identity.

A pool counts separately the leads that different people in it can take: were there one count
only, and every second lead for two specialists, all of these would fall on even numbers, and
to the same person. So those who can take a lead share a counter: one lane of the pool for
each set of people, made when it is first needed.
Which leads of a rule juniors learn from is counted for the rule.

The counters themselves are ``acting.counters``; here they are a function that takes turns.
"""

import hashlib

# === NAMES === #


def pool_name(team_ids, member_ids=()):
    """Return the name of a pool, from ids of teams and of the members it is limited to.

    >>> pool_name([2, 1], [5]) == pool_name([1, 2, 2], [5])
    True
    >>> pool_name([1]) == pool_name([1], [5])
    False
    """
    text = f"{sorted(set(team_ids))}{sorted(set(member_ids))}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"crm_routing_turn_{digest}"


def lanes(pool):
    """Return the names of the counters that a pool has from the start.

    That for leads which everybody in it can take; those for parts of it come when needed.

    >>> lanes("pool")
    ['pool_0']
    """
    return [f"{pool}_0"]


def pool_of(lane):
    """Return the pool that a counter belongs to.

    >>> pool_of("crm_routing_turn_ab_0"), pool_of("crm_routing_growth_7")
    ('crm_routing_turn_ab', 'crm_routing_growth')
    """
    return lane.rpartition("_")[0]


def lane(rule, able, people):
    """Return the name of the counter for a lead: the one place that says which.

    Those who can take it share a counter; shares of members are counted apart, for their turns
    are not those of other methods.

    :param Rule rule: the rule that has the lead.
    :param list[Candidate] able: those who can take it, in the order of the pool.
    :param people: all candidates.

    >>> from .methods import get
    >>> from .types import Candidate, Rule
    >>> ann, bob = Candidate(1, "Ann"), Candidate(2, "Bob")
    >>> plain, shares = (Rule(1, "", get(k), pool="p") for k in ("best_match", "weighted"))
    >>> lane(plain, [ann, bob], [ann, bob])
    'p_0'
    >>> names = {lane(plain, [one], [ann, bob]) for one in (ann, bob)}
    >>> names.add(lane(shares, [ann, bob], [ann, bob]))
    >>> len(names), {pool_of(name) for name in names}
    (3, {'p'})
    """
    if not rule.method.weighs and len(able) == len(people):
        return lanes(rule.pool)[0]
    text = f"{rule.method.weighs}{sorted(person.user_id for person in able)}"
    return f"{rule.pool}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def growth(rule_id):
    """Return the name of the counter by which juniors get their share of a rule."""
    return f"crm_routing_growth_{rule_id}"


# === DEALING === #


def looking(peek):
    """Return a function that only looks at turns as :meth:`Turns` would take them.

    Turns that were only looked at come again: it goes on after those of its last call.

    :param peek: returns the next turn by name, of the counters with these names.

    >>> look = looking(lambda names: dict.fromkeys(names, 5))
    >>> look({"a": 2}), look({"a": 1, "b": 1})
    ({'a': [5, 6]}, {'a': [7], 'b': [5]})
    """
    seen = {}

    def look(counts):
        first, turns = peek(list(counts)), {}
        for name, count in counts.items():
            start = first[name] + seen.get(name, 0)
            turns[name] = list(range(start, start + count))
            seen[name] = seen.get(name, 0) + count
        return turns

    return look


def given_back(choices):
    """Return who gets leads in place of some that were none, before anybody's turn comes.

    :param dict choices: as of :func:`deal`; the credit of who gets one is used up.
    :return: the candidate by lead id.

    >>> from .methods import get
    >>> from .types import Candidate, Panel, Rule
    >>> ann, bob = Candidate(1, "Ann"), Candidate(2, "Bob", credit=1)
    >>> rule = Rule(1, "All", get("round_robin"))
    >>> panel = Panel(rule, (), [(ann, ()), (bob, ())], [], able=[ann, bob])
    >>> found = given_back(dict.fromkeys((7, 8), (rule, panel)))
    >>> [(lead_id, person.name) for lead_id, person in found.items()]
    [(7, 'Bob')]

    Only among those who take turns: who has the least to do gets the next one anyway.

    >>> ann.credit, busy = 1, Rule(2, "Busy", get("least_loaded"))
    >>> given_back({7: (busy, Panel(busy, (), [(ann, ())], [], able=[ann]))})
    {}
    """
    found = {}
    for lead_id, (rule, panel) in choices.items():
        behind = [one for one in panel.able if rule.method.takes_turns and one.credit]
        if behind:
            found[lead_id] = max(behind, key=lambda one: one.credit)
            found[lead_id].credit -= 1
    return found


def deal(choices, take):
    """Take the turns of leads that have found their rules.

    :param dict choices: ``(Rule, Panel)`` by lead id.
    :param take: takes how many turns are wanted by name of the counter, and returns the turns
        by name, in the order in which they come up; called once, and once more where juniors
        have a share.
    :return: the turn by lead id, for methods that need one, and the ids of the leads that
        juniors may learn from.
    :rtype: tuple[dict[int, int], set[int]]

    >>> from .methods import get
    >>> from .types import Candidate, Panel, Rule
    >>> ann, bob = Candidate(1, "Ann"), Candidate(2, "Bob", seniority=1)
    >>> rule = Rule(1, "Half to juniors", get("round_robin"), pool="p", growth_share=50)
    >>> panel = Panel(rule, (), [(ann, ()), (bob, ())], [], able=[ann, bob], juniors=[bob])
    >>> take = looking(lambda names: dict.fromkeys(names, 0))
    >>> deal(dict.fromkeys((7, 8, 9, 10), (rule, panel)), take)
    ({8: 0, 10: 1, 7: 0, 9: 1}, {8, 10})

    Where candidates stand in order there is no turn.

    >>> from .person_methods import Fixed
    >>> fixed = Rule(2, "Fixed", Fixed())
    >>> deal({7: (fixed, panel)}, take)
    ({}, set())
    """
    shares = {
        lead_id: rule.growth_share
        for lead_id, (rule, panel) in choices.items()
        if rule.growth_share and panel.juniors
    }
    counted = _count({k: growth(choices[k][0].id) for k in shares}, take)
    lessons = {
        lead_id
        for lead_id, share in shares.items()
        if (counted[lead_id] + 1) * share // 100 > counted[lead_id] * share // 100
    }
    # The lessons come up one after the other, so the juniors take turns by their number.
    turns = {k: counted[k] * shares[k] // 100 for k in shares if k in lessons}
    names = {
        lead_id: lane(rule, panel.able, panel.people)
        for lead_id, (rule, panel) in choices.items()
        if lead_id not in lessons and not rule.method.in_order
    }
    return {**turns, **_count(names, take)}, lessons


def _count(names, take):
    """Return the next number of a counter for each lead, from its name by lead id."""
    counts = {}
    for name in names.values():
        counts[name] = counts.get(name, 0) + 1
    if not counts:
        return {}
    numbers = {name: iter(taken) for name, taken in take(counts).items()}
    return {lead_id: next(numbers[name]) for lead_id, name in names.items()}
