# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""What is asked of a candidate before a rule may choose him: one object for each filter.

A filter says all about itself: when it is asked, what of a lead it judges by, who fails it,
and the words for it. Every candidate is put to every filter that is asked, so that the log can
show all that stood against somebody. ``FILTERS`` is in the order in which people read them.
"""

# === WHAT A FILTER IS === #


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


# === THE FILTERS === #


class Leave(State):
    """Whether Odoo's Time Off has him at work; asked where it is installed."""

    def asked(self, run, rule, facts, candidates):
        return run.knows_leave


class Access(State):
    """He may open leads at all; asked where somebody may not, which is seldom."""

    def asked(self, run, rule, facts, candidates):
        return any(self.fails(person) for person in candidates)


class Company(Judge):
    """He, and the team for which he would get it, are of the company of the lead.

    >>> from .types import Candidate, LeadFacts
    >>> both, lead = frozenset({1, 2}), LeadFacts(7, company_id=1)
    >>> COMPANY.fails(None, None, Candidate(5, "Ann", companies=both), lead)
    False
    >>> member = Candidate(5, "Ann", companies=both, member_id=9, teams=((3, 2),))
    >>> COMPANY.fails(None, None, member, lead)
    True
    >>> member.teams = ((3, 0),)
    >>> COMPANY.fails(None, None, member, lead)
    False
    """

    def asked(self, run, rule, facts, candidates):
        return bool(facts.company_id)

    def sees(self, rule, facts):
        return facts.company_id

    def fails(self, run, rule, person, facts):
        if facts.company_id not in person.companies:
            return True
        of_team = person.teams[0][1] if person.member_id else 0
        return of_team not in (0, facts.company_id)


class Excluded(Judge):
    """He is not one of those who must not get it: those who had it, or who leave.

    >>> from .types import Candidate, LeadFacts
    >>> EXCLUDED.fails(None, None, Candidate(5, "Ann"), LeadFacts(7, excluded={5}))
    True
    """

    def asked(self, run, rule, facts, candidates):
        return bool(facts.excluded)

    def sees(self, rule, facts):
        return facts.excluded

    def fails(self, run, rule, person, facts):
        return person.user_id in facts.excluded


class Skill(Judge):
    """He knows one of the things that the lead asks for; a lead that asks nothing, anybody."""

    def asked(self, run, rule, facts, candidates):
        return self.code in rule.skills and bool(facts.asks[self.code])

    def sees(self, rule, facts):
        return facts.asks[self.code] if self.code in rule.skills else None

    def fails(self, run, rule, person, facts):
        return facts.asks[self.code].isdisjoint(person.skills[self.code])


class Seniority(Judge):
    """He has the experience that the rule asks for; juniors pass where it asks for none.

    >>> from .types import Candidate, Rule
    >>> rule = Rule(1, "All", None, min_seniority=2)
    >>> [SENIORITY.fails(None, rule, Candidate(5, "Ann", seniority=n), None) for n in (1, 2, 3)]
    [True, False, False]
    """

    def asked(self, run, rule, facts, candidates):
        return rule.min_seniority > 1

    def fails(self, run, rule, person, facts):
        return person.seniority < rule.min_seniority


class Share(Judge):
    """He has a share, where the method goes by shares."""

    def asked(self, run, rule, facts, candidates):
        return rule.method.weighs

    def fails(self, run, rule, person, facts):
        return not person.weight


class Hours(Judge):
    """It is his working time: now, or when the lead came in where that is judged."""

    last = True

    def asked(self, run, rule, facts, candidates):
        return rule.in_hours

    def sees(self, rule, facts):
        return facts.moment if rule.in_hours else None

    def fails(self, run, rule, person, facts):
        return not run.works(
            person.calendar_id, person.tz, person.companies, facts.moment
        )


class OwnFilter(Judge):
    """The lead meets Odoo's own filter of his membership, where the rule heeds it."""

    def asked(self, run, rule, facts, candidates):
        return rule.capacity

    def sees(self, rule, facts):
        return facts.refused if rule.capacity else None

    def fails(self, run, rule, person, facts):
        return person.member_id in facts.refused


class Preference(Filter):
    """He is among those who prefer such leads, where anybody is who can take it.

    Who is not fails nothing: he comes after the others, see ``panel``.
    """

    def asked(self, run, rule, facts, candidates):
        return bool(self.sees(rule, facts))

    def sees(self, rule, facts):
        return facts.preferred if rule.capacity else frozenset()


