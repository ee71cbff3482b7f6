# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain

from ....tools import forgetting
from ...common.batch.lead_pass import LeadPass
from ...common.context import BULK
from .by_hand import ByHand
from .happening import Happening
from .planner import Planner

BATCH = 4000


class CrmFollowupEngine(models.AbstractModel):
    """Says what is next for each lead, by when, and who is to do it.

    **What.** By the policies a lead has a date from the forgetting curve (``next_touch_on``),
    which follows from its touchpoints, the policy and the working time of its owner alone: it
    can be thrown away and computed again. Steps are written in a ledger, ``crm.lead.followup``,
    and shown as Odoo's activities when they are due. A step is done by a fact on record.

    **How to use.** ``_plan(leads)``; ``_touched`` when something happened with leads. What
    people say about steps: ``_done``, ``_skip``, ``_move``, ``_plan_own``.

    **How it works.** See ``Planner``: a constant number of queries for any number of leads;
    only what differs is written. Nothing is done when a lead is created: the cron finds leads
    that were never looked at (``retention_k`` is empty) by an index.
    """

    _name = "crm.followup.engine"
    _description = "Follow-up engine"

    # === API === #

    @api.model
    def _plan(self, leads=None, now=None):
        """Compute when to be in touch with leads again, and plan their next steps.

        :param leads: crm.lead records; all open ones when None, in batches.
        :param datetime now: the moment that it is looked at from, in UTC; now when None.
        :return: the number of leads that changed.
        :rtype: int
        """
        now = now or fields.Datetime.now()
        # sudo: what is next for leads, whoever may see them; the ledger is the engine's.
        planner = Planner(self.sudo().env, now)
        if leads is not None:
            # sudo: as above.
            return len(planner.plan(leads.sudo())) if leads else 0
        domain = self._domain()
        changed = planner.changed(domain)
        if changed is not None:
            domain &= Domain("id", "in", changed)
        leads_pass = LeadPass(
            self.sudo().env,  # sudo: as above
            domain,
            lambda batch: len(planner.look(batch.with_context(**BULK.on()))),
            size=BATCH,
            commit=bool(self.env.context.get("ir_cron_progress_id")),
        )
        leads_pass.run()
        return leads_pass.result

    @api.model
    def _domain(self):
        """Return which leads are planned: open ones; customers where they are looked after."""
        domain = Domain("won_status", "=", "pending")
        if any(
            row.values["kind"] == "support"
            for row in self.env["crm.followup.policy"]._rule_rows()
        ) or any(
            row.code == "care" for row in self.env["crm.followup.duty"]._duty_rows()
        ):
            domain |= Domain("won_status", "=", "won")
        return domain

    @api.model
    def _retention(self, leads, now=None):
        """Return how much leads still remember of us.

        :param leads: crm.lead records.
        :param datetime now: in UTC; now when None.
        :return: a share of 0 to 1 by lead id; None for who was never in contact, or has no
            policy.
        :rtype: dict[int, float or None]
        """
        now = now or fields.Datetime.now()
        return {
            lead.id: forgetting.retention(
                lead.retention_k, (now - lead.last_contact_on).total_seconds() / 86400
            )
            if lead.last_contact_on and lead.retention_k
            else None
            for lead in leads
        }

    @api.model
    def _is_on(self, company=None):
        """Tell whether anything is planned for leads of a company, or of any when None."""
        rows = self.env["crm.followup.policy"]._rule_rows()
        rows += self.env["crm.followup.duty"]._duty_rows()
        companies = (False, company.id) if company else None
        return any(not companies or row.company_id in companies for row in rows)

    # === WHO ELSE LOOKS AFTER LEADS === #

    @api.model
    def _more_steps(self, lead_ids):
        """Return what else is next for leads: statements with the columns of effective.py.

        Extended by rooms that come after this one.

        :param lead_ids: of these leads only; None: of all.
        :rtype: list[SQL]
        """
        return []

    @api.model
    def _muted(self, leads):
        """Return the ids of the leads that somebody else keeps in touch with.

        The curve plans no step for them; their date is known all the same.

        :rtype: set[int]
        """
        return set()

    @api.model
    def _muted_sqls(self, query):
        """Return when somebody else keeps in touch with a lead, as conditions on crm_lead.

        :param query: over the table crm_lead; what is asked is joined to it, once a lead.
        :rtype: list[SQL]
        """
        return []

    # === WHAT HAPPENED === #

    @api.model
    def _touched(self, leads, touchpoints):
        """End the steps that events have done, ask for answers, and plan anew.

        :param leads: crm.lead records.
        :param touchpoints: crm.touchpoint records, just recorded, of these leads.
        """
        Happening(self.env).touched(leads, touchpoints)

    @api.model
    def _ended(self, leads):
        """End what is planned for leads that were closed, and tell those who had it to do.

        Once for each person, and not who closed them.

        :param leads: crm.lead records.
        """
        Happening(self.env).ended(leads)

    @api.model
    def _merged(self, lead):
        """Have one of the steps with which a lead that others went into is left.

        All that was planned stays on record; of two for the same the earlier one goes on.
        """
        Happening(self.env).merged(lead)

    # === WHAT PEOPLE SAY === #

    @api.model
    def _done(self, followups, note, touchpoint=None):
        """Note that steps were done; without an event that shows it they are done by word.

        :param followups: crm.lead.followup records that are planned.
        :param note: what came of it, or None.
        :param touchpoint: the crm.touchpoint that shows it.
        """
        ByHand(self.env).done(followups, note, touchpoint)

    @api.model
    def _skip(self, followups, reason):
        """Note that steps are left out, and why.

        :param followups: crm.lead.followup records that are planned.
        :param str reason: a code of ``_reason_texts``, or words.
        """
        ByHand(self.env).skip(followups, reason)

    @api.model
    def _move(self, followups, due_on, reason=None):
        """Give steps another end. A step that is late stays on record as missed.

        :param followups: crm.lead.followup records that are planned.
        :param datetime due_on: in UTC.
        :param str reason: in words.
        """
        ByHand(self.env).move(followups, due_on, reason)

    @api.model
    def _plan_own(self, lead, due_on, channel, **values):
        """Plan a step that a person wants, and show it as an activity at once.

        :param lead: one crm.lead record.
        :param datetime due_on: in UTC.
        :param values: see ``ByHand.plan``: ``user``, ``duty``, ``summary``, ``note_before``,
            ``replaces``, ``reason``, ``kind``.
        :return: the crm.lead.followup, as superuser.
        """
        return ByHand(self.env).plan(lead, due_on, channel, **values)

    @api.model
    def _activity_changed(self, step):
        """Have a step follow its activity, which somebody gave another day or person.

        :param step: a crm.lead.followup, as superuser, that is planned.
        """
        ByHand(self.env).activity_changed(step)

    # === SWITCHING === #

    @api.model
    def _switch_on(self):
        """Have the clock run while there is a policy or a duty, and all leads planned anew."""
        if not self.env.registry.ready and not self._is_on():
            return  # Installing: what is shipped is off.
        names = ("ir_cron_followup", "ir_cron_followup_plan")
        crons = [
            self.env.ref(f"crm_lead_management.{name}", raise_if_not_found=False)
            for name in names
        ]
        if not all(crons):
            return
        # sudo: crons are the system's; whoever may write policies may have them run.
        if self._is_on():
            for cron in crons:
                cron.sudo()._crm_switch_on(now=cron == crons[1])
        elif crons[1].sudo().active:  # sudo: as above
            crons[1].sudo()._trigger()  # sudo: as above
