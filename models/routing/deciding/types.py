# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What routing keeps in memory: plain values, no records.

``Rule``, ``Candidate``, ``Pool``, ``LeadFacts``, what holds them all, ``Run``, and ``Helpers``
are what ``reading`` gives; a ``Panel`` is made on the way; a ``Decision`` is what comes out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

# What a member may know, and a lead may ask for.
SKILLS = ("language", "industry", "product", "tags", "title", "channel")
NOTHING = frozenset()
NO_SKILLS = dict.fromkeys(SKILLS, NOTHING)

# Odoo's two filters of a member, each with the field that says why it is left aside.
FILTERS = {
    "assignment_domain": "routing_filter_reason",
    "assignment_domain_preferred": "routing_priority_reason",
}

# The name of what comes before all rules: known accounts.
KNOWN = "known_account"
# The outcome of leads that juniors get through their share of a rule.
GROWTH = "growth"
# And of leads that somebody gets in place of one that was none.
GIVEN_BACK = "given_back"


@dataclass(eq=False)
class Rule:
    """A routing rule, as far as deciding depends on it.

    ``method`` is the object of ``methods``; ``teams`` and ``members`` are ids of the teams
    that share the leads and of the members that it is limited to (none: all), ``pool`` the
    name by which their turns are counted. ``skills``: which of SKILLS a member must have;
    ``capacity``: whether Odoo's capacity and filters of a membership count; ``by_grade``: the
    team of the lead's grade takes the place of the teams; ``growth_share``: percentage of the
    leads that juniors learn from.
    """

    id: int
    name: str
    method: Any
    team_id: int = False
    user_id: int = False
    teams: tuple = ()
    members: tuple = ()
    pool: str = ""
    skills: tuple = ()
    min_seniority: int = 1
    in_hours: bool = False
    capacity: bool = False
    by_grade: bool = False
    growth_share: int = 0

    @classmethod
    def of(cls, row, method):
        """Return a rule from a RuleRow of ``crm.routing.rule`` and the object of its method."""
        values = row.values
        source = values["source"]
        return cls(
            row.id,
            row.name,
            method,
            team_id=values["team_id"],
            user_id=values["user_id"],
            teams=tuple(source["teams"]),
            members=tuple(source["members"]),
            pool=source["pool"],
            skills=tuple(skill for skill in SKILLS if values[f"match_{skill}"]),
            min_seniority=int(values["min_seniority"] or 1),
            in_hours=bool(values["in_hours_only"]),
            capacity=bool(values["respect_capacity"]),
            by_grade=bool(values["grade_pool"]),
            growth_share=values["growth_share"] or 0,
        )

    @property
    def key(self):
        """Return what tells a rule apart from itself with the team of a grade."""
        return self.id, self.pool


@dataclass(eq=False)
class Load:
    """How much a user has to do, and got lately; kept up to date within a batch."""

    open: int = 0
    effort: float = 0.0
    day: int = 0
    week: int = 0
    month: int = 0

    def add(self, grade):
        """Count one more lead of a grade (0 to 5).

        >>> load = Load(open=3, effort=5.0)
        >>> load.add(4)
        >>> load
        Load(open=4, effort=10.0, day=1, week=1, month=1)
        """
        self.open += 1
        self.effort += 1 + grade
        self.day += 1
        self.week += 1
        self.month += 1


@dataclass(eq=False)
class Candidate:
    """Somebody who may get a lead.

    ``blocked`` says why he can get no lead at all now: codes of filters. ``caps`` are the most
    leads per day, week, 30 days, and open at a time; 0 is no limit. ``domain`` is the text of
    Odoo's assignment filter of the membership, ``prefers`` that of its priority filter.
    ``teams``, as (id, company id or 0): the one that he is a member of here, else all that he
    is in. ``returned``: he came back from an absence in the last week. ``credit``: so many leads
    by which he is behind, for what he got were none.
    """

    user_id: int
    name: str
    companies: frozenset = NOTHING
    blocked: tuple = ()
    calendar_id: int = False
    tz: str = ""
    teams: tuple = ()
    team_id: int = False
    member_id: int = False
    weight: int = 1
    seniority: int = 2
    caps: tuple = (0, 0, 0, 0)
    domain: str = ""
    prefers: str = ""
    returned: bool = False
    credit: int = 0
    skills: dict = field(default_factory=lambda: NO_SKILLS)
    load: Load = field(default_factory=Load)


class Pool(NamedTuple):
    """The candidates of a rule that chooses from teams; of others, the company they work for."""

    company_id: int = False
    team_name: str = ""
    candidates: list = ()


