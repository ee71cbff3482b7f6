# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What the routing engine keeps in memory: plain values, no records."""

from dataclasses import dataclass, field
from typing import NamedTuple

NO_SKILLS = {
    "language": frozenset(),
    "industry": frozenset(),
    "product": frozenset(),
    "tags": frozenset(),
}


@dataclass(eq=False)
class Load:
    """How much a user has to do, and got lately; kept up to date within a batch."""

    open: int = 0
    effort: float = 0.0
    day: int = 0
    week: int = 0
    month: int = 0

    def add(self, grade):
        """Count one more lead of a grade (0 to 5)."""
        self.open += 1
        self.effort += 1 + grade
        self.day += 1
        self.week += 1
        self.month += 1


@dataclass(eq=False)
class Candidate:
    """Somebody who may get a lead.

    ``blocked`` says why he can get no lead at all now: codes of
    ``crm.lead.routing.log._verdict_texts``. ``caps`` are the most leads per day, week, 30
    days, and open at a time; 0 is no limit. ``domain`` is the text of Odoo's assignment
    filter of the membership, ``prefers`` that of its priority filter. ``teams``, as (id, company
    id or 0): the one that he is a member of here, else all that he is in.
    ``returned``: he came back from an absence in the last week.
    """

    user_id: int
    name: str
    companies: frozenset
    blocked: tuple
    calendar_id: int = False
    tz: str = "UTC"
    teams: tuple = ()
    team_id: int = False
    member_id: int = False
    weight: int = 1
    seniority: int = 2
    caps: tuple = (0, 0, 0, 0)
    domain: str = ""
    prefers: str = ""
    returned: bool = False
    skills: dict = field(default_factory=lambda: NO_SKILLS)
    load: Load = field(default_factory=Load)


class Pool(NamedTuple):
    """The candidates of a rule."""

    company_id: int
    team_name: str
    candidates: list


@dataclass(eq=False)
class Panel:
    """The candidates of a rule, as judged for leads that are alike in all that counts.

    ``filters``: the codes of what was asked, in the order in which people read them;
    ``people``: (Candidate, codes that he failed) without the limits of leads; ``limited``: the
    positions of those who have such limits; ``preferred``: ids of the memberships that come
    before all others. The rest is what ``crm.routing.filter._refresh`` makes of it: ``able``
    can take the lead, ``juniors`` could learn from it, ``group`` is what the log keeps, shared
    by all leads until it changes.
    """

    rule: str
    filters: tuple
    people: list
    limited: list
    preferred: frozenset = frozenset()
    limits: list = None
    able: list = None
    juniors: list = None
    group: dict = None


class LeadFacts(NamedTuple):
    """A lead."""

    id: int
    user_id: int
    team_id: int
    company_id: int
    creator_id: int
    grade: int
    default_user_id: int
    excluded: frozenset
    # What the lead is about, by the names of NO_SKILLS: what a member should know.
    asks: dict
    # Ids of the team memberships whose own filter the lead does not meet.
    refused: frozenset
    # What makes leads similar, as (dimension, value) pairs.
    traits: frozenset
    # Ids of the team memberships that prefer such leads.
    preferred: frozenset = frozenset()
    # The team that the scorecard names for the lead's grade.
    pool_team_id: int = False
    # When it came in, where it is judged as of then; else None.
    moment: object = None


@dataclass(eq=False)
class Run:
    """The state of one pass of the engine over a batch of leads.

    ``matched``: rule ids by lead id; ``facts``: LeadFacts by lead id; ``pools``: Pool by rule
    id and pool name; ``variants``: by rule id and team id, rules as they are for leads whose
    grade has a team of its own; ``accounts``: by lead id, who looks after the account;
    ``open``: whether it is working time, by calendar id, zone and moment. The rest is filled
    on the way: ``tried`` and ``judged`` are what the log keeps of rules and candidates,
    ``panels`` those judged so far, ``peeked`` the number of turns that were looked at, by
    name.
    """

    rows: tuple
    matched: dict
    facts: dict
    pools: dict
    accounts: dict
    people: dict
    history: dict
    now: object
    peek: bool = False
    variants: dict = field(default_factory=dict)
    position: dict = field(default_factory=dict)
    tried: dict = field(default_factory=dict)
    judged: dict = field(default_factory=dict)
    open: dict = field(default_factory=dict)
    panels: dict = field(default_factory=dict)
    peeked: dict = field(default_factory=dict)
