# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmExperiment(models.Model):
    """Experiments on the lead card: all of it at once, or what one needs to know.

    A lead enters when it comes in, not when somebody opens it: whether it is opened at all is
    part of what is tested. It keeps its card until its time is over, also once no more
    leads are taken.
    """

    _inherit = "crm.experiment"

    subject = fields.Selection(
        selection_add=[("card", "Lead card")], ondelete={"card": "cascade"}
    )

    @api.model
    def _leads_came_in(self, leads):
        """Put new leads on record in the experiments on the card."""
        # sudo: leads that their creator may not be allowed to see.
        leads = leads.sudo().filtered(lambda lead: lead._lead_is_open())
        for experiment in self._going("card"):
            experiment._assign(leads, enter=True)

    def _companies(self):
        """Return the companies whose leads the experiment is about."""
        # sudo: a setting, for whoever may plan an experiment.
        companies = self.env["res.company"].sudo()
        # sudo: as above
        return self.company_id.sudo() or companies.search([("active", "=", True)])

    def _adopt(self, variant):
        """Have the better card be the one of the company, or of all."""
        result = super()._adopt(variant)
        if self.subject == "card":
            self._companies().lead_need_to_know = variant.card == "need_to_know"
        return result
