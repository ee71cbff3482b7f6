# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from . import blocks, holds

# More names than this make a warning that nobody reads.
MAX_LINES = 5


class CrmMessageGuard(models.AbstractModel):
    """Says which leads may not be written to, and why.

    **What.** Missing and unusable addresses, blacklists, opt-outs and bounces, for each of
    the three channels (``blocks.py``); and until when a message has to wait (``holds.py``).

    **How to use.** ``env["crm.message.guard"]._blockers(leads, channel)`` gives the reasons;
    every way to send asks it, right before it sends.

    **How it works.** A constant number of queries for any number of leads: the addresses
    that Odoo would use, then one search in the blacklist.
    """

    _name = "crm.message.guard"
    _description = "Rules of conduct for messages"

    @api.model
    def _blockers(self, leads, channel, reach=None):
        """Tell which leads may not be written to in a channel.

        :param leads: crm.lead records.
        :param str channel: email, sms or whatsapp.
        :param dict reach: what :meth:`_reach` gives, where it is known already.
        :return: the reason for a person to read, by lead id; leads that may be written to
            are not in it.
        :rtype: dict[int, str]
        """
        return getattr(self, f"_blockers_{channel}")(leads, reach)

    @api.model
    def _reach(self, leads, channel):
        """Return where a message in a channel would go: sets of addresses, or a number each.

        :rtype: dict
        """
        return self._addresses(leads) if channel == "email" else self._numbers(leads)

    @api.model
    def _numbers(self, leads):
        """Return the international number of each lead, else of its contact, or False.

        :param leads: crm.lead records.
        :rtype: dict[int, str]
        """
        return {
            lead.id: lead.phone_sanitized or lead.partner_id.phone_sanitized or False
            for lead in leads
        }

    @api.model
    def _addresses(self, leads):
        """Return the normalized e-mail addresses that Odoo would write to, by lead id.

        :param leads: crm.lead records.
        :rtype: dict[int, set[str]]
        """
        return blocks.addresses_of(leads)

    @api.model
    def _blocked_addresses(self, addresses):
        """Tell which e-mail addresses get no e-mail about a lead.

        :param dict addresses: sets of normalized addresses, by crm.lead record.
        :return: by lead, a :class:`Block` for each address that gets nothing.
        :rtype: dict
        """
        return blocks.blocked_addresses(self.env, addresses)

    @api.model
    def _blocked_numbers(self, numbers, channel):
        """Tell which phone numbers get no SMS or WhatsApp message about a lead.

        :param dict numbers: sets of international numbers, by crm.lead record.
        :param str channel: sms or whatsapp.
        :return: by lead, a :class:`Block` for each number that gets nothing.
        :rtype: dict
        """
        return blocks.blocked_numbers(self.env, numbers, channel)

    @api.model
    def _record_failed_number(self, lead, channel, number, ref=None):
        """Note that a number cannot be reached in a channel.

        :param lead: one crm.lead record.
        :param str channel: sms or whatsapp.
        :param str number: the international number.
        :param str ref: the same where the same failure is noted again.
        :return: the new touchpoint, none where it was noted before.
        """
        return blocks.record_failed_number(self.env, lead, channel, number, ref)

    @api.model
    def _holds(self, leads, now=None):
        """Tell until when messages to leads have to wait: sending hours, limits per period.

        :param leads: crm.lead records.
        :param datetime now: the present, UTC; the clock when None.
        :return: ``(until, reason)`` by lead id, UTC; leads that may be written to now are
            not in it.
        :rtype: dict[int, tuple[datetime, str]]
        """
        return holds.holds(leads, now or fields.Datetime.now())

    @api.model
    def _block_lines(self, blocked):
        """Return who gets nothing and why for a window to show, or False where all do.

        :param blocked: pairs of a name and a reason.
        """
        blocked = list(dict.fromkeys(blocked))
        lines = [
            self.env._("%(name)s gets nothing: %(reason)s", name=name, reason=reason)
            for name, reason in blocked[:MAX_LINES]
        ]
        if len(blocked) > MAX_LINES:
            lines.append(
                self.env._("And %s more.", len(blocked) - MAX_LINES),
            )
        return "\n".join(lines) or False

    # === CHANNELS === #

    @api.model
    def _blockers_email(self, leads, addresses=None):
        addresses = addresses or self._addresses(leads)
        own = {
            lead: addresses[lead.id] | ({lead.email_normalized} - {False})
            for lead in leads
        }
        blocked = self._blocked_addresses(own)
        result = {}
        for lead in leads:
            if not addresses[lead.id]:
                result[lead.id] = (
                    self.env._(
                        "The e-mail address %(address)s cannot be used.",
                        address=address,
                    )
                    if (address := lead.email_from or lead.partner_id.email)
                    else self.env._("There is no e-mail address.")
                )
            elif blocked[lead]:
                result[lead.id] = self._first_reason(blocked[lead])
        return result

    @api.model
    def _blockers_sms(self, leads, numbers=None):
        return self._blockers_phone(leads, "sms", numbers)

    @api.model
    def _blockers_whatsapp(self, leads, numbers=None):
        return self._blockers_phone(leads, "whatsapp", numbers)

    @api.model
    def _blockers_phone(self, leads, channel, numbers=None):
        numbers = numbers or self._numbers(leads)
        blocked = self._blocked_numbers(
            {lead: {numbers[lead.id]} - {False} for lead in leads}, channel
        )
        result = {}
        for lead in leads:
            if not numbers[lead.id]:
                result[lead.id] = (
                    self.env._(
                        "%(phone)s is no phone number that can be reached. Write it with the"
                        " country code, or set the country of the lead.",
                        phone=phone,
                    )
                    if (phone := lead.phone or lead.partner_id.phone)
                    else self.env._("There is no phone number.")
                )
            elif blocked[lead]:
                result[lead.id] = self._first_reason(blocked[lead])
        return result

    @api.model
    def _first_reason(self, blocked):
        """Return the reason to show for a lead, of those of its addresses or numbers."""
        return blocked[min(blocked)].reason
