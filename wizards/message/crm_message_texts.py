# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

SIDES = ("left", "right")
# What is written in each language.
TEXTS = ("subject", "email", "sms", "whatsapp")
OF_MESSAGE = {
    "subject": "email_subject",
    "email": "email_text",
    "sms": "sms_body",
    "whatsapp": "whatsapp_body",
}


class CrmMessageTexts(models.TransientModel):
    """The texts of a message in two languages, side by side."""

    _name = "crm.message.texts"
    _description = "Texts of a message in two languages"

    template_id = fields.Many2one(
        "crm.message.template", required=True, readonly=True, ondelete="cascade"
    )
    has_email = fields.Boolean(compute="_compute_has", export_string_translation=False)
    has_sms = fields.Boolean(compute="_compute_has", export_string_translation=False)
    left_lang = fields.Selection(
        "_selection_lang",
        default=lambda self: self._default_lang(0),
        required=True,
        export_string_translation=False,
    )
    right_lang = fields.Selection(
        "_selection_lang",
        default=lambda self: self._default_lang(1),
        required=True,
        export_string_translation=False,
    )
    left_subject = fields.Char(
        string="Subject", compute="_compute_left", store=True, readonly=False
    )
    left_email = fields.Html(
        compute="_compute_left",
        store=True,
        readonly=False,
        sanitize="email_outgoing",
        string="Email",
    )
    left_sms = fields.Text(
        string="SMS", compute="_compute_left", store=True, readonly=False
    )
    left_whatsapp = fields.Text(
        string="WhatsApp", compute="_compute_left", store=True, readonly=False
    )
    right_subject = fields.Char(
        compute="_compute_right",
        store=True,
        readonly=False,
        string="Subject (Right)",
        export_string_translation=False,
    )
    right_email = fields.Html(
        compute="_compute_right",
        store=True,
        readonly=False,
        sanitize="email_outgoing",
        string="Email (Right)",
        export_string_translation=False,
    )
    right_sms = fields.Text(
        compute="_compute_right",
        store=True,
        readonly=False,
        string="SMS (Right)",
        export_string_translation=False,
    )
    right_whatsapp = fields.Text(
        compute="_compute_right",
        store=True,
        readonly=False,
        string="WhatsApp (Right)",
        export_string_translation=False,
    )

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.model
    def _default_lang(self, place):
        """Return the language of the user, and another one."""
        own = self.env.lang or "en_US"
        others = [code for code, _name in self._selection_lang() if code != own]
        return [own, *others, own][place]

    @api.depends("template_id")
    def _compute_has(self):
        for window in self:
            window.has_email = bool(window.template_id.mail_template_id)
            window.has_sms = bool(window.template_id.sms_template_id)

    @api.depends("template_id", "left_lang")
    def _compute_left(self):
        self._fill("left")

    @api.depends("template_id", "right_lang")
    def _compute_right(self):
        self._fill("right")

    def _fill(self, side):
        for window in self:
            message = window._in(side)
            for name in TEXTS:
                window[f"{side}_{name}"] = message[OF_MESSAGE[name]]

    def _in(self, side):
        """Return the message in the language of a side."""
        return self.template_id.with_context(lang=self[f"{side}_lang"])

    def action_save(self):
        """Write the texts of both languages.

        :return: the action that closes the window.
        :rtype: dict
        """
        self.ensure_one()
        self.template_id.check_access("write")
        for side in SIDES if self.left_lang != self.right_lang else SIDES[:1]:
            message = self._in(side)
            for name in TEXTS:
                value = self[f"{side}_{name}"]
                # What nobody changed stays as it is, in the language that it is taken from.
                if (value or "") != (message[OF_MESSAGE[name]] or ""):
                    message[OF_MESSAGE[name]] = value
        return {"type": "ir.actions.act_window_close"}
