# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class ResPartner(models.Model):
    """Rules may read facts of a lead's contact: where these change, his leads follow."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if not self.env.registry.ready:
            return result  # an installation, or an update: rules may not be there yet
        leads = self.env["crm.lead"]
        if leads._lead_reads_beyond("partner_id").isdisjoint(vals):
            return result
        # sudo: what follows from the change of a contact, whoever changed it.
        leads = leads.sudo().search(
            [("partner_id", "in", self.ids), ("won_status", "=", "pending")],
            order="id desc",
        )
        self.env["crm.lead.batch"]._follow(
            leads, lambda some: some._lead_linked("partner_id")
        )
        return result