@dataclass(eq=False)
class Panel:
    """The candidates of a rule, as judged for leads that are alike in all that counts.

    ``filters``: the codes of what was asked, in the order in which people read them;
    ``people``: (Candidate, codes that he failed) without the limits of leads; ``limited``: the
    positions of those who have such limits; ``preferred``: ids of the memberships that come
    before all others. The rest is what ``panel.refresh`` makes of it: ``able`` can take the
    lead, ``juniors`` could learn from it, ``group`` is what the log keeps, shared by all leads
    until it changes.
    """

    rule: Rule
    filters: tuple
    people: list
    limited: list
    preferred: frozenset = NOTHING
    limits: list = None
    able: list = None
    juniors: list = None
    group: dict = None


class LeadFacts(NamedTuple):
    """A lead."""

    id: int
    user_id: int = False
    team_id: int = False
    company_id: int = False
    creator_id: int = False
    grade: int = 0
    default_user_id: int = False
    excluded: frozenset = NOTHING
    # What the lead is about, by the names of SKILLS: what a member should know.
    asks: dict = NO_SKILLS
    # Ids of the team memberships whose own filter the lead does not meet.
    refused: frozenset = NOTHING
    # What makes leads similar, as (dimension, value) pairs.
    traits: frozenset = NOTHING
    # Ids of the team memberships that prefer such leads.
    preferred: frozenset = NOTHING
    # The team that the scorecard names for the lead's grade.
    pool_team_id: int = False
    # When it came in, where it is judged as of then; else None.
    moment: object = None


def _always(_calendar_id, _tz, _companies, _moment):
    """Say that it is working time, whenever."""
    return True


@dataclass(eq=False)
class Run:
    """All that is known about a batch of leads before anything is decided.

    ``rules`` in their order; ``matched``: rule ids by lead id; ``facts``: LeadFacts by lead
    id; ``pools``: Pool by ``Rule.key``; ``people``: by user id, single persons, each followed
    by his substitutes; ``accounts``: by lead id, who looks after the account (user id, how it
    was recognised, name of what matched); ``variants``: by rule id and team id, rules as they
    are for leads whose grade has a team of its own; ``history``: success with similar leads,
    as ``methods.BestMatch`` takes it; ``works(calendar id, zone, companies, moment)``:
    whether it is working time, None being now; ``knows_leave``: whether absences of Odoo's
    Time Off were read. ``tried`` and ``judged``, filled on the way, are what the log keeps of
    rules and candidates, by lead id.
    """

    rules: tuple = ()
    matched: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    pools: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)
    accounts: dict = field(default_factory=dict)
    variants: dict = field(default_factory=dict)
    history: dict = field(default_factory=dict)
    works: Callable = _always
    knows_leave: bool = False
    tried: dict = field(default_factory=dict)
    judged: dict = field(default_factory=dict)

    def __post_init__(self):
        self.tried = {lead_id: [] for lead_id in self.facts}
        self.judged = {lead_id: [] for lead_id in self.facts}


@dataclass(eq=False)
class Helpers:
    """Who can help where no rule does, as ``reading`` found them.

    ``company_id``: of leads that have none; ``owners``: the fallback owner by company id;
    ``leaders``: (user id, name, company id or False) by team id; ``users``: Candidate by user id.
    """

    company_id: int
    owners: dict
    leaders: dict
    users: dict


@dataclass(eq=False)
class Decision:
    """Who gets a lead, and why: the stored fields of ``crm.lead.routing.log``, without mode.

    Ids are False where there is none. ``outcome`` is the key of a method, or a code of
    ``story``; ``facts`` are the names and numbers that its sentence speaks of, with ``turn``
    and what was ``compared``; ``judged`` the groups of candidates that were looked at, the
    deciding one last; ``tried`` (rule id, name, code) of each rule, in order.
    """

    lead_id: int
    to_user_id: int = False
    outcome: str = "nobody"
    rule_id: int = False
    team_id: int = False
    from_user_id: int = False
    facts: dict = field(default_factory=dict)
    judged: list = field(default_factory=list)
    tried: list = field(default_factory=list)

    @classmethod
    def of(cls, values):
        """Return a decision from a dict of its fields, or the decision that it is already.

        The bridge for those who still write decisions down as dicts.

        >>> made = Decision.of({"lead_id": 7, "to_user_id": 2, "outcome": "by_hand"})
        >>> (made.to_user_id, made.rule_id, Decision.of(made) is made)
        (2, False, True)
        """
        return values if isinstance(values, cls) else cls(**values)

    def __getitem__(self, name):
        """Return a field by its name, as of a dict.

        >>> Decision(7)["lead_id"]
        7
        """
        return getattr(self, name)

    def as_dict(self):
        """Return the fields as a dict, what they hold not copied.

        >>> Decision(**Decision(7, 2).as_dict()).to_user_id
        2
        """
        return {one.name: getattr(self, one.name) for one in fields(self)}
