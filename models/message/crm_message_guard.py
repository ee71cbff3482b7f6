# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools.mail import email_normalize, email_normalize_all, email_split

# More names than this make a warning that nobody reads.
MAX_LINES = 5


class CrmMessageGuard(models.AbstractModel):
    """Says which leads may not be written to, and why.

    **What.** Missing and unusable addresses, blacklists, opt-outs and bounces, for each of
    the three channels.

    **How to use.** ``env["crm.message.guard"]._blockers(leads, channel)`` gives the reasons;
    every way to send asks it, right before it sends.

    **How it works.** A constant number of queries for any number of leads: the addresses
    that Odoo would use, then one search in the blacklist.
    """

    _name = "crm.message.guard"
    _description = "Rules of conduct for messages"

    @api.model
    def _blockers(self, leads, channel):
        """Tell which leads may not be written to in a channel.

        :param leads: crm.lead records.
        :param str channel: email, sms or whatsapp.
        :return: the reason for a person to read, by lead id; leads that may be written to
            are not in it.
        :rtype: dict[int, str]
        """
        return getattr(self, f"_blockers_{channel}")(leads)

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
    def _language_note(self, lead):
        """Return a note where a lead cannot be written to in its own language, or "".

        :param lead: one crm.lead record.
        :rtype: str
        """
        lang = lead.lang_id
        if not lang or lang.code == lead.message_lang:
            return ""
        used = self.env["res.lang"]._get_data(code=lead.message_lang)
        return self.env._(
            "The lead's language %(language)s is not installed: the message is in"
            " %(used)s. An administrator can add it in the settings.",
            language=lang.name,
            used=used.name,
        )

    @api.model
    def _addresses(self, leads):
        """Return the normalized e-mail addresses that Odoo would write to, by lead id.

        :param leads: crm.lead records.
        :rtype: dict[int, set[str]]
        """
        result = {}
        Partner = self.env["res.partner"]
        for lead_id, found in leads._message_get_default_recipients().items():
            partners = Partner.browse(found["partner_ids"])
            addresses = self._partner_addresses(partners)
            addresses.update(
                email_normalize(address, strict=False)
                for address in email_split(found["email_to"] or "")
            )
            result[lead_id] = {address for address in addresses if address}
        return result

    @api.model
    def _partner_addresses(self, partners):
        """Return all normalized addresses of contacts: Odoo writes to each of them.

        :param partners: res.partner records.
        :rtype: set[str]
        """
        # sudo: what is about to be written to, whoever may read the contact.
        texts = partners.sudo().mapped("email")
        return {
            address
            for text in texts
            for address in (email_normalize_all(text) if text else ())
        }

    @api.model
    def _contact_addresses(self, lead):
        return self._partner_addresses(lead.partner_id)

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
    def _blockers_email(self, leads):
        addresses = self._addresses(leads)
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
    def _blockers_sms(self, leads):
        return self._blockers_phone(leads, "sms")

    @api.model
    def _blockers_whatsapp(self, leads):
        return self._blockers_phone(leads, "whatsapp")

    @api.model
    def _blockers_phone(self, leads, channel):
        numbers = self._numbers(leads)
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
