# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

SKILLS = ("language", "industry", "product", "tags")


class CrmRoutingFilter(models.AbstractModel):
    """Judges whether a candidate can take a lead under a rule.

    Every filter has a code; ``crm.lead.routing.log._verdict_texts`` says it in words.
    """

    _name = "crm.routing.filter"
    _description = "Filters on candidates"

    @api.model
    def _key(self, row, facts):
        """Return what tells leads apart whose candidates must be judged one by one."""
        values = row.values
        return (
            row.id,
            facts.company_id,
            facts.excluded,
            facts.refused,
            tuple(facts.asks[skill] for skill in SKILLS if values[f"match_{skill}"]),
            facts.id if values["method"] in ("account_owner", "capturer") else 0,
        )

    @api.model
    def _verdict(self, row, candidate, facts, now):
        """Return why a candidate cannot get this lead, or an empty string.

        :param RuleRow row: the rule.
        :param Candidate candidate: who.
        :param LeadFacts facts: the lead.
        :param datetime now: in UTC.
        """
        values = row.values
        if candidate.blocked:
            return candidate.blocked
        if facts.company_id and facts.company_id not in candidate.companies:
            return "company"
        if candidate.user_id in facts.excluded:
            return "excluded"
        for skill in SKILLS:
            asked = facts.asks[skill] if values[f"match_{skill}"] else ()
            if asked and asked.isdisjoint(candidate.skills[skill]):
                return skill
        if candidate.seniority < int(values["min_seniority"] or 1):
            return "seniority"
        if values["method"] == "weighted" and not candidate.weight:
            return "weight"
        if values["in_hours_only"] and not self.env["crm.routing.hours"]._inside(
            candidate.calendar_id, candidate.tz, now
        ):
            return "hours"
        if values["respect_capacity"] and candidate.member_id in facts.refused:
            return "domain"
        return self._full(row, candidate)

    @api.model
    def _full(self, row, candidate):
        """Return which limit a candidate has reached, or an empty string.

        Asked again within a batch, as candidates fill up.
        """
        load = candidate.load
        per_day, per_week, per_month, at_a_time = candidate.caps
        if per_day and load.day >= per_day:
            return "cap_day"
        if per_week and load.week >= per_week:
            return "cap_week"
        if at_a_time and load.open >= at_a_time:
            return "cap_open"
        if row.values["respect_capacity"] and load.month >= per_month:
            return "cap_month"
        return ""
