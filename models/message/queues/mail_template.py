# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, models

from ...common.context import MESSAGE_LANG
from ..writing.placeholders import MAIL_FIELDS


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
