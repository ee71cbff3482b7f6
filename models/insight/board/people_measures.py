# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.fields import Domain
from odoo.tools import SQL

from ..figures import sources
from ..figures.conditions import condition

# A lead that came so far was qualified by Sales.
REACHED = ("qualified", "negotiation", "customer")
# Whose it was: at the end of the period, or when it was closed if that was earlier. Joined, and
# not asked for each lead: the database begins at whatever is fewer, the leads or the records.
COHORT = """
    WITH lead AS NOT MATERIALIZED (%(leads)s), owner AS (
        SELECT DISTINCT ON (log.lead_id) log.lead_id, log.to_user_id
          FROM crm_lead_routing_log AS log JOIN lead ON lead.id = log.lead_id
         WHERE log.mode <> 'dry_run'
           AND log.create_date < LEAST(%(end)s::timestamp,
                   COALESCE(lead.date_closed + interval '1 second', %(end)s))
         ORDER BY log.lead_id, log.id DESC
    ), further AS (
        SELECT DISTINCT move.lead_id
          FROM crm_lead_stage_log AS move JOIN lead ON lead.id = move.lead_id
         WHERE move.is_merged IS NOT TRUE AND move.to_role = ANY(%(reached)s)
    )
    SELECT lead.id, lead.create_uid, lead.won_status = 'won' AS won,
           COALESCE(owner.to_user_id, lead.user_id) AS user_id,
           lead.won_status = 'won' OR further.lead_id IS NOT NULL AS reached
      FROM lead
      LEFT JOIN owner ON owner.lead_id = lead.id
      LEFT JOIN further ON further.lead_id = lead.id
"""
# What is read of the leads of a cohort.
LEAD = ("id", "user_id", "create_uid", "date_closed", "won_status")

# Which leads of a cohort are listed.
WHICH = {"leads": SQL("TRUE"), "reached": SQL("reached"), "customers": SQL("won")}


