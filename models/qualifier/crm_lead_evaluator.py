# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class CrmLeadEvaluator(models.AbstractModel):
    _inherit = "crm.lead.evaluator"

    @api.model
    def _parts(self):
        return [*super()._parts(), self.env["crm.qualifier.engine"]._part()]

    @api.model
    def _evaluated(self, leads, touched, changed):
        super()._evaluated(leads, touched, changed)
        # An answer may fail a knock-out for a lead that had failed before.
        answered = changed is not None and "qualifier_answer_ids" in changed
        self.env["crm.qualifier.engine"]._propose(leads if answered else touched)
