# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.batch.lead_pass import LeadPass

BATCH = 1000


class CrmRoutingWaiting(models.AbstractModel):
    """Routes the leads that wait for an owner, as soon as there is somebody for them.

    And those that somebody asked to have routed, where they were too many to wait for.
    """

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
        domain |= Domain("routing_asked_on", "!=", False)
        # sudo: the cron acts on the leads of everybody.
        LeadPass(self.sudo().env, domain, self._route_batch, size=BATCH).run()

    @api.model
    def _route_batch(self, leads):
        """Route those of the leads for which there is somebody; return how many."""
        asked = leads.filtered("routing_asked_on")
        done = self._route_asked(asked)
        leads -= asked
        engine, rules = leads.env["crm.routing.engine"], leads.env["crm.routing.rule"]
        company = leads.env["res.company"]._crm_of_lead
        leads = leads.filtered(lambda lead: rules._is_on(company(lead).id))
        found = [d["lead_id"] for d in engine._preview(leads) if d["to_user_id"]]
        engine._route(leads.browse(found))
        return done + len(found)

    @api.model
    def _route_asked(self, leads):
        """Route leads that somebody selected, as the button does; return how many.

        Those that somebody else writes at this moment come with the next run.
        """
        if not leads:
            return 0
        logs = leads.env["crm.routing.engine"]._route(leads, mode="manual")
        done = logs.lead_id | leads.filtered(lambda lead: not lead._lead_is_open())
        select = SQL("SELECT unnest(%s::int[]), NULL::timestamp", done.ids)
        done._lead_store(select, ["routing_asked_on"])
        return len(done)
