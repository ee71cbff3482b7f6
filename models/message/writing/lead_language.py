# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""In which language a lead is written to, where nobody has said so."""

from babel.languages import get_official_languages

from odoo.tools import html2plaintext

from odoo.addons.phone_validation.tools.phone_validation import (
    phone_get_region_data_for_number,
)

from ....tools.language import languages_of


def guess(lead, installed, known):
    """Return the installed language that a lead lets expect, or None.

    The letters of its name and its words say more than the language of its contact; phone
    and country say less, unless Odoo took that language from whoever made the contact, as it
    does where nobody says anything.

    :param set installed: codes of languages.
    :param str known: the language of the contact.
    """
    words = [
        lead.contact_name or lead.partner_id.name,
        lead.partner_name,
        lead.request_note,
        html2plaintext(lead.description or ""),
    ]
    # The title is written by colleagues; without anything else it is what there is.
    text = " ".join(filter(None, words)) or lead.name or ""
    languages = languages_of(text)
    known = known if known in installed else ""
    found = near(lead, languages, installed)
    # sudo: who made the contact, whoever may see him.
    if not found and (not known or known == lead.partner_id.sudo().create_uid.lang):
        for country in countries_of(lead):
            official = get_official_languages(country, de_facto=True)
            found = found or near(lead, official, installed)
    same = found and found.split("_")[0] == known.split("_")[0]
    return None if same else found


def countries_of(lead):
    """Return the codes of the countries of the lead, that of its number first."""
    number = lead.phone_sanitized or lead.partner_id.phone_sanitized
    region = phone_get_region_data_for_number(number) if number else {}
    country = lead.country_id or lead.partner_id.country_id
    return [code for code in (region.get("code"), country.code) if code]


def near(lead, languages, installed):
    """Return the installed language that is the first of some, or a dialect of it.

    :param languages: codes, with a country or without.
    """
    country = lead.country_id.code
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


def guessed_note(lead):
    """Return a note where the language is guessed, or ""."""
    if not lead.message_lang_is_guessed:
        return ""
    return lead.env._(
        "The lead's language is guessed: %(language)s. Choose another one if it is wrong.",
        language=lead.env["res.lang"]._get_data(code=lead.message_lang).name,
    )


def language_note(lead):
    """Return a note where a lead cannot be written to in its own language, or "".

    :param lead: one crm.lead record.
    :rtype: str
    """
    lang = lead.lang_id
    if not lang or lang.code == lead.message_lang:
        return ""
    used = lead.env["res.lang"]._get_data(code=lead.message_lang)
    return lead.env._(
        "The lead's language %(language)s is not installed: the message is in"
        " %(used)s. An administrator can add it in the settings.",
        language=lang.name,
        used=used.name,
    )
