# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ...tools.pipeline import ROLES


class CrmLead(models.Model):
    """Keeps Odoo's predictive statistics as they would be without the eight roles."""

    _inherit = "crm.lead"

    def _pls_get_lead_pls_values(self, domain=None):
        """Count unqualified leads for the stage in which they stood before.

        Odoo counts a lost lead for its stage and all stages before it. Unqualified is the
        last one: leads lost there would count against Customer, although none got so far.
        """
        values = super()._pls_get_lead_pls_values(domain=domain)
        unqualified = set(self.env["crm.stage"]._ids_of_roles("unqualified"))
        affected = {
            lead_id: row
            for lead_id, row in values.items()
            if any(
                name == "stage_id" and value in unqualified
                for name, value in row["values"]
            )
        }
        if not affected:
            return values
        ids = {
            key: getattr(key, "origin", key) for key in affected
        }  # new records of forms
        before = self.env["crm.lead.stage.log"]._stages_before_unqualified(
            [lead_id for lead_id in ids.values() if lead_id]
        )
        for key, row in affected.items():
            stage_id = before.get(ids[key]) or self._first_stage_id(row["team_id"])
            row["values"] = [
                (name, stage_id if name == "stage_id" else value)
                for name, value in row["values"]
                if name != "stage_id" or stage_id
            ]
        return values

    def _pls_prepare_frequencies(
        self, lead_values, leads_pls_fields, target_state=None
    ):
        """Leave Inactive and Unqualified out of the statistics.

        Neither is a step on the way to a win: without them the statistics are the same as
        those of a pipeline that ends with Customer.
        """
        frequencies = super()._pls_prepare_frequencies(
            lead_values, leads_pls_fields, target_state=target_state
        )
        by_stage = frequencies.get("stage_id", {})
        for stage_id in self.env["crm.stage"]._ids_of_roles("inactive", "unqualified"):
            by_stage.pop(str(stage_id), None)
        return frequencies

    def _pls_get_won_lost_total_count(self, team_results):
        """Count won and lost leads also where no first stage is for all teams.

        Odoo takes the totals from the first stage without teams, where every lead counts.
        In a pipeline of one team there is none, and every probability would be zero. The
        first stage of the team is the one with most lost leads: each lost lead counts for
        its stage and all before it.
        """
        totals = super()._pls_get_won_lost_total_count(team_results)
        if any(totals) or not self.env["crm.stage"]._ids_of_roles(*ROLES):
            return totals
        by_stage = team_results.get("stage_id", {}).values()
        counts = [count for count in by_stage if isinstance(count, dict)]
        if not counts:
            return totals
        first = max(counts, key=lambda count: count["lost"])
        return first["won"], first["lost"], first["won"] + first["lost"]
