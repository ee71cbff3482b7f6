# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models
from odoo.exceptions import UserError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def set_values(self):
        cron = self.env.ref("crm.ir_cron_crm_lead_assign", raise_if_not_found=False)
        repeated = (
            self.crm_use_auto_assignment and self.crm_auto_assignment_action == "auto"
        )
        # sudo: a scheduled action of the system.
        switched_on = repeated and cron and not cron.sudo().active
        if switched_on and self.env["crm.routing.rule"]._is_on():
            raise UserError(
                self.env._(
                    "Leads are given to salespeople by routing rules already. Archive the"
                    " routing rules first (Configuration, Lead Management, Routing Rules), or"
                    " leave Odoo's repeated assignment off."
                )
            )
        return super().set_values()
