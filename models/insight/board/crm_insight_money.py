# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from statistics import median

from odoo import api, models
from odoo.fields import Datetime, Domain
from odoo.tools import SQL

from ....tools import pareto, periods
from ...common.rights import ALL_LEADS
from ..figures import sources
from ..figures.conditions import condition
from ..figures.counting import BROKEN, REFUSED
from ..figures.figure import LEAST_CASES, Figure
from ..figures.scope import Scope, Span
from .waste import Waste

_logger = logging.getLogger(__name__)

# The best ones are so many of all.
BEST = 0.2
# Where a lead came from: by its source, and by the method of its medium.
BY_SOURCE, BY_METHOD = "source_id", "medium_id"


def is_unpriced(now):
    """Return the domain of the leads past their next touch of which no amount is known."""
    late = Domain("next_touch_on", "<", Datetime.to_string(now))
    return late & Domain("prorated_revenue", "in", (0, False))


# Beside the money at risk, and counted in one go with it.
UNPRICED = Figure("unpriced", 5, sources.OPEN, lambda _: "", is_unpriced)


class CrmInsightMoney(models.AbstractModel):
    """Where the money comes from, and where it is burnt.

    **What.** What is at risk because nobody is in touch; what the best fifth of the customers
    and of the leads brought in twelve months; contacts spent on leads that do not fit; what
    each source and method brought, and what a customer of it cost; how often each grade
    bought, and who bought although the grade said no.

    **How it works.** As the user who asks: his record rules hold. A constant number of
    statements, whatever the number of leads and sources.
    """

    _name = "crm.insight.money"
    _description = "Where the money comes from, and where it is burnt"

    @api.model
    @api.readonly
    def get_money(self, kind="quarter", day=None, team_id=None):
        """Return what a period of the current company brought and cost.

        :param str kind: day, week, month or quarter.
        :param str day: any day of the period; None: yesterday's.
        :param int team_id: only leads of this team; for who may see all leads.
        :rtype: dict
        :raise AccessError: for who is no salesperson.
        """
        Insight = self.env["crm.insight"]
        team, _user = Insight._who(team_id, None)
        company = self.env.company
        sees_all = self.env.user.has_group(ALL_LEADS)
        user = self.env["res.users"] if sees_all else self.env.user
        span = Span(kind, Insight._day(kind, day, company), company, count=1)
        scope = Scope(company, team, user)
        codes = ("money_at_risk", "wasted_touches", "lost_sleep", "won_revenue")
        figures = Insight._figures_of(span, team, user, codes, [UNPRICED])
        origins = self._origins(span, scope)
        return {
            **Insight._period(span),
            "company": company.name,
            "currency_id": company.currency_id.id,
            "figures": Insight._listed(figures),
            "unpriced": self._unpriced(span, scope, figures["unpriced"]["num"]),
            "pareto": self._pareto(span, scope),
            "waste": Waste(self.env, span, scope).rows(),
            "grades": self._grades(span, scope),
            "quality": self._quality(),
            "sources": origins[BY_SOURCE],
            "methods": origins[BY_METHOD],
            **Insight._choices(),
        }

    @api.model
    def _unpriced(self, span, scope, count):
        """Return the leads past their next touch now of which no amount is known.

        :param count: how many; None where the period is over: the figures know them of now.
        """
        domain = sources.is_open(span.now) & scope.domain(sources.OPEN)
        domain &= is_unpriced(span.now)
        if count is None:
            count = self.env["crm.lead"].search_count(domain)
        return {"num": count, "domain": list(domain), "model": "crm.lead"}

    @api.model
    def _year(self, span, scope):
        """Return the domain of what was closed in the twelve months up to the period's end."""
        begin, end = self._twelve_months(span)
        domain = sources.CLOSED.base(span.now) & scope.domain(sources.CLOSED)
        domain &= Domain("date_closed", ">=", begin)
        return domain & Domain("date_closed", "<", end)

    @api.model
    def _twelve_months(self, span):
        """Return the beginning and the end of the twelve months up to the period's end."""
        after = periods.shift(span.kind, span.first, 1)
        first = after.replace(year=after.year - 1, day=min(after.day, 28))
        begin = Datetime.to_string(periods.begin(first, span.zone))
        return begin, Datetime.to_string(span.edges[-1])

    # === PARETO === #

    @api.model
    def _pareto(self, span, scope):
        """Return what the best fifth of customers, and of won leads, brought in a year."""
        Lead = self.env["crm.lead"]
        query = Lead._search(self._year(span, scope) & sources.is_won(span.now))
        partner = Lead._field_to_sql(Lead._table, "partner_id", query)
        query.add_join(
            "LEFT JOIN", "customer", "res_partner", SQL("customer.id = %s", partner)
        )
        Partner = self.env["res.partner"]
        who = SQL(
            "COALESCE(%s::varchar, %s, crm_lead.id::varchar)",
            Partner._field_to_sql("customer", "commercial_partner_id", query),
            Lead._field_to_sql(Lead._table, "email_normalized", query),
        )
        query.order = None
        rows = self.env.execute_query(query.select(who, sources.revenue(Lead, query)))
        leads = [amount or 0.0 for _who, amount in rows]
        orders = self._orders(span, scope)
        customers = {}
        for key, amount in rows if orders is None else orders:
            customers[key] = customers.get(key, 0.0) + (amount or 0.0)
        return {
            "customers": self._best(list(customers.values())),
            "leads": self._best(leads),
            "by_orders": orders is not None,
        }

    @api.model
    def _orders(self, span, scope):
        """Return customer and amount of the orders of a year, where the company has orders.

        Of the company, in its currency by the rate of the day of each order. Who looks at a
        team or a person, or may not read orders, gets None: the leads tell then.
        """
        Order = self.env.get("sale.order")
        if Order is None or not Order.has_access("read") or scope.team or scope.user:
            return None
        try:
            with self.env.cr.savepoint(flush=False):
                return self._order_rows(Order, span) or None
        except (*BROKEN, *REFUSED) as error:
            _logger.warning("Orders are not told, leads are: %s", error)
            return None

    @api.model
    def _order_rows(self, Order, span):
        """Return customer and amount of the confirmed orders of twelve months of a company."""
        begin, end = self._twelve_months(span)
        domain = Domain("state", "=", "sale") & Domain("date_order", ">=", begin)
        domain &= Domain("date_order", "<", end)
        query = Order._search(domain & Domain("company_id", "=", span.company.id))
        query.order = None
        partner, amount, rate = (
            Order._field_to_sql(Order._table, name, query)
            for name in ("partner_id", "amount_untaxed", "currency_rate")
        )
        query.add_join(
            "JOIN", "customer", "res_partner", SQL("customer.id = %s", partner)
        )
        Partner = self.env["res.partner"]
        rows = self.env.execute_query(
            query.select(
                Partner._field_to_sql("customer", "commercial_partner_id", query),
                SQL("%s / COALESCE(NULLIF(%s, 0), 1)", amount, rate),
            )
        )
        return [(key, float(value or 0)) for key, value in rows]

    @api.model
    def _best(self, amounts):
        # In order once: what puts them in order again finds them so.
        amounts = sorted(amounts, reverse=True)
        return {
            "of": len(amounts),
            "best": pareto.best_count(len(amounts), BEST),
            "share": pareto.share_of_best(amounts, BEST),
            "judged": len(amounts) >= LEAST_CASES,
            "curve": pareto.curve(amounts),
        }

    # === GRADES === #

    @api.model
    def _grades(self, span, scope):
        """Return how many of each grade were closed in a year, and how many of them bought."""
        Lead = self.env["crm.lead"]
        domain = self._year(span, scope) & Domain("lead_grade", ">", 0)
        query = Lead._search(domain)
        grade = Lead._field_to_sql(Lead._table, "lead_grade", query)
        won = condition(Lead, query, sources.is_won(span.now))
        query.order, query.groupby = None, SQL("1")
        rows = self.env.execute_query(
            query.select(grade, SQL("count(*)"), SQL("count(*) FILTER (WHERE %s)", won))
        )
        Insight = self.env["crm.insight"]
        return [
            {
                "grade": key,
                "den": den,
                "num": num,
                "words": Insight._likely(num, den),
                "share": num / den if den >= LEAST_CASES else None,
                "domain": list(domain & Domain("lead_grade", "=", key)),
                "model": "crm.lead",
            }
            for key, den, num in sorted(rows, reverse=True)
        ]

    @api.model
    def _quality(self):
        """Return what the last evaluation of each live scorecard says, to who may read it."""
        Evaluation = self.env["crm.scorecard.evaluation"]
        if not Evaluation.has_access("read"):
            return []
        domain = Domain("scorecard_id.state", "=", "live")
        domain &= Domain("scorecard_id.company_id", "in", (self.env.company.id, False))
        names = ["scorecard_id", "n", "auc", "capture", "capture_possible", "n_missed"]
        names += ["is_conclusive", "warning"]
        rows = {}
        for one in Evaluation.search_fetch(domain, names, order="id desc", limit=50):
            rows.setdefault(one.scorecard_id, one)
        return [
            {
                "id": one.id,
                # sudo: the name of the scorecard whose evaluation he may read.
                "name": one.scorecard_id.sudo().name,
                "conclusive": one.is_conclusive,
                "auc": round(one.auc, 2),
                "capture": one.capture,
                "possible": one.capture_possible,
                "missed": one.n_missed,
                "leads": one.n,
                "words": one.warning or "",
            }
            for one in rows.values()
        ]

    # === WHERE LEADS COME FROM === #

    @api.model
    def _origins(self, span, scope):
        """Return what the leads of each source, and of each method, became, and what they cost.

        Of the leads that came in within the period, so far.

        :rtype: dict[str, list[dict]]
        """
        domain = sources.RECEIVED.base(span.now) & scope.domain(sources.RECEIVED)
        domain &= span.domain(sources.RECEIVED)
        methods = self.env["utm.medium"]._lead_methods()
        days = self._days_to_close(span, domain)
        by_source, by_method = {}, {}
        for source, medium, *counts in self._counted(span, domain):
            part = (*counts, days.get((source, medium), ()))
            by_source.setdefault(source, []).append(part)
            by_method.setdefault(methods.get(medium), []).append(part)
        found = {BY_SOURCE: by_source, BY_METHOD: by_method}
        return {
            field: self._told(span, scope, domain, field, rows, methods)
            for field, rows in found.items()
        }

    @api.model
    def _told(self, span, scope, domain, field, rows, methods):
        """Return the rows of a table: what the leads of each source, or method, became.

        :param dict rows: what was counted, in parts, by source or method.
        :param dict methods: the method of each medium that has one, by its id.
        """
        costs = self._costs(span, field, methods) if not scope.user else {}
        names = self._names(field, rows.keys() - {None})
        told = []
        for origin, parts in rows.items():
            received, qualified, customers, amount = map(
                sum, zip(*(part[:4] for part in parts), strict=True)
            )
            days = [one for part in parts for one in part[4] if one is not None]
            cost = costs.get(origin)
            told.append(
                {
                    "name": names.get(origin) or self.env._("None given"),
                    "received": received,
                    "qualified": qualified,
                    "customers": customers,
                    "revenue": amount,
                    "days": median(days) if days else None,
                    "cost": cost,
                    "per_customer": cost / customers if customers and cost else None,
                    "domain": list(domain & self._origin(field, origin, methods)),
                    "model": "crm.lead",
                }
            )
        return sorted(told, key=lambda row: (-row["received"], row["name"]))

    @api.model
    def _counted(self, span, domain):
        """Return of leads, by source and medium: number, qualified, won, revenue."""
        Lead = self.env["crm.lead"]
        query = Lead._search(domain)
        won = condition(Lead, query, sources.is_won(span.now))
        passed = condition(Lead, query, Domain("qualification_state", "=", "passed"))
        query.order, query.groupby = None, SQL("1, 2")
        return self.env.execute_query(
            query.select(
                Lead._field_to_sql(Lead._table, BY_SOURCE, query),
                Lead._field_to_sql(Lead._table, BY_METHOD, query),
                SQL("count(*)"),
                SQL("count(*) FILTER (WHERE %s)", passed),
                SQL("count(*) FILTER (WHERE %s)", won),
                SQL(
                    "COALESCE(sum(%s) FILTER (WHERE %s), 0)::float8",
                    sources.revenue(Lead, query),
                    won,
                ),
            )
        )

    @api.model
    def _days_to_close(self, span, domain):
        """Return the days that each lead that was won took, by source and medium.

        By themselves: beside what is counted the database would put all leads in order first.
        """
        Lead = self.env["crm.lead"]
        query = Lead._search(domain & sources.is_won(span.now))
        query.order, query.groupby = None, SQL("1, 2")
        rows = self.env.execute_query(
            query.select(
                Lead._field_to_sql(Lead._table, BY_SOURCE, query),
                Lead._field_to_sql(Lead._table, BY_METHOD, query),
                SQL("array_agg((%s)::float8)", sources.days_to_close(Lead, query)),
            )
        )
        return {(source, medium): days for source, medium, days in rows}

    @api.model
    def _origin(self, field, origin, methods):
        """Return the domain of the leads of a source, or of a method."""
        if field == BY_SOURCE:
            return Domain("source_id", "=", origin or False)
        if origin:
            of_it = [key for key, method in methods.items() if method == origin]
            return Domain("medium_id", "in", of_it)
        return Domain("medium_id", "not in", list(methods))

    @api.model
    def _costs(self, span, field, methods):
        """Return what was spent in the period, by source or by method."""
        costs = self.env["crm.source.cost"]._of_period(span, field)
        if field == BY_SOURCE:
            return costs
        by_method = {}
        for medium, amount in costs.items():
            method = methods.get(medium)
            by_method[method] = by_method.get(method, 0.0) + amount
        return by_method

    @api.model
    def _names(self, field, keys):
        """Return the names of sources by their ids, or of methods by their keys."""
        if field == BY_METHOD:
            options = self.env["utm.medium"]._fields["lead_method"]
            return dict(options._description_selection(self.env))
        # sudo: the names of sources are no secret.
        return {one.id: one.name for one in self.env["utm.source"].sudo().browse(keys)}
