# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools

# In the cache of the cursor: the version of the configuration that the transaction sees.
VERSION = "crm_lead_management.version"
CONVERSATION = {"ir.attachment", "mail.message"}
# What counts of a record that the configuration points at: whether it is there, and whose it is.
COUNTS = {"active", "company_id"}


def kept(*key):
    """Decorate a method whose result is kept in memory as long as the configuration stays.

    As ``odoo.tools.ormcache``, whose rules hold here too: the ``key`` are expressions of the
    arguments; no record is returned. It differs in when it forgets: see ``crm.config.mixin``.
    """
    return tools.ormcache("self.env['crm.config.mixin']._crm_version()", *key)


class CrmConfigMixin(models.AbstractModel):
    """Configuration that the engines keep in memory.

    **What.** Engines read their set-up (rules, weights, thresholds) through methods that are
    decorated with ``kept``, so that saving a lead costs no query for configuration that has
    not changed. Every model whose values end up in memory inherits from this mixin.

    **How it works.** The configuration has a version: what the table of
    ``crm.config.version`` holds. Each change adds a row to it, in its own transaction; what is
    kept is kept under the version that the transaction sees, which is read once in each. So
    nobody reads what another transaction has not committed, or has changed since, and nobody
    leaves behind what is out of date: not another worker, not another thread, not who began
    before the change and ends after it.

    What the configuration points at (a team, a user, a message, a plan) counts as well: where
    such a record is archived, restored, deleted, or given to another company, by whomever, the
    version changes too.
    """

    _name = "crm.config.mixin"
    _description = "Cached configuration"

    @api.model_create_multi
    def create(self, vals_list):
        # Before, too: what checks keep in memory on the way is of a version that nobody else sees.
        self._crm_changed()
        records = super().create(vals_list)
        self._crm_changed()
        return records

    def write(self, vals):
        self._crm_changed()
        result = super().write(vals)
        self._crm_changed()
        return result

    def unlink(self):
        self._crm_changed()
        result = super().unlink()
        self._crm_changed()
        return result

    # === VERSION === #

    @api.model
    def _crm_version(self):
        """Return what tells this state of the configuration from all others.

        :rtype: str
        """
        cache = self.env.cr.cache
        if VERSION not in cache:
            self.env.cr.execute(
                "SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM crm_config_version"
            )
            cache[VERSION] = self.env.cr.fetchone()[0]
        return cache[VERSION]

    @api.model
    def _crm_changed(self):
        """Note that the configuration has changed: what is kept is not read any more."""
        self.env.cr.execute("INSERT INTO crm_config_version DEFAULT VALUES")
        self.env.cr.cache.pop(VERSION, None)

    @api.model
    @tools.ormcache()
    def _crm_pointed_at(self):
        """Return the names of the models that configuration points at.

        :rtype: frozenset[str]
        """
        return frozenset(
            field.comodel_name
            for model in self.env.registry.values()
            if issubclass(model, self.env.registry["crm.config.mixin"])
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.store
            # Not the conversations of configuration: they come and go.
            and field.comodel_name not in CONVERSATION
        )

    # === ACTIONS === #

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


class CrmConfigVersion(models.Model):
    """One row for each change of the configuration; all of them are its version."""

    _name = "crm.config.version"
    _description = "Version of the lead configuration"
    _log_access = False

    @api.autovacuum
    def _gc_versions(self):
        """Have one row again. It is a new one: the version was never seen before."""
        self.env.cr.execute(
            "WITH new AS (INSERT INTO crm_config_version DEFAULT VALUES RETURNING id)"
            " DELETE FROM crm_config_version USING new WHERE crm_config_version.id < new.id"
        )
        self.env.cr.cache.pop(VERSION, None)


class Base(models.AbstractModel):
    """Whoever archives, restores, deletes or moves what the configuration points at changes it.

    And whoever writes what leads are linked to may have changed what rules say of them.
    """

    _inherit = "base"

    def write(self, vals):
        if not COUNTS.isdisjoint(vals) and self._crm_is_pointed_at():
            self.env["crm.config.mixin"]._crm_changed()
            result = super().write(vals)
            self.env["crm.config.mixin"]._crm_changed()
        else:
            result = super().write(vals)
        # Not while the addon is installed or updated: rules may not be there yet.
        is_ready = self and self.env.registry.ready
        if is_ready and self._name in self.env["crm.lead"]._lead_neighbours():
            self._crm_leads_follow(vals)
        return result

    def unlink(self):
        if not self._crm_is_pointed_at():
            return super().unlink()
        self.env["crm.config.mixin"]._crm_changed()
        result = super().unlink()
        self.env["crm.config.mixin"]._crm_changed()
        return result

    def _crm_is_pointed_at(self):
        """Tell whether configuration may point at records of this model."""
        config = self.env.get("crm.config.mixin")
        return config is not None and self._name in config._crm_pointed_at()
