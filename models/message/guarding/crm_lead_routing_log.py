# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class CrmLeadRoutingLog(models.Model):
    """Decisions that name another lead are found by its title, where that is deleted."""

    _inherit = "crm.lead.routing.log"

    # See privacy.erase_titles().
    _account_idx = models.Index(
        "((facts->>'account')) WHERE facts->>'how' IN ('domain', 'phone')"
    )
