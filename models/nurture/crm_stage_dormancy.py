# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmStageDormancy(models.Model):
    """Customers who are silent go into a track."""

    _inherit = "crm.stage.dormancy"

    action = fields.Selection(
        selection_add=[("track", "Put into a track")],
        ondelete={"track": "set default"},
    )
    track_id = fields.Many2one(
        "crm.nurture.track",
        string="Into the Track",
        index="btree_not_null",
        ondelete="set null",
        domain=[("audience", "=", "customer")],
    )

    def _take_track(self, leads):
        self.env["crm.nurture.engine"]._enroll(leads, self.track_id)
