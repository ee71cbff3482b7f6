# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast

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
    }
)


class CrmMessageTemplate(models.Model):
    """The placeholders of WhatsApp texts are checked when the text is saved."""

    _inherit = "crm.message.template"

    # === CONSTRAINT METHODS === #

    @api.constrains("whatsapp_body")
    def _check_whatsapp_body(self):
        for template in self:
            for _text, expression, _default in parse_inline_template(
                template.whatsapp_body or ""
            ):
                if expression:
                    template._check_placeholder(expression)

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
            name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
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
        model = self.env["crm.lead"]
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
            if not field.relational:
                return
            model = self.env[field.comodel_name]

    def _raise_placeholder(self, expression, reason, error=None):
        raise ValidationError(
            self.env._(
                'Message "%(message)s", WhatsApp: the placeholder %(placeholder)s cannot be'
                " used: %(reason)s.",
                message=self.name,
                placeholder=f"{{{{ {expression} }}}}",
                reason=reason,
            )
        ) from error
