# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is known of a closed lead, as it was in the moment in which it was closed."""

from dataclasses import dataclass, field, fields
from datetime import datetime

DAY = 86400.0


@dataclass
class Facts:
    """What is known of one closed lead, as it was when it was closed."""

    outcome: str  # won, lost or unqualified
    closed_on: datetime
    received_on: datetime
    grade_last: int = 0
    grade_first: int = 0
    lost_reason_id: int = 0
    user_id: int = 0
    team_id: int = 0
    company_id: int = 0
    closed_by_id: int = 0
    amount: float = 0.0
    qualification: str = ""
    deadline: datetime | None = None
    answered_on: datetime | None = None
    touches_in: int = 0
    touches_out: int = 0
    attempts: int = 0
    messages: int = 0  # that went out, by a person or not
    messages_by_hand: int = 0
    silence: float = 0.0  # the longest, in days
    first_talk: datetime | None = None
    offer: datetime | None = None
    last_touch: datetime | None = None
    skipped: list = field(default_factory=list)  # roles of stages
    overrides: int = 0
    owners: int = 0
    hops: int = 0
    steps_due: int = 0
    steps_in_time: int = 0
    missed: list = field(default_factory=list)  # codes of duties
    has_next: bool = False  # something was planned when it was closed
    tracks: int = 0
    duplicate_id: int = 0  # an open lead of the same person
    events: list = field(default_factory=list)  # see crm.lead.audit.snapshot

    @property
    def is_dropped(self):
        """Whether it was given up, for whatever reason."""
        return self.outcome != "won"

    @property
    def has_reason(self):
        """Whether somebody said why it was dropped."""
        return bool(self.lost_reason_id)

    @property
    def days(self):
        """How long it was open."""
        return max(0.0, (self.closed_on - self.received_on).total_seconds() / DAY)

    @property
    def answer_minutes(self):
        """How long it waited for the first answer; None: it got none."""
        if not self.answered_on:
            return None
        return max(0, int((self.answered_on - self.received_on).total_seconds() // 60))


KNOWN = frozenset(each.name for each in fields(Facts))
