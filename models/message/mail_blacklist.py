# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class MailBlacklist(models.Model):
    """Who takes an address off the blacklist is named in the history of its leads."""

    _inherit = "mail.blacklist"

    def write(self, vals):
        lifted = (
            self.filtered("active") if vals.get("active") is False else self.browse()
        )
        result = super().write(vals)
        self.env["crm.message.guard"]._note_lifted(
            "email_normalized", lifted.mapped("email")
        )
        return result


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    def write(self, vals):
        lifted = (
            self.filtered("active") if vals.get("active") is False else self.browse()
        )
        result = super().write(vals)
        self.env["crm.message.guard"]._note_lifted(
            "phone_sanitized", lifted.mapped("number")
        )
        return result


class CrmMessageGuard(models.AbstractModel):
    _inherit = "crm.message.guard"

    @api.model
    def _note_lifted(self, name, values):
        """Note on open leads that their address or number may be written to again.

        :param str name: the field of leads that holds it.
        :param list values: addresses or numbers.
        """
        if not values:
            return
        # sudo: the leads of the address, whoever lifts the block; in his name.
        leads = self.env["crm.lead"].sudo()
        leads = leads.search([(name, "in", values), ("won_status", "=", "pending")])
        leads._message_log_batch(
            bodies={
                lead.id: self.env._("%s was taken off the blacklist.", lead[name])
                for lead in leads
            },
            author_id=self.env.user.partner_id.id,
        )
