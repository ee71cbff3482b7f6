# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ....tools import periods
from ..figures import catalogue
from ..figures.conditions import Conditions
from ..figures.counting import BROKEN, REFUSED, Count, Counter
from ..figures.scope import Scope, Span, zone_of

_logger = logging.getLogger(__name__)

# The row that says that a day was kept at all, also where nothing was open.
KEPT = "kept"
# What is so in the first hours of a day is told of the day before.
NIGHT = timedelta(hours=6)
# Days before today are kept for so long; the board looks back twelve quarters.
KEEP_DAYS = 5 * 366


class CrmInsightStock(models.Model):
    """What was open on a day: it cannot be found out afterwards, so it is kept by night.

    One row for each figure, team and person with something to count. A night that was missed
    stays a gap: it is not filled in from what is so later.
    """

    _name = "crm.insight.stock"
    _description = "Figure of a day"
    _order = "day desc, code"
    _rec_name = "name"

    day = fields.Date(required=True, readonly=True)
    code = fields.Char(required=True, readonly=True, export_string_translation=False)
    name = fields.Char(string="Figure", compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    team_id = fields.Many2one("crm.team", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    num = fields.Integer(string="Number", readonly=True)
    amount = fields.Float(readonly=True)

    _day_idx = models.Index("(company_id, day, code)")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_name(self):
        for row in self:
            figure = catalogue.BY_CODE.get(row.code)
            row.name = figure.label(self.env._) if figure else row.code

    # === BY NIGHT === #

    @api.model
    def _cron_keep(self):
        """Keep what is open now, of all companies, for the day that ends or has ended.

        And how much working time passed before the answers of the day.
        """
        now = fields.Datetime.now()
        self.env["crm.routing.clock"]._measure_answers()
        # sudo: the figures of all companies; who may read which is asked when they are read.
        for company in self.env["res.company"].sudo().search([("active", "=", True)]):
            day = periods.day_of(now - NIGHT, zone_of(company)[0])
            self.sudo()._keep(company, day)  # sudo: as above

    @api.model
    def _keep(self, company, day):
        """Keep what is open now as the figures of a day; what was kept of it is replaced.

        :param company: one res.company record.
        :param date day: as the company counts days.
        """
        counter = Counter(self.env, Span("day", day, company), Scope(company))
        by_source = {}
        for figure in catalogue.FIGURES:
            if figure.is_stock:
                by_source.setdefault(figure.source.key, []).append(figure)
        groups = by_source.values()
        rows = [row for group in groups for row in self._rows(counter, group)]
        self.env.execute_query(
            SQL(
                "DELETE FROM crm_insight_stock WHERE company_id = %s AND (day = %s"
                " OR day < %s) RETURNING id",
                company.id,
                day,
                day - timedelta(days=KEEP_DAYS),
            )
        )
        values = [(KEPT, None, None, 0, 0.0), *rows]
        self.env.execute_query(
            SQL(
                "INSERT INTO crm_insight_stock (day, company_id, code, team_id, user_id,"
                " num, amount, create_uid, create_date, write_uid, write_date)"
                " SELECT %s, %s, row.*, %s, %s, %s, %s FROM (VALUES %s)"
                " AS row(code, team_id, user_id, num, amount) RETURNING id",
                day,
                company.id,
                self.env.uid,
                fields.Datetime.now(),
                self.env.uid,
                fields.Datetime.now(),
                SQL(", ").join(
                    SQL("(%s, %s::int, %s::int, %s::int, %s::float8)", *row)
                    for row in values
                ),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _rows(self, counter, figures):
        """Return what is open now: code, team, person, number and amount. One statement.

        :param figures: of one source.

        A figure that no longer fits the database is left out, and named in the log.
        """
        try:
            with self.env.cr.savepoint(flush=False):
                return self._rows_of(counter, figures)
        except (*BROKEN, *REFUSED) as error:
            if len(figures) > 1:
                return [row for one in figures for row in self._rows(counter, [one])]
            _logger.warning("Figure %s is not kept: %s", figures[0].code, error)
            return []

    @api.model
    def _rows_of(self, counter, figures):
        source, now = figures[0].source, counter.span.now
        Model = self.env[source.model]
        query = Model._search(source.base(now) & counter.scope.domain(source))
        conditions = Conditions(Model, query)
        columns = [
            column
            for figure in figures
            for column in counter._columns(conditions, figure)
        ]
        team, user = (
            Model._field_to_sql(Model._table, name, query)
            for name in ("team_id", "user_id")
        )
        query.order = query.limit = None
        query.groupby = SQL("1, 2")
        found = self.env.execute_query(query.select(team, user, *columns))
        return [
            (
                figure.code,
                team_id,
                user_id,
                values[3 * place],
                values[3 * place + 2] or 0.0,
            )
            for team_id, user_id, *values in found
            for place, figure in enumerate(figures)
            if values[3 * place]
        ]

    # === READING === #

    @api.model
    def _kept(self, span, scope):
        """Return what was kept of the last days of periods.

        :param Span span: the periods.
        :param Scope scope: whose; the caller has checked who asks.
        :return: by code a list of Counts; None for a day that was not kept.
        :rtype: dict[str, list[Count]]
        """
        self.flush_model()
        days = span.last_days()
        whose = [SQL("TRUE")]
        if scope.team:
            whose.append(SQL("team_id = ANY(%s)", scope.team.ids))
        if scope.user:
            whose.append(SQL("user_id = %s", scope.user.id))
        rows = self.env.execute_query(
            SQL(
                "SELECT day, code, sum(num), sum(amount) FROM crm_insight_stock"
                " WHERE company_id = %s AND day = ANY(%s) AND (code = %s OR (%s))"
                " GROUP BY day, code",
                scope.company.id,
                days,
                KEPT,
                SQL(" AND ").join(whose),
            )
        )
        there = {day for day, code, *_rest in rows if code == KEPT}
        told = {
            (day, code): Count(num, None, amount) for day, code, num, amount in rows
        }
        return {
            figure.code: [
                told.get((day, figure.code), Count()) if day in there else None
                for day in days
            ]
            for figure in catalogue.FIGURES
            if figure.is_stock
        }
