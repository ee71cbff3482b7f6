# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What an entry says, before anything is made of it."""

from dataclasses import dataclass, field


@dataclass
class Said:
    """What an entry says."""

    vals: dict = field(default_factory=dict)  # fields of the lead
    notes: list = field(default_factory=list)  # for the history
    more: list = field(
        default_factory=list
    )  # (name, value) that the map knows nothing of
    answers: list = field(default_factory=list)  # (mapping line id, text)
    odd: list = field(default_factory=list)  # (label, value) that could not be read
    missing: list = field(default_factory=list)  # required, and not there
    consent: bool | None = None
    summary: str = ""
    ref: str | None = None
    person: str | None = None
    moment: object = None
    email: str | None = None  # normalised
    phone: str | None = None  # E.164

    @property
    def name(self):
        """The name of the person."""
        return self.vals.get("contact_name") or ""

    @property
    def who(self):
        """How people call the entry in a list."""
        vals = self.vals
        names = ("contact_name", "partner_name", "email_from", "phone", "name")
        return next((vals[name] for name in names if vals.get(name)), "")

    @property
    def is_reachable(self):
        """Whether anything is known by which somebody can do something about it."""
        return bool(self.who or self.vals.get("request_note"))
