# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...common.context import LOST_REASON
from ...common.guarded import guarded


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
    def _audit_reached(self, old_status, new_status):
        """Return the ids of leads that are won now, and of those that are lost."""
        # Who is created closed was closed elsewhere: there is nothing to be judged.
        reached = {"is_won": [], "is_lost": []}
        for lead_id, old in old_status.items():
            new = new_status.get(lead_id, {})
            for name, ids in reached.items():
                if new.get(name) and not old[name]:
                    ids.append(lead_id)
        return reached["is_won"], reached["is_lost"]

    def _handle_won_lost(self, old_status_by_lead, new_status_by_lead):
        result = super()._handle_won_lost(old_status_by_lead, new_status_by_lead)
        won, lost = self._audit_reached(old_status_by_lead, new_status_by_lead)
        if won or lost:
            with guarded(self.env, "No audits of leads %s", won + lost):
                self.env["crm.lead.audit"]._open(won, lost)
        return result
