# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ...tools import naive_bayes
from ..common.field_kinds import OUTCOME, kind_of


class CrmScorecard(models.Model):
    """What other ways of scoring say of the same leads."""

    _inherit = "crm.scorecard"

    def _evaluate_odoo(self, leads, won):
        """Return what Odoo's method says of the leads: each half learned from the other."""
        Facts = self.env["crm.score.facts"]
        names = [
            name
            for name in leads._pls_get_safe_fields()
            if leads._fields[name].store and kind_of(leads._fields[name]) != OUTCOME
        ]
        facts = {
            key: values for key, (_kind, values) in Facts._read(leads, names).items()
        }
        result = [0.0] * len(won)
        for half in (0, 1):
            own = [place for place in range(len(won)) if place % 2 == half]
            other = [place for place in range(len(won)) if place % 2 != half]
            counts = naive_bayes.frequencies(
                {
                    key: [values[place] for place in other]
                    for key, values in facts.items()
                },
                [won[place] for place in other],
            )
            chances = naive_bayes.probabilities(
                counts,
                {
                    key: [values[place] for place in own]
                    for key, values in facts.items()
                },
            )
            for place, chance in zip(own, chances or [0.5] * len(own), strict=True):
                result[place] = chance
        return result

    def _evaluate_live(self, leads):
        """Return the points of the live scorecard, or None where this one is it."""
        live = self.search(
            [("state", "=", "live"), ("company_id", "in", [self.company_id.id, False])],
            order="company_id",
            limit=1,
        )
        if not live or live == self:
            return None
        points = self.env["crm.score.engine"]._points(leads, live)
        return [points[lead_id] for lead_id in leads.ids]
