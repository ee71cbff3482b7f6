# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ..common.crm_lead_station import NEVER


class CrmQualifierStation(models.AbstractModel):
    """Whether a lead fits at all: the gate, and who should be set aside."""

    _name = "crm.qualifier.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: qualifiers"

    _lead_shown_by = (
        *("qualifier_marks", "qualification_progress", "qualifier_checklist"),
        *("knock_out_reason", "gate_reason"),
    )

    @api.model
    def _cares(self):
        if not self.env["crm.qualifier.engine"]._knock_outs():
            return {"_on_created": NEVER, "_on_written": NEVER}
        return {"_on_written": {"qualification_state", "qualifier_answer_ids"}}

    @api.model
    def _parts(self):
        return [self.env["crm.qualifier.engine"]._part()]

    @api.model
    def _on_created(self, leads, state):
        self.env["crm.qualifier.engine"]._propose(leads)

    @api.model
    def _on_written(self, leads, changes, state):
        # An answer may fail a knock-out for a lead that had failed before.
        concerned = changes.of(leads, "qualification_state", "qualifier_answer_ids")
        self.env["crm.qualifier.engine"]._propose(concerned)

    @api.model
    def _on_merged(self, lead, others):
        # sudo: the earlier answers of leads that the user may merge come along, all of them.
        self.env["crm.qualifier.answer"].sudo()._move_to(lead, others)
