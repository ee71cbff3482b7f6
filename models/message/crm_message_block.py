# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain

# Where touchpoints of the kind "bounce" come from that are about a phone number.
BOUNCE_SOURCES = {"sms": "sms.sms", "whatsapp": "crm.message.whatsapp"}


class Block(NamedTuple):
    """Why one address or number gets nothing."""

    failure: str  # a failure type of Odoo's mails or SMS
    reason: str  # for a person to read


class CrmMessageGuard(models.AbstractModel):
    """Single addresses and numbers: what Odoo's own windows and queues ask about leads.

    A blacklist is about an address, wherever it stands. An opt-out is the wish of a person: it
    holds for the addresses of the lead that it stands on, on all leads with one of them, not
    for other people who are written to from its page; and for every number of the lead. A
    bounce is about the address or number that it came from: a new one
    has not bounced.
    """

    _inherit = "crm.message.guard"

    # === E-MAIL === #

    @api.model
    def _blocked_addresses(self, addresses):
        """Tell which e-mail addresses get no e-mail about a lead.

        :param dict addresses: sets of normalized addresses, by crm.lead record.
        :return: by lead, a :class:`Block` for each address that gets nothing.
        :rtype: dict
        """
        leads = self.env["crm.lead"].union(*addresses)
        used = {address for found in addresses.values() for address in found}
        # sudo: nobody may read the blacklist, everybody must respect it.
        entries = (
            self.env["mail.blacklist"].sudo().search([("email", "in", list(used))])
        )
        blacklist = set(entries.mapped("email"))
        optouts = leads.filtered("optout_email")
        wishes = self._addresses(optouts)
        for lead in optouts:
            wishes[lead.id] |= {lead.email_normalized, *self._contact_addresses(lead)}
        elsewhere = self._unwanted_elsewhere("optout_email", "email_normalized", used)
        result = {}
        for lead in leads:  # And not of the dict: together they are read at once.
            blocks = {
                address: self._block_of_address(
                    lead, address, blacklist, elsewhere | set(wishes.get(lead.id, ()))
                )
                for address in addresses[lead]
            }
            result[lead] = {
                address: block for address, block in blocks.items() if block
            }
        return result

    @api.model
    def _unwanted_elsewhere(self, wish, name, used):
        """Return which addresses or numbers stand on any lead of somebody who wants nothing.

        A form that is sent twice, or an import, undoes no wish.

        :param str wish: the field with the wish.
        :param str name: the field of leads and contacts with the address or number.
        :param set used: the addresses or numbers that are asked about.
        """
        if not used:
            return set()
        values = list(used)
        # sudo: a wish counts whoever may see the lead on which it was noted; also of a
        # lead that is closed.
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        found = leads.search(
            Domain(wish, "=", True)
            & (Domain(name, "in", values) | Domain(f"partner_id.{name}", "in", values))
        )
        return {*found.mapped(name), *found.partner_id.mapped(name)} & used

    @api.model
    def _block_of_address(self, lead, address, blacklist, unwanted):
        """Return the :class:`Block` of one address, or None."""
        if address in blacklist:
            return Block(
                "mail_bl",
                self.env._(
                    "The address %(address)s is on the e-mail blacklist.",
                    address=address,
                ),
            )
        if address in unwanted:
            return Block(
                "mail_optout", self.env._("The lead does not want to get e-mails.")
            )
        if any(
            record.message_bounce and record.email_normalized == address
            for record in (lead, lead.partner_id)
        ):
            return Block(
                "mail_bounce",
                self.env._("Earlier e-mails came back. Correct the address first."),
            )
        return None

    # === PHONE === #

    @api.model
    def _blocked_numbers(self, numbers, channel):
        """Tell which phone numbers get no SMS or WhatsApp message about a lead.

        :param dict numbers: sets of international numbers, by crm.lead record.
        :param str channel: sms or whatsapp.
        :return: by lead, a :class:`Block` for each number that gets nothing.
        :rtype: dict
        """
        leads = self.env["crm.lead"].union(*numbers)
        used = {number for found in numbers.values() for number in found}
        # sudo: nobody may read the blacklist, everybody must respect it.
        entries = (
            self.env["phone.blacklist"].sudo().search([("number", "in", list(used))])
        )
        blacklist = set(entries.mapped("number"))
        failed = self._failed_numbers(leads, channel)
        elsewhere = self._unwanted_elsewhere(
            f"optout_{channel}", "phone_sanitized", used
        )
        result = {}
        for lead in leads:  # And not of the dict: together they are read at once.
            result[lead] = {}
            for number in numbers[lead]:
                if number in blacklist:
                    block = Block(
                        "sms_blacklist",
                        self.env._(
                            "The number %(number)s is on the phone blacklist.",
                            number=number,
                        ),
                    )
                elif lead[f"optout_{channel}"] or number in elsewhere:
                    block = Block("sms_optout", self._optout_reason(channel))
                elif (lead.id, number) in failed:
                    block = Block(
                        "sms_number_format", self._failed_reason(channel, number)
                    )
                else:
                    continue
                result[lead][number] = block
        return result

    @api.model
    def _optout_reason(self, channel):
        if channel == "sms":
            return self.env._("The lead does not want to get SMS.")
        return self.env._("The lead does not want to get WhatsApp messages.")

    @api.model
    def _failed_reason(self, channel, number):
        if channel == "sms":
            return self.env._(
                "An earlier SMS to %(number)s could not be delivered: the number does not"
                " exist or takes no SMS. Correct the number first.",
                number=number,
            )
        return self.env._(
            "The number %(number)s is not on WhatsApp. Correct the number first.",
            number=number,
        )

    @api.model
    def _failed_numbers(self, leads, channel):
        """Return which numbers of leads could not be reached in a channel.

        A failure no longer counts when the lead has written in the channel since.

        :return: pairs of lead id and number.
        :rtype: set[tuple[int, str]]
        """
        # sudo: what a colleague found out counts too.
        Touchpoint = self.env["crm.touchpoint"].sudo()
        mine = Domain("lead_id", "in", leads.ids)
        failures = Touchpoint._read_group(
            mine
            & Domain("kind", "=", "bounce")
            & Domain("source", "=", BOUNCE_SOURCES[channel]),
            ["lead_id", "summary"],
            ["occurred_on:max"],
        )
        if not failures:
            return set()
        heard = dict(
            Touchpoint._read_group(
                mine & Domain("kind", "=", channel) & Domain("direction", "=", "in"),
                ["lead_id"],
                ["occurred_on:max"],
            )
        )
        return {
            (lead.id, number)
            for lead, number, moment in failures
            if lead not in heard or heard[lead] < moment
        }

    @api.model
    def _record_failed_number(self, lead, channel, number, ref=None):
        """Note that a number cannot be reached in a channel.

        :param lead: one crm.lead record.
        :param str channel: sms or whatsapp.
        :param str number: the international number.
        :param str ref: the same where the same failure is noted again.
        :return: the new touchpoint, none where it was noted before.
        """
        return self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "bounce",
                    "direction": "in",
                    "source": BOUNCE_SOURCES[channel],
                    "external_ref": ref,
                    "summary": number,
                }
            ]
        )
