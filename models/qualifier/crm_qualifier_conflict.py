# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from itertools import combinations

from odoo import api, fields, models

from ...tools.contradiction import contradiction


class CrmQualifier(models.Model):
    """Qualifiers that contradict each other: said on their form, never in the way."""

    _inherit = "crm.qualifier"

    conflict_note = fields.Char(
        compute="_compute_conflict_note",
        help="Other qualifiers that no lead can pass together with this one.",
    )

    @api.depends(
        "kind",
        "importance",
        "domain",
        "active",
        "company_id",
        "team_ids",
        "persona_ids",
    )
    @api.depends_context("lang")
    def _compute_conflict_note(self):
        facts = {
            qualifier: qualifier._needed_conditions()
            for qualifier in self.search([("kind", "=", "fact")]) | self
        }
        notes = {}
        for one, two in combinations([q for q, needed in facts.items() if needed], 2):
            name = one._may_meet(two) and contradiction(facts[one] + facts[two])
            if name:
                for this, other in ((one, two), (two, one)):
                    notes.setdefault(this.id, []).append(
                        self.env._(
                            '"%(qualifier)s" asks for another %(field)s',
                            qualifier=other.name,
                            field=self._path_label(name),
                        )
                    )
        for qualifier in self:
            qualifier.conflict_note = "; ".join(notes.get(qualifier.id, ())) or False

    def _needed_conditions(self):
        """Return the conditions that must all hold to pass this fact, as far as is certain.

        :return: (path, operator, value) of the conditions on single values; empty where the
            fact decides nothing, or is more than a list of conditions.
        :rtype: list[tuple]
        """
        self.ensure_one()
        if self.kind != "fact" or self.importance == "nice_to_have" or not self.active:
            return []
        try:
            domain = self._parse_domain(self.domain)
        except (ValueError, SyntaxError, TypeError):
            return []  # Being typed: the check on saving says what is wrong.
        if any(part in ("|", "!") for part in list(domain)):
            return []
        return [
            (condition.field_expr, condition.operator, condition.value)
            for condition in domain.iter_conditions()
            if self._is_single(condition.field_expr)
        ]

    @api.model
    def _is_single(self, path):
        """Tell whether a path from the lead leads to one value, not to many."""
        model = self.env["crm.lead"]
        for name in path.split("."):
            field = model._fields.get(name)
            if not field or field.type in ("one2many", "many2many", "properties"):
                return False
            model = self.env[field.comodel_name] if field.relational else model
        return True

    def _may_meet(self, other):
        """Tell whether some lead may have to pass both this qualifier and the other."""
        return all(
            not mine or not theirs or mine & theirs
            for mine, theirs in (
                (self.team_ids, other.team_ids),
                (self.persona_ids, other.persona_ids),
                (self.company_id, other.company_id),
            )
        )

    @api.model
    def _path_label(self, path):
        """Return what the first field of a path is called."""
        field = self.env["crm.lead"]._fields[path.split(".")[0]]
        return field._description_string(self.env)
