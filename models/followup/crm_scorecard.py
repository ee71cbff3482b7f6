# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ..common.rule.as_if import as_if
from ..common.rule.rule_set import match


class CrmScorecard(models.Model):
    """What other grades would change about next steps."""

    _inherit = "crm.scorecard"

    @api.model
    def _grades_follow(self, leads, values):
        said = super()._grades_follow(leads, values)
        owners = self._owners_with_other_steps(leads, values)
        if owners:
            said.append(
                self.env._("%s owners would get other next steps.", len(owners))
                if len(owners) > 1
                else self.env._("One owner would get other next steps.")
            )
        return said

    @api.model
    def _owners_with_other_steps(self, leads, values):
        """Return whose leads would be looked after by another policy, or in other steps.

        Asked of the policies with the grades as they would be: nothing is planned.

        :return: res.users records.
        """
        # sudo: what is planned, whoever reads the preview; it says a number of people.
        leads = leads.sudo().filtered("user_id")
        if not leads or not self.env["crm.followup.policy"]._rule_rows():
            return leads.user_id
        seen = as_if(leads, values)
        now, then = self._plans_of(leads), self._plans_of(leads, seen)
        return leads.filtered(lambda lead: now[lead.id] != then[lead.id]).user_id

    @api.model
    def _plans_of(self, leads, seen=None):
        """Return by what policy and in which of its steps open leads are looked after.

        :param SQL seen: the leads as they might be.
        :return: by lead id.
        :rtype: dict[int, tuple]
        """
        Policy, Step = self.env["crm.followup.policy"], self.env["crm.followup.step"]
        policies = match(self.env, Policy._name, leads, seen=seen)
        steps = match(self.env, Step._name, leads, seen=seen)
        sales = [row.id for row in Policy._rule_rows() if row.values["kind"] == "sales"]
        of_policy = {row.id: row.values["policy_id"] for row in Step._rule_rows()}
        found = {}
        for lead_id in leads.ids:
            first = next((one for one in sales if one in policies[lead_id]), None)
            mine = {one for one in steps[lead_id] if of_policy[one] == first}
            found[lead_id] = (first, mine)
        return found
