# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, models, tools
from odoo.tools import email_domain_extract

from odoo.addons.iap.tools.iap_tools import _MAIL_DOMAIN_BLACKLIST
from odoo.addons.phone_validation.tools import phone_validation

from ...tools.mail_domain import is_free_mail
from ...tools.normalise import (
    clean_email,
    clean_spaces,
    clean_url,
    domain_country,
    has_extension,
    person_name,
    plain_phone,
)

WRITERS = {
    "name": clean_spaces,
    "contact_name": person_name,
    "partner_name": clean_spaces,
    "function": clean_spaces,
    "street": clean_spaces,
    "city": clean_spaces,
    "email_from": clean_email,
    "website": clean_url,
}


class CrmLeadStandardiser(models.AbstractModel):
    """Writes the contact data of leads in one way, when it is entered.

    **What.** Spaces and capitals of names, mail addresses, web sites, phone numbers (E.164),
    and the country, where it is empty, from the prefix of the phone or the domain of the
    mail address (never a free-mail provider, never a domain that is sold to all the world).

    **How to use.** ``_standardise(vals, lead)`` changes the values about to be written, and
    returns what it changed; ``_log(typed)`` puts that into the history of the leads, so that
    everything can be taken back. Done only for companies that want it.

    **How it works.** Plain functions of ``tools/normalise.py``, and Odoo's own phone
    validation. What cannot be understood is left as it was typed.
    """

    _name = "crm.lead.standardiser"
    _description = "Standardiser of lead data"

    @api.model
    def _given(self):
        """Return the fields that are standardised, if any company wants it.

        :rtype: set[str]
        """
        # sudo: a switch of the companies, whoever may see them.
        companies = self.env["res.company"].sudo()
        is_on = companies.search_count([("lead_standardise", "=", True)], limit=1)
        return {*WRITERS, "phone"} if is_on else set()

    @api.model
    def _standardise(self, vals, lead=None):
        """Change values to the one way of writing.

        :param dict vals: what is about to be created or written; changed.
        :param lead: the crm.lead that it is written to, or None when it is created.
        :return: ``{field name: (as typed, as written)}``.
        :rtype: dict
        """
        if vals.keys().isdisjoint((*WRITERS, "phone")):
            return {}
        if not self._company(vals, lead).lead_standardise:
            return {}
        before = dict(vals)
        country = self._country(vals, lead)
        for name, write in WRITERS.items():
            if isinstance(vals.get(name), str):
                try:
                    if write is person_name:
                        written = write(
                            vals[name], self._is_turkish(vals, lead, country)
                        )
                    else:
                        written = write(vals[name])
                except ValueError:
                    continue  # Not a web site: left as typed, for somebody to look at.
                if written or name != "name":  # a lead has a title, be it of spaces
                    vals[name] = written or False
        if vals.get("phone"):
            vals["phone"] = self._phone(vals["phone"], country) or False
        if country and self._may_set_country(vals, lead):
            vals["country_id"] = country.id
        return {
            name: (before.get(name), value)
            for name, value in vals.items()
            if value != before.get(name)
        }

    @api.model
    def _log(self, typed):
        """Keep what was typed in the history of the leads.

        :param dict typed: what :meth:`_standardise` returned, by crm.lead record.
        """
        bodies = {}
        for lead, changes in typed.items():
            lines = Markup("").join(
                Markup("<li>%s: %s → %s</li>")
                % (
                    lead._fields[name]._description_string(self.env),
                    before or self.env._("nothing"),
                    lead.country_id.name if name == "country_id" else after,
                )
                for name, (before, after) in changes.items()
            )
            title = self.env._("Standardised, as typed and as kept:")
            bodies[lead.id] = Markup("<p>%s</p><ul>%s</ul>") % (title, lines)
        if bodies:
            self.env["crm.lead"].browse(bodies)._message_log_batch(bodies=bodies)

    # === HELPERS === #

    @api.model
    def _company(self, vals, lead):
        """Return the company whose wish counts."""
        company = self.env["res.company"].browse(vals.get("company_id")) or (
            lead and lead.company_id
        )
        return (
            company or self.env.company
        ).sudo()  # sudo: its switch, whoever saves the lead

    @api.model
    def _phone(self, text, country):
        """Return a phone number in one way of writing; with an extension, as typed."""
        plain = plain_phone(text)
        if not plain or has_extension(text):
            return plain and text
        return self.env["crm.lead"]._phone_format_number(plain, country) or text

    @api.model
    def _is_turkish(self, vals, lead, country):
        """Tell whether a name is Turkish; None where nothing says so."""
        lang_id = vals.get("lang_id") or (lead and lead.lang_id.id)
        lang = self.env["res.lang"].browse(lang_id or []).code
        if lang or country:
            return (lang or "").startswith("tr") or country.code == "TR"
        return None

    @api.model
    def _may_set_country(self, vals, lead):
        """Tell whether nobody else says the country: the user, the lead or its contact."""
        if (
            "country_id" in vals
            or vals.get("partner_id")
            or vals.get("commercial_partner_id")
        ):
            return False
        return not lead or not (lead.country_id or lead.partner_id)

    @api.model
    def _country(self, vals, lead):
        """Return the country of the lead, or the one that its phone or mail tells of."""
        Country = self.env["res.country"]
        known = Country.browse(vals.get("country_id")) or (lead and lead.country_id)
        if known:
            return known
        phone = plain_phone(vals.get("phone"))
        code = phone.startswith(
            "+"
        ) and phone_validation.phone_get_country_code_for_number(phone)
        email = vals.get("email_from") or (lead and lead.email_from)
        if not code and email:
            domain = email_domain_extract(email)
            is_free = domain in _MAIL_DOMAIN_BLACKLIST or is_free_mail(domain)
            if domain and not is_free:
                code = domain_country(domain)
        return Country.browse(self._country_ids().get(code)) if code else Country

    @api.model
    @tools.ormcache()
    def _country_ids(self):
        """Return the ids of the countries, by their code.

        :rtype: dict[str, int]
        """
        countries = self.env["res.country"].search([("code", "!=", False)])
        return {country.code: country.id for country in countries}
