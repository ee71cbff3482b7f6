# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class CrmConfigMixin(models.AbstractModel):
    """Configuration that the engines keep in memory.

    Engines read their set-up (rules, weights, thresholds) through ``@ormcache`` methods, so
    that saving a lead costs no query for configuration that has not changed. Every model
    whose values end up in such a cache inherits from this mixin, which empties the caches of
    all workers when the configuration changes.
    """

    _name = "crm.config.mixin"
    _description = "Cached configuration"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_evaluate_leads(self):
        """Have all open leads evaluated by the configuration as it is now, in the background.

        :return: a notification.
        :rtype: dict
        :raise AccessError: for a user who may not write this configuration.
        """
        self.check_access("write")
        self.env["crm.lead.batch"]._start()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "All open leads are being evaluated in the background, and every night"
                    " from now on."
                ),
            },
        }
