# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import CHANNELS, MESSAGE_GRADES, MESSAGE_PURPOSES
from ...tools.proportion import wilson_interval
from .sending.problems import FROM
from .writing import braces
from .writing.placeholders import BRACES, Placeholders
from .writing.proposal import propose
from .writing.readable import readable

# Under so many messages a share says too little to be shown.
MIN_SENT = 20
# What a new e-mail begins and ends with.
START = """
<p><t t-out="object.message_greeting"></t></p>
<p><br></p>
<p><t t-out="object.message_signature"></t></p>
"""
BODY_FIELDS = {
    "email": "mail_template_id",
    "sms": "sms_template_id",
    "whatsapp": "whatsapp_body",
}


class CrmMessageTemplate(models.Model):
    """One message, in up to three channels and in every installed language.

    The e-mail is a ``mail.template``, the SMS an ``sms.template``, the WhatsApp text a field
    of this model with Odoo's inline placeholders. All are rendered by Odoo's own engine, see
    ``crm_message_rendering.py``. What came of a message is counted here: how many went, were
    answered, led to a meeting or moved on.
    """

    _name = "crm.message.template"
    _inherit = ["crm.carried.mixin", "mail.render.mixin", "crm.restriction.mixin"]
    _description = "Message template"
    _order = "sequence, id"
    _carried_owned = {
        "mail_template_id": ("name", "subject", "body_html"),
        "sms_template_id": ("name", "body"),
    }

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

    email_subject = fields.Char(
        compute="_compute_email_subject", inverse="_inverse_email_subject"
    )
    # For reading: what is filled in stands in grey.
    email_body = fields.Html(
        string="Email to Read",
        compute="_compute_email_body",
        export_string_translation=False,
    )
    # For writing: see writing/braces.py.
    email_text = fields.Html(
        compute="_compute_email_text",
        inverse="_inverse_email_text",
        sanitize="email_outgoing",
    )
    sms_body = fields.Char(
        string="SMS Text",
        related="sms_template_id.body",
        readonly=False,
        export_string_translation=False,
    )

    sent_count = fields.Integer(string="Sent", compute="_compute_figures")
    answered_count = fields.Integer(string="Answered", compute="_compute_figures")
    meeting_count = fields.Integer(string="Meetings", compute="_compute_figures")
    moved_count = fields.Integer(string="Moved On", compute="_compute_figures")
    answer_summary = fields.Char(string="Answer Rate", compute="_compute_figures")

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

    @api.depends("mail_template_id.subject")
    @api.depends_context("lang")
    def _compute_email_subject(self):
        for template in self:
            template.email_subject = template.mail_template_id.subject

    def _inverse_email_subject(self):
        for template in self.filtered("mail_template_id"):
            template._part("mail_template_id").subject = template.email_subject

    @api.depends("mail_template_id.body_html")
    @api.depends_context("lang")
    def _compute_email_body(self):
        for template in self:
            template.email_body = readable(template.mail_template_id.body_html)

    @api.depends("mail_template_id.body_html")
    @api.depends_context("lang")
    def _compute_email_text(self):
        for template in self:
            body = template.mail_template_id.body_html
            template.email_text = braces.to_braces(body) if body else False

    def _inverse_email_text(self):
        for template in self.filtered("mail_template_id"):
            body = braces.to_qweb(template.email_text)
            if braces.is_open(body):
                raise ValidationError(
                    self.env._(
                        'Message "%s": double braces are not closed, or something stands in'
                        " the middle of a placeholder. Type it anew.",
                        template.name,
                    )
                )
            template._part("mail_template_id").body_html = body

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_figures(self):
        # As the user: everybody sees the figures of the leads that he may read.
        groups = self.env["crm.message.report"]._read_group(
            [("template_id", "in", self.ids)],
            ["template_id"],
            ["sent:sum", "answered:sum", "meeting:sum", "moved_on:sum"],
        )
        figures = {template.id: values for template, *values in groups}
        for template in self:
            sent, answered, meeting, moved = figures.get(template.id, (0, 0, 0, 0))
            template.sent_count = sent
            template.answered_count = answered
            template.meeting_count = meeting
            template.moved_count = moved
            template.answer_summary = self._summary(answered, sent)

    @api.model
    def _summary(self, hits, cases):
        """Return a share with what it can and cannot say, for a person to read."""
        if not cases:
            return False
        if cases < MIN_SENT:
            return self.env._(
                "%(hits)s of %(cases)s, too few to judge", hits=hits, cases=cases
            )
        low, high = wilson_interval(hits, cases)
        return self.env._(
            "%(share)s %%, likely %(low)s to %(high)s %%",
            share=round(100 * hits / cases),
            low=round(100 * low),
            high=round(100 * high),
        )

    def _part(self, name):
        """Return Odoo's template of a channel, for writing the text of the message.

        :param str name: the field that leads to it.
        :raise AccessError: where the user may not write to each message that uses it.
        """
        self.ensure_one()
        # sudo: messages that use it in other companies; whether they may be written is asked.
        messages = self.sudo().with_context(active_test=False)
        using = messages.search([(name, "=", self[name].id)])
        (self | using.sudo(False)).check_access("write")
        part = self[name]
        if "user_id" in part._fields and part.user_id and part.user_id != self.env.user:
            return part  # a template that belongs to a person stays his
        # sudo: Odoo lets nobody but editors of templates, and who made one, write to it. The text
        # of a message is of who may write to the message; what stands in it is checked as it is
        # saved, with the rights of who writes (see ``_check_placeholders``).
        return part.sudo()

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

    @api.constrains("whatsapp_body", "mail_template_id", "sms_template_id")
    def _check_placeholders(self):
        for template in self:
            for channel, label in template._channel_labels().items():
                if found := Placeholders(template).refused(channel):
                    template._raise_placeholder(label, *found)

    @api.model
    def _check_parts(self, name, parts):
        """Check the placeholders of Odoo's templates that messages of ours use.

        :param str name: the field that leads to them.
        :param parts: mail.template or sms.template records, just written.
        """
        # sudo: whoever writes the template may not see every company's messages.
        templates = self.sudo().with_context(active_test=False)
        templates.search([(name, "in", parts.ids)])._check_placeholders()

    @api.model
    def _channel_labels(self):
        sender = self.env["crm.message.sender"]
        return {
            name: sender._channel_name(name) for name in ("whatsapp", "email", "sms")
        }

    def _raise_placeholder(self, channel, expression, reason):
        raise ValidationError(
            self.env._(
                'Message "%(message)s", %(channel)s: the placeholder %(placeholder)s cannot'
                " be used: %(reason)s.",
                message=self.name,
                channel=channel,
                placeholder=expression
                if BRACES.match(expression)
                else f"{{{{ {expression} }}}}",
                reason=reason,
            )
        )

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        """A copy has texts of its own: who edits it edits no other message."""
        vals_list = super().copy_data(default)
        self.browse().check_access("create")
        for template, vals in zip(self, vals_list, strict=True):
            for name in ("mail_template_id", "sms_template_id"):
                if name not in (default or {}) and template[name]:
                    # sudo: as in _part; it is the same text, in a message that he may make.
                    vals[name] = template[name].sudo().copy().id
        return vals_list

    # === ACTIONS === #

    def action_open_report(self):
        """Open what came of the message.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_message_report_action"
        )
        return {
            **action,
            "domain": [("template_id", "=", self.id)],
            "context": {
                "graph_groupbys": ["channel"],
                "pivot_row_groupby": ["channel"],
            },
        }

    def action_add_email(self):
        """Begin an e-mail for the message, in the frame of all our messages."""
        self.check_access("write")
        # sudo: as in _part; what stands in it is ours.
        templates = self.env["mail.template"].sudo()
        for template in self.filtered(lambda message: not message.mail_template_id):
            template.mail_template_id = templates.create(
                {
                    "name": template.name,
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "subject": template.name,
                    "email_from": FROM,
                    "lang": "{{ object.message_lang }}",
                    "use_default_to": True,
                    "auto_delete": True,
                    "email_layout_xmlid": "crm_lead_management.message_layout",
                    "body_html": START,
                }
            )

    def action_add_sms(self):
        """Begin an SMS for the message."""
        for template in self.filtered(lambda message: not message.sms_template_id):
            template.sms_template_id = self.env["sms.template"].create(
                {
                    "name": template.name,
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "lang": "{{ object.message_lang }}",
                    "body": "{{ object.message_greeting }} ",
                }
            )

    def action_languages(self):
        """Open the texts in two languages, side by side.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("write")
        return self._window(self.env._("Languages"), "crm.message.texts")

    def action_try(self):
        """Open the message as a lead would get it.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        return self._window(self.env._("As a Lead Gets It"), "crm.message.preview")

    def _window(self, name, model):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_template_id": self.id},
        }

    # === BUSINESS METHODS === #

    @api.model
    def _rule_restrictions(self):
        return [*super()._rule_restrictions(), "persona_ids", "product_ids"]

    def _has_channel(self, channel):
        """Tell whether the message has a text for a channel."""
        self.ensure_one()
        return bool(self[BODY_FIELDS[channel]])

    def _channels(self):
        """Return the channels that the message has a text for, in their usual order."""
        return [channel for channel, _label in CHANNELS if self._has_channel(channel)]

    @api.model
    def _propose(self, lead):
        """Return the message that suits a lead best, see ``writing/proposal.py``."""
        return propose(lead)

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
