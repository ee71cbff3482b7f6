# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools.proportion import wilson_interval
from ...common.rights import ALL_LEADS, given_id
from ..figures import sources
from ..figures.counting import condition
from ..figures.figure import LEAST_CASES
from ..figures.scope import Scope, Span

# A lead that came so far was qualified by Sales.
REACHED = ("qualified", "negotiation", "customer")
# Whose it was: at the end of the period, or when it was closed if that was earlier.
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
"""


class CrmInsightPeople(models.AbstractModel):
    """Five figures for each person, and what he owes: to look after, not to rank.

    **What.** Of the leads that came in within the period, those that were his at its end, or
    when they were closed: how many came as far as Qualified, how many became customers so
    far. What he won in the period: the average deal, and how long it took. What he brought
    in. Steps in time, neglected leads, and money at risk now.

    **For whom.** Everybody sees himself beside the average of his team, without names; who
    leads a team sees its members; who may see all leads sees everybody. By name, never by rank.

    **How it works.** A constant number of statements, whatever the number of people.
    """

    _name = "crm.insight.people"
    _description = "Figures of each person"

    @api.model
    @api.readonly
    def get_people(self, kind="month", day=None, team_id=None):
        """Return the figures of people in a period of the current company.

        :param str kind: day, week, month or quarter.
        :param str day: any day of the period; None: yesterday's.
        :param int team_id: only leads of this team; for who may see all leads.
        :return: the period, ``rows`` by name, and ``average``: the same of all together.
        :rtype: dict
        :raise AccessError: for who is no salesperson, or asks for another team.
        """
        Insight = self.env["crm.insight"]
        team, _user = Insight._who(team_id, None)
        company = self.env.company
        span = Span(kind, Insight._day(kind, day, company), company, count=1)
        sees_all = self.env.user.has_group(ALL_LEADS)
        # sudo: the average of colleagues; rows are for those who may see them.
        mine = self.env.user.sudo().crm_team_member_ids.crm_team_id
        led = self._led()
        scope = Scope(company, team or (mine | led if not sees_all else team))
        found = self._measured(span, scope)
        average = found.pop(None, {})
        if not sees_all:
            allowed = {self.env.uid, *led.crm_team_member_ids.user_id.ids}
            found = {key: row for key, row in found.items() if key in allowed}
            found.setdefault(self.env.uid, {})
        # sudo: the names of colleagues.
        users = self.env["res.users"].sudo().browse(found).sorted("name")
        # Who only brought leads in is a person of ours, and no program or visitor.
        users = users.filtered(
            lambda user: set(found[user.id]) - {"generated"}
            or (user.active and not user.share and user.id != SUPERUSER_ID)
        )
        return {
            **Insight._period(span),
            "company": company.name,
            "currency_id": company.currency_id.id,
            "sees_all": sees_all,
            "rows": [self._shown(found[user.id], user) for user in users],
            "average": self._shown(average),
            **Insight._choices(),
        }

    @api.model
    def _led(self):
        """Return the teams that the user leads, as superuser."""
        # sudo: of teams that he may not read, too.
        return self.env["crm.team"].sudo().search([("user_id", "=", self.env.uid)])

    @api.model
    def get_list(self, what, user_id, kind="month", day=None, team_id=None):
        """Return what is behind a number of a person: a model and a domain.

        :param str what: leads, reached, customers, won, generated, steps, on_time,
            neglected or at_risk.
        :return: ``model`` and ``domain``; what the user may not see is not found by it.
        :rtype: dict
        :raise AccessError: for a colleague's figures.
        """
        Insight = self.env["crm.insight"]
        team, _user = Insight._who(team_id, None)
        user_id = given_id(self.env, user_id)
        allowed = [self.env.uid, *self._led().crm_team_member_ids.user_id.ids]
        if not self.env.user.has_group(ALL_LEADS) and user_id not in allowed:
            raise AccessError(
                self.env._("You see your own figures, and not those of colleagues.")
            )
        company = self.env.company
        span = Span(kind, Insight._day(kind, day, company), company, count=1)
        scope = Scope(company, team or self.env["crm.team"])
        if what in ("leads", "reached", "customers"):
            ids = self._cohort_ids(span, scope, user_id, what)
            domain = Domain("id", "in", ids) & Domain("active", "in", (True, False))
            return {"model": "crm.lead", "domain": list(domain)}
        lists = {
            "won": (sources.CLOSED, "user_id", sources.is_won),
            "generated": (sources.RECEIVED, "create_uid", sources.ALL),
            "steps": (sources.STEPS, "user_id", was_due),
            "on_time": (sources.STEPS, "user_id", in_time),
            "neglected": (sources.OPEN, "user_id", is_neglected),
            "at_risk": (sources.OPEN, "user_id", sources.is_at_risk),
        }
        if not isinstance(what, str) or what not in lists:
            raise UserError(self.env._("There is no figure %s.", what))
        source, field, hits = lists[what]
        domain = self._whole(source, span, scope) & hits(span.now)
        domain &= Domain(field, "=", user_id)
        return {"model": source.model, "domain": list(domain)}

    # === MEASURING === #

    @api.model
    def _whole(self, source, span, scope):
        domain = source.base(span.now) & scope.domain(source)
        return domain if source.is_stock else domain & span.domain(source)

    @api.model
    def _measured(self, span, scope):
        """Return what is measured of each person, by user id; None: of all together."""
        found = {}
        for name, rows in (
            ("cohort", self._cohort(span, scope)),
            ("won", self._won(span, scope)),
            ("generated", self._generated(span, scope)),
            ("steps", self._steps(span, scope)),
            ("open", self._open(span, scope)),
        ):
            for is_total, user_id, *values in rows:
                if is_total or user_id:
                    key = None if is_total else user_id
                    found.setdefault(key, {})[name] = values
        return found

    @api.model
    def _grouped(self, source, span, scope, field, *columns):
        """Return columns of a source by person, and of all together: one statement.

        :param columns: called with the model and the query, return the SQL.
        """
        # sudo: for the average; who may see which row is decided by who calls.
        Model = self.env[source.model].sudo()
        query = Model._search(self._whole(source, span, scope))
        user = Model._field_to_sql(Model._table, field, query)
        sqls = [column(Model, query) for column in columns]
        query.order = query.limit = None
        query.groupby = SQL("GROUPING SETS ((%s), ())", user)
        total = SQL("GROUPING(%s) = 1", user)
        return self.env.execute_query(query.select(total, user, *sqls))

    @api.model
    def _cohort_sql(self, span, scope):
        Lead = self.env["crm.lead"].sudo()  # sudo: as in _grouped
        leads = Lead._search(self._whole(sources.RECEIVED, span, scope))
        leads.order = None
        self.env["crm.lead.routing.log"].flush_model()
        self.env["crm.lead.stage.log"].flush_model()
        Lead.flush_model(["user_id", "won_status", "date_closed"])
        return SQL(
            COHORT, end=span.edges[-1], reached=list(REACHED), leads=leads.subselect()
        )

    @api.model
    def _cohort(self, span, scope):
        return self.env.execute_query(
            SQL(
                "SELECT GROUPING(user_id) = 1, user_id, count(*), count(*) FILTER (WHERE"
                " reached), count(*) FILTER (WHERE won) FROM (%s) AS cohort"
                " WHERE user_id IS NOT NULL GROUP BY GROUPING SETS ((user_id), ())",
                self._cohort_sql(span, scope),
            )
        )

    @api.model
    def _cohort_ids(self, span, scope, user_id, what):
        which = {"leads": "TRUE", "reached": "reached", "customers": "won"}[what]
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) AS cohort WHERE user_id = %s AND " + which,
                self._cohort_sql(span, scope),
                user_id,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _won(self, span, scope):
        return self._grouped(
            sources.CLOSED,
            span,
            scope,
            "user_id",
            counted(span, sources.is_won),
            measured(
                span,
                sources.is_won,
                sources.revenue,
                mean,
            ),
            *(
                measured(span, sources.is_won, sources.days_to_close, within(share))
                for share in (0.5, 0.8)
            ),
        )

    @api.model
    def _generated(self, span, scope):
        return self._grouped(
            sources.RECEIVED, span, scope, "create_uid", lambda *_any: SQL("count(*)")
        )

    @api.model
    def _steps(self, span, scope):
        return self._grouped(
            sources.STEPS,
            span,
            scope,
            "user_id",
            counted(span, in_time),
            counted(span, was_due),
        )

    @api.model
    def _open(self, span, scope):
        return self._grouped(
            sources.OPEN,
            span,
            scope,
            "user_id",
            lambda *_any: SQL("count(*)"),
            counted(span, is_neglected),
            counted(span, sources.is_at_risk),
            measured(
                span,
                sources.is_at_risk,
                sources.at_risk,
                summed,
            ),
        )

    # === WORDS === #

    @api.model
    def _shown(self, row, user=None):
        """Return the figures of a person as the screen shows them."""
        leads, reached, customers = row.get("cohort", (0, 0, 0))
        won, deal, days, slow = row.get("won", (0, None, None, None))
        in_time_count, due = row.get("steps", (0, 0))
        open_count, neglected, risky, risk = row.get("open", (0, 0, 0, 0.0))
        return {
            "user_id": user.id if user else False,
            "name": user.name if user else "",
            "leads": leads,
            "customers": customers,
            "rate": customers / leads if leads >= LEAST_CASES else None,
            "headline": self._headline(leads, customers),
            "words": self._likely(customers, leads),
            "generated": row.get("generated", (0,))[0],
            "reached": reached,
            "reached_rate": reached / leads if leads >= LEAST_CASES else None,
            "reached_words": self._likely(reached, leads),
            "sold_rate": customers / reached if reached >= LEAST_CASES else None,
            "sold_words": self._likely(customers, reached),
            "won": won,
            "deal": deal,
            "days": days,
            "slow_days": slow,
            "due": due,
            "in_time": in_time_count,
            "on_time": in_time_count / due if due else None,
            "open": open_count,
            "neglected": neglected,
            "risky": risky,
            "risk": risk,
        }

    @api.model
    def _headline(self, leads, customers):
        """Return "50 leads, 10 %"; no rate where there are too few to judge."""
        if leads < LEAST_CASES:
            return self.env._("%s leads", leads)
        share = round(100 * customers / leads)
        return self.env._("%(leads)s leads, %(share)s %%", leads=leads, share=share)

    @api.model
    def _likely(self, hits, cases):
        if not cases:
            return self.env._("Nothing yet")
        if cases < LEAST_CASES:
            return self.env._(
                "%(num)s of %(den)s: too few to judge", num=hits, den=cases
            )
        low, high = wilson_interval(hits, cases)
        return self.env._(
            "%(num)s of %(den)s, likely %(low)s to %(high)s %%, so far",
            num=hits,
            den=cases,
            low=round(100 * low),
            high=round(100 * high),
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
