# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ..rule.linked import leads_of


class Base(models.AbstractModel):
    """Rules may read facts of what leads are linked to: where these change, leads follow."""

    _inherit = "base"

    def write(self, vals):
        result = super().write(vals)
        registry = self.env.registry
        # An installation, or an update: rules may not be there yet.
        if not registry.ready or "crm.lead.batch" not in registry:
            return result
        if self and self._name in self.env["crm.lead"]._lead_neighbours():
            self._crm_leads_follow(vals)
        return result

    def _crm_leads_follow(self, names):
        """Have open leads follow what was written: so many at once, the others later."""
        leads, links = leads_of(self, names)
        if leads:

            def follow(some):
                for name in links:
                    some._lead_linked(name)

            self.env["crm.lead.batch"]._follow(leads, follow)
