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

import html
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


def data_of(message):
    """Return what a mail says, for a field map: its labelled lines, or the data within.

    :param email.message.EmailMessage message: parsed with a modern policy.
    :return: the lines, and ``subject``, ``from``, ``body``, ``reply name``, ``reply address``,
        ``sent``, ``attachments`` (names) where there are any.
    :rtype: dict

    >>> from email import message_from_string, policy
    >>> mail = message_from_string("Subject: Price\\nReply-To: An <an@x.example>\\n\\nPhone: 1",
    ...     policy=policy.default)
    >>> sorted(data_of(mail).items())[:3]
    [('Phone', '1'), ('body', 'Phone: 1'), ('reply address', 'an@x.example')]
    """
    body, names, files = _text(message), [], []
    for part in message.iter_attachments():
        name = part.get_filename() or ""
        names.append(name)
        if name.casefold().endswith((".adf", ".xml")):
            files.append(_content(part))
    found = next(filter(None, map(adf, [body, *files])), None) or lines(body)
    reply_name, reply_address = parseaddr(str(message["Reply-To"] or ""))
    sent = message["Date"]
    more = {
        "subject": str(message["Subject"] or "").strip(),
        "from": str(message["From"] or ""),
        "body": body,
        "reply name": reply_name,
        "reply address": reply_address,
        "sent": getattr(sent, "datetime", None) and sent.datetime.isoformat(),
        "attachments": ", ".join(filter(None, names)),
    }
    return {**{key: value for key, value in more.items() if value}, **found}


def _text(message):
    """Return the text of a mail; of one with markup only, what is read of it."""
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    text = _content(part)
    if part.get_content_subtype() == "html":
        text = re.sub(r"(?is)<(style|script|head)\b.*?</\1>", "", text)
        text = re.sub(r"(?i)</(td|th)>\s*<(td|th)[^>]*>", " ", text)
        text = re.sub(r"(?i)<br\s*/?>|</(p|div|tr|li|h\d)>", "\n", text)
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
    return text.strip()


def _content(part):
    try:
        content = part.get_content()
    except (LookupError, ValueError, KeyError):
        content = part.get_payload(decode=True) or b""
    if isinstance(content, bytes):
        content = content.decode("utf-8", "replace")
    return content if isinstance(content, str) else ""


def is_auto_reply(message):
    """Tell whether a mail is the answer of a program to a mail: nobody asks anything.

    What programs send by themselves (the mails of portals and forms) is no answer.

    >>> from email import message_from_string, policy
    >>> texts = ["Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "X-Autoreply: y"]
    >>> [is_auto_reply(message_from_string(text, policy=policy.default)) for text in texts]
    [True, False, True]
    """
    word = str(message["Auto-Submitted"] or "").partition(";")[0].strip().lower()
    signs = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")
    return (
        word.startswith("auto-replied")
        or str(message["Precedence"] or "").lower() in ("auto_reply", "auto-reply")
        or any(
            str(message[sign] or "no").lower() not in ("no", "false") for sign in signs
        )
    )


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
