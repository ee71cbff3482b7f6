# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ..rule.linked import leads_of


class Base(models.AbstractModel):
    """Rules may read facts of what leads are linked to: where these change, leads follow."""

    _inherit = "base"

    def _crm_leads_follow(self, names):
        """Have open leads follow what was written: so many at once, the others later.

        Called by ``write()`` in crm_config_mixin.py, for what leads may be linked to.

        :param names: of the fields that were written.
        """
        leads, links = leads_of(self, names)
        if leads:

            def follow(some):
                for name in links:
                    some._lead_linked(name)

            self.env["crm.lead.batch"]._follow(leads, follow)
