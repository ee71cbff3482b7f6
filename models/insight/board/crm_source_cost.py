# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

# By which field of the lead a cost is told.
COLUMNS = {"source_id": "source_id", "medium_id": "medium_id"}


class CrmSourceCost(models.Model):
    """What a source of leads cost from one day to another: a fair, a campaign, a portal."""

    _name = "crm.source.cost"
    _description = "Cost of a source of leads"
    _order = "date_from desc, id desc"
    _rec_name = "source_id"

    source_id = fields.Many2one(
        "utm.source", required=True, index=True, ondelete="cascade"
    )
    medium_id = fields.Many2one(
        "utm.medium",
        index="btree_not_null",
        ondelete="cascade",
        help="The cost counts for the method of this medium, too.",
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(
        string="Until", required=True, default=fields.Date.context_today
    )
    amount = fields.Monetary(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    note = fields.Char()

    _check_days = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day cannot be before the first one."
    )
    _check_amount = models.Constraint(
        "CHECK (amount >= 0)", "A cost cannot be negative."
    )

    @api.model
    def _of_period(self, span, field):
        """Return what was spent in a period: a cost is spread evenly over its days.

        :param Span span: its last period counts.
        :param str field: source_id or medium_id.
        :return: the amount in the company's currency by the id of the source or medium.
        :rtype: dict[int, float]
        """
        self.flush_model()
        column = SQL.identifier(COLUMNS[field])
        rows = self.env.execute_query(
            SQL(
                "SELECT %s, sum(amount * (LEAST(date_to, %s) - GREATEST(date_from, %s) + 1)"
                " / (date_to - date_from + 1))::float8 FROM crm_source_cost"
                " WHERE company_id = %s AND date_from <= %s AND date_to >= %s"
                " AND %s IS NOT NULL GROUP BY 1",
                column,
                span.last,
                span.first,
                span.company.id,
                span.last,
                span.first,
                column,
            )
        )
        return dict(rows)
