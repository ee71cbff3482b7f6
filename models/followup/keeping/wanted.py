# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from typing import NamedTuple

# Working minutes within which a step is to be done that would be late when it is planned.
GRACE = 480


class Wanted(NamedTuple):
    """A step that should be planned for a lead."""

    kind: str
    duty: str
    step_id: int
    user_id: int
    due_on: datetime
    channel: str = None
    purpose: str = None
    policy_id: int = None
    summary: str = None
    minutes: float = GRACE

    @property
    def code(self):
        """What tells it apart from other steps of the lead, as ``Planned.code``."""
        return self.kind, self.duty, self.step_id or 0
