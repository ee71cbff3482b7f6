# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
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
    def _note(self, leads):
        """Write down which leads wait for an owner: open ones without one, where routing is on.

        Who left owns nothing.

        :param leads: crm.lead records, as superuser, whose owner changed otherwise than by
            the engine, or left, or came back.
        """
        rules, Company = self.env["crm.routing.rule"], self.env["res.company"]
        lost = leads.filtered(
            lambda lead: (
                not lead.user_id.active
                and lead._lead_is_open()
                # A reseller has it, where leads are forwarded to some.
                and not (
                    "partner_assigned_id" in lead._fields and lead.partner_assigned_id
                )
                and rules._is_on(Company._crm_of_lead(lead).id)
            )
        )
        given = leads.filtered(
            lambda lead: lead.routing_waiting_since and lead not in lost
        )
        for group, moment in ((lost, fields.Datetime.now()), (given, None)):
            if group:
                select = SQL(
                    "SELECT unnest(%s::int[]), %s::timestamp", group.ids, moment
                )
                group._lead_store(select, ["routing_waiting_since"])
        if lost:
            self._switch_on()

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
