# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
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
        return forgetting.slower(
            self.rate, days, self.factor, self.threshold, self.max_days
        )

    def next_touch(self, facts):
        """Return when to be in touch again, before it is moved into working time.

        Who was never contacted is to be answered until his deadline; without one, after the
        least number of days.
        """
        if facts.touched_on:
            days = forgetting.interval(
                self.k(facts.days), self.threshold, self.min_days
            )
            return facts.touched_on + timedelta(seconds=round(days * 86400))
        if facts.response_deadline and not facts.answered_on:
            return facts.response_deadline
        return facts.received_on + timedelta(seconds=round(self.min_days * 86400))
