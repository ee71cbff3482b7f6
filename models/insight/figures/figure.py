# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a figure is: a list of records that can be opened, and the number of its rows.

A source says which records happen when; a figure, which of them are counted. Both say it as
domains, so that what is counted in the database and what a click opens are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

from odoo.fields import Domain

# Under so many cases a share is told, and not judged.
LEAST_CASES = 20


def everything(_now):
    """Return the domain of all records of a source."""
    return Domain.TRUE


@dataclass(frozen=True)
class Source:
    """Records that happen at a moment: leads by the day on which they came in, say.

    ``model``: the model that a click opens. ``moment``: the field that says when; None for
    a stock: what is so now. ``lead``: the field that leads to the lead; empty for leads.
    ``user``: the field of the person who answers for it. ``base``: called with the present,
    returns the domain of all its records. ``trail``: of a period, not what happened in it,
    but from so many up to so many months before its end.
    """

    key: str
    model: str
    moment: str = None
    lead: str = ""
    user: str = "user_id"
    base: Callable = everything
    trail: tuple = None

    @property
    def is_stock(self):
        return self.moment is None


@dataclass(frozen=True)
class Figure:
    """One figure of the board.

    ``code``: its name for other code. ``block``: the component, 1 to 9, or 10 for customers.
    ``label``, ``help``: called with the function that translates. ``hits``: called with the
    present, returns the domain of what is counted. ``cases``: for a share, that of what it is
    a share of; hits are among them. ``unit``: count, share, money, minutes, days or each.
    ``measure``: for money the SQL of the amount, for minutes, days and each that of the number
    whose median is the value; called with the model and the query. ``better``: up, down, or empty
    where more is neither. ``so_far``: what is counted may still grow after the period.
    """

    code: str
    block: int
    source: Source
    label: Callable
    hits: Callable = everything
    cases: Callable = None
    unit: str = "count"
    measure: Callable = None
    better: str = "up"
    help: Callable = None
    so_far: bool = False

    @property
    def is_stock(self):
        return self.source.is_stock

    def domain(self, now):
        """Return the domain of what is counted, within its source, at any time."""
        return self.cases_domain(now) & self.hits(now)

    def cases_domain(self, now):
        """Return the domain of what the figure is a share of."""
        return self.cases(now) if self.cases else Domain.TRUE


@dataclass(frozen=True)
class Table:
    """A small table of a block: the records of a source, by one field.

    ``hits``: what is counted of them in the second column, as for a figure; None: only how
    many there are. ``field``: the field of the source's model, which may have many values.
    ``in_order``: all rows, in the order of what they are about; else the largest ones.
    """

    code: str
    block: int
    source: Source
    field: str
    label: Callable
    hits: Callable = None
    hits_label: Callable = None
    cases: Callable = everything
    in_order: bool = False
