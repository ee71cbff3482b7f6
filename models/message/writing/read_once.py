# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The text of an e-mail that holds fields only, read once for all leads of a selection.

Odoo fills such a text in without its engine for pages, and reads it anew for each record.
"""

import re

from markupsafe import Markup, escape

from odoo.tools.mail import html_normalize

# An element that is replaced by a field; what stands in it is said where the field is empty.
HOLE = re.compile(
    r"<(?P<tag>\w+)\s+t-out=(?P<quote>[\"'])\s*(?P<path>\w+(?:\.\w+)+)\s*(?P=quote)\s*"
    r"(?:/>|>\s*(?P<default>[^<>]*?)\s*</(?P=tag)>)"
)
DIRECTIVE = re.compile(r"\st-[a-z]")


class ReadOnce:
    """A text with its holes.

    ``paths`` are the placeholders in it; ``is_plain`` says whether that is all there is to
    fill in.
    """

    def __init__(self, source):
        """
        :param str source: a QWeb text.
        """
        # With an element around it, which keeps the text from being changed.
        source = html_normalize(f"<div>{source}</div>")
        source = source.removeprefix("<div>").removesuffix("</div>")
        self._holes, self._literals, end = [], [], 0
        for hole in HOLE.finditer(source):
            self._literals.append(source[end : hole.start()])
            self._holes.append(hole)
            end = hole.end()
        self._literals.append(source[end:])
        self.paths = {hole["path"] for hole in self._holes}
        self.is_plain = not any(map(DIRECTIVE.search, self._literals))

    def fill(self, record):
        """Return the text for one record.

        :rtype: Markup
        """
        values = {path: _value(record, path) for path in self.paths}
        filled = [self._literals[0]]
        for hole, literal in zip(self._holes, self._literals[1:], strict=True):
            # What people wrote into the text is markup already, what a field holds is not.
            value = values[hole["path"]] or Markup(hole["default"] or "")
            is_bare = hole["tag"].lower() == "t"
            tag = "" if is_bare else hole["tag"]
            filled += ["" if is_bare else f"<{tag}>", escape(value)]
            filled += ["" if is_bare else f"</{tag}>", literal]
        return Markup("".join(filled))


def _value(record, path):
    for name in path.split(".")[1:]:
        record = record[name]
    return record
