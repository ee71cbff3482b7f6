# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple

from odoo import api, models

from ..common.crm_config_mixin import kept


class ScorecardSetup(NamedTuple):
    """What the engine knows about a scorecard: plain values, no record."""

    id: int
    company_id: int
    state: str
    grades: tuple  # (grade, threshold, band), best first
    mql_grade: int  # 6: no grade is good enough
    caps: dict  # group id: (floor or None, ceiling or None)
    plans: dict  # grade: the plan that it launches
    pilot_team_ids: tuple
    pilot_share: int  # in percent; 0: not by share


class CrmScorecard(models.Model):
    """What the engine keeps in memory of the scorecards in use."""

    _inherit = "crm.scorecard"

    @api.model
    def _rule_restrictions(self):
        return [*super()._rule_restrictions(), "pilot_team_ids"]

    def _rule_emptied(self):
        # Its teams count for a pilot only.
        emptied = super()._rule_emptied()
        is_pilot = self.state == "pilot"
        return [name for name in emptied if is_pilot or name != "pilot_team_ids"]

    @api.depends("state")
    def _compute_emptied_reason(self):
        super()._compute_emptied_reason()

    def _setup(self):
        """Return what the engine needs to know about this scorecard.

        :rtype: ScorecardSetup
        """
        self.ensure_one()
        rows = self.grade_ids.sorted("grade", reverse=True)
        return ScorecardSetup(
            self.id,
            self.company_id.id,
            self.state,
            tuple((row.grade, row.threshold, row.band) for row in rows),
            min(rows.filtered("is_mql").mapped("grade"), default=6),
            {group.id: group._limits() for group in self.group_ids},
            {row.grade: row.plan_id.id for row in rows if row.plan_id},
            tuple(self.pilot_team_ids.ids),
            self.pilot_share,
        )

    @api.model
    @kept()
    def _setups_in_use(self):
        """Return the scorecards that score leads, from memory.

        Pilots come first, then live ones, those of a company before the general one, then
        shadows.

        :rtype: tuple[ScorecardSetup]
        """
        order = {"pilot": 0, "live": 1, "shadow": 2}
        # sudo: scorecards count for every lead, whoever saves it.
        scorecards = (
            self.sudo()
            .with_context(active_test=True)
            .search([("state", "in", list(order))])
        )
        setups = [
            scorecard._setup()
            for scorecard in scorecards
            if not scorecard._rule_is_for_nobody()
        ]
        return tuple(
            sorted(setups, key=lambda s: (order[s.state], not s.company_id, s.id))
        )
