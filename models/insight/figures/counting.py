# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from typing import NamedTuple

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools.proportion import wilson_interval
from .buying import asked_once
from .conditions import Conditions, moment_sql
from .figure import everything

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

# Of numbers put together: as an aggregate beside others it would have the database sort all
# rows by their period first, in one process.
MEDIAN = (
    "(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY one) FROM unnest(%s) AS one)"
)


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
        self.errors, self.counted = {}, {}
        self.tables = {}

    def count(self, figures, tables=()):
        """Count figures in all periods.

        :param figures: Figure objects.
        :param tables: Table objects. What is so now is looked through once: a table of it is
            counted with its figures, and is in ``counted``: how many by key, by its code.
        :return: by code a list of Counts, one for each period, the earliest first; of a
            stock what is so now. What failed is in ``errors``, by code.
        :rtype: dict[str, list[Count]]
        """
        self.tables = {one.source.key: one for one in tables if self._goes_along(one)}
        by_source = {}
        for figure in figures:
            by_source.setdefault(figure.source.key, []).append(figure)
        with asked_once(self.env):
            return self._tried(list(by_source.values()))

    def _goes_along(self, table):
        """Tell whether the numbers of a table are those of its source, by a column of it."""
        fields = getattr(self.env.get(table.source.model), "_fields", {})
        field = fields.get(table.field)
        is_column = field is not None and field.store and field.type != "many2many"
        is_all = table.source.is_stock and table.hits is None
        return is_column and is_all and table.cases is everything

    def _table(self, figures):
        """Return the table that is counted with the figures of a source, or None."""
        # Medians do not add up.
        if any(map(has_median, figures)):
            return None
        return self.tables.get(figures[0].source.key)

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
        for place, bucket, key, number, values in self.env.execute_query(union):
            self._add(counts, asked[place], bucket - 1, values)
            if table := self._table(asked[place]):
                self.counted.setdefault(table.code, {})[key] = number
        return counts

    def _add(self, counts, figures, bucket, values):
        """Put the numbers of the figures of a source in a period, as they came, to the others."""
        # The medians stand behind what adds up.
        medians = iter(values[3 * len(figures) :])
        for place, figure in enumerate(figures):
            num, den, amount = values[3 * place : 3 * place + 3]
            if has_median(figure):
                amount = next(medians)
            one = Count(int(num), None if den is None else int(den), amount)
            mine = counts[figure.code]
            mine[bucket] = (
                Count.sum((mine[bucket], one)) if self._table(figures) else one
            )

    def _part(self, place, source, figures):
        """Return the statement of the figures of a source."""
        Model = self.env[source.model]
        asked = self._asked(Model, source, figures)
        query, bucket = self._periods(Model, source, asked)
        key = SQL("NULL")
        if table := self._table(figures):
            key = Model._field_to_sql(Model._table, table.field, query)
            query.groupby = SQL("2")
        conditions = Conditions(Model, query)
        columns = [
            column
            for figure in figures
            for column in self._columns(conditions, figure, asked)
        ]
        measured = [
            self._measured(conditions, figure) for figure in filter(has_median, figures)
        ]
        names = [SQL.identifier(f"measured_{n}") for n in range(len(measured))]
        added = query.select(
            SQL("%s AS bucket", bucket),
            SQL("%s AS key", key),
            SQL("count(*) AS number"),
            SQL("ARRAY[%s]::float8[] AS values", SQL(", ").join(columns)),
            *(SQL("%s AS %s", *one) for one in zip(measured, names, strict=True)),
        )
        medians = [SQL(MEDIAN, name) for name in names]
        return SQL(
            "SELECT %s::int AS place, bucket, key::varchar, number,"
            " values || ARRAY[%s]::float8[] FROM (%s) AS one",
            place,
            SQL(", ").join(medians),
            added,
        )

    def _asked(self, Model, source, figures):
        """Return what holds for all records of leads that figures count; the leads: all.

        What no figure counts need not be looked up among the leads.
        """
        if not source.lead:
            return Domain.TRUE
        now = self.span.now
        counted = (
            one.cases_domain(now) if one.cases else one.domain(now) for one in figures
        )
        return Domain.OR(counted).optimize(Model)

    def _periods(self, Model, source, domain):
        """Return the query over the records of a source, by their period, and that in SQL."""
        domain &= source.base(self.span.now) & self.scope.domain(source)
        if not source.is_stock:
            domain &= self.span.domain(source, whole=True)
        query = Model._search(domain)
        query.order = query.limit = None
        if source.is_stock:
            return query, SQL("1")
        query.groupby = SQL("1")
        if source.trail:
            return query, self._trail(Model, query, source)
        moment = moment_sql(Model, query, source)
        return query, SQL("width_bucket(%s, %s::timestamp[])", moment, self.span.edges)

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

    def _columns(self, conditions, figure, asked=Domain.TRUE):
        """Return three columns of a figure: hits, cases, and its amount, unless a median.

        :param Conditions conditions: on the query whose rows are counted.
        :param Domain asked: what holds for all of them.
        """
        now, Model = self.span.now, conditions.Model
        cases, hits = figure.cases_domain(now), figure.domain(now)
        is_some = not asked.is_true()
        if is_some and figure.cases and cases.optimize(Model) == asked:
            cases, hits = Domain.TRUE, figure.hits(now)
        elif is_some and hits.optimize(Model) == asked:
            hits = Domain.TRUE
        hits = conditions.sql(hits)
        yield SQL("count(*) FILTER (WHERE %s)", hits)
        if figure.cases:
            yield SQL("count(*) FILTER (WHERE %s)", conditions.sql(cases))
        else:
            yield SQL("NULL")
        if figure.unit != "money" or not figure.measure:
            yield SQL("NULL")
            return
        measure = figure.measure(Model, conditions.query)
        yield SQL("COALESCE(sum(%s) FILTER (WHERE %s), 0)::float8", measure, hits)

    def _measured(self, conditions, figure):
        """Return the numbers whose median a figure is, in SQL."""
        return SQL(
            "array_agg((%s)::float8) FILTER (WHERE %s)",
            figure.measure(conditions.Model, conditions.query),
            conditions.sql(figure.domain(self.span.now)),
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


def has_median(figure):
    """Tell whether the value of a figure is a median."""
    return bool(figure.measure) and figure.unit != "money"
