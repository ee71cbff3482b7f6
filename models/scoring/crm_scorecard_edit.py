# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who edits a scorecard that grades leads has the leads graded again, in the background."""

from odoo import api, models
from odoo.fields import Domain

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
        if self.env.context.get("import_file"):
            vals_list = [self._from_file(vals) for vals in vals_list]
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

    @api.model
    def _from_file(self, vals):
        """Return values that come from a file, maybe of another database."""
        return vals

    def _rescore(self):
        self.env["crm.score.engine"]._rescore_edited(self.scorecard_id)


class CrmScorecardRule(models.Model):
    _name = "crm.scorecard.rule"
    _inherit = ["crm.scorecard.rule", "crm.scorecard.part.mixin"]

    @api.model
    def _from_file(self, vals):
        # There its numbers meant other records: somebody has to look.
        if not vals.get("domain") or not self._names_ids(vals["domain"]):
            return vals
        reason = self.env._(
            "The condition came from a file and names records by their number, which may be"
            " another one here. Choose the records, then activate the rule."
        )
        return {**vals, "active": False, "broken_reason": reason}

    @api.model
    def _names_ids(self, text):
        """Tell whether a condition names records by their ids."""
        try:
            domain = self._parse_domain(text)
        except (ValueError, SyntaxError, TypeError):
            return False  # refused when it is saved
        return self._domain_names_ids(self.env["crm.lead"], domain)

    @api.model
    def _domain_names_ids(self, model, domain):
        for condition in domain.iter_conditions():
            field, comodel, value = None, model, condition.value
            for name in condition.field_expr.split("."):
                field = comodel._fields.get(name)
                if not field or not field.relational:
                    break
                comodel = self.env[field.comodel_name]
            if condition.operator in ("any", "not any"):
                if self._domain_names_ids(comodel, Domain(value)):
                    return True
                continue
            is_many = hasattr(value, "__iter__") and not isinstance(value, str)
            is_record = field and (field.relational or field.name == "id")
            if is_record and any(
                type(v) is int for v in (value if is_many else [value])
            ):
                return True
        return False


class CrmScorecardGrade(models.Model):
    _name = "crm.scorecard.grade"
    _inherit = ["crm.scorecard.grade", "crm.scorecard.part.mixin"]


class CrmScorecardGroup(models.Model):
    _name = "crm.scorecard.group"
    _inherit = ["crm.scorecard.group", "crm.scorecard.part.mixin"]


class CrmScorecard(models.Model):
    _inherit = "crm.scorecard"

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("import_file"):
            # A file retires no scorecard that is live: who wants that presses the button.
            vals_list = [{**vals, "state": "draft"} for vals in vals_list]
        return super().create(vals_list)

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
