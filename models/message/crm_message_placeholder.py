# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
import re

from lxml import html

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools.rendering_tools import parse_inline_template

# Names that a placeholder of a WhatsApp text has no use for, and that reach behind the lead.
FORBIDDEN_NAMES = frozenset(
    {
        "env",
        "sudo",
        "pool",
        "cr",
        "with_user",
        "with_env",
        "with_context",
        "with_company",
        # '{0.env}'.format(object) would go behind what is checked here.
        "format",
        "format_map",
    }
)
# Attributes of a QWeb text that hold an expression; t-attf ones hold inline placeholders.
QWEB_EXPRESSIONS = (
    "t-out",
    "t-esc",
    "t-raw",
    "t-if",
    "t-elif",
    "t-foreach",
    "t-value",
    "t-att",
    "t-options",
)
BRACES = re.compile(r"\{\{|\}\}")
# So much of a text that is wrong is quoted.
MAX_SHOWN = 40


def _name_of(node):
    """Return the name that a node of a syntax tree uses, or an empty text."""
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


def _qweb_expressions(body):
    """Yield the expressions of a QWeb text."""
    for element in html.fragment_fromstring(body or "", create_parent=True).iter():
        for key, value in element.attrib.items():
            if key.startswith("t-attf-"):
                yield from (part[1] for part in parse_inline_template(value) if part[1])
            elif key.startswith(QWEB_EXPRESSIONS):
                yield value


class CrmMessageTemplate(models.Model):
    """The placeholders of WhatsApp texts are checked when the text is saved.

    Those of e-mails and SMS are Odoo's templates, which other screens write: they are checked
    when a message of ours is about to use them.
    """

    _inherit = "crm.message.template"

    # === CONSTRAINT METHODS === #

    @api.constrains("whatsapp_body")
    def _check_whatsapp_body(self):
        for template in self:
            for text, expression, _default in parse_inline_template(
                template.whatsapp_body or ""
            ):
                if expression:
                    template._check_placeholder(expression)
                elif found := BRACES.search(text):
                    self._raise_placeholder(
                        text[found.start() :].strip()[:MAX_SHOWN],
                        self.env._("it is not finished"),
                    )

    def _check_placeholder(self, expression):
        """Check one placeholder of the WhatsApp text.

        :param str expression: what stands between the braces.
        :raise ValidationError: where it cannot be read, names a field that leads do not
            have, or reaches for what a message has no business with.
        """
        try:
            tree = ast.parse(expression.strip(), mode="eval")
        except (SyntaxError, ValueError) as error:
            self._raise_placeholder(expression, self.env._("it cannot be read"), error)
        for node in ast.walk(tree):
            name = _name_of(node)
            if name.startswith("_") or name in FORBIDDEN_NAMES:
                self._raise_placeholder(
                    expression,
                    self.env._("%(name)s may not be used in a message", name=name),
                )
            path = self._placeholder_path(node)
            if path:
                self._check_path(expression, path)

    def _placeholder_path(self, node):
        """Return ``["a", "b"]`` for the node of ``object.a.b``, else an empty list."""
        path = []
        while isinstance(node, ast.Attribute):
            path.insert(0, node.attr)
            node = node.value
        return path if isinstance(node, ast.Name) and node.id == "object" else []

    def _check_path(self, expression, path):
        """Check that each name of a path is a field, or a method of Python's own values."""
        # Not as superuser, as constraints are checked: it is the editor's right to read.
        model = self.env["crm.lead"].sudo(False)
        for name in path:
            if name not in model._fields:
                if hasattr(type(model), name):
                    reason = self.env._("%(name)s is not a field", name=name)
                else:
                    reason = self.env._(
                        "%(model)s has no field %(name)s",
                        model=model._description,
                        name=name,
                    )
                self._raise_placeholder(expression, reason)
            field = model._fields[name]
            if not model._has_field_access(field, "read"):
                self._raise_placeholder(
                    expression, self.env._("you may not read %(name)s", name=name)
                )
            if not field.relational:
                return
            model = self.env[field.comodel_name]

    # === E-MAIL AND SMS === #

    def _forbidden_part(self, channel):
        """Return the first placeholder of the e-mail or SMS that no message may use.

        Odoo lets who writes its templates use much more than a lead's data; a message to a
        lead has no business with it. Looks at all languages.

        :param str channel: email, sms or whatsapp, whose text was checked when it was saved.
        :return: the expression and the forbidden name, or None.
        """
        fields = {
            "email": (self.mail_template_id, ("subject", "body_html")),
            "sms": (self.sms_template_id, ("body",)),
        }
        record, names = fields.get(channel, (self.browse(), ()))
        for name in names if record else ():
            texts = record._fields[name]._get_stored_translations(record) or {}
            for text in texts.values():
                if name == "body_html":
                    expressions = _qweb_expressions(text)
                else:
                    expressions = (
                        part[1] for part in parse_inline_template(text or "")
                    )
                for expression in expressions:
                    if found := self._forbidden_name(expression):
                        return expression, found
        return None

    @api.model
    def _forbidden_name(self, expression):
        """Return the first name of an expression that no message may use, or None."""
        try:
            tree = ast.parse((expression or "").strip(), mode="eval")
        except (SyntaxError, ValueError):
            return None  # Odoo's engine says what is wrong with it.
        names = (_name_of(node) for node in ast.walk(tree))
        return next(
            (
                name
                for name in names
                if name in FORBIDDEN_NAMES or name.startswith("__")
            ),
            None,
        )

    def _raise_placeholder(self, expression, reason, error=None):
        raise ValidationError(
            self.env._(
                'Message "%(message)s", WhatsApp: the placeholder %(placeholder)s cannot be'
                " used: %(reason)s.",
                message=self.name,
                placeholder=expression
                if BRACES.match(expression)
                else f"{{{{ {expression} }}}}",
                reason=reason,
            )
        ) from error
