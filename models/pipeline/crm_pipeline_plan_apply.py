# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...tools.pipeline import ROLES, WON_ROLES
from .crm_pipeline_plan import DAYS_TO_ROT, FOLDED, GATES

COLORS = dict(zip(ROLES, (11, 4, 3, 5, 8, 10, 2, 1), strict=True))


class CrmPipelinePlan(models.AbstractModel):
    """The application of a plan, and its record."""

    _inherit = "crm.pipeline.plan"

    # === APPLICATION === #

    @api.model
    def _apply(self, plan, team):
        """Do what the plan says.

        :param dict plan: as :meth:`_make` returns it, without problems.
        :param team: crm.team that it is for; empty for all.
        :return: the record of what was done.
        :rtype: crm.pipeline.setup.log
        """
        Line = self.env["crm.pipeline.setup.log.line"]
        changed = (
            self.env["crm.stage"].browse({*plan["values"], *plan["renamed"]}).sorted()
        )
        names = {stage.id: stage.name for stage in changed}
        before = Line._rows_of(changed)
        added = self._write_stages(changed, plan)
        after = Line._rows_of(changed + added)
        lines = [
            {
                "stage_id": stage.id,
                "name": names.get(stage.id, stage.name),
                "kind": "changed" if stage in changed else "added",
                "before": before.get(stage.id),
                "after": after[stage.id],
                "description": self._line_description(stage, plan, stage in added),
            }
            for stage in changed + added
        ]
        day = fields.Date.context_today(self)
        values = {
            "name": self.env._("Stages set up on %(date)s", date=day),
            "team_id": team.id,
            "summary": "\n".join(plan["sentences"]),
            "line_ids": [(0, 0, line) for line in lines],
        }
        # sudo: the record of a set-up is read-only, so that it can be trusted.
        log = self.env["crm.pipeline.setup.log"].sudo().create(values)
        self._add_gates(changed + added, plan["gated"], log)
        return log.sudo(False)

    @api.model
    def _write_stages(self, changed, plan):
        """Change and add the stages of a plan.

        :param changed: the stages that exist and get other values or names.
        :return: the added stages.
        """
        for stage in changed:
            if values := plan["values"].get(stage.id):
                stage.write(values)
            if role := plan["renamed"].get(stage.id):
                stage.update_field_translations("name", stage._role_names(role))
        values_list = [self._stage_values(values) for values in plan["added"]]
        added = self.env["crm.stage"].create(values_list)
        for stage in added:
            stage.update_field_translations("name", stage._role_names(stage.lead_role))
        self._complete_statistics(added)
        return added

    @api.model
    def _add_gates(self, stages, roles, log):
        """Give stages their usual demands, where they have none of their own."""
        Gate = self.env["crm.stage.gate"].with_context(active_test=False)
        has_gates = Gate.search([("stage_id", "in", stages.ids)]).stage_id
        values = [
            {**gate, "active": active, "stage_id": stage.id, "setup_log_id": log.id}
            for stage in stages - has_gates
            if stage.lead_role in roles
            for gate, active in GATES[stage.lead_role]
        ]
        Gate.create(values)

    @api.model
    def _stage_values(self, values):
        """Return the values of a stage to add."""
        role = values["lead_role"]
        return {
            **values,
            "name": self.env["crm.stage"]._role_labels()[role],
            "team_ids": [(6, 0, values["team_ids"])],
            "is_won": role in WON_ROLES,
            "fold": role in FOLDED,
            "color": COLORS[role],
            "rotting_threshold_days": DAYS_TO_ROT.get(role, 0),
            "requirements": self.env["crm.stage"]._role_hints()[role],
        }

    @api.model
    def _line_description(self, stage, plan, is_added):
        if is_added:
            return self.env._("Added")
        labels = {"lead_role": self.env._("role"), "is_won": self.env._("won stage")}
        labels |= {"fold": self.env._("folded"), "sequence": self.env._("place number")}
        labels["rotting_threshold_days"] = self.env._("days to rot")
        names = [labels[name] for name in plan["values"].get(stage.id, {})]
        if stage.id in plan["renamed"]:
            names.append(self.env._("name"))
        return ", ".join(names)

    @api.model
    def _complete_statistics(self, added):
        """Give the added stages the counts that they would have had all along.

        Odoo counts a won lead for every stage and a lost one for its stage and those before
        it. A stage without counts, between others that have them, would make its leads look
        as if nobody had ever won from there.
        """
        # sudo: Odoo's own statistics, which nobody but its engine writes.
        Frequency = self.env["crm.lead.scoring.frequency"].sudo()
        rows = Frequency.search([("variable", "=", "stage_id")])
        order = list(self.env["crm.stage"]._rows())
        values = []
        for team, of_team in rows.grouped("team_id").items():
            by_stage = of_team.grouped("value")
            won = max(of_team.mapped("won_count"))
            for stage in added.filtered(lambda stage: stage.lead_role not in FOLDED):
                later = order[order.index(stage.id) + 1 :]
                known = (
                    by_stage[str(i)].lost_count for i in later if str(i) in by_stage
                )
                values.append(
                    {
                        "variable": "stage_id",
                        "value": str(stage.id),
                        "won_count": won,
                        "lost_count": next(known, 0.1),
                        "team_id": team.id,
                    }
                )
        Frequency.create(values)
