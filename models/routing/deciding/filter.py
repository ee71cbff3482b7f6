# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a filter is: something that is asked of a candidate before a rule may choose him.

``filters`` has one object for each; these are their kinds.
"""


class Filter:
    """Something that is asked of candidates.

    :param str code: of the log.
    :param header: says what is asked, in a word or two; called with the function that
        translates.
    :param verdict: says what to think of who fails it; called likewise.
    """

    def __init__(self, code, header, verdict):
        self.code, self.header, self.verdict = code, header, verdict

    def asked(self, run, rule, facts, candidates):
        """Tell whether a rule asks it for a lead: then it has a column in the log.

        :param Run run: what was read.
        :param Rule rule: the rule.
        :param LeadFacts facts: the lead.
        :param list[Candidate] candidates: who is judged.
        """
        return True

    def sees(self, rule, facts):
        """Return what of a lead it judges by: leads that differ in it are judged apart."""
        return


class State(Filter):
    """Something that is true of a person whatever the lead: ``reading`` found it out."""

    def fails(self, person):
        """Tell whether somebody fails it.

        >>> from .types import Candidate
        >>> away = State("away", None, None)
        >>> away.fails(Candidate(1, "Ann", blocked=("archived", "away")))
        True
        """
        return self.code in person.blocked


class Judge(Filter):
    """Something that depends on the rule or the lead. ``last``: judged after the others."""

    last = False

    def fails(self, run, rule, person, facts):
        """Tell whether a candidate fails it.

        :param Candidate person: who.
        """
        raise NotImplementedError


class Limit(Filter):
    """He has not got as many leads as he may. Within a batch, only this changes.

    :param int position: of the limit in ``Candidate.caps``.
    :param str counted: the name in Load of what it limits.
    :param bool capacity: it is Odoo's capacity of a membership: it counts where the rule heeds
        it, and may be 0. Else 0 is no limit.

    >>> from .types import Candidate, Load, Rule
    >>> per_day = Limit("cap_day", 0, "day", None, None)
    >>> per_month = Limit("cap_month", 2, "month", None, None, capacity=True)
    >>> plain, heeds = Rule(1, "All", None), Rule(2, "Some", None, capacity=True)
    >>> ann = Candidate(5, "Ann", caps=(2, 0, 0, 0), load=Load(day=1))
    >>> [per_day.fails(plain, ann), per_month.fails(plain, ann), per_month.fails(heeds, ann)]
    [False, False, True]
    >>> ann.load.add(grade=0)
    >>> per_day.fails(plain, ann)
    True
    """

    def __init__(self, code, position, counted, header, verdict, capacity=False):
        super().__init__(code, header, verdict)
        self.position, self.counted, self.capacity = position, counted, capacity

    def asked(self, run, rule, facts, candidates):
        return any(self.cap(rule, person) is not None for person in candidates)

    def cap(self, rule, person):
        """Return the limit of a candidate, or None where he has none."""
        cap = person.caps[self.position]
        if self.capacity:
            return cap if rule.capacity else None
        return cap or None

    def fails(self, rule, person):
        """Tell whether a candidate has reached it."""
        cap = self.cap(rule, person)
        return cap is not None and getattr(person.load, self.counted) >= cap