# === ALL OF THEM === #

ARCHIVED = State("archived", lambda _: _("Active"), lambda _: _("Archived user"))
EXTERNAL = State(
    "external", lambda _: _("Internal user"), lambda _: _("Not an internal user")
)
ACCESS = Access(
    "no_access",
    lambda _: _("May open leads"),
    lambda _: _("Has no access to leads"),
)
PAUSED = State("paused", lambda _: _("Not paused"), lambda _: _("Assignment is paused"))
AWAY = State("away", lambda _: _("In office"), lambda _: _("Out of office"))
LEAVE = Leave("leave", lambda _: _("Not on leave"), lambda _: _("On leave"))
COMPANY = Company(
    "company",
    lambda _: _("Company"),
    lambda _: _("Does not work in the company of the lead"),
)
EXCLUDED = Excluded(
    "excluded", lambda _: _("Did not have it"), lambda _: _("Had the lead before")
)
LANGUAGE = Skill(
    "language",
    lambda _: _("Language"),
    lambda _: _("Does not speak the language of the lead"),
)
INDUSTRY = Skill(
    "industry",
    lambda _: _("Industry"),
    lambda _: _("Does not know the industry of the lead"),
)
PRODUCT = Skill(
    "product",
    lambda _: _("Product"),
    lambda _: _("Does not know the products that the lead asks about"),
)
TAGS = Skill(
    "tags",
    lambda _: _("Tags"),
    lambda _: _("Has none of the skills that the tags of the lead ask for"),
)
TITLE = Skill(
    "title",
    lambda _: _("Job title"),
    lambda _: _("Does not deal with people in the position of the lead"),
)
CHANNEL = Skill(
    "channel",
    lambda _: _("Channel"),
    lambda _: _("Does not work in the channel that the lead prefers"),
)
SENIORITY = Seniority(
    "seniority",
    lambda _: _("Experience"),
    lambda _: _("Has less experience than the rule asks for"),
)
SHARE = Share("weight", lambda _: _("Has a share"), lambda _: _("Has a share of 0"))
HOURS = Hours(
    "hours", lambda _: _("Working now"), lambda _: _("Is outside of working hours")
)
OWN_FILTER = OwnFilter(
    "domain",
    lambda _: _("Own filter"),
    lambda _: _("Has an assignment filter that the lead does not meet"),
)
CAP_DAY = Limit(
    "cap_day",
    0,
    "day",
    lambda _: _("Limit per day"),
    lambda _: _("Has reached the limit of leads per day"),
)
CAP_WEEK = Limit(
    "cap_week",
    1,
    "week",
    lambda _: _("Limit per week"),
    lambda _: _("Has reached the limit of leads per week"),
)
CAP_MONTH = Limit(
    "cap_month",
    2,
    "month",
    lambda _: _("Capacity in 30 days"),
    lambda _: _("Has reached the capacity of leads in 30 days"),
    capacity=True,
)
CAP_OPEN = Limit(
    "cap_open",
    3,
    "open",
    lambda _: _("Limit of open leads"),
    lambda _: _("Has reached the limit of open leads"),
)
PREFERENCE = Preference(
    "preference",
    lambda _: _("Preference"),
    lambda _: _("Could take it, but others prefer such leads"),
)

FILTERS = (
    *(ARCHIVED, EXTERNAL, ACCESS, PAUSED, AWAY, LEAVE),
    *(COMPANY, EXCLUDED, LANGUAGE, INDUSTRY, PRODUCT, TAGS, TITLE, CHANNEL),
    *(SENIORITY, SHARE, HOURS),
    *(OWN_FILTER, CAP_DAY, CAP_WEEK, CAP_MONTH, CAP_OPEN, PREFERENCE),
)


def left(rule, person):
    """Return how many leads a candidate may still get under a rule, or None: any number.

    >>> from .types import Candidate, Load, Rule
    >>> ann = Candidate(5, "Ann", caps=(3, 9, 1, 0), load=Load(day=1, week=8))
    >>> left(Rule(1, "All", None), ann), left(Rule(1, "All", None), Candidate(6, "Bob"))
    (1, None)
    """
    limits = [one for one in FILTERS if isinstance(one, Limit)]
    counts = [
        one.cap(rule, person) - getattr(person.load, one.counted)
        for one in limits
        if one.cap(rule, person) is not None
    ]
    return min(counts) if counts else None
