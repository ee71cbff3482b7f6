# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""One notation of placeholders for all texts of a message: double braces, also in e-mails.

Odoo's e-mails are QWeb. Whoever writes one sees and types what stands in SMS and WhatsApp
texts, too: ``{{ object.message_contact ||| friend}}``. What QWeb can do beyond that stays as
it is.
"""

import re

from lxml import etree, html
from markupsafe import Markup, escape

PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*(?:\|\|\|\s*(.*?)\s*)?\}\}", re.DOTALL)


def to_braces(body):
    """Return a QWeb text with its simple placeholders in double braces.

    :param str body: of a mail template.
    :rtype: Markup

    >>> to_braces('<p>Dear <t t-out="object.name">friend</t>, <b t-out="user.name"/></p>')
    Markup('<p>Dear {{ object.name ||| friend}}, <b>{{ user.name }}</b></p>')
    >>> to_braces('<a t-attf-href="{{ object.website }}">us</a><t t-if="object.x">y</t>')
    Markup('<a t-attf-href="{{ object.website }}">us</a><t t-if="object.x">y</t>')
    """
    root = _parse(body)
    for element in list(root.iter(etree.Element)):
        codes = [name for name in element.attrib if name.startswith("t-")]
        if len(codes) != 1 or codes[0] not in ("t-out", "t-esc") or len(element):
            continue
        expression = element.attrib.pop(codes[0]).strip()
        words = (element.text or "").strip()
        text = (
            f"{{{{ {expression} ||| {words}}}}}" if words else f"{{{{ {expression} }}}}"
        )
        if element.tag == "t":
            _replace(element, text)
        else:
            element.text = text
    return _write(root)


def to_qweb(body):
    """Return a text with double braces as the QWeb that Odoo sends.

    :param str body: as somebody wrote it.
    :rtype: Markup

    >>> to_qweb('<p>Dear {{ object.name ||| friend}}, <b>{{ user.name }}</b></p>')
    Markup('<p>Dear <t t-out="object.name">friend</t>, <b><t t-out="user.name"></t></b></p>')
    >>> to_qweb('<a href="{{ object.website }}">us</a>')
    Markup('<a t-attf-href="{{ object.website }}">us</a>')
    """
    root = _parse(body)
    for element in list(root.iter(etree.Element)):
        for name in list(element.attrib):
            plain = not name.startswith("t-")
            if plain and PLACEHOLDER.search(element.get(name)):
                element.set(f"t-attf-{name}", element.attrib.pop(name))
        _split(
            element,
            element.text,
            lambda text, one=element: setattr(one, "text", text),
            0,
        )
        parent = element.getparent()
        if parent is not None:
            place = parent.index(element) + 1
            _split(
                parent,
                element.tail,
                lambda text, one=element: setattr(one, "tail", text),
                place,
            )
    return _write(root)


def is_open(body):
    """Tell whether double braces are left in a QWeb text that nobody would fill in.

    >>> is_open('<p>{{ object.<b>name</b> }}</p>'), is_open('<p>Hello</p>')
    (True, False)
    """
    text = "".join(_parse(body).itertext())
    return "{{" in text or "}}" in text


def _parse(body):
    return html.fragment_fromstring(str(body or ""), create_parent="div")


def _write(root):
    inner = "".join(html.tostring(child, encoding="unicode") for child in root)
    return escape(root.text or "") + Markup(inner)


def _replace(element, text):
    """Put a text where an element is."""
    parent, before = element.getparent(), element.getprevious()
    text += element.tail or ""
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    parent.remove(element)


def _split(parent, text, keep, place):
    """Make elements of the placeholders in a text below a parent.

    :param keep: called with what stands before the first of them.
    :param int place: where they go, among the children of the parent.
    """
    end, last = 0, None
    for match in PLACEHOLDER.finditer(text or ""):
        literal = text[end : match.start()]
        if last is None:
            keep(literal)
        else:
            last.tail = literal
        last = etree.Element("t")
        last.set("t-out", " ".join(match[1].replace("\xa0", " ").split()))
        last.text = match[2] or None
        parent.insert(place, last)
        place, end = place + 1, match.end()
    if last is not None:
        last.tail = text[end:]
