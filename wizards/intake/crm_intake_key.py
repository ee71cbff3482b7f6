# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import escape

from odoo import api, fields, models

PATH = "/crm/intake/"


class CrmIntakeKey(models.TransientModel):
    """Shows the address of a source with its key, this once, and what to do with it."""

    _name = "crm.intake.key"
    _description = "Address of a source"

    source_id = fields.Many2one("crm.intake.source", required=True, ondelete="cascade")
    kind = fields.Selection(related="source_id.kind")
    key = fields.Char(required=True, readonly=True, export_string_translation=False)
    url = fields.Char(string="Address", compute="_compute_texts")
    advice = fields.Text(string="What to Do with It", compute="_compute_texts")
    snippet = fields.Text(string="A Form for Your Site", compute="_compute_texts")
    command = fields.Text(string="Try It from a Command Line", compute="_compute_texts")

    @api.depends("key", "source_id")
    def _compute_texts(self):
        for window in self:
            url = f"{window.source_id.get_base_url()}{PATH}{window.key}"
            window.url = url
            window.advice = window._advice()
            window.snippet = window._form(url)
            window.command = (
                f"curl -X POST {url} \\\n"
                "  -H 'Content-Type: application/json' \\\n"
                "  -d '"
                '{"name": "Amal Haddad", "email": "amal@example.com",'
                ' "message": "Price list, please", "external_ref": "1"}'
                "'"
            )

    def _advice(self):
        """Return what to do with the address at the sender, in the language of the user."""
        if self.kind in ("whatsapp", "meta"):
            return self.env._(
                "In your app at Meta, under Webhooks: this address is the callback URL. Think"
                " of a verify token, and enter it there and here, on the page Safety, with the"
                " app secret as proof of the sender. Then subscribe to %(field)s.",
                field="messages" if self.kind == "whatsapp" else "leadgen",
            )
        if self.kind == "google":
            return self.env._(
                "In Google Ads, in the lead form's delivery options: this address is the"
                " webhook URL. Enter the same key there and here, on the page Safety. Send test"
                " data: it comes to the letterbox, and becomes no lead."
            )
        if self.kind == "telephony":
            return self.env._(
                "Let your telephone system post each call to this address: call_id, event,"
                " from, to, direction and duration."
            )
        return False

    def _form(self, url):
        """Return a form that people can put into their site, in the language of the user."""
        labels = (
            ("name", "text", self.env._("Name")),
            ("email", "email", self.env._("Email")),
            ("phone", "tel", self.env._("Phone")),
        )
        inputs = "\n".join(
            f'  <label>{escape(label)} <input name="{name}" type="{kind}"></label>'
            for name, kind, label in labels
        )
        trap = escape(self.source_id.honeypot or "")
        hidden = (
            f'  <input name="{trap}" tabindex="-1" autocomplete="off" aria-hidden="true"\n'
            '         style="position: absolute; left: -9999px">\n'
            if trap
            else ""
        )
        return (
            f'<form method="post" action="{escape(url)}" accept-charset="utf-8">\n'
            f"{inputs}\n"
            f"  <label>{escape(self.env._('Message'))} "
            '<textarea name="message"></textarea></label>\n'
            f"{hidden}"
            '  <input type="hidden" name="crm_started">\n'
            f"  <button>{escape(self.env._('Send'))}</button>\n"
            "  <script>for (const i of document.getElementsByName('crm_started'))"
            " i.value = Date.now();</script>\n"
            "</form>"
        )
