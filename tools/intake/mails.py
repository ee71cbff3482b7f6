# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Reads the mails of portals: lines with labels, and the Automotive Data Format (ADF).

>>> lines("Name: Asha V\\nMobile / Cell Phone: +91-98\\n\\nMessage:\\nHello\\nthere")
{'Name': 'Asha V', 'Mobile / Cell Phone': '+91-98', 'Message': 'Hello\\nthere'}
>>> sorted(adf('<?adf version="1.0"?><adf><prospect><id>7</id><customer><contact>'
...     '<name part="first">Rana</name><name part="last">Kaya</name><email>r@k.example</email>'
...     '</contact></customer></prospect></adf>').items())
[('email', 'r@k.example'), ('external_ref', '7'), ('first name', 'Rana'), ('last name', 'Kaya')]
>>> adf("no data")

Whose mails they are is said by an address, or by its domain:

>>> is_from("Portal <leads@portal.example>", "@portal.example"), is_from("a@b.example", "c@b.x")
(True, False)
"""

import re
import xml.etree.ElementTree as etree
from email.utils import parseaddr

LABEL = re.compile(r"^\s*[*•>-]?\s*([^\W\d_][^:\n]{0,40}?)\s*[:：]\s*(.*)$")
# ADF: what a lead needs of it.
ADF = {
    "external_ref": "prospect/id",
    "first name": "prospect/customer/contact/name[@part='first']",
    "last name": "prospect/customer/contact/name[@part='last']",
    "name": "prospect/customer/contact/name[@part='full']",
    "email": "prospect/customer/contact/email",
    "phone": "prospect/customer/contact/phone",
    "city": "prospect/customer/contact/address/city",
    "country": "prospect/customer/contact/address/country",
    "message": "prospect/customer/comments",
    "created time": "prospect/requestdate",
}


def lines(body):
    """Return the labelled lines of a text: ``{label: value}``.

    A label with nothing beside it is followed by its value in the lines below.
    """
    found, label = {}, None
    for line in (body or "").splitlines():
        match = LABEL.match(line)
        if match and not match.group(2).startswith("//"):
            label, value = match.group(1).strip(), match.group(2).strip()
            found.setdefault(label, value)
            label = None if value else label
        elif label and line.strip():
            found[label] = f"{found[label]}\n{line.strip()}".strip()
    return {key: value for key, value in found.items() if value}


def adf(text):
    """Return what a lead in the Automotive Data Format says; None where it is none.

    :param str text: the body of a mail, or a file.
    """
    # What is matched has no DOCTYPE, hence no entities that grow.
    match = re.search(r"<adf\b.*</adf>", text or "", re.S | re.I)
    try:
        root = etree.fromstring(match.group()) if match else None
    except etree.ParseError:
        root = None
    if root is None or "<!" in match.group().replace("<![CDATA[", ""):
        return None
    found = {}
    for name, path in ADF.items():
        node = root.find(path)
        words = node is not None and "".join(node.itertext()).strip()
        if words:
            found[name] = words
    vehicle = root.find("prospect/vehicle")
    if vehicle is not None:
        words = [vehicle.findtext(part) or "" for part in ("year", "make", "model")]
        found["product"] = " ".join(filter(None, map(str.strip, words)))
    return found or None


def is_from(sender, pattern):
    """Tell whether a mail is from a portal.

    :param str sender: as in the header From.
    :param str pattern: addresses, or domains with their @, with commas or spaces between.
    """
    address = parseaddr(sender or "")[1].casefold()
    wanted = [one.casefold() for one in re.split(r"[,;\s]+", pattern or "") if one]
    return bool(address) and any(
        address.endswith(one) if one.startswith("@") else address == one
        for one in wanted
    )
