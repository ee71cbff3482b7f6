# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models


class CrmRoutingTeller(models.AbstractModel):
    """Tells people about leads: new owners, leaders, and managers where there is nobody.

    A single lead: Odoo's own notification of an assignment, with what the owner needs to act.
    Several leads at once: one message per owner. Where Odoo would send no notification
    (imports with tracking switched off), none is sent.
    """

    _name = "crm.routing.teller"
    _description = "Notifications of routing"

    LISTED = 20

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

        :param list[dict] decisions: of ``crm.routing.engine``, already carried out.
        """
        if self._quiet():
            return
        got = {}
        for decision in decisions:
            user_id = decision["to_user_id"]
            if user_id and user_id not in (decision["from_user_id"], self.env.uid):
                got.setdefault(user_id, []).append(decision["lead_id"])
        # sudo: the message is about leads that the sender may not be allowed to see.
        for user in self.env["res.users"].sudo().browse(got):
            leads = self.env["crm.lead"].sudo().browse(got[user.id])  # sudo: as above
            if len(decisions) == 1:
                log = self.env["crm.lead.routing.log"].with_context(lang=user.lang)
                reason = log._sentence(decisions[0]["outcome"], decisions[0]["facts"])
                leads.with_context(
                    lang=user.lang, routing_reason=reason
                )._message_auto_subscribe_notify(
                    user.partner_id.ids, "crm_lead_management.message_lead_routed"
                )
            else:
                env = user.with_context(lang=user.lang).env
                self._notify(
                    user, env._("%s leads were assigned to you", len(leads)), leads
                )

    @api.model
    def _raise_alarm(self, leads, subject=None):
        """Tell the sales managers about leads for which nobody else can be told.

        Also where new owners are not told: an import without tracking must not leave leads
        that nobody knows of.

        :param leads: crm.lead records, as superuser.
        :param str subject: what is wrong; that they have no owner when None.
        """
        # sudo: who the managers are.
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        managers = managers.filtered(
            lambda user: user.active and user.id != SUPERUSER_ID
        )
        companies = leads.company_id
        if companies:
            managers = managers.filtered(lambda user: companies & user.company_ids)
        if managers:
            subject = subject or self.env._("%s leads have no owner", len(leads))
            self._notify(managers, subject, leads)

    @api.model
    def _notify(self, users, subject, leads):
        """Send a short list of leads with links, as OdooBot."""
        body = Markup("<p>%s</p><ul>%s</ul>") % (
            subject,
            Markup().join(
                Markup('<li><a href="%s">%s</a></li>')
                % (lead._notify_get_action_link("view"), lead.display_name)
                for lead in leads[: self.LISTED]
            ),
        )
        if len(leads) > self.LISTED:
            body += Markup("<p>%s</p>") % self.env._(
                "and %s more", len(leads) - self.LISTED
            )
        # sudo, as OdooBot: a notification of the system, whoever caused it.
        self.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
            partner_ids=users.partner_id.ids, subject=subject, body=body
        )

    @api.model
    def _deadline_text(self, lead, user):
        """Return the deadline of a lead in the zone and language of a user."""
        if not lead.response_deadline:
            return ""
        moment = fields.Datetime.context_timestamp(
            lead.with_context(tz=user.tz or "UTC"), lead.response_deadline
        )
        return self.env["ir.qweb.field.datetime"].value_to_html(
            moment.replace(tzinfo=None), {"tz_name": "UTC", "hide_seconds": True}
        )
