# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from ....tools import forgetting


class Curve(NamedTuple):
    """The numbers of a policy."""

    rate: float
    threshold: float
    factor: float
    min_days: float
    max_days: float

    @classmethod
    def of(cls, values):
        """Return the curve of a policy, from the values of its RuleRow.

        :raise ValueError: where its numbers cannot be, see tools/forgetting.py.
        """
        return cls(
            forgetting.rate(values["first_days"], values["threshold"]),
            values["threshold"],
            values["factor"],
            values["min_days"],
            values["max_days"],
        )

    def k(self, days):
        """Return how fast a lead forgets after contacts on so many days."""
        return _k(self, days)

    def interval(self, days):
        """Return how long to wait after contacts on so many days."""
        return _interval(self, days)

    def next_touch(self, facts):
        """Return when to be in touch again, before it is moved into working time.

        Who was never contacted is to be answered until his deadline; without one, after the
        least number of days.
        """
        if facts.touched_on:
            return facts.touched_on + self.interval(facts.days)
        if facts.response_deadline and not facts.answered_on:
            return facts.response_deadline
        return facts.received_on + timedelta(seconds=round(self.min_days * 86400))


@lru_cache(maxsize=10_000)
def _k(curve, days):
    return forgetting.slower(
        curve.rate, days, curve.factor, curve.threshold, curve.max_days
    )


@lru_cache(maxsize=10_000)
def _interval(curve, days):
    days = forgetting.interval(_k(curve, days), curve.threshold, curve.min_days)
    return timedelta(seconds=round(days * 86400))
