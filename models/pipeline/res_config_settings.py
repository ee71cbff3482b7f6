# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_read_stage_history(self):
        """Have the stage history of existing leads read from what Odoo tracked.

        :return: a notification.
        :rtype: dict
        """
        self.check_access("write")
        self.env["crm.lead.stage.history"]._start()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The stage history of the existing leads is being read in the background."
                ),
            },
        }
