# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.exceptions import AccessError, UserError

# What an event from outside may say.
EVENT_KEYS = {
    "lead_id",
    "email",
    "kind",
    "direction",
    "is_human",
    "occurred_on",
    "value",
    "source",
    "external_ref",
    "summary",
}
# The highest id that the database can hold.
MOST_ID = 2**31 - 1
# The most events of one call.
MOST_EVENTS = 1000


class CrmTouchpoint(models.Model):
    """Events that come in from outside: telephony, social networks, web analytics."""

    _inherit = "crm.touchpoint"

    @api.model
    def record_events(self, events):
        """Record events of leads that another system has seen.

        By Odoo's JSON-2 API::

            POST /json/2/crm.touchpoint/record_events
            {"events": [{"email": "an@example.com", "kind": "web_visit", "direction": "in",
                         "occurred_on": "2025-06-30 12:00:00", "value": 3,
                         "source": "analytics", "external_ref": "visit-4711",
                         "summary": "Price list"}]}

        The user must be allowed to change the leads. An event whose ``source`` and
        ``external_ref`` are known is skipped: sending the same twice does no harm.

        :param list[dict] events: at most 1,000, each with ``lead_id`` or ``email`` (of an
            open lead; of several the latest), ``kind``, and optionally ``direction``
            (default "in"), ``is_human`` (default true), ``occurred_on`` (UTC, default now),
            ``value``, ``source``, ``external_ref`` and ``summary``.
        :return: ``recorded``, ``known``: numbers of events; ``errors``: list of
            ``{"event": place in the list from 0, "reason": text}`` of the refused ones.
        :rtype: dict
        :raise UserError: where the call itself is wrong.
        """
        if not isinstance(events, list) or len(events) > MOST_EVENTS:
            raise UserError(
                self.env._("Send a list of at most %s events.", MOST_EVENTS)
            )
        self.env["crm.lead"].check_access("write")
        rows, errors = [], []
        for place, event in enumerate(events):
            try:
                rows.append(self._event_values(event))
            except (AccessError, UserError, ValueError, TypeError) as error:
                errors.append({"event": place, "reason": str(error)})
        recorded = len(self._record(rows))
        return {"recorded": recorded, "known": len(rows) - recorded, "errors": errors}

    @api.model
    def _event_values(self, event):
        """Return the values of the touchpoint that an event from outside becomes.

        :raise UserError: where the event cannot be used.
        """
        if not isinstance(event, dict):
            raise UserError(self.env._("An event is a set of names and values."))
        unknown = sorted(set(event) - EVENT_KEYS)
        if unknown:
            raise UserError(self.env._("Unknown: %s", ", ".join(map(str, unknown))))
        lead = self._event_lead(event)
        values = {"direction": "in", "is_human": True, **event, "lead_id": lead.id}
        values.pop("email", None)
        for name in ("source", "external_ref", "summary"):
            if values.get(name):
                values[name] = str(values[name]).replace("\x00", "")
        # Refused here, with its reason, and not together with all others.
        self._record_row(values, None)
        return values

    @api.model
    def _event_lead(self, event):
        """Return the lead of an event.

        :raise UserError: where there is none that the user may change.
        """
        leads = self.env["crm.lead"]
        if event.get("lead_id"):
            lead_id = int(event["lead_id"])
            lead = leads.browse(lead_id).exists() if 0 < lead_id <= MOST_ID else leads
        else:
            email = (event.get("email") or "").strip().lower()
            lead = (
                leads.search(
                    [("email_normalized", "=", email), ("won_status", "=", "pending")],
                    order="id desc",
                    limit=1,
                )
                if email
                else leads
            )
        if not lead:
            raise UserError(self.env._("No such lead."))
        lead.check_access("write")
        return lead

    @api.model
    def _record_unsubscribed(self, field_name, addresses):
        """Record for open leads that an address does not want messages any more.

        :param str field_name: the lead field that holds the address.
        :param list[str] addresses: as normalised by Odoo.
        """
        if not addresses:
            return
        # sudo: the wish counts for all leads with the address, whoever notes it down.
        leads = (
            self.env["crm.lead"]
            .sudo()
            .search([(field_name, "in", addresses), ("won_status", "=", "pending")])
        )
        self._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "unsubscribe",
                    "direction": "in",
                    "is_human": True,
                    "summary": lead[field_name],
                }
                for lead in leads
            ]
        )
