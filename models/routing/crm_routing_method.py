# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...tools import distribution

# Methods whose candidates stand in a fixed order: the first who can takes the lead.
IN_ORDER = ("fixed", "account_owner", "capturer")


class CrmRoutingMethod(models.AbstractModel):
    """Chooses one person among those who can take a lead."""

    _name = "crm.routing.method"
    _description = "Ways to choose an owner"

    @api.model
    def _choose(self, run, row, able, facts, turn):
        """Choose one person.

        :param Run run: the state of the engine.
        :param RuleRow row: the rule.
        :param list[Candidate] able: those who can take the lead, at least one.
        :param LeadFacts facts: the lead.
        :param int turn: the turn of those who can take it; None where the method needs none.
        :return: the person, and what was compared: lists in the order of ``able``, by name,
            and how many were level (``ties``).
        :rtype: tuple[Candidate, dict]
        """
        method = row.values["method"]
        if method in IN_ORDER:
            return able[0], {}
        if method == "weighted":
            weights = [person.weight for person in able]
            # Juniors who learn may have no share; they take turns then.
            at = distribution.by_weighted_turn(turn, weights)
            return able[turn % len(able) if at is None else at], {"weight": weights}
        if method == "least_loaded":
            loads = self._loads(able)
            ties = loads.count(min(loads))
            winner = able[distribution.by_least(loads, turn)]
            return winner, {"load": loads, "ties": ties}
        if method == "best_match":
            fit = self.env["crm.routing.history"]._fit(
                run.history, [person.user_id for person in able], facts.traits
            )
            rates = [fit[person.user_id][0] for person in able]
            winner = able[distribution.by_least([-rate for rate in rates], turn)]
            return winner, {
                "rate": [round(rate * 100) for rate in rates],
                "cases": [fit[person.user_id][1] for person in able],
                "ties": rates.count(max(rates)),
            }
        return able[distribution.by_turn(turn, len(able))], {}

    @api.model
    def _loads(self, able):
        """Return how much the candidates have to do.

        Who just came back from an absence has little to do, and would get all leads until he
        has as much as the others. He counts as being as busy as the least busy of them.
        """
        present = [person.load.effort for person in able if not person.returned]
        least = min(present, default=0)
        return [
            max(person.load.effort, least) if person.returned else person.load.effort
            for person in able
        ]
