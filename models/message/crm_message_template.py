# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tools import html2plaintext, is_html_empty

from ...const import MESSAGE_GRADES, MESSAGE_PURPOSES
from ...tools.messages import has_markup, tidy, whatsapp_url
from ..common.context import MESSAGE_LANG, MESSAGE_TEMPLATE

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
    _inherit = ["mail.render.mixin"]
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
        result = {}
        for lang, group in leads.grouped("message_lang").items():
            template = self._in_language(lang)
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
                raise UserError(
                    self.env._(
                        'Message "%(message)s", %(channel)s: a placeholder cannot be filled in.'
                        " Correct the text of the template. %(reason)s",
                        message=self.name,
                        channel=dict(CHANNELS)[channel],
                        reason=self._reason_of(error),
                    )
                ) from error
        return result

    def _in_language(self, lang):
        """Return the message as it is rendered: in a language, naming its own products."""
        return self.with_context(
            lang=lang, **MESSAGE_LANG.on(lang), **MESSAGE_TEMPLATE.on(self.id)
        )

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
                "subject": tidy(subjects[lead.id]).replace("\n", " "),
                "body": ""
                if is_html_empty(bodies[lead.id])
                else Markup(bodies[lead.id]),
            }
            for lead in leads
        }

    def _render_sms(self, leads):
        sms = self.sms_template_id
        bodies = sms._render_field("body", leads.ids) if sms else {}
        return {lead.id: {"body": self._plain(bodies.get(lead.id))} for lead in leads}

    def _render_whatsapp(self, leads):
        bodies = (
            self._render_field("whatsapp_body", leads.ids) if self.whatsapp_body else {}
        )
        numbers = self.env["crm.message.guard"]._numbers(leads)
        result = {}
        for lead in leads:
            body = self._plain(bodies.get(lead.id))
            number = numbers[lead.id]
            url = whatsapp_url(number, body) if body and number else ""
            result[lead.id] = {"body": body, "url": url}
        return result

    @api.model
    def _plain(self, text):
        """Return a rendered text without markup and without holes."""
        text = str(text or "")
        return tidy(html2plaintext(text) if has_markup(text) else text)

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
