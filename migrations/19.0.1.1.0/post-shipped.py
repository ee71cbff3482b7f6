# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file

from odoo.addons.crm_lead_management.models.common.guarded import guarded

MODULE = "crm_lead_management"
# What companies that have the addon already would never get: it is created by an
# installation only, so that what was deleted stays away.
FILES = ("data/crm_followup_policy_data.xml", "data/crm_nurture_track_data.xml")


def migrate(cr, version):
    """Bring the policies of the follow-up and the tracks, off as for a new company."""
    if not version:
        return
    # Nobody is told that they are there.
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    for path in FILES:
        # What they refer to may have been deleted: no reason to stop the update.
        with guarded(env, "%s cannot be loaded", path):
            convert_file(env, MODULE, path, {}, mode="init", noupdate=True)
    # Terms were loaded before; what is new just now has its names in English only.
    env.ref(f"base.module_{MODULE}")._update_translations()
