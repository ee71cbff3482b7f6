# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class ResPartner(models.Model):
    """Contacts are looked up by address and number, for each entry of the letterbox.

    Odoo has no index by these, and would read all contacts each time. They are dropped when
    the addon is uninstalled: see ``hooks.py``.
    """

    _inherit = "res.partner"

    _crm_email_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _crm_phone_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
