# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which time a lead has."""

import pytz

try:
    import phonenumbers
    from phonenumbers import timezone as phone_zones
except ImportError:  # Odoo itself goes without it, too.
    phonenumbers = phone_zones = None

# Where no hour of the day is open in all zones of a country: that of most of its people.
MAIN_ZONES = {"RU": "Europe/Moscow"}


def zones_of(lead):
    """Return the time zones that the lead may be in: all of its country's, else ours.

    A number narrows them down. The zone of a contact counts where nothing is known of its
    country: Odoo fills it in from whoever made the contact.

    :rtype: list[str]
    """
    country = lead.country_id or lead.partner_id.country_id
    zones = pytz.country_timezones.get(country.code, []) if country.code else []
    by_number = _zones_of_number(lead)
    near = [zone for zone in by_number if zone in zones] if zones else by_number
    if near or zones:
        return near or zones
    calendar = lead.env["res.company"]._crm_of_lead(lead).message_calendar_id
    return [lead.partner_id.tz or calendar.tz or "UTC"]


def _zones_of_number(lead):
    number = lead.phone_sanitized or lead.partner_id.phone_sanitized
    if not number or not phone_zones:
        return []
    try:
        zones = phone_zones.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return []
    return [zone for zone in zones if zone in pytz.all_timezones_set]


def main_zone(lead):
    """Return the one time zone in which the lead's time is told."""
    zones = zones_of(lead)
    country = lead.country_id or lead.partner_id.country_id
    main = MAIN_ZONES.get(country.code)
    return main if main in zones else zones[0]
