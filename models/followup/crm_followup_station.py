# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ...tools.contact import SPEAKING, SPOKEN
from ..common.crm_lead_station import ALWAYS, NEVER

# When a person answered a lead; how much working time had passed is found out in the night.
ANSWER = ["first_response_on", "first_response_working"]


class CrmFollowupStation(models.AbstractModel):
    """By when a person must have answered, and that somebody has."""

    _name = "crm.followup.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: follow-up"

    _lead_rows = ("crm.lead.followup",)

    @api.model
    def _cares(self):
        policies = self.env["crm.routing.policy"]._rule_rows()
        is_on = policies or self.env["crm.routing.rule"]._has_time_limits()
        plans = self.env["crm.followup.engine"]._is_on()
        touched, written = {"out", "failed", *SPOKEN}, {"qualification_state"}
        if plans:
            touched |= {"internal", *SPEAKING}
            written |= {"user_id", "team_id"}
        of_companies = any(row.company_id for row in policies)
        whose = self.env["res.company"]._crm_lead_reads()
        return {
            "_before_write": whose if of_companies else NEVER,
            "_on_assigned": ALWAYS if is_on or plans else NEVER,
            "_on_touched": touched,
            "_on_written": written | {"promise"},
            "_on_moved": ALWAYS if plans else NEVER,
            "_on_merged": ALWAYS if plans else NEVER,
        }

    @api.model
    def _before_write(self, leads, vals, state):
        # The response time of its company: it may be another's afterwards.
        state["promise"] = True

    @api.model
    def _on_written(self, leads, changes, state):
        # sudo: the clock of leads that the user may not be allowed to see.
        leads = leads.sudo()
        Company = self.env["res.company"]
        if Company._crm_setting_aside():
            aside = leads.filtered(
                lambda lead: lead.routing_next_on and Company._crm_is_set_aside(lead)
            )
            self.env["crm.routing.clock"]._stop(aside)
        if "promise" in state:
            self._keep_promises(leads)
        if self.env["crm.followup.engine"]._is_on():
            self.env["crm.followup.engine"]._plan(leads)

    @api.model
    def _keep_promises(self, leads):
        """Begin anew with leads that came to another company: what one promises binds it alone.

        :param leads: crm.lead records, as superuser.
        """
        Company = self.env["res.company"]
        foreign = leads.filtered(
            lambda lead: (
                lead.routing_next_on
                and lead.routing_policy_id.company_id
                and lead.routing_policy_id.company_id != Company._crm_of_lead(lead)
            )
        )
        self.env["crm.routing.clock"]._restart(foreign)

    @api.model
    def _on_moved(self, leads, moves, state):
        # A stage may show that a step was done. New leads are planned by the cron.
        moved = leads.browse(i for i, (former, _new) in moves.items() if former)
        if moved and self.env["crm.followup.duty"]._duty_rows():
            self.env["crm.followup.engine"]._plan(moved)

    @api.model
    def _on_merged(self, lead, others):
        self.env["crm.followup.engine"]._merged(lead)

    @api.model
    def _on_closed(self, leads):
        # sudo: the clock of leads that the user may not be allowed to see.
        self.env["crm.routing.clock"]._stop(leads.sudo())
        self.env["crm.followup.engine"]._ended(leads)

    @api.model
    def _on_reopened(self, leads):
        reopened = leads
        # sudo: as above.
        leads = leads.sudo().filtered(lambda lead: not lead.first_response_on)
        if leads:
            self.env["crm.routing.clock"]._restart(leads)
        if self.env["crm.followup.engine"]._is_on():
            self.env["crm.followup.engine"]._plan(reopened)

    @api.model
    def _on_assigned(self, leads, decisions, mode):
        # sudo: the clock of leads that the user may not be allowed to see.
        leads = leads.sudo()
        # A pause was for whom had the lead then.
        changed = {d.lead_id for d in decisions if d.to_user_id != d.from_user_id}
        paused = leads.filtered(
            lambda lead: (
                lead.id in changed
                and (lead.routing_paused_until or lead.routing_used_minutes)
            )
        )
        if paused:
            self.env["crm.routing.clock"]._forget_pause(paused)
        if mode == "hand":
            # A lead that changes hands keeps its deadline; one that had none gets one.
            owned = leads.filtered(
                lambda lead: not lead.response_deadline or lead in paused
            )
        else:
            # Not anew where the old owner keeps the lead.
            ids = [
                decision.lead_id
                for decision in decisions
                if decision.to_user_id
                and (decision.to_user_id != decision.from_user_id or mode == "auto")
            ]
            owned = leads.browse(ids)
        if owned:
            self.env["crm.routing.clock"]._start(owned)
        # What was created just now is planned by the cron: it costs the creation nothing.
        began = self.env.cr.now()
        old = leads.filtered(lambda lead: lead.create_date < began)
        if old and self.env["crm.followup.engine"]._is_on():
            self.env["crm.followup.engine"]._plan(old)

    @api.model
    def _on_touched(self, leads, touchpoints):
        self._stop_clock(leads, touchpoints)
        if self.env["crm.followup.engine"]._is_on():
            self.env["crm.followup.engine"]._touched(leads, touchpoints)

    @api.model
    def _stop_clock(self, leads, touchpoints):
        """Note the first answer that leads got, and stop the clock."""
        self._forget_failed(leads, touchpoints)
        human = touchpoints.filtered("is_answer")
        first = {}
        for touch in human:
            # Who was talked to before he became a lead was answered when he became one.
            moment = max(touch.occurred_on, touch.lead_id._lead_arrived_on())
            when = first.setdefault(touch.lead_id.id, moment)
            first[touch.lead_id.id] = min(when, moment)
        # sudo: the clock stops whoever wrote to the lead.
        answered = leads.sudo().filtered(
            lambda lead: (
                lead.id in first
                and (
                    not lead.first_response_on
                    or first[lead.id] < lead.first_response_on
                )
            )
        )
        if not answered:
            return
        rows = SQL(", ").join(
            SQL("(%s, %s::timestamp, NULL::int)", lead.id, first[lead.id])
            for lead in answered
        )
        select = SQL("SELECT * FROM (VALUES %s) AS touch", rows)
        answered._lead_store(select, ANSWER)
        self.env["crm.routing.clock"]._stop(answered)

    @api.model
    def _forget_failed(self, leads, touchpoints):
        """Have the clock go on where what stopped it did not reach the lead after all.

        From when it ran: lateness stays where it was.
        """
        moments = {}
        for touch in touchpoints.filtered(lambda touch: touch.outcome == "failed"):
            moment = max(touch.occurred_on, touch.lead_id._lead_arrived_on())
            moments.setdefault(touch.lead_id.id, set()).add(moment)
        # sudo: the clock goes on whoever wrote to the lead.
        wrong = leads.sudo().filtered(
            lambda lead: lead.first_response_on in moments.get(lead.id, ())
        )
        if not wrong:
            return
        rows = []
        for lead in wrong:
            found = lead.touchpoint_ids.filtered("is_answer").mapped("occurred_on")
            rows.append(
                (lead.id, max(min(found), lead._lead_arrived_on()) if found else None)
            )
        select = SQL(
            "SELECT * FROM (VALUES %s) AS touch",
            SQL(", ").join(SQL("(%s, %s::timestamp, NULL::int)", *row) for row in rows),
        )
        changed = wrong._lead_store(select, ANSWER)
        unanswered = changed.filtered(lambda lead: not lead.first_response_on)
        for start, group in unanswered.grouped("routing_clock_on").items():
            self.env["crm.routing.clock"]._start(group, start=start)

    @api.model
    def _what_next(self, lead):
        company = self.env["res.company"]._crm_of_lead(lead)
        # Where this company plans nothing, another's follow-up is no reason to ask.
        is_on = self.env["crm.followup.engine"]._is_on(company)
        if (
            company.lead_followup_notes == "off"
            or not is_on
            or not (lead._lead_is_open() or self._is_looked_after(lead))
        ):
            return None
        return lead.action_followup_next()

    @api.model
    def _is_looked_after(self, lead):
        """Tell whether a lead is a customer, and somebody cares for customers here."""
        domain = self.env["crm.followup.engine"]._domain()
        return lead.won_status == "won" and bool(lead.filtered_domain(domain))

    @api.model
    def _merge_fields(self):
        return {
            "first_response_on": lambda name, leads: min(
                (lead[name] for lead in leads if lead[name]), default=False
            ),
            # It is found out anew for the lead that stays.
            "first_response_working": lambda _name, _leads: False,
            # An answer to one is an answer to all: nothing is due for the lead that stays.
            "routing_next_step": self._merged_step,
            "routing_next_on": self._merged_step,
        }

    @api.model
    def _merged_step(self, name, leads):
        """Return what is due for the lead that stays: nothing once one was answered."""
        return False if any(leads.mapped("first_response_on")) else leads[0][name]
