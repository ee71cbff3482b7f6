# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL
from odoo.tools.mail import email_normalize, email_normalize_all, email_split

from ...const import BLOCKED
from ...tools import contact
from ..common.context import AUTOMATIC
from ..common.field_kinds import FACT

# The kinds of messages that reach people outside, or come from them.
KINDS = {"email": "email", "comment": "email", "auto_comment": "email", "sms": "sms"}

# Which of some addresses are ours: those of users, companies, aliases and their domains.
OURS = """
    SELECT address FROM unnest(%(addresses)s::text[]) AS address
     WHERE EXISTS (SELECT FROM res_users AS usr
                     JOIN res_partner AS partner ON partner.id = usr.partner_id
                    WHERE NOT usr.share AND usr.active AND partner.email_normalized = address)
        OR EXISTS (SELECT FROM res_users AS usr
                     JOIN res_partner AS partner ON partner.id = usr.partner_id
                    WHERE NOT usr.share AND usr.active AND partner.email ~ '[,;]'
                      AND address = ANY(regexp_split_to_array(lower(partner.email),
                                                              '[\\s,;<>]+')))
        OR EXISTS (SELECT FROM res_company AS company
                     JOIN res_partner AS partner ON partner.id = company.partner_id
                    WHERE partner.email_normalized = address)
        OR EXISTS (SELECT FROM mail_alias WHERE alias_full_name = address)
        OR EXISTS (SELECT FROM mail_alias_domain AS domain
                    WHERE address = ANY(ARRAY[
                        lower(domain.catchall_alias || '@' || domain.name),
                        lower(domain.bounce_alias || '@' || domain.name),
                        lower(domain.default_from || '@' || domain.name),
                        lower(domain.default_from)]))
"""
OURS_READ = {
    "res.users": ["share", "active", "partner_id"],
    "res.company": ["partner_id"],
    "res.partner": ["email", "email_normalized"],
    "mail.alias": ["alias_full_name"],
    "mail.alias.domain": ["name", "catchall_alias", "bounce_alias", "default_from"],
}


