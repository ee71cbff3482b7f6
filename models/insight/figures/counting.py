# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from typing import NamedTuple

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools.proportion import wilson_interval
from .buying import asked_once

_logger = logging.getLogger(__name__)

# What building a condition raises where a field is gone.
BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    UserError,
)
# What the database raises then.
REFUSED = (psycopg2.DataError, psycopg2.ProgrammingError)


class Count(NamedTuple):
    """What was counted of a figure in one period."""

    num: int = 0
    den: int = None
    amount: float = None

    @classmethod
    def sum(cls, counts):
        """Return what was counted in several periods together; medians do not add up."""
        counts = list(counts)
        dens = [one.den for one in counts if one.den is not None]
        return cls(
            sum(one.num for one in counts),
            sum(dens) if dens else None,
            sum(one.amount or 0.0 for one in counts),
        )

    def value(self, figure):
        """Return the figure itself: a number, or None where there is none."""
        if figure.unit == "count":
            return self.num
        if figure.unit == "share":
            return self.num / self.den if self.den else None
        return self.amount if self.num else (0.0 if figure.unit == "money" else None)

    def interval(self, figure):
        """Return between what a share may lie; None for what is no share."""
        if figure.unit != "share" or not self.den:
            return (None, None)
        return wilson_interval(self.num, self.den)


class Counter:
    """Figures become one statement, with a part for each source, whatever the number of records.

    Reads as the user who asks does: what he may not see is not counted. A figure that no
    longer fits the database (a field was removed) is left out; the others stand.
    """

    def __init__(self, env, span, scope):
        """
        :param Span span: the periods.
        :param Scope scope: whose records.
        """
        self.env, self.span, self.scope = env, span, scope
        self.errors = {}

    def count(self, figures):
        """Count figures in all periods.

        :param figures: Figure objects.
        :return: by code a list of Counts, one for each period, the earliest first; of a
            stock what is so now. What failed is in ``errors``, by code.
        :rtype: dict[str, list[Count]]
        """
        by_source = {}
        for figure in figures:
            by_source.setdefault(figure.source.key, []).append(figure)
        with asked_once(self.env):
            return self._tried(list(by_source.values()))

    def _tried(self, groups):
        """Count groups of figures, each of one source; where one is broken, one by one."""
        if not groups:
            return {}
        try:
            with self.env.cr.savepoint(flush=False):
                return self._run(groups)
        except (*BROKEN, *REFUSED) as error:
            if len(groups) > 1:
                parts = [[group] for group in groups]
            elif len(groups[0]) > 1:
                parts = [[[figure]] for figure in groups[0]]
            else:
                code = groups[0][0].code
                _logger.warning("Figure %s: %s", code, error)
                self.errors[code] = str(error).strip().splitlines()[0][:200]
                return {}
        return {k: v for part in parts for k, v in self._tried(part).items()}

    def _run(self, groups):
        parts, asked = [], []
        for figures in groups:
            source = figures[0].source
            if self.env.get(source.model) is None:
                continue
            try:
                parts.append(self._part(len(asked), source, figures))
            except AccessError:
                continue  # It is not for him: he is told of the others.
            asked.append(figures)
        if not parts:
            return {}
        union = SQL(" UNION ALL ").join(SQL("(%s)", part) for part in parts)
        counts = {
            figure.code: [Count(0, 0 if figure.cases else None)]
            * (1 if figure.is_stock else self.span.count)
            for figures in asked
            for figure in figures
        }
        for place, bucket, values in self.env.execute_query(union):
            for number, figure in enumerate(asked[place]):
                num, den, amount = values[3 * number : 3 * number + 3]
                counts[figure.code][bucket - 1] = Count(
                    int(num), None if den is None else int(den), amount
                )
        return counts

    def _part(self, place, source, figures):
        """Return the statement of the figures of a source."""
        Model, now = self.env[source.model], self.span.now
        domain = source.base(now) & self.scope.domain(source)
        if not source.is_stock:
            domain &= self.span.domain(source, whole=True)
        query = Model._search(domain)
        columns = [
            column
            for figure in figures
            for column in self._columns(Model, query, figure)
        ]
        query.order = query.limit = None
        bucket = SQL("1")
        if source.trail:
            bucket = self._trail(Model, query, source)
            query.groupby = SQL("2")
        elif not source.is_stock:
            bucket = SQL(
                "width_bucket(%s, %s::timestamp[])",
                moment_sql(Model, query, source),
                self.span.edges,
            )
            query.groupby = SQL("2")
        return query.select(
            SQL("%s::int AS place", place),
            SQL("%s AS bucket", bucket),
            SQL("ARRAY[%s]::float8[] AS values", SQL(", ").join(columns)),
        )

    def _trail(self, Model, query, source):
        """Join the periods that a record is looked back at from, and return their number."""
        rows = [
            SQL("(%s, %s::timestamp, %s::timestamp)", number, *trail)
            for number, trail in enumerate(self.span.trails(source), 1)
        ]
        moment = moment_sql(Model, query, source)
        query.add_join(
            "JOIN",
            "trail",
            SQL("(SELECT * FROM (VALUES %s) AS row(number, since, until))",
                SQL(", ").join(rows)),
            SQL("%s >= trail.since AND %s < trail.until", moment, moment),
        )  # fmt: skip
        return SQL("trail.number")

    def _columns(self, Model, query, figure):
        """Return three columns of a figure: hits, cases, and its amount."""
        now = self.span.now
        hits = condition(Model, query, figure.domain(now))
        yield SQL("count(*) FILTER (WHERE %s)", hits)
        if figure.cases:
            cases = condition(Model, query, figure.cases_domain(now))
            yield SQL("count(*) FILTER (WHERE %s)", cases)
        else:
            yield SQL("NULL")
        if not figure.measure:
            yield SQL("NULL")
        elif figure.unit == "money":
            yield SQL(
                "COALESCE(sum(%s) FILTER (WHERE %s), 0)::float8",
                figure.measure(Model, query),
                hits,
            )
        else:
            yield SQL(
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY (%s)::float8)"
                " FILTER (WHERE %s)",
                figure.measure(Model, query),
                hits,
            )

    def domains(self, figure):
        """Return what a click opens: the domain of the hits in the last period, and of the cases.

        :rtype: tuple[Domain, Domain]
        """
        source, now = figure.source, self.span.now
        whole = source.base(now) & self.scope.domain(source)
        if not source.is_stock:
            whole &= self.span.domain(source)
        return whole & figure.domain(now), whole & figure.cases_domain(now)


def condition(Model, query, domain):
    """Return a domain as an SQL condition on a query over a model."""
    domain = Domain(domain).optimize_full(Model)
    if domain.is_true():
        return SQL("TRUE")
    if domain.is_false():
        return SQL("FALSE")
    return domain._to_sql(Model, Model._table, query)


def moment_sql(Model, query, source):
    """Return when a record of a source happens, in SQL."""
    if source.moment == "received":
        return SQL(
            "COALESCE(%s, %s)",
            Model._field_to_sql(Model._table, "received_on", query),
            Model._field_to_sql(Model._table, "create_date", query),
        )
    return Model._field_to_sql(Model._table, source.moment, query)
