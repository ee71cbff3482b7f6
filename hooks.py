# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.


def uninstall_hook(env):
    """Remove what Odoo does not know to be ours, so that nothing is left behind."""
