# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from datetime import timedelta

from odoo import api, fields, models

from .crm_routing_policy import STEPS

_logger = logging.getLogger(__name__)

# Leads per commit. Each owner is told once per batch, so it is not a small one.
BATCH = 1000
# The cron runs every few minutes: what is overdue for longer was overdue for want of it.
STANDSTILL = timedelta(hours=2)


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
        clock = self.env["crm.routing.clock"]
        domain = clock._due_domain(now) | clock._over_domain(now)
        while True:
            batch = leads.search(domain, limit=BATCH, order="routing_next_on, id")
            batch = batch.try_lock_for_update()
            if not batch:
                break
            clock._forget_pause(
                batch.filtered_domain([("routing_paused_until", "<=", now)])
            )
            self._do_steps(batch.filtered_domain(clock._due_domain(now)))
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
        self._tell_owners(leads)

    @api.model
    def _tell_owners(self, leads):
        """Tell the owners that leads wait for their answer."""
        for owner, mine in leads.grouped("user_id").items():
            self.env["crm.routing.teller"]._notify(
                owner,
                lambda env, count: (
                    env._("%s leads wait for your answer", count)
                    if count > 1
                    else env._("A lead waits for your answer")
                ),
                mine,
            )

    @api.model
    def _step_warn(self, leads):
        """Warn the team leaders; where a team has none, the sales managers."""
        self.env["crm.routing.clock"]._advance(leads, "warn")
        for leader, late in leads.grouped(lambda lead: lead.team_id.user_id).items():
            teller = self.env["crm.routing.teller"]

            def subject(env, count):
                if count == 1:
                    return env._("A lead was not answered in time")
                return env._("%s leads were not answered in time", count)

            if leader.active:
                teller._notify(leader, subject, late)
            else:
                teller._raise_alarm(late, subject)

    @api.model
    def _step_reroute(self, leads):
        """Give the leads to somebody else; after too many changes, to the team leader.

        Where routing is off nothing is taken from anybody: the leader is warned once more.
        Where the step is overdue for long the system stood still, not the owner: he is
        reminded once more, and has the time between the last two steps again.
        """
        overdue = fields.Datetime.now() - STANDSTILL
        stale = leads.filtered(lambda lead: lead.routing_next_on < overdue)
        if stale:
            self.env["crm.routing.clock"]._put_off(stale)
            self._tell_owners(stale)
        leads -= stale
        unrouted = self._unrouted(leads)
        if unrouted:
            self._step_warn(unrouted)
            self.env["crm.routing.clock"]._stop(unrouted)
        leads -= unrouted
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
    def _unrouted(self, leads):
        """Return the leads of companies whose leads are not routed, or not any more."""
        rules, company = (
            self.env["crm.routing.rule"],
            self.env["res.company"]._crm_of_lead,
        )
        return leads.filtered(lambda lead: not rules._is_on(company(lead).id))

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
        last = self.env["crm.routing.engine"]._last_resort(leads)
        decisions = [
            lead._routing_decision(lead, outcome, lead.user_id.id, user_id)
            for lead in leads
            for user_id, outcome in [last[lead.id]]
            if user_id and user_id != lead.user_id.id
        ]
        if decisions:
            self.env["crm.routing.writer"]._apply(decisions, "reroute")
        self.env["crm.routing.clock"]._stop(leads)
        stuck = leads.filtered(lambda lead: not last[lead.id][0])
        if stuck:
            self.env["crm.routing.teller"]._raise_alarm(
                stuck,
                lambda env, count: (
                    env._("%s leads were not answered, and have no team leader", count)
                    if count > 1
                    else env._("A lead was not answered, and has no team leader")
                ),
            )
