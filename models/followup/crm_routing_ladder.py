# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo import api, fields, models

from .crm_routing_policy import STEPS

_logger = logging.getLogger(__name__)

# Leads per commit. Each owner is told once per batch, so it is not a small one.
BATCH = 1000


class CrmRoutingLadder(models.AbstractModel):
    """Does what is due for leads that wait too long for their first answer.

    Run by cron, which afterwards has those routed that wait for an owner
    (``crm.routing.waiting``). Each step of a lead is done once: the lead then holds the next
    step, and both are committed together. Rows that another worker holds are left to him.
    When nothing is due a run costs two queries.
    """

    _name = "crm.routing.ladder"
    _description = "Steps for leads that wait too long"

    # === CRON === #

    @api.model
    def _cron_run(self):
        """Do all steps that are due, batch by batch, then look after ownerless leads."""
        # sudo: the cron acts on the leads of everybody.
        leads = self.env["crm.lead"].sudo()
        now = fields.Datetime.now()
        domain = self.env["crm.routing.clock"]._due_domain(now)
        while True:
            batch = leads.search(domain, limit=BATCH, order="routing_next_on, id")
            batch = batch.try_lock_for_update()
            if not batch:
                break
            self._do_steps(batch)
            remaining = leads.search_count(domain)
            if not self.env["ir.cron"]._commit_progress(
                len(batch), remaining=remaining
            ):
                return
        self.env["crm.routing.waiting"]._route()

    @api.model
    def _do_steps(self, leads):
        """Do the step that is due for each lead.

        :param leads: crm.lead records, as superuser.
        """
        # Grouped beforehand: a step leads to the next one, which is not due yet.
        due = leads.grouped("routing_next_step")
        for step in STEPS:
            if step in due:
                getattr(self, f"_step_{step}")(due[step])

    # === STEPS === #

    @api.model
    def _step_remind(self, leads):
        """Remind the owners."""
        self.env["crm.routing.clock"]._advance(leads, "remind")
        for owner, mine in leads.grouped("user_id").items():
            self.env["crm.routing.teller"]._notify(
                owner,
                lambda env, count: env._("%s leads wait for your answer", count),
                mine,
            )

    @api.model
    def _step_warn(self, leads):
        """Warn the team leaders; where a team has none, the sales managers."""
        self.env["crm.routing.clock"]._advance(leads, "warn")
        for leader, late in leads.grouped(lambda lead: lead.team_id.user_id).items():
            teller = self.env["crm.routing.teller"]

            def subject(env, count):
                return env._("%s leads were not answered in time", count)

            if leader.active:
                teller._notify(leader, subject, late)
            else:
                teller._raise_alarm(late, subject)

    @api.model
    def _step_reroute(self, leads):
        """Give the leads to somebody else; after too many changes, to the team leader."""
        tired = leads.filtered(
            lambda lead: lead.routing_hops >= lead.routing_policy_id.max_hops
        )
        again = leads - tired
        if again:
            excluded = self._had_it(again)
            previews = self.env["crm.routing.engine"]._preview(again, excluded=excluded)
            stuck = again.browse(
                d["lead_id"]
                for d in previews
                if not d["to_user_id"] or d["to_user_id"] in excluded[d["lead_id"]]
            )
            tired |= stuck
            if again - stuck:
                self.env["crm.routing.engine"]._route(
                    again - stuck, mode="reroute", excluded=excluded
                )
        if tired:
            self._to_leader(tired)

    @api.model
    def _had_it(self, leads):
        """Return the ids of all users who have or had a lead, by lead id."""
        # sudo: decisions on record, whoever may see them.
        logs = (
            self.env["crm.lead.routing.log"]
            .sudo()
            ._read_group(
                [("lead_id", "in", leads.ids), ("to_user_id", "!=", False)],
                ["lead_id"],
                ["to_user_id:array_agg"],
            )
        )
        had = {lead.id: set(user_ids) for lead, user_ids in logs}
        return {lead.id: had.get(lead.id, set()) | {lead.user_id.id} for lead in leads}

    @api.model
    def _to_leader(self, leads):
        """Give leads that nobody answered to their team leader, and stop the clock."""
        clock, decisions = self.env["crm.routing.clock"], []
        for lead in leads:
            leader = lead.team_id.user_id
            if leader.active and leader != lead.user_id:
                decisions.append(
                    lead._routing_decision(lead, "late", lead.user_id.id, leader.id)
                )
        if decisions:
            self.env["crm.routing.writer"]._apply(decisions, "reroute")
        clock._stop(leads)
        stuck = leads.filtered(lambda lead: lead.user_id != lead.team_id.user_id)
        if stuck:
            self.env["crm.routing.teller"]._raise_alarm(
                stuck,
                lambda env, count: env._(
                    "%s leads were not answered, and have no team leader", count
                ),
            )
