# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.fields import Domain
from odoo.tools import SQL

from ..figures import sources
from ..figures.counting import condition

# A lead that came so far was qualified by Sales.
REACHED = ("qualified", "negotiation", "customer")
# Whose it was: at the end of the period, or when it was closed if that was earlier.
# OFFSET 0: whose it was is looked up once, and of these leads only; the database would ask
# for it of all leads, where somebody asks for those of a person.
COHORT = """
    SELECT lead.id, lead.won_status = 'won' AS won,
           COALESCE((SELECT log.to_user_id FROM crm_lead_routing_log AS log
                      WHERE log.lead_id = lead.id AND log.mode <> 'dry_run'
                        AND log.create_date < LEAST(%(end)s::timestamp,
                                COALESCE(lead.date_closed + interval '1 second', %(end)s))
                      ORDER BY log.id DESC LIMIT 1), lead.user_id) AS user_id,
           lead.won_status = 'won' OR EXISTS (
               SELECT FROM crm_lead_stage_log AS move
                WHERE move.lead_id = lead.id AND move.is_merged IS NOT TRUE
                  AND move.to_role = ANY(%(reached)s)) AS reached
      FROM crm_lead AS lead WHERE lead.id IN (%(leads)s)
     OFFSET 0
"""

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
        for name, rows in (
            ("cohort", self._cohort()),
            ("won", self._won()),
            ("generated", self._generated()),
            ("steps", self._steps()),
            ("open", self._open()),
        ):
            for is_total, user_id, *values in rows:
                if is_total or user_id:
                    key = None if is_total else user_id
                    found.setdefault(key, {})[name] = values
        return found

    def _grouped(self, source, field, *columns):
        """Return columns of a source by person, and of all together: one statement.

        :param columns: called with the model and the query, return the SQL.
        """
        # sudo: for the average; who may see which row is decided by who calls.
        Model = self.env[source.model].sudo()
        query = Model._search(self.whole(source))
        user = Model._field_to_sql(Model._table, field, query)
        sqls = [column(Model, query) for column in columns]
        query.order = query.limit = None
        query.groupby = SQL("GROUPING SETS ((%s), ())", user)
        total = SQL("GROUPING(%s) = 1", user)
        return self.env.execute_query(query.select(total, user, *sqls))

    def _cohort_sql(self):
        Lead = self.env["crm.lead"].sudo()  # sudo: as in _grouped
        leads = Lead._search(self.whole(sources.RECEIVED))
        leads.order = None
        self.env["crm.lead.routing.log"].flush_model()
        self.env["crm.lead.stage.log"].flush_model()
        Lead.flush_model(["user_id", "won_status", "date_closed"])
        return SQL(
            COHORT,
            end=self.span.edges[-1],
            reached=list(REACHED),
            leads=leads.subselect(),
        )

    def _cohort(self):
        return self.env.execute_query(
            SQL(
                "SELECT GROUPING(user_id) = 1, user_id, count(*), count(*) FILTER (WHERE"
                " reached), count(*) FILTER (WHERE won) FROM (%s) AS cohort"
                " WHERE user_id IS NOT NULL GROUP BY GROUPING SETS ((user_id), ())",
                self._cohort_sql(),
            )
        )

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
        return self._grouped(
            sources.CLOSED,
            "user_id",
            counted(self.span, sources.is_won),
            measured(
                self.span,
                sources.is_won,
                sources.revenue,
                mean,
            ),
            *(
                measured(
                    self.span, sources.is_won, sources.days_to_close, within(share)
                )
                for share in (0.5, 0.8)
            ),
        )

    def _generated(self):
        return self._grouped(
            sources.RECEIVED, "create_uid", lambda *_any: SQL("count(*)")
        )

    def _steps(self):
        return self._grouped(
            sources.STEPS,
            "user_id",
            counted(self.span, in_time),
            counted(self.span, was_due),
        )

    def _open(self):
        return self._grouped(
            sources.OPEN,
            "user_id",
            lambda *_any: SQL("count(*)"),
            counted(self.span, is_neglected),
            counted(self.span, sources.is_at_risk),
            measured(
                self.span,
                sources.is_at_risk,
                sources.at_risk,
                summed,
            ),
        )


def was_due(_now):
    return Domain("state", "in", ("done", "late", "missed"))


def in_time(_now):
    return Domain("state", "=", "done")


def is_neglected(_now):
    return Domain("is_neglected", "=", True)


def counted(span, which):
    """Return how many are so, as _grouped() wants its columns."""
    return lambda Model, query: SQL(
        "count(*) FILTER (WHERE %s)", condition(Model, query, which(span.now))
    )


def measured(span, which, measure, aggregate):
    """Return an aggregate of those that are so, as _grouped() wants its columns.

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
