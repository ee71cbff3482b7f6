# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who edits a scorecard that grades leads has the leads graded again, in the background."""

from odoo import api, models

# What gives no lead another grade.
WORDS = {
    "crm.scorecard.rule": {"name", "note", "sequence", "broken_reason", "kind", "domain_lang"},
    "crm.scorecard.grade": {
        "name", "response_minutes", "role", "plan_id", "pool_team_id", "advice",
    },
    "crm.scorecard.group": {"name", "sequence", "rule_ids"},
}  # fmt: skip


class CrmScorecardPartMixin(models.AbstractModel):
    """A part of a scorecard."""

    _name = "crm.scorecard.part.mixin"
    _description = "Part of a scorecard"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._rescore()
        return parts

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys() <= WORDS[self._name]:
            self._rescore()
        return result

    def unlink(self):
        cards = self.scorecard_id
        result = super().unlink()
        self.env["crm.score.engine"]._rescore_edited(cards)
        return result

    def _rescore(self):
        self.env["crm.score.engine"]._rescore_edited(self.scorecard_id)
