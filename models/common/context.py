# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The context keys of the addon: what a caller may say, and what only its own code may.

A client sends whatever context it likes. So there is one key that counts wherever it comes
from (for those who may: see rights.py), ``SKIP``; all others are marks, whose values no
client can make.
"""

from dataclasses import dataclass

from ...const import SKIP  # noqa: F401  (all keys can be had from here)

PREFIX = "crm_lead_management"


@dataclass(frozen=True)
class Sealed:
    """A value in the context that comes from code: JSON cannot make one."""

    value: object


class Mark:
    """A context key that only server code can set.

    Put it into a context with ``records.with_context(**MARK.on(value))``, read it with
    ``MARK.of(env)``, which is None where it is not set, or was set by somebody else.
    """

    def __init__(self, name):
        self.key = f"{PREFIX}_{name}"

    def on(self, value=True):
        """Return the context with the mark, for ``with_context()``; None takes it out."""
        return {self.key: None if value is None else Sealed(value)}

    def of(self, env):
        """Return the value of the mark in an environment, or None."""
        sealed = env.context.get(self.key)
        return sealed.value if type(sealed) is Sealed else None


def defaults(env):
    """Return the names of the fields for which the context has default values."""
    prefix = "default_"
    return [key.removeprefix(prefix) for key in env.context if key.startswith(prefix)]


# What is written comes from an engine of ours, and not from the client in whose name it works.
ENGINE = Mark("engine")
# Companies of what is written were compared: Odoo would do it again for each lead.
CHECKED = Mark("companies_checked")
# The hub has a savepoint around the stations: a failing rule takes all of them back.
GUARDED = Mark("guarded")
# Something failed: each station has a savepoint of its own now, and is passed over if it fails.
CAREFUL = Mark("careful")
# A pass over many leads: launches no plans, proposes nothing, tells nobody.
BULK = Mark("bulk")

# activity: a message is posted whose touchpoint is recorded by who posts it.
TOUCHPOINT_KNOWN = Mark("touchpoint_known")
# activity: a mail that a program wrote comes in.
AUTOMATIC = Mark("automatic")
# activity: the import that events belong to, which can be taken back as a whole.
EVENT_BATCH = Mark("event_batch")
# intake: a mail that failed is tried again.
MAIL_AGAIN = Mark("mail_again")
# scoring: a scorecard is saved together with its grades, which are checked as a whole at the end.
SAVING = Mark("scorecard_saving")
# routing: a lead is created as the copy of another.
COPYING = Mark("copying")
# routing: a write of owners is the engine's own, and no log "by hand" is due.
ROUTING = Mark("routing")
# followup: an activity of a step is changed by the engine, which has the ledger say so.
FOLLOWUP = Mark("followup")
# followup: the agenda is read for the first rows of one person.
AGENDA_PAGE = Mark("agenda_page")
# routing: an experiment goes on, and is not changed by hand.
EXPERIMENT = Mark("experiment")
# message: the language in which a message to a lead is written; its template; its texts.
MESSAGE_LANG = Mark("writing_in")
MESSAGE_TEMPLATE = Mark("message_template")
MESSAGE_BODIES = Mark("message_bodies")
# message: nobody wrote the e-mail to this one lead: it carries a way out.
UNSUBSCRIBE = Mark("message_unsubscribe")
# message: it is the system that writes, though in the name and with the rights of a person.
MESSAGE_SYSTEM = Mark("message_system")
# message: in whose name a message goes, other than the owner's: the id of a user, 0 the company.
MESSAGE_SENDER = Mark("message_in_name_of")
# message: of messages that wait, those that people have timed themselves.
OF_PEOPLE = Mark("of_people")
# pipeline: unarchiving does not bring leads back to the stage before Unqualified.
STAY = Mark("stay_in_stage")
# pipeline: why a manager moves leads although their new stage demands something else.
OVERRIDE = Mark("stage_override")
# pipeline: what the move is due to, for the log, where it was not a person's choice.
REASON = Mark("stage_reason")
# insight: why leads are dropped, which Odoo writes after it has archived them.
LOST_REASON = Mark("lost_reason")
# nurture: a track moves the lead, or runs an action on it: the lead stays in the track.
NURTURE = Mark("nurture")
