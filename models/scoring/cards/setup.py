# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple


class ScorecardSetup(NamedTuple):
    """What the engine knows about a scorecard: plain values, no record."""

    id: int = 0  # 0: of one that is not there yet
    company_id: int = False
    state: str = "draft"
    grades: tuple = ()  # (grade, threshold, band), best first
    mql_grade: int = 6  # 6: no grade is good enough
    caps: dict = {}  # group id: (floor or None, ceiling or None)
    plans: dict = {}  # grade: the plan that it launches
    pilot_team_ids: tuple = ()
    pilot_share: int = 0  # in percent; 0: not by share

    @classmethod
    def of(cls, card):
        """Return what the engine needs to know about a crm.scorecard."""
        rows = card.grade_ids.sorted("grade", reverse=True)
        return cls(
            id=card.id,
            company_id=card.company_id.id,
            state=card.state,
            grades=tuple((row.grade, row.threshold, row.band) for row in rows),
            mql_grade=min(rows.filtered("is_mql").mapped("grade"), default=6),
            caps={group.id: group._limits() for group in card.group_ids},
            plans={row.grade: row.plan_id.id for row in rows if row.plan_id},
            pilot_team_ids=tuple(card.pilot_team_ids.ids),
            pilot_share=card.pilot_share,
        )
