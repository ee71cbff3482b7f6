# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Names that several rooms share."""

from dataclasses import dataclass

# A create or write with this context key scores and routes nothing. For migrations and
# big imports, which evaluate their leads afterwards, in batches.
SKIP = "crm_lead_management_skip"

# Set by the hub around the engines: a savepoint is there already, for all of them.
GUARDED = "crm_lead_management_guarded"

# In the context of the engines while leads are being created: what they find out is kept in
# memory, and written to the database once, with all that creating a lead still writes. The
# cache of the cursor has, under the same key, which leads these are, as Fresh.
FRESH = "crm_lead_management_fresh"


class Fresh(tuple):
    """Ids of leads being created, and what one engine notes about them for a later one."""

    def __init__(self, _ids=()):
        self.notes = {}


@dataclass(frozen=True)
class Slot:
    """A parameter of a statement that is kept in memory: its value comes when it is executed.

    Named after the field of ``crm.lead`` whose value it is, but for those below.
    """

    name: str


# The ids of the leads; the present, in UTC; the id of the user.
LEADS, NOW, UID = Slot("ids"), Slot("now()"), Slot("uid()")


# In the context of passes over many leads: they launch no plans.
BULK = "crm_lead_management_bulk"

# While a message is posted whose touchpoint is recorded by who posts it.
TOUCHPOINT_KNOWN = "crm_touchpoint_known"

# How a person who may not be written to is notified: not at all.
BLOCKED = "blocked"

# The three categories of what we know about a lead.
INFO_GROUPS = [
    ("basic", "Basic"),
    ("qualifier", "Qualifiers"),
    ("supplementary", "Supplementary"),
]

# While a message to a lead is rendered: the language that it is written in.
MESSAGE_LANG = "crm_message_lang"

# What a message to a lead is for.
MESSAGE_PURPOSES = [
    ("introduction", "Introduction"),
    ("welcome", "Welcome"),
    ("meeting", "Meeting request"),
    ("after_call", "After a call"),
    ("offer", "Offer sent"),
    ("after_offer", "After the offer"),
    ("closing", "Closing"),
    ("thank_you", "Thank-you note"),
    ("launch", "Product launch"),
    ("win_back", "Win-back"),
    ("birthday", "Birthday"),
    ("other", "Other"),
]
MESSAGE_GRADES = [(str(grade), str(grade)) for grade in range(1, 6)]

# What a lead does later than so many days after a message is hardly an answer to it.
ANSWER_DAYS = 14
