# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import models

from ..common.context import MESSAGE_LANG


class MailTemplate(models.Model):
    """E-mails of our messages: in the lead's language, and in its direction.

    Only where the context says that a message of ours is being rendered; every other mail
    of the company stays as it is.
    """

    _inherit = "mail.template"

    def _render_lang(self, res_ids, *args, **kwargs):
        if lang := MESSAGE_LANG.of(self.env):
            return dict.fromkeys(res_ids, lang)
        return super()._render_lang(res_ids, *args, **kwargs)

    def _render_field(self, field, res_ids, *args, **kwargs):
        result = super()._render_field(field, res_ids, *args, **kwargs)
        lang = MESSAGE_LANG.of(self.env)
        if field != "body_html" or not lang:
            return result
        if self.env["res.lang"]._get_data(code=lang).direction != "rtl":
            return result
        wrapper = Markup('<div dir="rtl" style="text-align: right;">%s</div>')
        return {res_id: wrapper % Markup(body) for res_id, body in result.items()}
