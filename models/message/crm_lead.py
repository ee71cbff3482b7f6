# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools.i18n import format_list

from ..common.context import MESSAGE_SENDER, MESSAGE_SYSTEM, MESSAGE_TEMPLATE
from ..common.field_kinds import BOOKKEEPING, FACT
from .guarding import privacy, unsubscribe, zones
from .writing.lead_language import guess, near

# More names than this make a list that nobody reads.
MAX_PRODUCTS = 3

# So long after the last message of a lead WhatsApp takes free text from a service.
WHATSAPP_WINDOW = timedelta(hours=24)

PLACEHOLDERS = (
    "message_greeting",
    "message_contact",
    "message_product",
    "message_company",
    "message_sender",
    "message_signature",
    "message_lang",
)


class CrmLead(models.Model):
    """What messages say of a lead, and what a lead allows.

    The placeholder fields are never "None", never a hole: where nothing is known they are
    empty and a template gives its own words, ``{{ object.message_product ||| our products}}``.
    They are computed when they are read, in the language of the message.
    """

    _inherit = "crm.lead"

    optout_email = fields.Boolean(
        string="No Email",
        help="The lead does not want to be written to by e-mail.",
        lead_kind=FACT,
    )
    optout_sms = fields.Boolean(
        string="No SMS",
        help="The lead does not want to get SMS.",
        lead_kind=FACT,
    )
    optout_whatsapp = fields.Boolean(
        string="No WhatsApp",
        help="The lead does not want to get WhatsApp messages.",
        lead_kind=FACT,
    )

    whatsapp_window_end = fields.Datetime(
        string="WhatsApp Window Until",
        compute="_compute_whatsapp_window_end",
        help="Until 24 hours after the lead's last WhatsApp message a free text may be sent"
        " through a WhatsApp service. Empty: the window is closed.",
    )
    message_greeting = fields.Char(
        string="Message: Greeting",
        compute="_compute_message_names",
        help="Hello Sara Khan,",
    )
    message_contact = fields.Char(
        string="Message: Contact",
        compute="_compute_message_names",
        help="The contact's name, else the company's.",
    )
    message_product = fields.Char(
        string="Message: Product",
        compute="_compute_message_product",
        help="What the message is about: the products of its template, else those that the"
        " lead is interested in.",
    )
    message_company = fields.Char(
        string="Message: Our Company",
        compute="_compute_message_sender",
        # A salesperson may not read every company, but he writes in its name.
        compute_sudo=True,
    )
    message_sender = fields.Char(
        string="Message: Sender",
        compute="_compute_message_sender",
        compute_sudo=True,
        help="The salesperson of the lead, else who sends the message.",
    )
    message_signature = fields.Char(
        string="Message: Signature",
        compute="_compute_message_sender",
        compute_sudo=True,
        help="The sender and the company.",
    )

    message_lang = fields.Char(
        string="Message: Language",
        compute="_compute_message_lang",
        help="The installed language in which the lead is written to.",
    )
    # Somebody has chosen the language; else Odoo takes it from the contact.
    message_lang_is_chosen = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        lead_kind=BOOKKEEPING,
    )
    message_lang_is_guessed = fields.Boolean(
        compute="_compute_message_lang",
        export_string_translation=False,
        help="Nobody has said so: it is what name, phone or country let expect.",
    )

    # === COMPUTE METHODS === #

    @api.depends("contact_name", "partner_name", "partner_id.name")
    @api.depends_context("lang")
    def _compute_message_names(self):
        for lead in self:
            name = lead.contact_name or lead.partner_id.name or lead.partner_name
            name = " ".join((name or "").split())
            lead.message_contact = name or False
            lead.message_greeting = (
                self.env._("Hello %(name)s,", name=name)
                if name
                else self.env._("Hello,")
            )

    @api.depends("product_ids.name")
    @api.depends_context("lang", MESSAGE_TEMPLATE.key)
    def _compute_message_product(self):
        template_id = MESSAGE_TEMPLATE.of(self.env)
        template = self.env["crm.message.template"].browse(template_id)
        # What is launched is not what the lead has asked for.
        about, purpose = template.product_ids, template.purpose
        for lead in self:
            products = (lead.product_ids & about) or about
            if not products and purpose != "launch":
                products = lead.product_ids
            names = [name for name in products[:MAX_PRODUCTS].mapped("name") if name]
            lead.message_product = format_list(self.env, names) if names else False

    @api.depends("user_id.name", "company_id.name", "team_id.company_id.name")
    @api.depends_context(
        "uid", "company", "lang", MESSAGE_SYSTEM.key, MESSAGE_SENDER.key
    )
    def _compute_message_sender(self):
        user, chosen = self.env.user, MESSAGE_SENDER.of(self.env)
        if MESSAGE_SYSTEM.of(self.env) or not user._is_internal() or not user.active:
            user = user.browse()  # The system itself signs for nobody.
        for lead in self:
            company = self.env["res.company"]._crm_of_lead(lead)
            sender = (
                lead.user_id or user if chosen is None else user.browse(chosen or ())
            )
            lead.message_company = company.name
            lead.message_sender = sender.name or False
            lead.message_signature = (
                self.env._(
                    "%(sender)s, %(company)s",
                    sender=sender.name,
                    company=company.name,
                )
                if sender
                else company.name
            )

    @api.depends(
        *(
            "lang_id",
            "message_lang_is_chosen",
            "partner_id.lang",
            "contact_name",
            "partner_name",
            "partner_id.name",
        ),
        *("request_note", "description", "phone_sanitized", "country_id.code"),
        *("partner_id.phone_sanitized", "partner_id.country_id.code", "company_id"),
    )
    def _compute_message_lang(self):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        several = len(installed) > 1
        for lead in self:
            own, partner = lead.lang_id.code, lead.partner_id.lang
            if own == partner and not lead.message_lang_is_chosen:
                own = False  # Odoo has taken it from the contact.
            # Another Spanish rather than English, where the lead's own is not installed.
            code = own and near(lead, [own], installed)
            guessed = None
            if not code and several:
                guessed = guess(lead, installed, partner)
            lead.message_lang_is_guessed = bool(guessed)
            lead.message_lang = (
                code or guessed or self._message_lang_else(lead, installed)
            )

    @api.model
    def _message_lang_else(self, lead, installed):
        """Return the language of a lead of whose own nothing is known."""
        if len(installed) == 1:
            return next(iter(installed))
        asked = (
            lambda: lead.partner_id.lang,
            lambda: lead.company_id.partner_id.lang,
            lambda: self.env.company.partner_id.lang,
            lambda: self.env.user.lang,
        )
        # One after the other: each may have to be read first.
        found = (one() for one in asked)
        return next((name for name in found if name in installed), "en_US")

    @api.depends("touchpoint_ids.occurred_on")
    def _compute_whatsapp_window_end(self):
        opened = fields.Datetime.now() - WHATSAPP_WINDOW
        last = dict(
            self.env["crm.touchpoint"]._read_group(
                [
                    ("lead_id", "in", self.ids),
                    ("kind", "=", "whatsapp"),
                    ("direction", "=", "in"),
                    ("occurred_on", ">", opened),
                ],
                ["lead_id"],
                ["occurred_on:max"],
            )
        )
        for lead in self:
            moment = last.get(lead._origin)
            # A moment that is still to come opens no window for longer than from now on.
            moment = moment and min(moment, fields.Datetime.now())
            lead.whatsapp_window_end = moment and moment + WHATSAPP_WINDOW

    # === CRUD METHODS === #

    @api.model
    def _register_hook(self):
        super()._register_hook()
        privacy.extend_lookup(self.env)

    @api.ondelete(at_uninstall=False)
    def _unlink_traces(self):
        privacy.erase_titles(self)
        self.env["mail.scheduled.message"]._crm_message_deleted(self)

    # === ACTIONS === #

    def action_send_message(self):
        """Open the window, or for a selection the page, where a message is chosen and sent.

        :return: a window action, for one lead or for a selection.
        :rtype: dict
        """
        self.check_access("write")
        one = len(self) == 1
        context = {"default_lead_ids": self.ids}
        if one:
            context = {"default_lead_id": self.id, **self._message_asked()}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Message"),
            "res_model": "crm.message.compose" if one else "crm.message.batch",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new" if one else "current",
            "context": context,
        }

    # === HELPERS === #

    def _followup_write(self, channel, purpose):
        action = self.action_send_message()
        return {**action, "context": {**action["context"], "default_channel": channel}}

    def _message_asked(self):
        """Return the defaults of the window for what the user has not opened in WhatsApp yet."""
        asked = self.env["mail.activity"]._crm_message_asked(self)
        asked = asked.filtered(lambda activity: activity.user_id == self.env.user)
        template = asked.crm_message_template_id.filtered("active")[:1]
        if not template:
            return {}
        return {"default_template_id": template.id, "default_channel": "whatsapp"}

    def _message_stage_role(self):
        """Return the role of the lead's stage.

        Where a company gave its stages no roles, a lead is new until it is won.
        """
        stage = self.stage_id
        return stage.lead_role or ("customer" if stage.is_won else "open")

    def _message_has_birthday(self):
        """Tell whether the lead has its birthday today, in the user's time zone."""
        today = fields.Date.context_today(self)
        born = self.birthdate
        if not born:
            return False
        # Born on 29 February: on the 28th of other years.
        return born + relativedelta(years=today.year - born.year) == today

    def _message_unsubscribe_url(self):
        """Return the way out of the e-mail that is being written, for its frame, or ""."""
        self.ensure_one()
        return unsubscribe.url_in_mail(self)

    def _message_zones(self):
        """Return the time zones that the lead may be in."""
        self.ensure_one()
        return zones.zones_of(self)

    def _message_tz(self):
        """Return the one time zone in which the lead's time is told."""
        self.ensure_one()
        return zones.main_zone(self)

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Return the placeholders that people who are no template editors may use.

        :rtype: tuple[str]
        """
        return (
            *super().mail_allowed_qweb_expressions(),
            *(f"object.{name}" for name in PLACEHOLDERS),
        )
