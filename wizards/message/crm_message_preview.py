# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.common.context import MESSAGE_LANG


class CrmMessagePreview(models.TransientModel):
    """A message as a lead would get it, in each channel. Nothing is sent."""

    _name = "crm.message.preview"
    _description = "Message as a lead gets it"

    template_id = fields.Many2one(
        "crm.message.template", required=True, readonly=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", default=lambda self: self._default_lead())
    lang = fields.Selection(
        "_selection_lang", string="Language", help="Empty: the language of the lead."
    )
    subject = fields.Char(compute="_compute_texts")
    email = fields.Html(compute="_compute_texts", sanitize="email_outgoing")
    sms = fields.Text(compute="_compute_texts", string="SMS")
    whatsapp = fields.Text(compute="_compute_texts", string="WhatsApp")
    problem = fields.Text(compute="_compute_texts")
    is_rtl = fields.Boolean(compute="_compute_texts", export_string_translation=False)

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.model
    def _default_lead(self):
        leads = self.env["crm.lead"]
        mine = [("user_id", "=", self.env.uid), ("email_normalized", "!=", False)]
        return leads.search(mine, limit=1) or leads.search(mine[1:], limit=1)

    @api.depends("template_id", "lead_id", "lang")
    def _compute_texts(self):
        for window in self:
            lead, found, problems = window.lead_id._origin, {}, []
            if lead and not lead.has_access("read"):
                raise AccessError(self.env._("You may not read this lead."))
            message = window.template_id._origin
            if window.lang:
                message = message.with_context(**MESSAGE_LANG.on(window.lang))
            for channel in message._channels() if lead else ():
                try:
                    found[channel] = message._render_channel(lead, channel)[lead.id]
                except UserError as error:
                    problems.append(str(error))
            window.subject = found.get("email", {}).get("subject", False)
            window.email = found.get("email", {}).get("body", False)
            window.sms = found.get("sms", {}).get("body", False)
            window.whatsapp = found.get("whatsapp", {}).get("body", False)
            window.problem = "\n".join(problems) or False
            code = window.lang or lead.message_lang
            lang = self.env["res.lang"]._get_data(code=code)
            window.is_rtl = lang.direction == "rtl"
