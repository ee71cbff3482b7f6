# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

MODULE = "crm_lead_management"


def migrate(cr, version):
    """Bring the policies and duties of the follow-up, archived as for a new company.

    They are created by an installation only, so that one that was deleted stays away: a
    company that has the addon already would never get them.
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    path = "data/crm_followup_policy_data.xml"
    convert_file(env, MODULE, path, {}, mode="init", noupdate=True)
    # Terms were loaded before; what is new just now has its names in English only.
    env.ref(f"base.module_{MODULE}")._update_translations()
