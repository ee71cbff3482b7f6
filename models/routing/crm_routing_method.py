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
        :param int turn: the rule's turn.
        :return: the person, and what was compared, by user id (numbers for the log).
        :rtype: tuple[Candidate, dict]
        """
        method = row.values["method"]
        if method in IN_ORDER:
            return able[0], {}
        if method == "weighted":
            weights = [candidate.weight for candidate in able]
            winner = able[distribution.by_weighted_turn(turn, weights)]
            return winner, {c.user_id: {"weight": c.weight} for c in able}
        if method == "least_loaded":
            loads = [candidate.load.effort for candidate in able]
            winner = able[distribution.by_least(loads, turn)]
            return winner, {c.user_id: {"load": c.load.effort} for c in able}
        if method == "best_match":
            fit = self.env["crm.routing.history"]._fit(
                run.history, [candidate.user_id for candidate in able], facts.traits
            )
            winner = able[
                distribution.by_least([-fit[c.user_id][0] for c in able], turn)
            ]
            return winner, {
                user_id: {"rate": round(rate * 100), "cases": cases}
                for user_id, (rate, cases) in fit.items()
            }
        return able[distribution.by_turn(turn, len(able))], {}

    @api.model
    def _juniors(self, row, verdicts, turn):
        """Return the juniors who may learn from this lead, or an empty list.

        A share of the leads of a rule goes to juniors, even where the rule asks for more
        experience; the share is spread evenly over the turns.

        :param list verdicts: ``[(Candidate, code)]``.
        """
        share = row.values["growth_share"] or 0
        if (turn + 1) * share // 100 == turn * share // 100:
            return []
        return [
            candidate
            for candidate, code in verdicts
            if candidate.seniority == 1 and code in ("", "seniority")
        ]
