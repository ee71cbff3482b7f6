# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty
from odoo.tools.misc import clean_context

from ...const import CHANNELS
from ...models.common.context import MESSAGE_LANG
from ...models.common.moments import format_moment
from ...models.message.writing.languages import foreign_note
from ...models.message.writing.lead_language import guessed_note, language_note
from ...models.message.writing.proposal import propose_channel
from ...tools.messages import sms_segments
from ..what_next import what_next


class CrmMessageCompose(models.TransientModel):
    """Choose a message and a channel for a lead, see the text as it will arrive, send it."""

    _name = "crm.message.compose"
    _description = "Send a message to a lead"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade"
    )
    template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    # What goes: the message, or in an experiment the text of the lead's group.
    text_id = fields.Many2one(
        "crm.message.template",
        string="Message That Goes",
        compute="_compute_text_id",
        store=True,
        precompute=True,
        export_string_translation=False,
    )
    is_tested = fields.Boolean(
        compute="_compute_is_tested", export_string_translation=False
    )
    channel = fields.Selection(
        CHANNELS,
        compute="_compute_channel",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        compute="_compute_lang",
        store=True,
        readonly=False,
        precompute=True,
        help="Choosing another one is remembered on the lead.",
    )
    recipient = fields.Char(compute="_compute_recipient")
    subject = fields.Char(
        compute="_compute_text", store=True, readonly=False, precompute=True
    )
    body_html = fields.Html(
        string="Email",
        compute="_compute_text",
        store=True,
        readonly=False,
        precompute=True,
        sanitize="email_outgoing",
    )
    body = fields.Text(
        string="Text",
        compute="_compute_body",
        store=True,
        readonly=False,
        precompute=True,
    )
    problem = fields.Text(compute="_compute_problem")
    lacks = fields.Selection(
        [("email", "Email"), ("phone", "Phone")],
        compute="_compute_lacks",
        export_string_translation=False,
    )
    new_address = fields.Char(export_string_translation=False)
    sms_info = fields.Char(string="Length", compute="_compute_sms_info")
    is_rtl = fields.Boolean(compute="_compute_is_rtl", export_string_translation=False)
    has_whatsapp_service = fields.Boolean(
        compute="_compute_has_whatsapp_service", export_string_translation=False
    )
    language_info = fields.Char(
        compute="_compute_language_info", export_string_translation=False
    )
    window_info = fields.Char(string="WhatsApp Window", compute="_compute_window_info")
    state = fields.Selection(
        [("draft", "To send"), ("opened", "Opened in WhatsApp"), ("done", "Sent")],
        default="draft",
        readonly=True,
        export_string_translation=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("lead_id")
    def _compute_template_id(self):
        for wizard in self:
            wizard.template_id = self.env["crm.message.template"]._propose(
                wizard.lead_id
            )

    @api.depends("lead_id", "template_id")
    def _compute_text_id(self):
        """A message that is tested: each lead gets the text of its group."""
        experiment = self.env["crm.experiment"]
        for wizard in self:
            wizard.text_id = wizard.template_id and experiment._message_text(
                wizard.template_id, wizard.lead_id
            )

    @api.depends("template_id", "text_id")
    def _compute_is_tested(self):
        for wizard in self:
            wizard.is_tested = wizard.text_id != wizard.template_id

    @api.depends("lead_id", "text_id")
    def _compute_channel(self):
        for wizard in self:
            wizard.channel = propose_channel(wizard.text_id, wizard.lead_id)

    @api.depends("lead_id")
    def _compute_lang(self):
        for wizard in self:
            wizard.lang = wizard.lead_id.message_lang

    @api.depends("lead_id", "channel")
    def _compute_recipient(self):
        guard = self.env["crm.message.guard"]
        for wizard in self:
            lead = wizard.lead_id
            if wizard.channel == "email":
                found = sorted(guard._addresses(lead).get(lead.id, ()))
            else:
                found = filter(None, guard._numbers(lead).values())
            wizard.recipient = ", ".join(found)

    @api.depends("lead_id", "text_id", "channel", "lang")
    def _compute_text(self):
        for wizard in self:
            text = wizard._get_text("email")
            wizard.subject = text.get("subject", "")
            wizard.body_html = text.get("body", "")

    @api.depends("lead_id", "text_id", "channel", "lang")
    def _compute_body(self):
        for wizard in self:
            wizard.body = wizard._get_text("sms", "whatsapp").get("body", "")

    @api.depends("lead_id", "text_id", "channel", "body", "body_html", "lang")
    def _compute_problem(self):
        for wizard in self:
            wizard.problem = wizard._get_problem()

    @api.depends("lead_id", "channel")
    def _compute_lacks(self):
        for wizard in self:
            lead = wizard.lead_id
            if wizard.channel == "email":
                has = lead.email_from or lead.partner_id.email
                wizard.lacks = not has and "email"
            else:
                has = lead.phone or lead.partner_id.phone
                wizard.lacks = bool(wizard.channel) and not has and "phone"

    @api.depends("channel", "body")
    def _compute_sms_info(self):
        for wizard in self:
            wizard.sms_info = (
                self.env._(
                    "%(length)s characters, %(segments)s SMS",
                    length=len(wizard.body),
                    segments=sms_segments(wizard.body),
                )
                if wizard.channel == "sms" and wizard.body
                else False
            )

    @api.depends("lead_id", "lang")
    def _compute_is_rtl(self):
        for wizard in self:
            code = wizard.lang or wizard.lead_id.message_lang
            lang = self.env["res.lang"]._get_data(code=code)
            wizard.is_rtl = lang.direction == "rtl"

    @api.depends("lead_id")
    def _compute_has_whatsapp_service(self):
        for wizard in self:
            wizard.has_whatsapp_service = self.env[
                "crm.message.sender"
            ]._has_whatsapp_service(wizard.lead_id)

    @api.depends("lead_id", "text_id", "channel", "lang")
    def _compute_language_info(self):
        for wizard in self:
            lead = wizard.lead_id
            wizard.language_info = lead and (
                language_note(lead)
                or foreign_note(wizard.text_id, lead, wizard.channel, code=wizard.lang)
                or (wizard.lang == lead.message_lang and guessed_note(lead))
            )

    @api.depends("lead_id", "channel")
    def _compute_window_info(self):
        for wizard in self:
            end = wizard.channel == "whatsapp" and wizard.lead_id.whatsapp_window_end
            wizard.window_info = (
                self.env._(
                    "The lead wrote within the last 24 hours: the window for free text is"
                    " open until %s.",
                    format_moment(self.env, end),
                )
                if end
                else False
            )

    def _get_text(self, *channels):
        """Return the rendered text, or an empty dict where the channel is another one."""
        self.ensure_one()
        if not self.text_id or not self.lead_id or self.channel not in channels:
            return {}
        try:
            template = self.text_id.with_context(**MESSAGE_LANG.on(self.lang))
            return template._render_channel(self.lead_id, self.channel)[self.lead_id.id]
        except UserError:
            return {}  # The problem, shown above the text, says why.

    def _get_problem(self):
        """Return why the message cannot be sent, for a person to read, or False."""
        self.ensure_one()
        if not self.template_id:
            return self.env._(
                "There is no message to send yet. Ask a sales administrator to write one:"
                " CRM, Outreach, Message Texts."
            )
        try:
            self._check()
        except UserError as error:
            return str(error)
        return False

    def _check(self):
        """Check what goes as it stands in the window, in the language that is chosen there.

        :raise UserError: where it cannot or may not go.
        """
        text = self.body
        if self.channel == "email":
            text = "" if is_html_empty(self.body_html) else self.body_html
        template = self.text_id.with_context(**MESSAGE_LANG.on(self.lang))
        self.env["crm.message.sender"]._check(
            template, self.lead_id, self.channel, text=text or ""
        )

    # === ACTIONS === #

    def action_save_address(self):
        """Note the address or number that the lead lacked, and go on writing.

        :return: the action that shows the window again.
        :rtype: dict
        """
        self.ensure_one()
        if self.new_address and self.lacks:
            # As its user: the lead's own rules and rights apply.
            field = "email_from" if self.lacks == "email" else "phone"
            self.lead_id.write({field: self.new_address.strip()})
        self.new_address = False
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Message"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_send(self):
        """Send the message as it stands in the window, once; or open WhatsApp with it.

        :return: an action.
        :rtype: dict
        :raise UserError: where the lead may not be written to.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        # A second click at the same moment finds the row locked; a later one finds it done.
        if not self.try_lock_for_update():
            raise UserError(self.env._("This message is being sent at this moment."))
        self.invalidate_recordset(["state"])
        if self.state == "done":
            return {"type": "ir.actions.act_window_close"}
        self._remember_language()
        self._check()
        return getattr(self, f"_send_{self.channel}")()

    def action_full_composer(self):
        """Go on in Odoo's mail window: other recipients, attachments, another time.

        :return: an action.
        :rtype: dict
        :raise UserError: where the lead may not be written to.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        self._remember_language()
        self._check()
        values = {**self._email_values(), "res_ids": self.lead_id.ids}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Email"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _remember_language(self):
        """Note the language on the lead where a person has chosen another than proposed."""
        if self.lang and self.lang != self.lead_id.message_lang:
            self.lead_id.lang_id = self.env["res.lang"]._lang_get(self.lang)

    def action_confirm(self):
        """Record that the person sent the message in WhatsApp.

        :return: the window that asks what is next, or the action that closes this one.
        :rtype: dict
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.channel == "whatsapp" and self.state == "opened":
            self.env["crm.message.sender"]._record_whatsapp(
                self.text_id, self.lead_id, self.body, f"{self._name},{self.id}"
            )
            self.state = "done"
        return what_next(self.lead_id)

    def action_not_on_whatsapp(self):
        """Record that the number is not on WhatsApp, so that nobody tries it again.

        :return: an action that closes the window.
        :rtype: dict
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.channel == "whatsapp" and self.state == "opened":
            self.env["crm.message.sender"]._record_not_on_whatsapp(
                self.text_id, self.lead_id, f"{self._name},{self.id}"
            )
            self.state = "done"
        return {"type": "ir.actions.act_window_close"}

    # === CHANNELS === #

    def _email_values(self):
        """Return the values of Odoo's mail window with this message."""
        lead, mail = self.lead_id, self.text_id.mail_template_id
        return {
            "model": "crm.lead",
            "res_ids": repr(lead.ids),
            "composition_mode": "comment",
            "template_id": mail.id,
            "subject": self.subject,
            "body": self.body_html,
            "lang": lead.message_lang,
            "email_layout_xmlid": mail.email_layout_xmlid,
            "crm_message_template_id": self.text_id.id,
        }

    def _sms_values(self):
        """Return the values of Odoo's SMS window with this message."""
        return {
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "composition_mode": "comment",
            "body": self.body,
            "crm_message_template_id": self.text_id.id,
        }

    def _send_email(self):
        # Odoo's own window sends, and nobody has to see it; without defaults of this one.
        window = self.env(context=clean_context(self.env.context))[
            "mail.compose.message"
        ]
        window.create(self._email_values()).action_send_mail()
        return self._done()

    def _send_sms(self):
        window = self.env(context=clean_context(self.env.context))["sms.composer"]
        window.create(self._sms_values()).action_send_sms()
        return self._done()

    def _done(self):
        self.state = "done"
        return what_next(self.lead_id)

    def _send_whatsapp(self):
        sender = self.env["crm.message.sender"]
        result = sender._deliver_whatsapp(
            self.text_id, self.lead_id, texts={self.lead_id.id: self.body}
        )
        if not self.has_whatsapp_service:
            self.state = "opened"
            # Whether it was sent is asked for until somebody says so.
            self.env["mail.activity"]._crm_message_ask(self.lead_id, self.text_id)
            return result
        sender._record(self.text_id, self.lead_id, "whatsapp")
        return self._done()
