# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections.abc import Callable
from typing import NamedTuple

from odoo import api, models


class Part(NamedTuple):
    """What the rules of one model say about leads, for ``crm.lead.evaluator``."""

    rules: str  # the model of the rules
    rows: tuple  # its RuleRow tuples
    reads: frozenset  # the lead fields that may change the outcome
    # (query, conditions) -> {name: SQL}: columns over crm_lead; without conditions, too
    columns: Callable
    # by stored field that holds the outcome, its SQL value from the columns
    values: dict

    @property
    def names(self):
        """The stored fields that hold the outcome."""
        return tuple(self.values)


# What a station cares for of an event: see CrmLeadStation._cares().
ALWAYS, NEVER = None, frozenset()


class CrmLeadStation(models.AbstractModel):
    """A station that a lead passes: what one room does when something happens to leads.

    **How to use.** A room inherits from this in one model, ``crm.<room>.station``, and
    implements the events that it cares for; the hub (crm_lead.py) names the stations in their
    order and tells them. A station does its own turn, and calls no other's.

    **Events**, in the order in which they come. ``leads`` are those that it happened to.

    ================================ ========================================================
    ``_before_create(vals_list, state)``  leads are about to be created: look at the values,
                                     change them. ``state`` is a dict for what the station
                                     wants to know again afterwards, under its own name:
                                     the leads then pass the stations. Not where all names
                                     begin with an underscore.
    ``_before_write(leads, vals, state)`` leads are about to be written; may refuse (UserError)
    ``_on_moved(leads, moves, state)`` they came to another stage, or to their first:
                                     ``{lead id: (former stage id or None, new one or None)}``
    ``_on_decided(leads, won, lost)`` they are won now, or lost, as Odoo understands it; both
                                     are ids. Not where they are created so, or archived only
    ``_on_closed(leads)``            they were open, and are won, lost or archived now
    ``_on_reopened(leads)``          they were won, lost or archived, and are open now
    ``_on_created(leads, state)``    they were created, and are evaluated
    ``_after_create(leads, state)``  the last word on a creation; may refuse (UserError)
    ``_on_written(leads, changes, state)`` fields have other values (see ``Changes``), and
                                     the leads are evaluated: whoever changed them, a person
                                     (``state`` as above), Odoo's computation, or a station
    ``_after_write(leads, state)``   the last word on a write; may refuse (UserError)
    ``_on_touched(leads, touchpoints)``  something was recorded that happened with them
    ``_on_graded(leads, grades, setup)`` they reached another grade: ``{lead id: grade}``
    ``_on_assigned(leads, decisions, mode)`` it was decided whose they are: see routing;
                                     ``mode``: auto, manual, reroute, or hand where a person
                                     gave them to somebody
    ``_on_unfit(leads, reason)``     their needs do not match what is offered, a room found
    ``_on_merged(lead, others)``     ``others`` go into ``lead`` and will be deleted
    ================================ ========================================================

    ``moved`` and ``closed`` are told always; ``created`` and ``written`` not where the caller
    asked for silence with the context key SKIP. Around all of these, and ``touched``, there is
    a savepoint: a station that raises never stops a lead from being saved, nor the other
    stations. One that raises in ``merged`` stops the merge: what it could not take along would
    be deleted with the other leads.
    """

    _name = "crm.lead.station"
    _description = "Station of leads"

    # Models whose rows belong to a lead, by their field lead_id: merging moves them along.
    _lead_rows = ()
    # Fields of leads that show what the station found out, not stored: they are read anew.
    _lead_shown_by = ()

    @api.model
    def _cares(self):
        """Return what of the events the station cares for, as the configuration is.

        Who has nothing to do is not even asked. Kept in memory with the configuration.

        :return: by the name of a method below, its topics, of which one must be among what
            the event is about; ALWAYS where it is not in it, NEVER. Topics are, of
            ``_before_create`` and ``_before_write``, the names of the fields given; of
            ``_on_written`` those that changed, and the names in ``state``; of
            ``_after_write`` the names in ``state``; of ``_on_touched`` kinds,
            directions and outcomes.
        :rtype: dict[str, frozenset or None]
        """
        return {}

    # === TURNS === #

    @api.model
    def _reads(self):
        """Return the lead fields whose change gives the station a turn to evaluate leads.

        :rtype: frozenset[str]
        """
        return frozenset()

    @api.model
    def _evaluate(self, leads, changed):
        """Find out what the station finds out about leads, and write what is new.

        :param leads: crm.lead records, at any number.
        :param changed: names of the fields that changed, or None for all.
        :return: by name of a field that this changed, the leads for which it did.
        :rtype: dict[str, crm.lead]
        """
        return {}

    @api.model
    def _parts(self):
        """Return what the rules of the room say about leads, to be written in one go.

        For ``crm.lead.evaluator``, which computes the parts of all rooms side by side.

        :rtype: list[Part]
        """
        return []

    # === EVENTS === #

    @api.model
    def _before_create(self, vals_list, state):
        pass

    @api.model
    def _before_write(self, leads, vals, state):
        pass

    @api.model
    def _on_moved(self, leads, moves, state):
        pass

    @api.model
    def _on_decided(self, leads, won, lost):
        pass

    @api.model
    def _on_closed(self, leads):
        pass

    @api.model
    def _on_reopened(self, leads):
        pass

    @api.model
    def _on_created(self, leads, state):
        pass

    @api.model
    def _on_written(self, leads, changes, state):
        pass

    @api.model
    def _after_create(self, leads, state):
        pass

    @api.model
    def _after_write(self, leads, state):
        pass

    @api.model
    def _on_touched(self, leads, touchpoints):
        pass

    @api.model
    def _on_graded(self, leads, grades, setup):
        pass

    @api.model
    def _on_assigned(self, leads, decisions, mode):
        pass

    @api.model
    def _on_unfit(self, leads, reason):
        pass

    @api.model
    def _on_merged(self, lead, others):
        pass

    # === ASKING === #

    @api.model
    def _what_next(self, lead):
        """Return the window that asks what comes next with a lead, or None.

        Asked by the windows in which a person notes a contact; the first answer counts.

        :param lead: one crm.lead record.
        """
        return

    # === MERGING === #

    @api.model
    def _merge_fields(self):
        """Return how fields of the room are merged, as core's hook of that purpose does.

        :return: by field name, a function of the name and the leads, the one to keep first,
            which returns the value to write; or None for the first value that is set.
        :rtype: dict
        """
        return {}
