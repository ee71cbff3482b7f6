# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ..common.crm_config_mixin import kept


class CrmRoutingRule(models.Model):
    _inherit = "crm.routing.rule"

    @api.model
    @kept()
    def _has_time_limits(self):
        """Tell whether an active rule has a time limit, or a grade that leads can have."""
        if super()._has_time_limits():
            return True
        # sudo: what is promised of a grade counts for every lead, whoever saves it.
        grades = self.env["crm.scorecard.grade"].sudo()
        promised = [
            ("response_minutes", ">", 0),
            ("scorecard_id.state", "in", ("live", "pilot")),
        ]
        return bool(grades.search_count(promised, limit=1))

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
