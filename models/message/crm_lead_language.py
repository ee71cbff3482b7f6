# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import pytz
from babel.languages import get_official_languages

from odoo import api, fields, models
from odoo.tools import html2plaintext

from odoo.addons.phone_validation.tools.phone_validation import (
    phone_get_region_data_for_number,
)

from ...tools.language import languages_of

try:
    import phonenumbers
    from phonenumbers import timezone as phone_zones
except ImportError:  # Odoo itself goes without it, too.
    phonenumbers = phone_zones = None

# Where no hour of the day is open in all zones of a country: that of most of its people.
MAIN_ZONES = {"RU": "Europe/Moscow"}


class CrmLead(models.Model):
    """In which language a lead is written to, and which time it has."""

    _inherit = "crm.lead"

    message_lang = fields.Char(
        string="Message: Language",
        compute="_compute_message_lang",
        help="The installed language in which the lead is written to.",
    )
    message_lang_is_guessed = fields.Boolean(
        compute="_compute_message_lang",
        export_string_translation=False,
        help="Nobody has said so: it is what name, phone or country let expect.",
    )

    # === LANGUAGE === #

    @api.depends(
        *(
            "lang_id",
            "partner_id.lang",
            "contact_name",
            "partner_name",
            "partner_id.name",
        ),
        *("request_note", "description", "phone_sanitized", "country_id.code"),
        *("partner_id.phone_sanitized", "partner_id.country_id.code", "company_id"),
    )
    def _compute_message_lang(self):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        several = len(installed) > 1
        for lead in self:
            own, partner = lead.lang_id.code, lead.partner_id.lang
            # Another Spanish rather than English, where the lead's own is not installed.
            code = own and lead._message_near([own], installed)
            guess = None
            if not code and several:
                guess = lead._message_guess(installed, partner)
            last = (
                partner,
                lead.company_id.partner_id.lang,
                self.env.company.partner_id.lang,
                self.env.user.lang,
            )
            lead.message_lang_is_guessed = bool(guess)
            lead.message_lang = (
                code
                or guess
                or next((name for name in last if name in installed), "en_US")
            )

    def _message_guess(self, installed, known):
        """Return the installed language that a lead lets expect, or None.

        The letters of its name and its words say more than the language of its contact, which
        Odoo takes from whoever made the contact; phone and country say less.

        :param set installed: codes of languages.
        :param str known: the language of the contact.
        """
        self.ensure_one()
        words = [
            self.contact_name or self.partner_id.name,
            self.partner_name,
            self.request_note,
            html2plaintext(self.description or ""),
        ]
        # The title is written by colleagues; without anything else it is what there is.
        text = " ".join(filter(None, words)) or self.name or ""
        languages = languages_of(text)
        if known in installed and known.split("_")[0] in (languages or (known[:2],)):
            return None
        guess = self._message_near(languages, installed)
        if guess or known in installed:
            return guess
        for country in self._message_countries():
            official = get_official_languages(country, de_facto=True)
            if guess := self._message_near(official, installed):
                return guess
        return None

    def _message_countries(self):
        """Return the codes of the countries of the lead, that of its number first."""
        number = self.phone_sanitized or self.partner_id.phone_sanitized
        region = phone_get_region_data_for_number(number) if number else {}
        country = self.country_id or self.partner_id.country_id
        return [code for code in (region.get("code"), country.code) if code]

    def _message_near(self, languages, installed):
        """Return the installed language that is the first of some, or a dialect of it.

        :param languages: codes, with a country or without.
        """
        country = self.country_id.code
        for language in languages:
            base = language.split("_")[0]
            if language in installed:
                return language
            if f"{base}_{country}" in installed:
                return f"{base}_{country}"
            for code in sorted(installed):
                if code.split("_")[0] == base:
                    return code
        return None

    def _message_languages_note(self):
        """Return a note where the language is guessed, or ""."""
        if not self.message_lang_is_guessed:
            return ""
        return self.env._(
            "The lead's language is guessed: %(language)s. Choose another one if it is wrong.",
            language=self.env["res.lang"]._get_data(code=self.message_lang).name,
        )

    # === TIME === #

    def _message_zones(self):
        """Return the time zones that the lead may be in: all of its country's, else ours.

        A number narrows them down. The zone of a contact counts where nothing is known of its
        country: Odoo fills it in from whoever made the contact.

        :rtype: list[str]
        """
        self.ensure_one()
        country = self.country_id or self.partner_id.country_id
        zones = pytz.country_timezones.get(country.code, []) if country.code else []
        by_number = self._message_zones_of_number()
        near = [zone for zone in by_number if zone in zones] if zones else by_number
        if near or zones:
            return near or zones
        company = self.env["res.company"]._crm_of_lead(self)
        calendar = company.message_calendar_id
        return [self.partner_id.tz or calendar.tz or "UTC"]

    def _message_zones_of_number(self):
        number = self.phone_sanitized or self.partner_id.phone_sanitized
        if not number or not phone_zones:
            return []
        try:
            zones = phone_zones.time_zones_for_number(phonenumbers.parse(number))
        except phonenumbers.NumberParseException:
            return []
        return [zone for zone in zones if zone in pytz.all_timezones_set]

    def _message_tz(self):
        """Return the one time zone in which the lead's time is told."""
        zones = self._message_zones()
        country = self.country_id or self.partner_id.country_id
        main = MAIN_ZONES.get(country.code)
        return main if main in zones else zones[0]
