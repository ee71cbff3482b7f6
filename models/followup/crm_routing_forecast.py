# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta, timezone

from odoo import api, fields, models

from ...tools import working_time
from ..common.working_hours import WorkingHours

# So long after the last lead the working time of people is looked at.
HORIZON = timedelta(days=30)


class CrmRoutingForecast(models.AbstractModel):
    """Who could not keep the time limits, if leads went to people as a dry run says.

    People answer one lead after the other, in their working hours, and each takes the same
    time; a lead is late where its own time limit has run out by then. The limit is the rule's,
    the grade's or the response time's, as for real leads. Absences and what people had to do
    before are not looked at: the picture is about the rules.
    """

    _name = "crm.routing.forecast"
    _description = "Forecast of late answers"

    @api.model
    def _late(self, leads, decisions, rows, minutes):
        """Tell which leads would be answered too late.

        :param leads: crm.lead records.
        :param list[dict] decisions: of ``crm.routing.engine``, about these leads.
        :param rows: the RuleRow tuples that decided.
        :param float minutes: working time that one answer takes.
        :return: ``{lead id: bool}``; leads without an owner or a limit are not in it.
        """
        limits = self._limits(leads, decisions, rows)
        if not any(limits.values()):
            return {}
        arrivals = {lead.id: lead._lead_arrived_on() for lead in leads}
        owned = [decision for decision in decisions if decision["to_user_id"]]
        owned.sort(
            key=lambda decision: (arrivals[decision["lead_id"]], decision["lead_id"])
        )
        lead_ids = {}
        for decision in owned:
            lead_ids.setdefault(decision["to_user_id"], []).append(decision["lead_id"])
        hours = self._working_time(
            lead_ids, min(arrivals.values()), max(arrivals.values())
        )
        late = {}
        for user_id, mine in lead_ids.items():
            jobs = [
                (arrivals[lead_id].replace(tzinfo=timezone.utc), limits[lead_id])
                for lead_id in mine
            ]
            verdicts = working_time.late_in_queue(jobs, minutes, hours[user_id])
            late.update(zip(mine, verdicts, strict=True))
        return {
            lead_id: verdict for lead_id, verdict in late.items() if verdict is not None
        }

    @api.model
    def _limits(self, leads, decisions, rows):
        """Return the time limit of each lead in minutes, or None where it has none."""
        policies = self.env["crm.routing.policy"]._rule_rows()
        matched = self.env["crm.routing.policy"]._rule_match(leads, policies)
        of_rule = {row.id: row.values["response_minutes"] for row in rows}
        by_lead = {d["lead_id"]: of_rule.get(d["rule_id"]) for d in decisions}
        limits, courses = {}, self.env["crm.score.engine"]._courses(leads)
        for lead in leads:
            policy = next((p for p in policies if p.id in matched[lead.id]), None)
            minutes = by_lead.get(lead.id)
            minutes = minutes or courses[lead.id].response_minutes
            if not minutes and policy:
                minutes = policy.values["minutes"]
            limits[lead.id] = minutes or None
        return limits

    @api.model
    def _working_time(self, user_ids, first, last):
        """Return when people work, from the first lead until long after the last one.

        :rtype: dict[int, list[tuple]]
        """
        people = self.env["crm.routing.pool"]._chains(user_ids, fields.Datetime.now())
        known, result = {}, {}
        for user_id in user_ids:
            person = people[user_id][0]
            key = (person.calendar_id, person.tz, person.companies)
            if key not in known:
                hours = WorkingHours(self.env, *key)
                known[key] = (
                    []
                    if hours.around_the_clock
                    else hours.intervals(first, last + HORIZON)
                )
            result[user_id] = known[key]
        return result
