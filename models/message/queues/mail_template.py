# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, models

from ...common.context import MESSAGE_LANG
from ..writing.placeholders import MAIL_FIELDS
from ..writing.read_once import ReadOnce


class MailTemplate(models.Model):
    """E-mails of our messages: in the lead's language, and in its direction.

    Only where the context says that a message of ours is being rendered; every other mail
    of the company stays as it is.
    """

    _inherit = "mail.template"

    @api.constrains("body_html", "model_id", *MAIL_FIELDS)
    def _check_crm_placeholders(self):
        self.env["crm.message.template"]._check_parts("mail_template_id", self)

    def _render_lang(self, res_ids, *args, **kwargs):
        if lang := MESSAGE_LANG.of(self.env):
            return dict.fromkeys(res_ids, lang)
        return super()._render_lang(res_ids, *args, **kwargs)

    def _render_field(self, field, res_ids, *args, **kwargs):
        if field == "subject" and MESSAGE_LANG.of(self.env):
            # The same code where the message is looked at and where it goes.
            filled = self.env["crm.message.template"]._filled(
                self, "subject", self.env["crm.lead"].browse(res_ids)
            )
            # One line, whatever stands in a name.
            return {key: " ".join(text.splitlines()) for key, text in filled.items()}
        result = super()._render_field(field, res_ids, *args, **kwargs)
        lang = MESSAGE_LANG.of(self.env)
        if field != "body_html" or not lang:
            return result
        if self.env["res.lang"]._get_data(code=lang).direction != "rtl":
            return result
        wrapper = Markup('<div dir="rtl" style="text-align: right;">%s</div>')
        return {res_id: wrapper % Markup(body) for res_id, body in result.items()}

    def _render_template_qweb_regex(self, template_src, model, res_ids):
        if MESSAGE_LANG.of(self.env):
            text, qweb = ReadOnce(template_src), self.env["ir.qweb"]
            if text.is_plain and all(
                qweb._is_expression_allowed(path, model) for path in text.paths
            ):
                records = self.env[model].browse(res_ids)
                return {record.id: text.fill(record) for record in records}
        return super()._render_template_qweb_regex(template_src, model, res_ids)
