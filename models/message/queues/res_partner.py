# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ..guarding.blocks import blocked_contact_addresses
from ..guarding.privacy import PERSONAL, forget_tracked


class ResPartner(models.Model):
    """A contact has the wishes of its leads, on its own page too.

    Odoo counts the mails that came back, and goes on counting when the address changed.
    """

    _inherit = "res.partner"

    def write(self, vals):
        bounced = {}
        if "email" in vals and "message_bounce" not in vals:
            bounced = {
                partner: partner.email_normalized
                for partner in self
                if partner.message_bounce
            }
            # sudo: leads of colleagues have the address too.
            leads = (
                self.env["crm.lead"]
                .sudo()
                .search([("partner_id", "in", self.ids), ("message_bounce", ">", 0)])
            )
            bounced.update({lead: lead.email_normalized for lead in leads})
        if any(name in vals and not vals[name] for name in PERSONAL["res.partner"]):
            # sudo: whether they are contacts of leads, whoever may see these.
            of_leads = self.env["crm.lead"].sudo().with_context(active_test=False)
            of_leads = of_leads.search([("partner_id", "in", self.ids)]).partner_id
            forget_tracked(self & of_leads.with_env(self.env), vals)
        result = super().write(vals)
        self.env["crm.message.station"]._forget_bounces(bounced)
        return result

    def _message_blocked(self, partners, addresses):
        return blocked_contact_addresses(self.env, partners, addresses)
