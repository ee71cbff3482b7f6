# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class IrCron(models.Model):
    """Jobs of ours that configuration switches on stay off in a neutralised copy."""

    _inherit = "ir.cron"

    def _crm_switch_on(self, now=False):
        """Have a job run from now on; not in a copy of the database that was neutralised.

        :param bool now: at once, not at its next time.
        """
        # sudo: a parameter of the system, and scheduled actions are the system's.
        jobs = self.sudo()
        get_param = self.env["ir.config_parameter"].sudo().get_param  # sudo: as above
        if get_param("database.is_neutralized"):
            return
        for job in jobs.filtered(lambda job: not job.active):
            job.active = True
        if now:
            for job in jobs:
                job._trigger()
