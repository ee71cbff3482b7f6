# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""A year of a live scorecard, month by month, with its reviews."""

import random
from datetime import timedelta

from odoo.tools import SQL

from ...models.scoring.judging.reviewer import REVIEW_DAYS, Reviewer

# Leads that come in each month.
MONTHLY = 200
# The share of the leads of each grade, and how many of them are won.
SHARES = {1: 0.2, 2: 0.25, 3: 0.25, 4: 0.2, 5: 0.1}
RATES = {1: 0.05, 2: 0.15, 3: 0.3, 4: 0.5, 5: 0.7}
WORSE_SHARES = {1: 0.45, 2: 0.3, 3: 0.15, 4: 0.07, 5: 0.03}
CITIES = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}


class Year:
    """Leads that come, are graded and closed, month by month; the scorecard reads their city.

    :param datetime start: when the scorecard was published, in UTC.
    :param int seed: of what chance does.
    """

    def __init__(self, env, start, seed=1):
        self.env, self.start, self.chance = env, start, random.Random(seed)
        self.card = env["crm.scorecard"].create(
            {
                "name": "Year",
                "state": "live",
                "company_id": env.company.id,
                "rule_ids": [
                    (
                        0,
                        0,
                        {
                            "name": city,
                            "points": 20 * (grade - 1),
                            "domain": repr([("city", "=", city)]),
                        },
                    )
                    for grade, city in CITIES.items()
                ],
            }
        )
        self.card.live_from = start

    def months(self, worse_from=None, months=12):
        """Yield what the review of each month says.

        :param int worse_from: the month from which other leads come, and the grade tells
            nothing of who buys any more; None: never.
        """
        for month in range(-1, months):
            worse = worse_from is not None and month + 1 >= worse_from
            begin = self.start + timedelta(days=REVIEW_DAYS * month)
            self._leads(begin, WORSE_SHARES if worse else SHARES, worse)
            if month < 0:
                # What it was judged by on the day on which it was published.
                self.card._evaluate([])
                continue
            yield Reviewer(self.card).review(begin + timedelta(days=REVIEW_DAYS))

    def _leads(self, begin, shares, worse):
        """Insert the leads of a month: graded as they come, closed within the month."""
        rows = []
        grades = self.chance.choices(list(shares), list(shares.values()), k=MONTHLY)
        for number, grade in enumerate(grades):
            came = begin + timedelta(days=20 * number / MONTHLY, minutes=1)
            won = self.chance.random() < (0.3 if worse else RATES[grade])
            rows.append(
                SQL(
                    "('Lead', 'opportunity', %s, %s, %s::timestamp, %s::timestamp,"
                    " %s::timestamp, %s, %s)",
                    won,
                    "won" if won else "lost",
                    came,
                    came + timedelta(days=5),
                    came + timedelta(days=5),
                    CITIES[grade],
                    grade,
                )
            )
        found = self.env.execute_query(
            SQL(
                "INSERT INTO crm_lead (name, type, active, won_status, create_date,"
                " date_closed, write_date, city, lead_grade) VALUES %s"
                " RETURNING id, lead_grade, create_date",
                SQL(", ").join(rows),
            )
        )
        self.env.execute_query(
            SQL(
                "INSERT INTO crm_lead_grade_log (lead_id, scorecard_id, from_grade, to_grade,"
                " create_date) VALUES %s RETURNING id",
                SQL(", ").join(
                    SQL("(%s, %s, 0, %s, %s)", lead_id, self.card.id, grade, came)
                    for lead_id, grade, came in found
                ),
            )
        )
        self.env.invalidate_all()
