# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.fields import Domain

from ..common.batch.lead_pass import LeadPass

BATCH = 1000


class CrmRoutingWaiting(models.AbstractModel):
    """Routes the leads that wait for an owner, as soon as there is somebody for them."""

    _name = "crm.routing.waiting"
    _description = "Leads that wait for an owner"

    @api.model
    def _switch_on(self, now=False):
        """Have the cron run: there is a response time, or a lead that waits for an owner.

        :param bool now: at once, not in two minutes.
        """
        # sudo: scheduled actions are the system's.
        cron = self.env.ref("crm_lead_management.ir_cron_routing").sudo()
        cron._crm_switch_on(now=now)

    @api.model
    def _route(self):
        """Route the leads that wait for an owner.

        A preview comes first, so that waiting leads leave no trace on every run. Each batch
        is committed with its decisions: a run that was killed is taken up where it was, and
        no lead is decided twice.
        """
        domain = Domain("routing_waiting_since", "!=", False)
        domain &= Domain("won_status", "=", "pending")
        # Somebody else may have taken it meanwhile; who is archived works on nothing.
        domain &= Domain("user_id", "=", False) | Domain("user_id.active", "=", False)
        # sudo: the cron acts on the leads of everybody.
        LeadPass(self.sudo().env, domain, self._route_batch, size=BATCH).run()

    @api.model
    def _route_batch(self, leads):
        """Route those of the leads for which there is somebody; return how many."""
        engine, rules = leads.env["crm.routing.engine"], leads.env["crm.routing.rule"]
        company = leads.env["res.company"]._crm_of_lead
        leads = leads.filtered(lambda lead: rules._is_on(company(lead).id))
        found = [d["lead_id"] for d in engine._preview(leads) if d["to_user_id"]]
        engine._route(leads.browse(found))
        return len(found)
