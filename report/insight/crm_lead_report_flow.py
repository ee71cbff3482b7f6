# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.common.rights import LeadField
from ...models.insight.figures import catalogue
from ...models.insight.figures.conditions import condition, moment_sql
from ...models.insight.figures.counting import BROKEN

_logger = logging.getLogger(__name__)

# A row has the id of its record and the place of its figure: there is room for so many.
PLACES = 1024
# In which column the number of a figure with a measure stands.
MEASURES = ("money", "minutes", "days")
# Used where there is nothing to unite.
NOTHING = """
    SELECT NULL::bigint AS id, NULL::varchar AS code, NULL::varchar AS block,
           NULL::timestamp AS date, NULL::int AS lead_id, NULL::int AS user_id,
           NULL::int AS team_id, NULL::int AS company_id, NULL::int AS source_id,
           NULL::varchar AS grade_group, NULL::int AS hits, NULL::int AS cases,
           NULL::int AS share, NULL::float8 AS money, NULL::float8 AS minutes,
           NULL::float8 AS days
     WHERE FALSE
"""


class CrmLeadReportFlow(models.Model):
    """Everything that the figures of the board count, row by row, for questions of one's own.

    **What.** A row for each record that a figure counts, or that it is a share of: the same
    records, by the same conditions, as the number on the board. Of what is so now (*without an
    owner*, say) there are no rows: the nights of ``crm.insight.stock`` tell of these.

    **How it works.** A view without a table: an arm for each figure. Whoever asks for one
    figure has the others cut away by the database.
    """

    _name = "crm.lead.report.flow"
    _description = "Figures in detail"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "lead_id"

    code = fields.Selection("_selection_code", string="Figure", readonly=True)
    block = fields.Selection("_selection_block", string="Part", readonly=True)
    date = fields.Datetime(readonly=True)
    lead_id = LeadField("crm.lead", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    grade_group = fields.Char(string="Grade", readonly=True)
    hits = fields.Integer(
        string="Count", readonly=True, help="How many the figure counts."
    )
    cases = fields.Integer(
        string="Of", readonly=True, help="Of how many the figure is a share."
    )
    share = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Between 0 and 1: the count, of those that it is a share of.",
    )
    money = fields.Float(readonly=True)
    minutes = fields.Float(readonly=True, aggregator="avg")
    days = fields.Float(readonly=True, aggregator="avg")

    @api.model
    def _selection_code(self):
        return [(one.code, one.label(self.env._)) for one in self._figures()]

    @api.model
    def _selection_block(self):
        return [
            (str(number), name) for number, name in catalogue.names(self.env._).items()
        ]

    @api.model
    def _figures(self):
        """Return the figures that have rows: of what happens at a moment, each once."""
        return [
            figure
            for figure in catalogue.FIGURES
            if not figure.is_stock and not getattr(figure.source, "trail", None)
        ]

    @property
    def _table_query(self):
        # sudo: whose rows may be seen is said by the rules of this model.
        env = self.with_context(active_test=False).sudo().env
        env["crm.lead"].flush_model()
        arms = [SQL(NOTHING)]
        for figure in self._figures():
            if env.get(figure.source.model) is None:
                continue
            try:
                arms.append(self._arm(env, figure))
            except BROKEN as error:
                # The board says so, too; the other figures have their rows.
                _logger.warning("Figure %s: %s", figure.code, error)
        return SQL(" UNION ALL ").join(SQL("(%s)", arm) for arm in arms)

    @api.model
    def _arm(self, env, figure):
        """Return the rows of a figure.

        :param env: the environment to read in, as superuser.
        :param Figure figure: one of :meth:`_figures`.
        :rtype: SQL
        """
        source, now = figure.source, fields.Datetime.now()
        Model = env[source.model]
        Model.flush_model()
        rows = figure.cases_domain(now) if figure.cases else figure.domain(now)
        query = Model._search(source.base(now) & rows)
        table = Model._table
        lead = Model._field_to_sql(table, source.lead or "id", query)
        query.add_join("JOIN", "flow_lead", "crm_lead", SQL("flow_lead.id = %s", lead))
        owner = SQL("flow_lead.user_id")
        if source.user and "." not in source.user:
            owner = Model._field_to_sql(table, source.user, query)
        hit = condition(Model, query, figure.domain(now))
        query.order = query.limit = None
        return query.select(
            SQL(
                "%s::bigint * %s + %s",
                SQL.identifier(table, "id"),
                PLACES,
                catalogue.FIGURES.index(figure),
            ),
            SQL("%s::varchar", figure.code),
            SQL("%s::varchar", str(figure.block)),
            SQL("%s::timestamp", moment_sql(Model, query, source)),
            SQL("flow_lead.id"),
            owner,
            SQL("flow_lead.team_id"),
            env["res.company"]._crm_of_row_sql("flow_lead"),
            SQL("flow_lead.source_id"),
            SQL("COALESCE(flow_lead.lead_grade, 0)::varchar"),
            SQL("(%s)::int", hit),
            SQL("%s::int", 1 if figure.cases else None),
            SQL("(%s)::int", hit) if figure.cases else SQL("NULL::int"),
            *self._measured(Model, query, figure, hit),
        )

    @api.model
    def _measured(self, Model, query, figure, hit):
        """Return the columns of what is measured: of a figure one at most has a number."""
        for unit in MEASURES:
            if figure.measure and figure.unit == unit:
                amount = figure.measure(Model, query)
                yield SQL("CASE WHEN %s THEN (%s)::float8 END", hit, amount)
            else:
                yield SQL("NULL::float8")
