# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import psycopg2

from odoo import models
from odoo.tools import mute_logger


class IrCron(models.Model):
    """Jobs of ours that configuration, or a lead, switches on."""

    _inherit = "ir.cron"

    def _crm_switch_on(self, now=False):
        """Have a job run from now on; not in a copy of the database that was neutralised.

        Where another process does the same at this moment, or runs the job, it is on by then:
        nothing is to be done, and whoever saves a lead is not held up.

        :param bool now: at once, not at its next time.
        """
        # sudo: a parameter of the system, and scheduled actions are the system's.
        jobs = self.sudo()
        get_param = self.env["ir.config_parameter"].sudo().get_param  # sudo: as above
        if get_param("database.is_neutralized"):
            return
        off = jobs.filtered(lambda job: not job.active)
        if off:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    off.try_lock_for_update().active = True
            except psycopg2.OperationalError:
                # Somebody else has switched it on since this transaction began.
                off.invalidate_recordset(["active"], flush=False)
        if now:
            for job in jobs:
                job._trigger()
