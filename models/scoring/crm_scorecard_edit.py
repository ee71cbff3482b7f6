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


class CrmScorecardRule(models.Model):
    _name = "crm.scorecard.rule"
    _inherit = ["crm.scorecard.rule", "crm.scorecard.part.mixin"]


class CrmScorecardGrade(models.Model):
    _name = "crm.scorecard.grade"
    _inherit = ["crm.scorecard.grade", "crm.scorecard.part.mixin"]


class CrmScorecardGroup(models.Model):
    _name = "crm.scorecard.group"
    _inherit = ["crm.scorecard.group", "crm.scorecard.part.mixin"]


class CrmScorecard(models.Model):
    _inherit = "crm.scorecard"

    def write(self, vals):
        pilots = self.filtered(lambda card: card.state == "pilot")
        result = super().write(vals)
        if not {"pilot_team_ids", "pilot_share", "company_id"}.isdisjoint(vals):
            self.env["crm.score.engine"]._rescore_edited(self)
        if pilots.filtered(lambda card: card.state != "pilot"):
            # Their leads are graded by the live one again.
            live = self.search([("state", "=", "live")])
            self.env["crm.score.engine"]._rescore_edited(live)
        return result