class PeopleMeasures:
    """What is measured of people in a period: a constant number of statements.

    :param Span span: one period.
    :param Scope scope: whose leads; who may see which row is decided by who asks.
    """

    def __init__(self, env, span, scope):
        self.env, self.span, self.scope = env, span, scope

    def whole(self, source):
        """Return the domain of the records of a source in the period."""
        domain = source.base(self.span.now) & self.scope.domain(source)
        return domain if source.is_stock else domain & self.span.domain(source)

    def by_person(self):
        """Return what is measured of each person, by user id; None: of all together."""
        found = {}
        for name, measured_ in (
            *self._received(),
            ("won", self._won()),
            ("steps", self._steps()),
            ("open", self._open()),
        ):
            for user_id, values in measured_.items():
                found.setdefault(user_id, {})[name] = values
        return found

    def _query(self, source, field, which=Domain.TRUE):
        """Return the model of a source, the query of its records, and whose each is."""
        # sudo: for the average; who may see which row is decided by who calls.
        Model = self.env[source.model].sudo()
        query = Model._search(self.whole(source) & which)
        query.order = query.limit = None
        return Model, query, Model._field_to_sql(Model._table, field, query)

    def _counted(self, source, field, *columns, which=Domain.TRUE):
        """Return columns that add up, by person, and of all together: one statement.

        :param columns: called with the model and the query, return the SQL.
        :param Domain which: only these records of the source.
        """
        Model, query, user = self._query(source, field, which)
        sqls = [column(Model, query) for column in columns]
        query.groupby = user
        return added(self.env.execute_query(query.select(user, *sqls)), len(columns))

    def _cohort_sql(self):
        Lead = self.env["crm.lead"].sudo()  # sudo: as in _query
        leads = Lead._search(self.whole(sources.RECEIVED))
        leads.order = None
        self.env["crm.lead.routing.log"].flush_model()
        self.env["crm.lead.stage.log"].flush_model()
        Lead.flush_model(LEAD)
        columns = [Lead._field_to_sql("crm_lead", name, leads) for name in LEAD]
        return SQL(
            COHORT,
            end=self.span.edges[-1],
            reached=list(REACHED),
            leads=leads.select(*columns),
        )

    def _received(self):
        """Yield what became of the leads that came in, and who brought how many."""
        rows = self.env.execute_query(
            SQL(
                "SELECT user_id, create_uid, count(*), count(*) FILTER (WHERE reached),"
                " count(*) FILTER (WHERE won) FROM (%s) AS cohort"
                " GROUP BY user_id, create_uid",
                self._cohort_sql(),
            )
        )
        owned = [(user, *counts) for user, _creator, *counts in rows if user]
        yield "cohort", added(owned, 3)
        yield "generated", added([row[1:3] for row in rows], 1)

    def cohort_ids(self, user_id, what):
        """Return the ids of the leads of a person: all, or those that came so far.

        :param str what: leads, reached or customers.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) AS cohort WHERE user_id = %s AND %s",
                self._cohort_sql(),
                user_id,
                WHICH[what],
            )
        )
        return [row[0] for row in rows]

    def _won(self):
        Model, query, user = self._query(sources.CLOSED, "user_id")
        is_won, days = sources.is_won, sources.days_to_close
        sqls = [
            column(Model, query)
            for column in (
                counted(self.span, is_won),
                measured(self.span, is_won, sources.revenue, mean),
                measured(self.span, is_won, days, within(0.5)),
                measured(self.span, is_won, days, within(0.8)),
            )
        ]
        query.groupby = SQL("GROUPING SETS ((%s), ())", user)
        total = SQL("GROUPING(%s) = 1", user)
        rows = self.env.execute_query(query.select(total, user, *sqls))
        return {
            None if is_total else user_id: values
            for is_total, user_id, *values in rows
            if is_total or user_id
        }

    def _steps(self):
        return self._counted(
            sources.STEPS,
            "user_id",
            counted(self.span, in_time),
            counted(self.span, was_due),
            which=was_due(self.span.now),
        )

    def _open(self):
        risky = sources.is_at_risk
        return self._counted(
            sources.OPEN,
            "user_id",
            lambda *_any: SQL("count(*)"),
            counted(self.span, is_neglected),
            counted(self.span, risky),
            measured(self.span, risky, sources.at_risk, summed),
        )


def added(rows, size):
    """Return numbers by person, and their sums.

    Of nobody's there is no row of its own, but they are in the sums.

    :param rows: the id of a person or None, then the numbers.
    :param int size: how many numbers.
    :return: by id, and of all together by None.
    :rtype: dict

    >>> added([(7, 1, 2.5), (None, 1, 0.5), (7, 1, 0.0)], 2)
    {None: [3, 3.0], 7: [2, 2.5]}
    """
    found = {None: [0] * size}
    for user_id, *numbers in rows:
        for key in {None, user_id}:
            old = found.get(key, [0] * size)
            found[key] = [one + more for one, more in zip(old, numbers, strict=True)]
    return found


def was_due(_now):
    return Domain("state", "in", ("done", "late", "missed"))


def in_time(_now):
    return Domain("state", "=", "done")


def is_neglected(_now):
    return Domain("is_neglected", "=", True)


def counted(span, which):
    """Return how many are so, as _counted() wants its columns."""
    return lambda Model, query: SQL(
        "count(*) FILTER (WHERE %s)", condition(Model, query, which(span.now))
    )


def measured(span, which, measure, aggregate):
    """Return an aggregate of those that are so, as _counted() wants its columns.

    :param aggregate: a function of the SQL of the measure and of the condition.
    """
    return lambda Model, query: aggregate(
        measure(Model, query), condition(Model, query, which(span.now))
    )


def mean(measure, which):
    return SQL("avg(%s) FILTER (WHERE %s)::float8", measure, which)


def summed(measure, which):
    return SQL("COALESCE(sum(%s) FILTER (WHERE %s), 0)::float8", measure, which)


def within(share):
    """Return the aggregate below which a share of what is measured lies."""
    return lambda measure, which: SQL(
        "percentile_cont(%s) WITHIN GROUP (ORDER BY (%s)::float8) FILTER (WHERE %s)",
        share,
        measure,
        which,
    )
