# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Odoo's templates, to be read where a message is looked at."""

from lxml import html
from markupsafe import Markup


def readable(body):
    """Return a QWeb text for people to read: a placeholder stands among the words.

    :param str body: the body of a mail template.
    :rtype: Markup or False
    """
    if not body:
        return False
    root = html.fragment_fromstring(str(body), create_parent="div")
    for element in list(root.iter("t")):
        expression = element.get("t-out") or element.get("t-esc")
        element.tag = "span"
        element.attrib.clear()
        if expression:
            words = element.text_content().strip() or expression
            for child in list(element):
                element.remove(child)
            element.text = f"{{{words}}}"
            element.set("class", "text-muted")
    return Markup(html.tostring(root, encoding="unicode"))
