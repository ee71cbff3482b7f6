# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tools import html2plaintext, is_html_empty
from odoo.tools.rendering_tools import parse_inline_template

from ...const import CHANNELS
from ...tools.messages import fill, whatsapp_url
from ...tools.placeholders import HTML, Refused
from ..common.context import MESSAGE_LANG, MESSAGE_SYSTEM, MESSAGE_TEMPLATE
from .writing.placeholders import Placeholders


class CrmMessageTemplate(models.Model):
    """Filling a message in for leads: in the language of each, and in whose name."""

    _inherit = "crm.message.template"

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
        if refused := Placeholders(self).refused(channel):
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
        # What is asked of one lead of an owner and his team is the same for the others.
        alike = leads.grouped(
            lambda lead: (
                lead.user_id,
                lead.team_id,
                lead.company_id,
                lead.routing_rule_id,
            )
        )
        writers = {}
        for group in alike.values():
            writers.update(dict.fromkeys(group, self._writer_for_system(group[:1])))
        return writers

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
            return Placeholders(self).kind_of(expression) == HTML
        except Refused:
            return False
