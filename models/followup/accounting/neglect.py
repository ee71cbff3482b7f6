# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which leads are neglected: the one place that knows, for boards, figures and people.

Open, somebody's, and nobody of us was in touch for longer than the first policy allows that is
for the lead. Who is paused, set aside, or kept in touch with by something else (a track) is
neglected by nobody.
"""

import logging

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ...common.rule.rule_set import BROKEN, rule_leads

_logger = logging.getLogger(__name__)

READ = (
    *("active", "won_status", "user_id", "last_touch_on", "create_date"),
    *("routing_paused_until", "qualification_state", "gate_waived"),
    *("company_id", "team_id"),
)


def neglected_domain(env, now):
    """Return the leads that are neglected, as a domain that the database answers.

    :param datetime now: in UTC.
    :rtype: Domain
    """
    days = _days(env)
    if not days:
        return Domain.FALSE

    def to_sql(_model, alias, _query):
        return SQL("%s IN (%s)", SQL.identifier(alias, "id"), _statement(env, now))

    return Domain.custom(to_sql=to_sql)


def _days(env):
    """Return the policies of sales with the days that they allow, in their order; 0: any."""
    rows = [
        row
        for row in env["crm.followup.policy"]._rule_rows()
        if row.values["kind"] == "sales"
    ]
    return rows if any(row.values["neglect_days"] for row in rows) else []


def _statement(env, now):
    """Return the statement of the ids of the leads that are neglected."""
    leads, Company = rule_leads(env), env["res.company"]
    env["crm.lead"].flush_model(READ)
    query = Query(leads.env, "crm_lead", SQL.identifier("crm_lead"))
    cases = [
        SQL("WHEN %s THEN %s::int", condition, row.values["neglect_days"] or None)
        for row in _days(env)
        if (condition := _condition(env, row, query))
    ]
    query.add_where(
        SQL(
            "crm_lead.active AND crm_lead.won_status = 'pending'"
            " AND crm_lead.user_id IS NOT NULL"
            " AND COALESCE(crm_lead.routing_paused_until <= %s, TRUE)",
            now,
        )
    )
    query.add_where(SQL("NOT %s", Company._crm_set_aside_sql(leads, query)))
    for muted in env["crm.followup.engine"]._muted_sqls():
        query.add_where(SQL("NOT %s", muted))
    query.add_where(
        SQL(
            "COALESCE(crm_lead.last_touch_on, crm_lead.create_date)"
            " < %s::timestamp - make_interval(days => CASE %s END)",
            now,
            SQL(" ").join(cases) if cases else SQL("WHEN TRUE THEN NULL::int"),
        )
    )
    return query.select(SQL("crm_lead.id"))


def _condition(env, row, query):
    """Return whether a lead falls under a policy, in SQL; None where it is broken."""
    leads = rule_leads(env, row.lang)
    try:
        domain = Domain(row.domain).optimize_full(leads)
        parts = [] if domain.is_true() else [domain._to_sql(leads, "crm_lead", query)]
    except BROKEN as error:
        _logger.warning("Follow-up policy %s: %s", row.name, error)
        return None
    company = env["crm.followup.policy"]._rule_company_sql(leads, row, query)
    parts += [company] if company else []
    return SQL(" AND ").join(parts) if parts else SQL("TRUE")
