# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import SUPERUSER_ID, fields
from odoo.tools.i18n import format_list


class Teller:
    """Puts into words what came in, and tells those whom it concerns, each in his language."""

    def __init__(self, env):
        self.env = env

    # === WORDS === #

    def note(self, draft, asked=False, differs=()):
        """Return what an entry says beyond the fields, for the history of its lead.

        :param bool asked: what was asked is told, too: the person had a lead before.
        :param differs: (field, value) of what is otherwise in the lead.
        """
        said, lines = draft.said, []
        if asked:
            names = ("name", "request_note", "description")
            lines += [(None, said.vals[name]) for name in names if said.vals.get(name)]
        lines += [(None, note) for note in said.notes]
        lines += [(name, text) for name, text in said.more]
        lines += [
            (self.env._("%s (not understood)", name), text)
            for name, text in self.odd(said)
        ]
        if not lines and not asked:
            return None
        title = f"{draft.item.source_id.name}:"
        if asked:
            title = self.env._("Asked again, by %s:", draft.item.source_id.name)
        body = Markup("<p>%s</p><ul>%s</ul>") % (title, self._lines(lines))
        if differs:
            texts = [
                (self.label(name), self.text(name, value)) for name, value in differs
            ]
            body += Markup("<p>%s</p><ul>%s</ul>") % (
                self.env._("Otherwise than in the lead, which stays as it is:"),
                self._lines(texts),
            )
        return body

    def _lines(self, lines):
        return Markup().join(
            Markup(
                "<li>%s<span dir='auto' style='white-space: pre-wrap'>%s</span></li>"
            )
            % (f"{name}: " if name else "", text)
            for name, text in lines
        )

    def label(self, name):
        field = self.env["crm.lead"]._fields.get(name)
        if field:
            return field._description_string(self.env)
        return dict(self.env["crm.intake.mapping"]._targets()).get(name, name)

    def odd(self, said):
        return [(self.label(name), text) for name, text in said.odd]

    def text(self, name, value):
        """Return a value of a field of the lead as people read it."""
        field = self.env["crm.lead"]._fields[name]
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value).display_name or ""
        if field.type == "many2many":
            ids = [link[1] for link in value]
            return format_list(
                self.env, self.env[field.comodel_name].browse(ids).mapped("name")
            )
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value or "")

    def tell_owner(self, draft, lead, differs):
        """Put what was asked into the history of the lead, and tell its owner at once."""
        owner = lead.user_id
        lang = owner.lang or self.env.lang or "en_US"
        writer = Teller(self.env(context={**self.env.context, "lang": lang}))
        body = writer.note(draft, asked=True, differs=differs)
        if not body or (draft.call and draft.call["direction"] == "out"):
            return
        lead = lead.with_env(writer.env).sudo()  # sudo: the system tells
        quiet = {} if owner else {"mail_auto_subscribe_no_notify": True}
        lead.with_context(**quiet).with_user(SUPERUSER_ID).message_post(
            body=body,
            subject=writer.env._("%s asked again", lead.contact_name or lead.name),
            message_type="notification",
            subtype_xmlid="mail.mt_note",
            partner_ids=owner.partner_id.ids,
        )

    # === TELLING === #

    def alarm(self, item):
        """Tell sales managers that of an entry only its raw text could be kept."""

        def words(env):
            subject = env._(
                "Something came in that could not be read: %s", item.source_id.name
            )
            return subject, item.with_env(env).reason or ""

        self._tell_managers(item.company_id, words)

    def tell_silence(self, source, since):
        """Tell sales managers that nothing comes by a source any more."""

        def words(env):
            subject = env._("Nothing comes in by %s", source.name)
            moment = fields.Datetime.to_string(since)
            return subject, env._("The last entry came on %s (UTC).", moment)

        self._tell_managers(source.company_id, words)

    def _tell_managers(self, company, words):
        """Send a notification to the sales managers of a company, each in his language.

        :param words: a function of an environment: the subject and the text.
        """
        # sudo: who the managers are.
        users = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        users = users.filtered(
            lambda user: (
                user.active and user.id != SUPERUSER_ID and company in user.company_ids
            )
        )
        for lang, group in users.grouped("lang").items():
            env = self.env(context={**self.env.context, "lang": lang or "en_US"})
            subject, text = words(env)
            direction = env["res.lang"]._get_data(code=lang or "en_US").direction
            # sudo, as OdooBot: a notification of the system.
            env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
                partner_ids=group.partner_id.ids,
                subject=subject,
                body=Markup('<div dir="%s"><p>%s</p></div>')
                % (direction or "ltr", text),
                email_add_signature=False,
                force_send=False,
            )
