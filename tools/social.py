# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Links to profiles on social networks: to those networks, and nothing else.

A link is checked and completed; a name alone becomes the link of its profile:

>>> social_link("linkedin", "www.LinkedIn.com/in/amal/")
'https://www.linkedin.com/in/amal/'
>>> social_link("x", "@amal"), social_link("instagram", "amal.h"), social_link("facebook", " ")
('https://x.com/amal', 'https://www.instagram.com/amal.h', '')
>>> social_link("linkedin", "http://sa.linkedin.com/in/amal?trk=1")
'https://sa.linkedin.com/in/amal?trk=1'
>>> social_link("x", "https://twitter.com/amal")
'https://twitter.com/amal'

Anything else is refused, also what only looks right:

>>> for text in ("javascript:alert(1)", "https://linkedin.com.evil.example/in/amal",
...              "data:text/html,x", "https://linkedin.com@evil.example/", "ftp://linkedin.com/a",
...              "https://evil.example/linkedin.com", '"><script>', "java\\tscript:alert(1)",
...              "https://a:b@sa.linkedin.com/in/amal", "https://amal@www.linkedin.com/in/amal"):
...     try:
...         social_link("linkedin", text)
...     except ValueError as error:
...         print(error)
linkedin.com
linkedin.com
linkedin.com
linkedin.com
linkedin.com
linkedin.com
linkedin.com
linkedin.com
linkedin.com
linkedin.com
"""

import re
from urllib.parse import urlsplit, urlunsplit

from .normalise import NO_LINK, clean_spaces

# The hosts of each network, and where the profile of somebody is, by name.
NETWORKS = {
    "linkedin": (("linkedin.com", "lnkd.in"), "https://www.linkedin.com/in/"),
    "facebook": (("facebook.com", "fb.com", "fb.me"), "https://www.facebook.com/"),
    "instagram": (("instagram.com", "instagr.am"), "https://www.instagram.com/"),
    "x": (("x.com", "twitter.com"), "https://x.com/"),
}


def social_link(network, text):
    """Return the link to a profile.

    :param str network: a key of NETWORKS.
    :param str text: a link with or without a scheme, or the name of a profile.
    :return: a https link, or nothing for nothing.
    :rtype: str
    :raise ValueError: where the text is no such link; its message is the host expected.
    """
    hosts, profile = NETWORKS[network]
    text = clean_spaces(text)
    if text.casefold() in NO_LINK:
        return ""
    if not text:
        return ""
    if re.fullmatch(r"@?[\w.-]+", text) and not _is_host(
        text.lower().lstrip("@"), hosts
    ):
        return profile + text.lstrip("@")
    if re.search(r"[\s<>\"'\\]", text):
        raise ValueError(hosts[0])
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if (
        parts.scheme.lower() not in ("http", "https")
        or parts.username is not None
        or not _is_host(parts.netloc.lower(), hosts)
    ):
        raise ValueError(hosts[0])
    return urlunsplit(
        ("https", parts.netloc.lower(), parts.path, parts.query, parts.fragment)
    )


def _is_host(netloc, hosts):
    return any(netloc == host or netloc.endswith(f".{host}") for host in hosts)
