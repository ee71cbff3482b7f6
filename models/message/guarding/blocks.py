# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Single addresses and numbers: what Odoo's own windows and queues ask about leads.

A blacklist is about an address, wherever it stands. An opt-out is the wish of a person: it
holds for the addresses of the lead that it stands on, on all leads with one of them, not
for other people who are written to from its page; and for every number of the lead. A
bounce is about the address or number that it came from: a new one has not bounced.
"""

import re
from typing import NamedTuple

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.mail import email_normalize, email_normalize_all, email_split

from ....tools.mail_domain import canonical, spellings

# Where touchpoints of the kind "bounce" come from that are about a phone number.
BOUNCE_SOURCES = {"sms": "sms.sms", "whatsapp": "crm.message.whatsapp"}

# An address that needs no parsing.
PLAIN = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")

# Whose conversations and mails respect the wishes of leads.
GUARDED = ("crm.lead", "res.partner")


class Block(NamedTuple):
    """Why one address or number gets nothing."""

    failure: str  # a failure type of Odoo's mails or SMS
    reason: str  # for a person to read


def addresses_of(leads):
    """Return the normalized e-mail addresses that Odoo would write to, by lead id.

    :param leads: crm.lead records.
    :rtype: dict[int, set[str]]
    """
    result = {}
    Partner = leads.env["res.partner"]
    for lead_id, found in leads._message_get_default_recipients().items():
        partners = Partner.browse(found["partner_ids"])
        addresses = partner_addresses(partners)
        result[lead_id] = addresses | written_addresses(found["email_to"])
    return result


def written_addresses(text):
    """Return the normalized addresses of a text; most texts are one plain address.

    :param text: as in a header of a mail, or nothing.
    :rtype: set[str]
    """
    if not text:
        return set()
    if PLAIN.fullmatch(text):
        return {text.lower()}
    found = {email_normalize(one, strict=False) for one in email_split(text)}
    return {address for address in found if address}


def partner_addresses(partners):
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


def blocked_addresses(env, addresses):
    """Tell which e-mail addresses get no e-mail about a lead.

    :param dict addresses: sets of normalized addresses, by crm.lead record.
    :return: by lead, a :class:`Block` for each address that gets nothing.
    :rtype: dict
    """
    leads = env["crm.lead"].union(*addresses)
    # A domain with other letters has two spellings, and one mailbox.
    used = set(spellings({one for found in addresses.values() for one in found}))
    # sudo: nobody may read the blacklist, everybody must respect it.
    entries = env["mail.blacklist"].sudo().search([("email", "in", list(used))])
    blacklist = set(map(canonical, entries.mapped("email")))
    optouts = leads.filtered("optout_email")
    wishes = addresses_of(optouts)
    for lead in optouts:
        wishes[lead.id] |= {lead.email_normalized, *partner_addresses(lead.partner_id)}
    elsewhere = set(map(canonical, unwanted_addresses(env, used)))
    bounced = set(map(canonical, _bounced_addresses(env, used)))
    result = {}
    for lead in leads:  # And not of the dict: together they are read at once.
        theirs = filter(None, wishes.get(lead.id, ()))
        unwanted = elsewhere | set(map(canonical, theirs))
        blocks = {
            address: _block_of_address(env, address, blacklist, unwanted, bounced)
            for address in addresses[lead]
        }
        result[lead] = {address: block for address, block in blocks.items() if block}
    return result


def _unwanted_elsewhere(env, wish, name, used):
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
    leads = env["crm.lead"].sudo().with_context(active_test=False)
    found = leads.search(
        Domain(wish, "=", True)
        & (Domain(name, "in", values) | Domain(f"partner_id.{name}", "in", values))
    )
    return {*found.mapped(name), *found.partner_id.mapped(name)} & used


def _bounced_addresses(env, used):
    """Return which addresses mails came back from, on whatever lead or contact it was noted.

    Odoo counts it on those that have the address when the mail comes back; a lead that comes
    in later with the same one knows nothing of it.
    """
    if not used:
        return set()
    domain = Domain("email_normalized", "in", list(used))
    domain &= Domain("message_bounce", ">", 0)
    bounced = set()
    for name in ("crm.lead", "res.partner"):
        # sudo: an address is bad whoever may see where it stands; also on a closed lead.
        records = env[name].sudo().with_context(active_test=False)
        bounced.update(records.search(domain).mapped("email_normalized"))
    return bounced


def _block_of_address(env, address, blacklist, unwanted, bounced):
    """Return the :class:`Block` of one address, or None; of sets in their canonical spelling."""
    spelled = canonical(address)
    if spelled in blacklist:
        return Block(
            "mail_bl",
            env._(
                "The address %(address)s is on the e-mail blacklist.",
                address=address,
            ),
        )
    if spelled in unwanted:
        return Block("mail_optout", env._("The lead does not want to get e-mails."))
    if spelled in bounced:
        return Block(
            "mail_bounce",
            env._("Earlier e-mails came back. Correct the address first."),
        )
    return None


def blocked_numbers(env, numbers, channel):
    """Tell which phone numbers get no SMS or WhatsApp message about a lead.

    :param dict numbers: sets of international numbers, by crm.lead record.
    :param str channel: sms or whatsapp.
    :return: by lead, a :class:`Block` for each number that gets nothing.
    :rtype: dict
    """
    leads = env["crm.lead"].union(*numbers)
    used = {number for found in numbers.values() for number in found}
    blacklist = _blacklisted_numbers(env, used)
    failed = _failed_numbers(env, used, channel)
    elsewhere = _unwanted_elsewhere(env, f"optout_{channel}", "phone_sanitized", used)
    result = {}
    for lead in leads:  # And not of the dict: together they are read at once.
        result[lead] = {}
        for number in numbers[lead]:
            if number in blacklist:
                block = Block(
                    "sms_blacklist",
                    env._(
                        "The number %(number)s is on the phone blacklist.",
                        number=number,
                    ),
                )
            elif lead[f"optout_{channel}"] or number in elsewhere:
                block = Block("sms_optout", _optout_reason(env, channel))
            elif number in failed:
                block = Block("sms_number_format", failed_reason(env, channel, number))
            else:
                continue
            result[lead][number] = block
    return result


def _blacklisted_numbers(env, used):
    """Return which numbers are on the blacklist.

    Nobody may read it, everybody must respect it. Not by a search: Odoo would format each
    number once more, and these are.
    """
    blacklist = env["phone.blacklist"]
    blacklist.flush_model(["number", "active"])
    rows = env.execute_query(
        SQL(
            "SELECT number FROM phone_blacklist WHERE active AND number = ANY(%s)",
            list(used),
        )
    )
    return {number for [number] in rows}


def blocked_contacts(env, numbers):
    """Tell which phone numbers of contacts get no SMS, where the contacts are those of leads.

    :param dict numbers: sets of international numbers, by res.partner record.
    :return: by contact, a :class:`Block` for each number that gets nothing.
    :rtype: dict
    """
    partners = env["res.partner"].union(*numbers)
    used = {number for found in numbers.values() for number in found}
    # sudo: a wish counts whoever may see the lead on which it was noted.
    leads = env["crm.lead"].sudo().with_context(active_test=False)
    leads = leads.search(
        Domain("partner_id", "in", partners.ids)
        | Domain("phone_sanitized", "in", list(used))
    )
    of_leads = {
        lead: numbers.get(lead.partner_id.with_env(partners.env), set())
        | {lead.phone_sanitized} & used
        for lead in leads
    }
    blocks = {}
    for found in blocked_numbers(env, of_leads, "sms").values():
        blocks.update(found)
    return {
        partner: {number: blocks[number] for number in theirs if number in blocks}
        for partner, theirs in numbers.items()
    }


def blocked_contact_addresses(env, partners, addresses):
    """Tell which addresses of contacts get no e-mail, where the contacts are those of leads.

    Contacts of no lead are Odoo's own matter.

    :param partners: the res.partner records that are written to.
    :param set addresses: normalized addresses that would be used.
    :return: a :class:`Block` for each address that gets nothing.
    :rtype: dict[str, Block]
    """
    spelled = spellings(addresses)
    # sudo: a wish counts whoever may see the lead on which it was noted.
    leads = env["crm.lead"].sudo().with_context(active_test=False)
    leads = leads.search(
        Domain("partner_id", "in", partners.ids)
        | Domain("email_normalized", "in", list(spelled))
    )
    of_leads = {
        lead: {
            spelled[one]
            for one in (lead.email_normalized, *partner_addresses(lead.partner_id))
            if one in spelled
        }
        for lead in leads
    }
    blocks = {}
    for found in blocked_addresses(env, of_leads).values():
        blocks.update(found)
    return blocks


def unwanted_addresses(env, used):
    """Return which addresses stand on a lead of somebody who wants no e-mails.

    :param set used: normalized addresses.
    :rtype: set[str]
    """
    spelled = spellings(used)
    found = _unwanted_elsewhere(env, "optout_email", "email_normalized", set(spelled))
    return {spelled[one] for one in found}


def _optout_reason(env, channel):
    if channel == "sms":
        return env._("The lead does not want to get SMS.")
    return env._("The lead does not want to get WhatsApp messages.")


def failed_reason(env, channel, number):
    if channel == "sms":
        return env._(
            "An earlier SMS to %(number)s could not be delivered: the number does not"
            " exist or takes no SMS. Correct the number first.",
            number=number,
        )
    return env._(
        "The number %(number)s is not on WhatsApp. Correct the number first.",
        number=number,
    )


def _failed_numbers(env, used, channel):
    """Return which numbers could not be reached in a channel, on whatever lead it was noted.

    A failure no longer counts when somebody has written from the number in the channel since.

    :param set used: the numbers that are asked about.
    :rtype: set[str]
    """
    if not used:
        return set()
    numbers = list(used)
    of_number = Domain("phone_sanitized", "in", numbers)
    of_number |= Domain("partner_id.phone_sanitized", "in", numbers)
    # sudo: what a colleague found out counts too; also on a closed lead.
    leads = env["crm.lead"].sudo().with_context(active_test=False).search(of_number)
    theirs = Domain("lead_id", "in", leads.ids)
    Touchpoint = env["crm.touchpoint"].sudo()  # sudo: as above
    failures = Touchpoint._read_group(
        theirs
        & Domain("kind", "=", "bounce")
        & Domain("source", "=", BOUNCE_SOURCES[channel])
        & Domain("summary", "in", numbers),
        ["summary"],
        ["occurred_on:max"],
    )
    if not failures:
        return set()
    heard = {}
    for lead, moment in Touchpoint._read_group(
        theirs & Domain("kind", "=", channel) & Domain("direction", "=", "in"),
        ["lead_id"],
        ["occurred_on:max"],
    ):
        number = lead.phone_sanitized or lead.partner_id.phone_sanitized
        heard[number] = max(moment, heard.get(number, moment))
    return {
        number
        for number, moment in failures
        if number not in heard or heard[number] < moment
    }


def record_failed_number(env, lead, channel, number, ref=None):
    """Note that a number cannot be reached in a channel.

    :param lead: one crm.lead record.
    :param str channel: sms or whatsapp.
    :param str number: the international number.
    :param str ref: the same where the same failure is noted again.
    :return: the new touchpoint, none where it was noted before.
    """
    return env["crm.touchpoint"]._record(
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


def note_lifted(env, name, values):
    """Note on open leads that their address or number may be written to again.

    :param str name: the field of leads that holds it.
    :param list values: addresses or numbers.
    """
    if not values:
        return
    # sudo: the leads of the address, whoever lifts the block; in his name.
    leads = env["crm.lead"].sudo()
    leads = leads.search([(name, "in", values), ("won_status", "=", "pending")])
    leads._message_log_batch(
        bodies={
            lead.id: env._("%s was taken off the blacklist.", lead[name])
            for lead in leads
        },
        author_id=env.user.partner_id.id,
    )
