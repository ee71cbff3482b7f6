# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import buying

FLAGS = (
    *("is_answered_in_time", "is_neglected"),
    *("is_bought_again", "buys_again_later", "is_loyal"),
)


class CrmLead(models.Model):
    """What figures ask of a lead, and whoever filters leads may ask, too."""

    _inherit = "crm.lead"

    is_answered_in_time = fields.Boolean(
        string="Answered in Time",
        compute="_compute_insight",
        search="_search_is_answered_in_time",
        help="A person reached out to the lead before its time to answer was over.",
    )
    is_neglected = fields.Boolean(
        string="Neglected",
        compute="_compute_insight",
        search="_search_is_neglected",
        help="Open, and nobody was in touch for longer than the follow-up policy allows; neither"
        " paused, nor set aside, nor in a track.",
    )
    is_bought_again = fields.Boolean(
        string="Bought Again",
        compute="_compute_insight",
        search="_search_is_bought_again",
        help="Won, and the same customer had bought before.",
    )
    buys_again_later = fields.Boolean(
        string="Bought Again Since",
        compute="_compute_insight",
        search="_search_buys_again_later",
        help="Won, and the same customer bought again afterwards.",
    )
    is_loyal = fields.Boolean(
        string="Loyal Customer",
        compute="_compute_insight",
        search="_search_is_loyal",
        help="Won, and the same customer had bought within the 24 months before; not in a"
        " stage for inactive customers.",
    )

    # What had to be answered within a time, and when it was: counted without the leads
    # themselves. Leads without a clock are not in it.
    _insight_deadline_idx = models.Index(
        "(response_deadline) INCLUDE (first_response_on, company_id)"
        " WHERE response_deadline IS NOT NULL"
    )
    # What was closed within a time; open leads are not in it, and cost nothing more.
    _insight_closed_idx = models.Index(
        "(date_closed) WHERE won_status IN ('won', 'lost')"
    )

    @api.depends(
        "first_response_on", "response_deadline", "last_touch_on", "won_status"
    )
    def _compute_insight(self):
        for name in FLAGS:
            ids = set(self.search([("id", "in", self.ids), (name, "=", True),
                                   ("active", "in", (True, False))])._ids)  # fmt: skip
            for lead in self:
                lead[name] = lead._origin.id in ids

    @api.model
    def _search_is_answered_in_time(self, operator, value):
        return self._search_by_sql(
            operator,
            value,
            lambda alias: SQL(
                "COALESCE(%s <= %s, FALSE)",
                SQL.identifier(alias, "first_response_on"),
                SQL.identifier(alias, "response_deadline"),
            ),
        )

    @api.model
    def _search_is_neglected(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = {bool(one) for one in value}
        if len(wanted) != 1:
            return Domain.TRUE if wanted else Domain.FALSE
        neglected = self.env["crm.followup.accountant"]._neglected_domain()
        return neglected if True in wanted else ~neglected

    @api.model
    def _search_is_bought_again(self, operator, value):
        return self._search_bought(operator, value, "again")

    @api.model
    def _search_buys_again_later(self, operator, value):
        return self._search_bought(operator, value, "later")

    @api.model
    def _search_is_loyal(self, operator, value):
        loyal = self._search_bought(operator, value, "loyal")
        if loyal is NotImplemented or loyal.is_true() or loyal.is_false():
            return loyal
        quiet = Domain("stage_id.lead_role", "=", "inactive")
        return loyal & ~quiet if True in value else loyal | quiet

    @api.model
    def _search_bought(self, operator, value, way):
        ids = buying.won_leads(self.env, way)
        return self._search_by_sql(
            operator,
            value,
            lambda alias: SQL("%s IN (%s)", SQL.identifier(alias, "id"), ids),
        )

    @api.model
    def _search_by_sql(self, operator, value, condition):
        """Return the domain of a Boolean that the database answers.

        :param condition: called with the alias of the table, returns the SQL.
        """
        if operator != "in":
            return NotImplemented
        wanted = {bool(one) for one in value}
        if len(wanted) != 1:
            return Domain.TRUE if wanted else Domain.FALSE
        sign = SQL() if True in wanted else SQL("NOT ")
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL("(%s%s)", sign, condition(alias))
        )
