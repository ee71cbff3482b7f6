# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...common.context import LOST_REASON


class CrmLead(models.Model):
    """Each win and each drop gets an audit."""

    _inherit = "crm.lead"

    audit_count = fields.Integer(
        string="Number of Audits", compute="_compute_audit_count", aggregator=None
    )

    def _compute_audit_count(self):
        counts = dict(
            self.env["crm.lead.audit"]._read_group(
                [("lead_id", "in", self._origin.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.audit_count = counts.get(lead._origin, 0)

    # === ACTIONS === #

    def action_open_audits(self):
        """Open the audit of this lead; the list where it was closed more than once.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_lead_audit_action"
        )
        audits = self.env["crm.lead.audit"].search([("lead_id", "=", self.id)])
        action.update(domain=[("lead_id", "=", self.id)], context={})
        if len(audits) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=audits.id)
        return action

    def action_set_lost(self, **additional_values):
        # Odoo archives first, and writes the reason afterwards: the audit is opened between.
        reason = LOST_REASON.on(additional_values.get("lost_reason_id") or None)
        leads = self.with_context(**reason)
        return super(CrmLead, leads).action_set_lost(**additional_values)

    # === BUSINESS METHODS === #

    @api.model
    def _lead_station_names(self):
        # The last one: it looks at what the others have done.
        return (*super()._lead_station_names(), "crm.insight.station")
