# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.tools import SQL


class CrmLead(models.Model):
    _inherit = "crm.lead"

    touchpoint_ids = fields.One2many("crm.touchpoint", "lead_id", string="Touchpoints")

    # === HOOKS === #

    def _lead_merge(self, opportunities):
        super()._lead_merge(opportunities)
        others = opportunities - self
        if others:
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_touchpoint SET lead_id = %s WHERE lead_id = ANY(%s)",
                    self.id,
                    others.ids,
                )
            )
            (self | others).invalidate_recordset(["touchpoint_ids"], flush=False)
