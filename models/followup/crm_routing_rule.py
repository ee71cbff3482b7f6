# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class CrmRoutingRule(models.Model):
    _inherit = "crm.routing.rule"

    def action_try(self):
        """Open the dry run with the active rules and these ones.

        :return: a window action.
        :rtype: dict
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dry Run"),
            "res_model": "crm.routing.trial",
            "view_mode": "form",
            "target": "new",
            "context": {"trial_rule_ids": self.ids},
        }
