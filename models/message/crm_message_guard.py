# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools.mail import email_normalize, email_split


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
            addresses = {partner.email_normalized for partner in partners}
            addresses.update(
                email_normalize(address, strict=False)
                for address in email_split(found["email_to"] or "")
            )
            result[lead_id] = {address for address in addresses if address}
        return result

    # === CHANNELS === #

    @api.model
    def _blockers_email(self, leads):
        addresses = self._addresses(leads)
        used = {address for found in addresses.values() for address in found}
        used.update(address for address in leads.mapped("email_normalized") if address)
        # sudo: nobody may read the blacklist, everybody must respect it.
        entries = (
            self.env["mail.blacklist"].sudo().search([("email", "in", list(used))])
        )
        blacklist = set(entries.mapped("email"))
        result = {}
        for lead in leads:
            own = addresses[lead.id] | {lead.email_normalized}
            if not addresses[lead.id]:
                result[lead.id] = (
                    self.env._(
                        "The e-mail address %(address)s cannot be used.",
                        address=address,
                    )
                    if (address := lead.email_from or lead.partner_id.email)
                    else self.env._("There is no e-mail address.")
                )
            elif blacklist & own:
                result[lead.id] = self.env._(
                    "The address %(address)s is on the e-mail blacklist.",
                    address=", ".join(sorted(blacklist & own)),
                )
            elif lead.optout_email:
                result[lead.id] = self.env._("The lead does not want to get e-mails.")
            elif lead.message_bounce or lead.partner_id.message_bounce:
                result[lead.id] = self.env._(
                    "Earlier e-mails came back. Correct the address first."
                )
        return result

    @api.model
    def _blockers_sms(self, leads):
        return self._blockers_phone(
            leads, "optout_sms", self.env._("The lead does not want to get SMS.")
        )

    @api.model
    def _blockers_whatsapp(self, leads):
        return self._blockers_phone(
            leads,
            "optout_whatsapp",
            self.env._("The lead does not want to get WhatsApp messages."),
        )

    @api.model
    def _blockers_phone(self, leads, optout_field, optout_reason):
        numbers = self._numbers(leads)
        known = [number for number in numbers.values() if number]
        # sudo: nobody may read the blacklist, everybody must respect it.
        entries = self.env["phone.blacklist"].sudo().search([("number", "in", known)])
        blacklist = set(entries.mapped("number"))
        result = {}
        for lead in leads:
            number = numbers[lead.id]
            if not number:
                result[lead.id] = (
                    self.env._(
                        "%(phone)s is no phone number that can be reached. Write it with the"
                        " country code, or set the country of the lead.",
                        phone=phone,
                    )
                    if (phone := lead.phone or lead.partner_id.phone)
                    else self.env._("There is no phone number.")
                )
            elif number in blacklist:
                result[lead.id] = self.env._(
                    "The number %(number)s is on the phone blacklist.", number=number
                )
            elif lead[optout_field]:
                result[lead.id] = optout_reason
        return result
