# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from lxml import html
from markupsafe import Markup

from odoo import api, fields, models


class CrmMessageTemplate(models.Model):
    """The texts of Odoo's templates, to be read where the message is looked at."""

    _inherit = "crm.message.template"

    email_subject = fields.Char(
        string="Email Subject",
        related="mail_template_id.subject",
        export_string_translation=False,
    )
    email_body = fields.Html(
        string="Email Text",
        compute="_compute_email_body",
        export_string_translation=False,
    )
    sms_body = fields.Char(
        string="SMS Text",
        related="sms_template_id.body",
        export_string_translation=False,
    )

    @api.depends("mail_template_id.body_html")
    @api.depends_context("lang")
    def _compute_email_body(self):
        for template in self:
            template.email_body = self._readable(template.mail_template_id.body_html)

    @api.model
    def _readable(self, body):
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
