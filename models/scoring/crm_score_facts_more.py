# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

# The types of properties that can be learned from.
PROPERTY_TYPES = ("char", "selection", "boolean", "integer", "float")
# From how many events on, of a kind, a lead may differ from others.
COUNTS = (1, 3)
PROPERTIES = "lead_properties"


class Fact(NamedTuple):
    """What a key of the facts means."""

    name: str  # of the field, with the name of the property
    type: str  # of the field, or "events"
    label: str
    words: Callable  # gives a value in words
    value: object = None  # where the fact is about one value of several


class CrmScoreFacts(models.AbstractModel):
    """Properties and events as facts, and all facts in words."""

    _inherit = "crm.score.facts"

    @api.model
    def _fact(self, key):
        """Return what a key means.

        :param str key: as in the facts of ``_read``.
        :rtype: Fact
        """
        name, _colon, value = key.partition(":")
        if name == "touchpoint_ids":
            return self._event_fact(*value.split(":"))
        if "." in name:
            definition = self._properties()[name]
            options = {
                option[0]: option[1] for option in definition.get("selection") or ()
            }
            return Fact(
                name,
                definition["type"],
                definition.get("string") or name,
                lambda item: str(options.get(item, item)),
            )
        field = self.env["crm.lead"]._fields[name]
        label = field._description_string(self.env)
        if not value:
            return Fact(name, field.type, label, lambda item: self._words(field, item))
        text = f"{label}: {self._words(field, int(value))}"
        return Fact(name, field.type, text, str, int(value))

    @api.model
    def _event_fact(self, kind, count):
        """Return what the key of a number of events means."""
        label = dict(self.env["crm.scorecard.rule"]._selection_event_kind())[kind]
        text = self.env._(
            "%(kind)s from the lead, at least %(count)s", kind=label, count=count
        )
        return Fact("touchpoint_ids", "events", text, str, (kind, int(count)))

    @api.model
    def _words(self, field, value):
        """Return a value of a field of crm.lead in words."""
        if field.relational:
            # sudo: only the name of what the leads point at.
            return self.env[field.comodel_name].sudo().browse(
                value
            ).display_name or str(value)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    @api.model
    def _properties(self):
        """Return the definitions of the properties of leads, of all teams.

        :return: by ``lead_properties.NAME``: ``name``, ``type``, ``string``, ``selection``.
        :rtype: dict[str, dict]
        """
        # sudo: what the properties are called, not what any lead has in them.
        teams = (
            self.env["crm.team"]
            .sudo()
            .with_context(active_test=False)
            .search([("id", "!=", False)])
        )
        return {
            f"{PROPERTIES}.{definition['name']}": definition
            for team in teams
            for definition in team.lead_properties_definition or ()
            if definition["type"] in PROPERTY_TYPES
        }

    @api.model
    def _read_properties(self, leads, names):
        """Return the facts of properties, each by its full name."""
        if not names:
            return {}
        leads.flush_recordset([PROPERTIES])
        found = dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, lead_properties FROM crm_lead"
                    " WHERE id = ANY(%s) AND lead_properties IS NOT NULL",
                    leads.ids,
                )
            )
        )
        definitions, facts = self._properties(), {}
        for full_name in names:
            name = full_name.partition(".")[2]
            is_number = definitions[full_name]["type"] in ("integer", "float")
            values = [found.get(lead_id, {}).get(name) or None for lead_id in leads.ids]
            facts[full_name] = ("number" if is_number else "category", values)
        return facts

    @api.model
    def _read_events(self, leads):
        """Return, for each kind of event, whether leads had so many before they were closed.

        Only what came from the lead itself: how much it was worked on is our doing.
        """
        counts = Counter()
        for lead_id, kind, count in self.env.execute_query(
            SQL(
                "SELECT t.lead_id, t.kind, count(*) FROM crm_touchpoint t"
                " JOIN crm_lead l ON l.id = t.lead_id WHERE t.lead_id = ANY(%s)"
                " AND t.direction = 'in'"
                " AND (l.date_closed IS NULL OR t.occurred_on <= l.date_closed)"
                " GROUP BY t.lead_id, t.kind",
                leads.ids,
            )
        ):
            counts[lead_id, kind] = count
        kinds = sorted({kind for _lead_id, kind in counts})
        return {
            f"touchpoint_ids:{kind}:{least}": (
                "category",
                [
                    True if counts[lead_id, kind] >= least else None
                    for lead_id in leads.ids
                ],
            )
            for kind in kinds
            for least in COUNTS
        }
