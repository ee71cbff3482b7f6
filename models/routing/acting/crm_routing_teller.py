# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, models

from ..deciding import story


class CrmRoutingTeller(models.AbstractModel):
    """Tells people about leads: new owners, leaders, and managers where there is nobody.

    A single lead: Odoo's own notification of an assignment, with what the owner needs to act.
    Several leads at once: one message per owner. Where Odoo would send no notification
    (imports with tracking switched off), none is sent.
    """

    _name = "crm.routing.teller"
    _description = "Notifications of routing"

    LISTED = 20
    REASONS = 3

    @api.model
    def _quiet(self):
        """Tell whether the caller asked Odoo to notify nobody."""
        context = self.env.context
        return bool(
            context.get("tracking_disable")
            or context.get("mail_auto_subscribe_no_notify")
        )

    @api.model
    def _tell_owners(self, decisions):
        """Tell the new owners.

        :param list[Decision] decisions: already carried out.
        """
        if self._quiet():
            return
        got = {}
        for decision in decisions:
            user_id = decision.to_user_id
            if user_id and user_id not in (decision.from_user_id, self.env.uid):
                got.setdefault(user_id, []).append(decision.lead_id)
        # sudo: the message is about leads that the sender may not be allowed to see.
        for user in self.env["res.users"].sudo().browse(got):
            leads = self.env["crm.lead"].sudo().browse(got[user.id])  # sudo: as above
            if len(decisions) == 1:
                self._tell_one(user, leads, decisions[0])
            else:
                self._notify(
                    user,
                    lambda env, count: (
                        env._("%s leads were assigned to you", count)
                        if count > 1
                        else env._("A lead was assigned to you")
                    ),
                    leads,
                )

    @api.model
    def _tell_one(self, user, lead, decision):
        """Send Odoo's notification of an assignment, with what the owner needs to act."""
        if (user.lang or "en_US") != (lead.env.lang or "en_US"):
            lead = lead.with_context(lang=user.lang)
        engine = lead.env["crm.score.engine"]
        parts = engine._explain(lead, reasons=False)[: self.REASONS]
        course = engine._courses(lead)[lead.id] if lead.lead_grade else None
        tell = {
            "dir": self._direction(user.lang),
            "reason": story.sentence(lead.env._, decision.outcome, decision.facts),
            "why": ", ".join(f"{part['label']} {part['points']:+g}" for part in parts),
            "advice": course.advice if course else "",
        }
        self._notify_one(user, lead, tell)

    @api.model
    def _notify_one(self, user, lead, tell):
        """Send a notification as Odoo's own of an assignment.

        :param lead: the lead, in the language of the user.
        :param dict tell: what the template says beside the lead's own data.
        """
        if not self.env.registry.ready:  # nothing is sent during an installation
            return
        body = lead.env["ir.qweb"]._render(
            "crm_lead_management.message_lead_routed",
            {"object": lead, "tell": tell},
            minimal_qcontext=True,
        )
        lead.message_notify(
            subject=lead.env._("Your new lead: %s", lead.display_name),
            body=self.env["mail.render.mixin"]._replace_local_links(body),
            partner_ids=user.partner_id.ids,
            email_layout_xmlid="mail.mail_notification_layout",
            model_description=lead.env["ir.model"]._get(lead._name).display_name,
        )

    @api.model
    def _direction(self, lang):
        return self.env["res.lang"]._get_data(code=lang or "en_US").direction or "ltr"

    @api.model
    def _raise_alarm(self, leads, subject=None):
        """Tell the sales managers about leads for which nobody else can be told.

        Also where new owners are not told: an import without tracking must not leave leads
        that nobody knows of.

        :param leads: crm.lead records, as superuser.
        :param subject: what is wrong, as in :meth:`_notify`; that they have no owner when None.
        """
        # sudo: who the managers are.
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        managers = managers.filtered(
            lambda user: user.active and user.id != SUPERUSER_ID
        )

        def no_owner(env, count):
            if count == 1:
                return env._("A lead has no owner")
            return env._("%s leads have no owner", count)

        # One message for those who may read the same leads, and no lead of others in it.
        tied = {lead: self.env["res.company"]._crm_tied_to(lead) for lead in leads}
        readers = managers.grouped(
            lambda user: leads.filtered(
                lambda lead: not tied[lead] or tied[lead] in user.company_ids
            )
        )
        for theirs, users in readers.items():
            if theirs:
                self._notify(users, subject or no_owner, theirs)

    @api.model
    def _notify(self, users, subject, leads):
        """Send a short list of leads with links, as OdooBot; to each user in his language.

        :param users: res.users records.
        :param subject: a function of an environment, which has the language to speak, and of
            the number of leads.
        :param leads: crm.lead records, as superuser; the best grades come first.
        """
        leads = leads.sorted(lambda lead: -lead.lead_grade)
        for lang, group in users.grouped("lang").items():
            teller = self.with_context(lang=lang or "en_US")
            text = subject(teller.env, len(leads))
            items = Markup().join(
                teller._item(lead, group[0]) for lead in leads[: self.LISTED]
            )
            body = Markup("<p>%s</p><ul>%s</ul>") % (text, items)
            if len(leads) > self.LISTED:
                body += Markup("<p>%s</p>") % teller.env._(
                    "and %s more", len(leads) - self.LISTED
                )
            body = Markup('<div dir="%s">%s</div>') % (self._direction(lang), body)
            # sudo, as OdooBot: a notification of the system, whoever caused it.
            teller.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
                partner_ids=group.partner_id.ids,
                subject=text,
                body=body,
                email_add_signature=False,
                # By Odoo's queue, woken below: who routes many leads does not wait for mails.
                force_send=False,
            )
        # sudo: the queue is the system's.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    @api.model
    def _item(self, lead, user):
        """Return a lead of the list: its link, who it is, its grade, until when to answer."""
        deadline = self._deadline_text(lead, user)
        details = [
            lead.contact_name or lead.partner_name or lead.partner_id.name,
            lead.lead_grade and self.env._("grade %s of 5", lead.lead_grade),
            deadline and self.env._("answer until %s", deadline),
        ]
        return Markup('<li><a href="%s"><span dir="auto">%s</span></a>%s</li>') % (
            lead._notify_get_action_link("view"),
            lead.display_name,
            Markup().join(
                Markup(' · <span dir="auto">%s</span>') % detail
                for detail in details
                if detail
            ),
        )

    @api.model
    def _deadline_text(self, lead, user):
        """Return by when a lead wants an answer, for a user to read; the room that knows it
        extends this.

        :rtype: str
        """
        return ""
