# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re

from lxml import html

from odoo import models
from odoo.tools.rendering_tools import parse_inline_template

from ....tools.placeholders import HTML, PLAIN, Refused, kind_of

# Who a placeholder may speak of.
NAMES = {"object": "crm.lead", "user": "res.users"}
# The fields of an e-mail template that Odoo fills in, beside its text.
MAIL_FIELDS = (
    "subject",
    "email_from",
    "email_to",
    "email_cc",
    "reply_to",
    "partner_to",
    "lang",
    "scheduled_date",
)
# Attributes of a QWeb text that hold an expression, and those that hold a name or nothing.
QWEB_EXPRESSIONS = (
    *("t-out", "t-esc", "t-raw", "t-if", "t-elif", "t-foreach", "t-value"),
    *("t-att", "t-options"),
)
QWEB_NAMES = ("t-else", "t-as", "t-set", "t-ignore", "t-translation")
# Texts with expressions in them, as QWeb reads these.
QWEB_FORMATS = ("t-attf-", "t-valuef")
FORMAT = re.compile(r"#\{(.+?)\}|\{\{(.+?)\}\}", re.DOTALL)
BRACES = re.compile(r"\{\{|\}\}")
# So much of a text that is wrong is quoted.
MAX_SHOWN = 40


def stored_texts(record, name):
    """Return a text in all the languages that it is written in."""
    if not record:
        return []
    field = record._fields[name]
    if not field.translate:
        return [record[name] or ""]
    record.flush_recordset([name])
    return list((field._get_stored_translations(record) or {}).values())


class Placeholders:
    """The placeholders of a message: paths of fields and formatters, by an allow list.

    They are looked at when a text is saved, in every field that is filled in and in every
    language, and again whenever one is about to be used: whoever wrote it, however it came in.
    """

    def __init__(self, template):
        """
        :param template: a crm.message.template; an empty one to ask about expressions only.
        """
        self.template, self.env = template, template.env

    # === WHAT IS WRITTEN === #

    def texts(self, channel):
        """Return the texts of a channel with inline placeholders, in all languages.

        :rtype: list[str]
        """
        template = self.template
        record, names = {
            "email": (template.mail_template_id, MAIL_FIELDS),
            "sms": (template.sms_template_id, ("body",)),
            "whatsapp": (template, ("whatsapp_body",)),
        }[channel]
        record = record.sudo()  # sudo: the texts are checked, not shown
        return [text for name in names for text in stored_texts(record, name)]

    def refused(self, channel):
        """Return the first placeholder of a channel that no message may use, and why.

        :return: the placeholder as it is written and a reason for a person, or None.
        :rtype: tuple or None
        """
        try:
            for text in self.texts(channel):
                expression = ""
                for _literal, expression, _default in parse_inline_template(text):
                    if expression:
                        self.kind_of(expression)
            if channel == "email":
                # sudo: as in texts()
                bodies = stored_texts(
                    self.template.mail_template_id.sudo(), "body_html"
                )
                for body in bodies:
                    self._check_qweb(body)
        except Refused as refused:
            return getattr(refused, "expression", expression), self._why(refused)
        if channel == "whatsapp":
            # The others are Odoo's templates: they are told when they are used.
            for text in self.texts(channel):
                if found := self._open_braces(text):
                    return found, self.env._("it is not finished")
        return None

    def _open_braces(self, text):
        """Return the text from double braces on that are no placeholder, or None."""
        for literal, expression, _default in parse_inline_template(text or ""):
            found = None if expression and not literal else BRACES.search(literal)
            if found:
                return literal[found.start() :].strip()[:MAX_SHOWN]
        return None

    def has_open_braces(self, channel):
        """Tell whether a text has double braces that would go out as they are."""
        if any(self._open_braces(text) for text in self.texts(channel)):
            return True
        if channel != "email":
            return False
        # sudo: as in texts()
        bodies = stored_texts(self.template.mail_template_id.sudo(), "body_html")
        return any(
            BRACES.search(
                "".join(html.fragment_fromstring(body or "", "div").itertext())
            )
            for body in bodies
        )

    def kind_of(self, expression, names=None):
        """Return what a placeholder gives, see ``tools/placeholders.py``.

        :raise Refused: with the expression.
        """
        try:
            return kind_of(expression, names or NAMES, self._kind_of_field)
        except Refused as refused:
            refused.expression = expression
            raise

    def _kind_of_field(self, model_name, name):
        # Not as superuser, as constraints are checked: it is the editor's right to read.
        model = self.env[model_name].sudo(False)
        field = model._fields.get(name)
        if not field:
            if hasattr(models.BaseModel, name):
                raise Refused("name", name)
            code = "method" if hasattr(type(model), name) else "field"
            raise Refused(code, f"{model_name},{name}")
        if not model._has_field_access(field, "read"):
            raise Refused("access", name)
        if field.relational:
            return field.comodel_name
        return HTML if field.type == "html" else PLAIN

    def _check_qweb(self, body):
        """Check the expressions of a QWeb text, in their order.

        :raise Refused: with the expression.
        """
        names = dict(NAMES)
        root = html.fragment_fromstring(body or "", create_parent=True)
        for element in root.iter(html.etree.Element):
            attributes = {
                key: value for key, value in element.attrib.items() if key[:2] == "t-"
            }
            for key, value in attributes.items():
                if key.startswith(QWEB_FORMATS):
                    for match in FORMAT.finditer(value):
                        self.kind_of(match[1] or match[2], names)
                elif key.startswith(QWEB_EXPRESSIONS):
                    self.kind_of(value, names)
                elif key not in QWEB_NAMES:
                    refused = Refused("name", key)
                    refused.expression = f'{key}="{value}"'
                    raise refused
            self._add_names(names, attributes)

    def _add_names(self, names, attributes):
        """Add the names that an element of a QWeb text makes."""
        new = {}
        if name := attributes.get("t-as"):
            loop = attributes.get("t-foreach", "[]")
            new[name] = self.kind_of(loop, names)
            for end in ("index", "size", "first", "last", "parity", "odd", "even"):
                new[f"{name}_{end}"] = PLAIN
        if name := attributes.get("t-set"):
            value = attributes.get("t-value", "''")
            new[name] = self.kind_of(value, names)
        for name, kind in new.items():
            # object and user stay what they are.
            if name in NAMES or name.startswith("_"):
                raise Refused("name", name)
            names[name] = kind

    # === WHAT IS SAID OF IT === #

    def _why(self, refused):
        """Return why a placeholder is refused, for a person to read."""
        model, _comma, name = refused.name.rpartition(",")
        if refused.code == "syntax":
            return self.env._("it cannot be read")
        if refused.code == "access":
            return self.env._("you may not read %(name)s", name=refused.name)
        if refused.code == "method":
            return self.env._("%(name)s is not a field", name=name)
        if refused.code == "field":
            return self.env._(
                "%(model)s has no field %(name)s",
                model=self.env[model]._description,
                name=name,
            )
        return self.env._("%(name)s may not be used in a message", name=refused.name)
