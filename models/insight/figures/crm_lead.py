# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ...common.rule.rule_set import rule_leads
from . import buying

OPEN = SQL("crm_lead.active AND crm_lead.won_status = 'pending'")
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
        help="Open, and nobody was in touch for longer than the follow-up policy allows.",
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
        neglected = self._neglected_sql()
        return self._search_by_sql(
            operator,
            value,
            lambda alias: SQL("%s IN (%s)", SQL.identifier(alias, "id"), neglected),
        )

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

    @api.model
    def _neglected_sql(self):
        """Return the statement of the leads that nobody was in touch with for too long.

        By the days of the first policy that is for the lead, as the follow-up's accountant
        says it of records.
        """
        Policy = self.env["crm.followup.policy"]
        leads = rule_leads(self.env)
        query = Query(leads.env, "crm_lead", SQL.identifier("crm_lead"))
        cases = []
        for row in Policy._rule_rows():
            days = row.values["neglect_days"]
            if row.values["kind"] != "sales" or not days:
                continue
            domain = Domain(row.domain).optimize_full(leads)
            conditions = (
                [] if domain.is_true() else [domain._to_sql(leads, "crm_lead", query)]
            )
            company = Policy._rule_company_sql(leads, row, query)
            conditions += [company] if company else []
            matches = SQL(" AND ").join(conditions) if conditions else SQL("TRUE")
            cases.append(SQL("WHEN %s THEN %s", matches, days))
        if not cases:
            return SQL("SELECT NULL::int WHERE FALSE")
        self.flush_model(["active", "won_status", "last_touch_on"])
        query.add_where(OPEN)
        query.add_where(
            SQL(
                "COALESCE(crm_lead.last_touch_on, crm_lead.create_date)"
                " < %s::timestamp - make_interval(days => CASE %s END)",
                fields.Datetime.now(),
                SQL(" ").join(cases),
            )
        )
        return query.select(SQL("crm_lead.id"))
