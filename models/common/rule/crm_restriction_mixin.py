# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmRestrictionMixin(models.AbstractModel):
    """A restriction of which nothing is left is for nobody.

    "Only these members", "for this company": empty by choice means all. But lists shrink by
    themselves, when what they hold is archived or deleted; so a record of the set-up remembers
    by which of its relations it was restricted. All rules do, and what else is for some leads
    only: it names these relations in ``_rule_restrictions()``, and leaves out who
    ``_rule_is_for_nobody()``.
    """

    _name = "crm.restriction.mixin"
    _description = "Restricted to some leads"

    # Names of the relations that restrict it: where all that they held is gone, it is not for
    # everybody now, but for nobody.
    restricted_by = fields.Char(readonly=True, export_string_translation=False)
    emptied_reason = fields.Char(
        compute="_compute_emptied_reason", export_string_translation=False
    )

    @api.model
    def _rule_restrictions(self):
        """Return the names of the relations of which the help says "Empty: all".

        A model that has more of them extends this. What it takes over from a record that it
        belongs to is that record's restriction.
        """
        company = self._fields.get("company_id")
        return ["company_id"] if company and not company.related else []

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        for rule, vals in zip(rules, vals_list, strict=True):
            # A copy of a rule whose restriction is emptied is for nobody as well.
            keep = set(filter(None, (vals.get("restricted_by") or "").split(",")))
            text = rule._rule_restricted(self._rule_restrictions(), keep)
            if text != rule.restricted_by:
                rule.restricted_by = text
        return rules

    def write(self, vals):
        result = super().write(vals)
        # What somebody chooses anew, also to be for all.
        chosen = set(self._rule_restrictions()).intersection(vals)
        for rule in self if chosen else ():
            text = rule._rule_restricted(chosen)
            if text != rule.restricted_by:
                rule.restricted_by = text
        return result

    def _rule_restricted(self, chosen, keep=()):
        """Return what to remember of a record after somebody chose some of its relations.

        :param chosen: their names.
        :param keep: names that stay, whatever the relations hold.
        :return: the value of ``restricted_by``.
        """
        self.ensure_one()
        rule = self.with_context(active_test=False)
        known = set(filter(None, (rule.restricted_by or "").split(",")))
        now = {name for name in chosen if rule[name]}
        return ",".join(sorted((known - set(chosen)) | now | set(keep))) or False

    @api.model
    def _rule_remember(self):
        """Write down what is restricted that was there before this was kept."""
        for rule in self.with_context(active_test=False).search([("id", "!=", False)]):
            rule.restricted_by = rule._rule_restricted(self._rule_restrictions())

    def _rule_emptied(self):
        """Return the names of the restrictions of which nothing is left.

        What is archived is gone as well: nobody can be matched by it any more.
        """
        self.ensure_one()
        emptied = []
        for name in filter(None, (self.restricted_by or "").split(",")):
            if name not in self._fields:
                continue
            left = self.with_context(active_test=False)[name]
            if "active" in left._fields:
                left = left.filtered("active")
            if not left:
                emptied.append(name)
        return emptied

    def _rule_is_for_nobody(self):
        """Tell whether it matches no lead, since a restriction of it is emptied."""
        return bool(self._rule_emptied())

    @api.depends(lambda self: self._rule_restrictions() + ["restricted_by"])
    @api.depends_context("lang")
    def _compute_emptied_reason(self):
        for rule in self:
            # sudo: what the rule is restricted to, whoever may see it.
            names = rule.sudo()._rule_emptied()
            labels = [self._fields[n]._description_string(self.env) for n in names]
            rule.emptied_reason = (
                self.env._(
                    "Matches no lead: what was chosen under %s is archived or deleted."
                    " Choose anew, or empty the field to have it for all.",
                    ", ".join(labels),
                )
                if names
                else False
            )
