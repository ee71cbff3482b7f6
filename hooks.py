# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.


def uninstall_hook(env):
    """Remove what Odoo does not know to be ours, so that nothing is left behind."""
    env["ir.config_parameter"].search([("key", "=like", "crm_lead_management.%")]).unlink()
    # Odoo forgets the foreign keys that a module puts on tables of other modules: it drops
    # the columns, and keeps the notes about their constraints.
    env["ir.model.constraint"].search(
        [("module.name", "=", "crm_lead_management"), ("type", "=", "f")]
    ).unlink()
