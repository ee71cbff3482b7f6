# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .crm_config_mixin import kept
from .rule.rule_set import LEADS, Plan, RuleSet


class Info(NamedTuple):
    """A part without what it takes to compute it."""

    rules: str
    reads: frozenset
    names: tuple


class CrmLeadEvaluator(models.AbstractModel):
    """Lets the rules of several rooms speak about leads, and writes down once what they say.

    **What.** Stations give their parts (``_parts``): persona and completeness, the gate of
    the qualifiers.

    **How to use.** ``_evaluate(leads, changed)`` does what a change of fields calls for.

    **How it works.** ``crm_lead`` is wide and heavily indexed, and writing to it is what
    costs. So all parts are computed side by side and written by one UPDATE, whatever the
    number of leads; rows that do not differ are not written. A part that reads what another
    part has just written is computed again, for the leads that changed.
    """

    _name = "crm.lead.evaluator"
    _inherit = ["crm.lead.station"]
    _description = "Evaluator of leads"

    @api.model
    @kept()
    def _reads(self):
        return frozenset().union(*(part.reads for part in self._infos()))

    @api.model
    @kept()
    def _infos(self):
        """Return what is to be known of each part to see whether it is called for.

        :rtype: tuple[Info]
        """
        return tuple(
            Info(part.rules, part.reads, part.names) for part in self._all_parts()
        )

    @api.model
    def _evaluate(self, leads, changed, *, only=None):
        """Do what the change of some fields calls for.

        :param leads: crm.lead records, at any number.
        :param changed: names of the fields that changed, or None for all.
        :param only: models of rules; all when None.
        :return: by name of a field that changed in turn, the leads for which it did.
        :rtype: dict[str, crm.lead]
        """
        parts = [part for part in self._infos() if only is None or part.rules in only]
        called = [
            part for part in parts if changed is None or part.reads & frozenset(changed)
        ]
        if not leads or not called:
            return {}
        touched = self._write_found(leads, called)
        found = {name: touched for part in called for name in part.names if touched}
        for part in parts:
            others = found.keys() - set(part.names)
            if part.reads & others:
                again = self._write_found(touched, [part])
                if again:
                    touched |= again
                    found |= {
                        name: found.get(name, again) | again for name in part.names
                    }
        return found

    # === STEPS === #

    @api.model
    def _all_parts(self):
        """Return the parts of all stations, in their order.

        :rtype: list[Part]
        """
        stations = self.env["crm.lead"]._lead_stations("_parts")
        return [part for station in stations for part in station._parts()]

    @api.model
    def _write_found(self, leads, parts):
        """Write what the parts say to the leads.

        :return: the leads that changed.
        """
        names = [name for part in parts for name in part.names]
        rules = RuleSet(self.env, self._name, "_plan", *(part.rules for part in parts))
        changed = leads.browse(row[0] for row in rules.execute(leads))
        changed._lead_refresh(names)
        return changed

    @api.model
    def _plan(self, *rules):
        """Return the plan of the UPDATE with the values of the parts of some models.

        :rtype: Plan
        """
        parts = [part for part in self._all_parts() if part.rules in rules]

        def build(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            columns = [
                SQL("%s AS %s", sql, SQL.identifier(name))
                for part, conditions in zip(parts, found, strict=True)
                for name, sql in part.columns(query, conditions).items()
            ]
            values = [value for part in parts for value in part.values.values()]
            # OFFSET 0: a column that two values read is computed once.
            select = SQL(
                "SELECT id, %s FROM (%s OFFSET 0) AS found",
                SQL(", ").join(values),
                query.select(SQL("crm_lead.id"), *columns),
            )
            names = [name for part in parts for name in part.names]
            return self.env["crm.lead"]._lead_update_sql(select, names)

        return Plan([(part.rules, part.rows) for part in parts], build)
