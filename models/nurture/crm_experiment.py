# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class CrmExperiment(models.Model):
    _inherit = "crm.experiment"

    def _replace_text(self, control, better):
        """Have the steps of tracks send the better text, too."""
        result = super()._replace_text(control, better)
        if self.subject == "message":
            # sudo: who makes it the default may not be the author of the tracks.
            steps = self.env["crm.nurture.step"].sudo().with_context(active_test=False)
            mine = self._where("template_id", control)
            steps.search(mine).write({"template_id": better.id})
        return result
