# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize

from ...tools import event_time
from ...tools.normalise import visible
from ..common.context import EVENT_BATCH
from ..common.rule.several import has_address, has_number, ways_of_writing

_logger = logging.getLogger(__name__)

# What an event from outside may say.
EVENT_KEYS = {
    "lead_id",
    "email",
    "phone",
    "outcome",
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

# How the values of an event are read.
READ = {
    "occurred_on": event_time.moment,
    "is_human": lambda value, now: event_time.truth(value),
    "value": lambda value, now: event_time.number(value),
}


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

        :param list[dict] events: at most 1,000, each with ``lead_id``, ``email`` or ``phone``
            (of an open lead; of several the latest), ``kind``, and optionally ``direction``
            (default "in"), ``is_human`` (default true),
            ``occurred_on`` (ISO 8601 or seconds since 1970, UTC where it names no offset;
            default now), ``outcome``, ``value``, ``source``, ``external_ref``, ``summary``.
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
            except (AccessError, UserError) as error:
                errors.append({"event": place, "reason": str(error)})
            except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
                _logger.info("Event %s cannot be read: %r", place, error)
                reason = self.env._("The event cannot be read.")
                errors.append({"event": place, "reason": reason})
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
        values = {"direction": "in", **event, "lead_id": lead.id}
        values.pop("email", None)
        values.pop("phone", None)
        for name in ("kind", "direction", "outcome"):
            if not isinstance(values.get(name) or "", str):
                raise UserError(self._event_problem(name, values[name]))
        values["is_human"] = True
        for name, read in READ.items():
            if name in event:
                values[name] = self._event_value(name, event[name], read)
        for name in ("source", "external_ref", "summary"):
            if values.get(name):
                values[name] = str(values[name]).replace("\x00", "")
        values["batch_id"] = EVENT_BATCH.of(self.env)
        # Refused here, with its reason, and not together with all others.
        self._record_row(values, None)
        return values

    @api.model
    def _event_value(self, name, value, read):
        """Return a value of an event as it is stored.

        :param read: a function of the value and the present moment.
        :raise UserError: says what is wrong with it.
        """
        now = fields.Datetime.now()
        if name == "occurred_on" and value in (None, "", False):
            return now
        try:
            return read(value, now)
        except OverflowError as error:
            raise UserError(
                self.env._("%s: an event cannot have happened then.", repr(value))
            ) from error
        except (ValueError, TypeError) as error:
            raise UserError(self._event_problem(name, value)) from error

    @api.model
    def _event_problem(self, name, value):
        """Say that a value of an event cannot be read, and how it should be written."""
        return self.env._(
            "%(name)s cannot be read: %(value)s. Write times as 2026-06-30 12:00:00 (UTC),"
            " 2026-06-30T12:00:00+03:00 or in seconds since 1970, is_human as true or false,"
            " and numbers with a point.",
            name=name,
            value=repr(value)[:80],
        )

    @api.model
    def _event_lead(self, event):
        """Return the lead of an event.

        :raise UserError: where there is none that the user may change.
        """
        lead = self._event_search(event)
        if not lead:
            raise UserError(self.env._("No such lead."))
        lead.check_access("write")
        return lead

    @api.model
    def _event_search(self, event):
        """Return the lead that an event names by its number, an address or a phone number."""
        leads = self.env["crm.lead"]
        if event.get("lead_id"):
            text = event["lead_id"]
            if isinstance(text, float) and not text.is_integer():
                return leads
            lead_id = int(text) if not isinstance(text, bool) else 0
            return leads.browse(lead_id).exists() if 0 < lead_id <= MOST_ID else leads
        domain = Domain.FALSE
        email, phone = event.get("email"), event.get("phone")
        if isinstance(email, str) and email.strip():
            text = visible(email).strip()
            text = text.removeprefix("mailto:").removeprefix("MAILTO:")
            domain = self._event_email_domain(text)
        elif phone and not isinstance(phone, bool) and isinstance(phone, (str, int)):
            domain = self._event_phone_domain(str(phone))
        if domain.is_false():
            return leads
        domain &= Domain("won_status", "=", "pending")
        return leads.search(domain, order="id desc", limit=1)

    @api.model
    def _event_email_domain(self, text):
        """Return which leads have an address, among all that they have."""
        address = email_normalize(text, strict=False)
        if not address:
            return Domain.FALSE
        # Without the part after a plus, which is the sender's own note.
        local, _at, host = address.partition("@")
        plain = f"{local.partition('+')[0]}@{host}"
        wanted = [address, plain] if plain != address else [address]
        domain = Domain("email_normalized", "in", wanted)
        domain |= has_address("email_from", wanted)
        domain |= has_address("email_cc", wanted)
        # Odoo leaves the lead's as it is where its contact gets a second one.
        contact = Domain("email_normalized", "in", wanted)
        contact |= has_address("email", wanted)
        return domain | Domain("partner_id", "any", contact)

    @api.model
    def _event_phone_domain(self, text):
        """Return which leads have a phone number, however it is written."""
        text = visible(text).strip()
        wanted = {self.env.user._phone_format(number=text, force_format="E164") or ""}
        # Systems leave out the plus.
        if text.lstrip("0").isdigit():
            plus = f"+{text.lstrip('0')}"
            wanted.add(
                self.env.user._phone_format(number=plus, force_format="E164") or ""
            )
        wanted -= {""}
        if not wanted:
            return Domain.FALSE
        domain = Domain("phone_sanitized", "in", sorted(wanted))
        # Of a field with several numbers Odoo reads none.
        domain |= has_number("phone", set().union(*map(ways_of_writing, wanted)))
        national = {
            "".join(c for c in one if c.isdigit())
            for one in self._event_national(wanted)
        }
        if national:
            countries = [False, self.env.company.country_id.id]
            here = Domain("country_id", "in", countries)
            domain |= here & has_number("phone", national)
        return domain | Domain("partner_id", "any", domain)

    @api.model
    def _event_national(self, numbers):
        """Return how numbers of the company's country are written in that country."""
        texts = (
            self.env.user._phone_format(number=number, force_format="NATIONAL")
            for number in numbers
        )
        return {text for text in texts if text and not text.startswith("+")}

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
