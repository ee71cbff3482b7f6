# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tools import html2plaintext, is_html_empty
from odoo.tools.rendering_tools import parse_inline_template

from ...const import MESSAGE_GRADES, MESSAGE_PURPOSES
from ...tools.messages import fill, whatsapp_url
from ...tools.placeholders import HTML, Refused
from ..common.context import MESSAGE_LANG, MESSAGE_SYSTEM, MESSAGE_TEMPLATE

CHANNELS = [("email", "Email"), ("sms", "SMS"), ("whatsapp", "WhatsApp")]
BODY_FIELDS = {
    "email": "mail_template_id",
    "sms": "sms_template_id",
    "whatsapp": "whatsapp_body",
}


class CrmMessageTemplate(models.Model):
    """One message, in up to three channels and in every installed language.

    The e-mail is a ``mail.template``, the SMS an ``sms.template``, the WhatsApp text a field
    of this model with Odoo's inline placeholders. All are rendered by Odoo's own engine.
    """

    _name = "crm.message.template"
    _inherit = ["mail.render.mixin", "crm.restriction.mixin"]
    _description = "Message template"
    _order = "sequence, id"

    # As mail.template and sms.template: what is written here was checked when it was saved.
    _unrestricted_rendering = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Only leads of this company get this message. Empty: all."
    )
    purpose = fields.Selection(MESSAGE_PURPOSES, required=True, default="introduction")
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Email",
        domain=[("model", "=", "crm.lead")],
        ondelete="restrict",
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        string="SMS",
        domain=[("model", "=", "crm.lead")],
        ondelete="restrict",
    )
    whatsapp_body = fields.Text(
        string="WhatsApp",
        translate=True,
        help="Plain text. Placeholders: {{ object.message_contact ||| there}}.",
    )
    persona_ids = fields.Many2many(
        "crm.persona",
        string="Personas",
        help="Proposed for these personas. Empty: all.",
    )
    stage_role = fields.Selection(
        selection="_selection_stage_role",
        help="Proposed for leads in a stage with this role. Empty: in every stage.",
    )
    grade_min = fields.Selection(
        MESSAGE_GRADES, string="From Grade", help="Proposed from this grade on."
    )
    grade_max = fields.Selection(
        MESSAGE_GRADES, string="To Grade", help="Proposed up to this grade."
    )
    product_ids = fields.Many2many(
        "product.template",
        string="Products",
        help="What the message is about; it names these products. Empty: it names those that"
        " the lead is interested in.",
    )

    repeat_days = fields.Integer(
        string="Not Again Within (Days)",
        default=7,
        help="Selections leave out leads that have had this message within so many days.",
    )

    _check_grades = models.Constraint(
        "CHECK (grade_min <= grade_max)", "The lowest grade is higher than the highest."
    )

    # === DEFAULT AND COMPUTE METHODS === #

    @api.model
    def _selection_stage_role(self):
        roles = self.env["crm.stage"]._fields["lead_role"]
        return roles._description_selection(self.env)

    def _compute_render_model(self):
        self.render_model = "crm.lead"

    # === CONSTRAINT METHODS === #

    @api.constrains("mail_template_id", "sms_template_id")
    def _check_models(self):
        for template in self:
            for part in (template.mail_template_id, template.sms_template_id):
                if part and part.model != "crm.lead":
                    raise ValidationError(
                        self.env._(
                            'Message "%(message)s": the template "%(part)s" is not about leads.'
                            " Choose one that applies to leads.",
                            message=template.name,
                            part=part.display_name,
                        )
                    )

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        """A copy has texts of its own: who edits it edits no other message."""
        vals_list = super().copy_data(default)
        for template, vals in zip(self, vals_list, strict=True):
            for name in ("mail_template_id", "sms_template_id"):
                if name not in (default or {}) and template[name]:
                    vals[name] = template[name].copy().id
        return vals_list

    # === RENDERING === #

    def _has_channel(self, channel):
        """Tell whether the message has a text for a channel."""
        self.ensure_one()
        return bool(self[BODY_FIELDS[channel]])

    def _channels(self):
        """Return the channels that the message has a text for, in their usual order."""
        return [channel for channel, _label in CHANNELS if self._has_channel(channel)]

    def _render_for(self, lead):
        """Render the message for one lead, in the lead's language.

        :param lead: one crm.lead record.
        :return: ``{"email": {"subject", "body"}, "sms": {"body"}, "whatsapp": {"body",
            "url"}}``; a channel that the message has no text for has empty ones. The
            WhatsApp link is empty where the lead has no usable number.
        :rtype: dict
        :raise UserError: where a placeholder cannot be filled in, with its place.
        """
        self.ensure_one()
        lead.ensure_one()
        return {
            channel: self._render_channel(lead, channel)[lead.id]
            for channel, _label in CHANNELS
        }

    def _render_channel(self, leads, channel):
        """Render one channel for many leads, each in its language.

        :param leads: crm.lead records.
        :param str channel: email, sms or whatsapp.
        :return: the texts, by lead id; see :meth:`_render_for`.
        :rtype: dict[int, dict]
        :raise UserError: where a placeholder cannot be filled in.
        """
        self.ensure_one()
        if refused := self._refused_part(channel):
            placeholder, reason = refused
            raise self._render_error(channel, f"{{{{ {placeholder} }}}}: {reason}")
        result = {}
        for template, group in self._renderers(leads):
            render = getattr(template, f"_render_{channel}")
            try:
                result.update(render(group.with_env(template.env)))
            except (AccessError, MissingError):
                raise
            except (
                UserError,
                SyntaxError,
                ValueError,
                KeyError,
                AttributeError,
            ) as error:
                reason = self._reason_of(error)
                raise self._render_error(channel, reason) from error
        return result

    def _render_error(self, channel, reason):
        return UserError(
            self.env._(
                'Message "%(message)s", %(channel)s: a placeholder cannot be filled in.'
                " Correct the text of the template. %(reason)s",
                message=self.name,
                channel=dict(CHANNELS)[channel],
                reason=reason,
            )
        )

    def _renderers(self, leads):
        """Yield the message as it is rendered for leads, with those leads.

        In the language of each, naming its own products, and in somebody's name whose right
        it is to read what is filled in: never as superuser.
        """
        writers = self._writers(leads)
        is_system = self.env.user._is_superuser()
        # A person may have chosen another one in the window.
        chosen = MESSAGE_LANG.of(self.env)
        for (lang, user), group in leads.grouped(
            lambda lead: (chosen or lead.message_lang, writers[lead])
        ).items():
            # with_user, no sudo: never with the rights of the system.
            template = self.with_user(user) if self.env.su else self
            template = template.with_context(
                lang=lang,
                **MESSAGE_LANG.on(lang),
                **MESSAGE_TEMPLATE.on(self.id),
                **(MESSAGE_SYSTEM.on() if is_system else {}),
            )
            yield template, group.with_env(template.env)

    def _writers(self, leads):
        """Return with whose rights the message to each lead is filled in.

        :rtype: dict
        """
        user = self.env.user
        if not self.env.su or (user._is_internal() and not user._is_superuser()):
            return dict.fromkeys(leads, user)
        return {lead: self._writer_for_system(lead) for lead in leads}

    @api.model
    def _writer_for_system(self, lead):
        """Return in whose name the system writes to a lead: its owner's, else a leader's.

        :raise UserError: where there is nobody.
        """
        company = self.env["res.company"]._crm_of_lead(lead)
        candidates = (
            lead.user_id,
            lead.team_id.user_id,
            company.lead_fallback_user_id,
            lead.routing_rule_id.create_uid,
        )
        for user in candidates:
            if user.active and user._is_internal() and not user._is_superuser():
                return user
        group = self.env.ref("sales_team.group_sale_manager")
        user = self.env["res.users"].search(
            [
                ("all_group_ids", "in", group.ids),
                ("company_ids", "in", company.ids),
                ("share", "=", False),
            ],
            order="id",
            limit=1,
        )
        if not user:
            raise UserError(
                self.env._(
                    "There is nobody in whose name the message could be written."
                )
            )
        return user

    @api.model
    def _reason_of(self, error):
        """Return the innermost reason of an error of the rendering engine, in one line."""
        while error.__cause__ is not None:
            error = error.__cause__
        return next(iter(str(error).strip().splitlines()), "")

    def _render_email(self, leads):
        mail = self.mail_template_id
        if not mail:
            return {lead.id: {"subject": "", "body": ""} for lead in leads}
        subjects = mail._render_field("subject", leads.ids)
        bodies = mail._render_field("body_html", leads.ids)
        return {
            lead.id: {
                "subject": subjects[lead.id],
                "body": ""
                if is_html_empty(bodies[lead.id])
                else Markup(bodies[lead.id]),
            }
            for lead in leads
        }

    def _render_sms(self, leads):
        bodies = self._filled(self.sms_template_id, "body", leads)
        return {lead.id: {"body": bodies[lead.id]} for lead in leads}

    def _render_whatsapp(self, leads):
        bodies = self._filled(self, "whatsapp_body", leads)
        numbers = self.env["crm.message.guard"]._numbers(leads)
        result = {}
        for lead in leads:
            body, number = bodies[lead.id], numbers[lead.id]
            url = whatsapp_url(number, body) if body and number else ""
            result[lead.id] = {"body": body, "url": url}
        return result

    @api.model
    def _filled(self, record, name, leads):
        """Return a text with inline placeholders, filled in for leads, by lead id.

        Each value stays what it is: a name that looks like a tag or like a placeholder is
        none. Where a value is empty the hole is closed; what people wrote is left alone.

        :param record: whose text it is; with the language in its context.
        :param str name: of the field.
        """
        parts = parse_inline_template(record[name] or "" if record else "")
        values = {}
        for _literal, expression, _default in parts:
            if expression and expression not in values:
                found = self._render_template(
                    f"{{{{ {expression} }}}}", leads._name, leads.ids
                )
                if self._is_html(expression):
                    found = {key: html2plaintext(text) for key, text in found.items()}
                values[expression] = found
        return {
            lead.id: fill(
                (
                    literal,
                    (values[expression][lead.id] or default) if expression else None,
                )
                for literal, expression, default in parts
            )
            for lead in leads
        }

    @api.model
    def _is_html(self, expression):
        try:
            return self._kind_of(expression) == HTML
        except Refused:
            return False

    # === SENDING === #

    def _send(self, lead, channel):
        """Send the message to one lead, and record it as a touchpoint.

        :param lead: one crm.lead record.
        :param str channel: email, sms or whatsapp.
        :return: True; for WhatsApp the action that opens its link.
        :raise UserError: with the reason, where the lead may not be written to in this
            channel, or the message has no text for it.
        """
        self.ensure_one()
        lead.ensure_one()
        return self.env["crm.message.sender"]._send(self, lead, channel)