class CrmLead(models.Model):
    """Who in a conversation is the lead, who is a colleague, and what that makes of a message."""

    _inherit = "crm.lead"

    touchpoint_ids = fields.One2many(
        "crm.touchpoint", "lead_id", string="Touchpoints", lead_kind=FACT
    )
    touchpoint_count = fields.Integer(
        string="Number of Touchpoints",
        compute="_compute_touchpoint_count",
        aggregator=None,
    )

    # === COMPUTE METHODS === #

    @api.depends("touchpoint_ids")
    def _compute_touchpoint_count(self):
        counts = dict(
            self.env["crm.touchpoint"]._read_group(
                [("lead_id", "in", self._origin.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.touchpoint_count = counts.get(lead._origin, 0)

    # === ACTION METHODS === #

    def action_log_call(self):
        """Open the dialog that notes a call with the lead.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_lead_call_action"
        )
        return {**action, "context": {"default_lead_id": self.id}}

    def action_open_touchpoints(self):
        """Open the story of the lead: what happened, and when.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_touchpoint_action"
        )
        # Without the path of all touchpoints: reloading the page would open these.
        action.pop("path", None)
        return {
            **action,
            "domain": [("lead_id", "=", self.id)],
            "context": {"hide_lead": True},
        }

    # === MAIL === #

    def _message_receive_bounce(self, email, partner):
        result = super()._message_receive_bounce(email, partner)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "bounce",
                    "direction": "in",
                    "summary": email,
                }
                for lead in self
            ]
        )
        return result

    def _message_touchpoint(self, message, recipients):
        """Return the touchpoint that a message of one lead is, or None.

        :param message: the mail.message that was posted, on the lead or on what belongs to it.
        :param list[dict] recipients: as from ``_notify_get_recipients``.
        """
        self.ensure_one()
        # sudo: who wrote the message, and whether that is a colleague.
        message = message.sudo()
        own = self._contact_addresses()
        author = self._contact_author(message, own)
        reached, outside = self._message_reached(message, recipients, own)
        found = contact.message(
            author,
            reached,
            outside,
            automatic=message.message_type == "auto_comment"
            or bool(AUTOMATIC.of(self.env)),
        )
        if not found:
            return None
        return {
            "lead_id": self.id,
            "kind": KINDS.get(message.message_type, "email"),
            "direction": found[0],
            "is_human": found[1],
            "occurred_on": message.date or fields.Datetime.now(),
            "source": "mail.message",
            "external_ref": str(message.id),
            "summary": message.subject or message.preview,
        }

    def _message_reached(self, message, recipients, own):
        """Tell whether a message goes to the lead itself, and whether to anybody outside.

        :param message: mail.message, as superuser.
        :param recipients: see :meth:`_message_touchpoint`.
        :param own: of :meth:`_contact_addresses`.
        :rtype: tuple[bool, bool]
        """
        if message.message_type == "sms":
            went = self._message_sms_went(message)
            return went, went
        rows = [row for row in recipients if row.get("notif") != BLOCKED]
        # sudo: whom the message went to.
        partners = self.env["res.partner"].sudo()
        partners = partners.browse(
            row["id"] for row in rows if row.get("id") and row.get("share")
        )
        # Who got it by his own mail program is not told once more by Odoo.
        direct = f"{message.incoming_email_to or ''},{message.incoming_email_cc or ''}"
        typed = [row.get("email") or "" for row in rows if not row.get("id")]
        addresses = {email_normalize(one) for one in email_split(direct) + typed}
        addresses -= {False}
        addresses -= self._contact_colleagues(addresses)
        outside = bool(partners or addresses)
        reached = any(self._contact_is_own(one, own) for one in partners) or any(
            contact.is_own(one, own[0], own[1]) for one in addresses
        )
        # Of a lead without any address all that goes outside goes to it.
        return reached or (outside and not own[0] and not own[2]), outside

    # === WHOSE ADDRESSES === #

    def _contact_addresses(self):
        """Return the lead's own addresses, its company's mail domain, and its contact's company.

        :rtype: tuple[set, str, res.partner]
        """
        self.ensure_one()
        # sudo: the contact of the lead, whoever wrote to it.
        lead = self.sudo()
        company = lead.partner_id.commercial_partner_id
        own = {
            lead.email_normalized,
            *email_normalize_all(lead.email_cc or ""),
            *email_normalize_all(lead.email_from or ""),
            # Odoo leaves the lead's as it is where a contact gets a second one.
            *email_normalize_all(lead.partner_id.email or ""),
            *email_normalize_all(company.email or ""),
        } - {False, None, ""}
        return own, lead.email_domain_criterion or "", company

    @api.model
    def _contact_is_own(self, partner, own):
        """Tell whether a partner is the lead's contact, or of its company."""
        company = own[2]
        return bool(
            company and partner.commercial_partner_id == company
        ) or contact.is_own(partner.email_normalized, own[0], own[1])

    def _contact_author(self, message, own):
        """Return who wrote a message: "lead", "colleague", "system" or "other".

        :param message: mail.message, as superuser.
        """
        author = message.author_id
        # The system's own user is archived, and a colleague all the same.
        users = author.with_context(active_test=False).user_ids
        if SUPERUSER_ID in users.ids:
            return "system"
        if any(not user.share for user in users):
            return "colleague"
        address = author.email_normalized or email_normalize(message.email_from)
        if address and self._contact_colleagues({address}):
            return "colleague"
        if message.message_type not in ("email", "comment"):
            return "system"
        if author and self._contact_is_own(author, own):
            return "lead"
        if contact.is_own(address, own[0], own[1]) or not (own[0] or own[2]):
            return "lead"
        return "other"

    @api.model
    def _contact_colleagues(self, addresses):
        """Return those of the addresses that are ours: of users, desks, and aliases."""
        if not addresses:
            return set()
        for name, names in OURS_READ.items():
            self.env[name].flush_model(names)
        rows = self.env.execute_query(SQL(OURS, addresses=list(addresses)))
        return {address for (address,) in rows}

    @api.model
    def _message_sms_went(self, message):
        """Tell whether an SMS reached the queue or the service for anybody at all."""
        return any(
            notification.notification_type == "sms"
            and notification.notification_status
            not in ("canceled", "exception", "bounce")
            for notification in message.notification_ids
        )
