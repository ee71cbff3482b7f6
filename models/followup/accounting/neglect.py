# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which leads are neglected: the one place that knows, for boards, figures and people.

Open, somebody's, and nobody of us was in touch for longer than the first policy allows that is
for the lead. Who is paused, set aside, or kept in touch with by something else (a track) is
neglected by nobody.
"""

from odoo.fields import Domain
from odoo.tools import SQL

from ...common.rule.rule_set import Plan, RuleSet, rule_leads

READ = (
    *("active", "won_status", "user_id", "last_touch_on", "create_date"),
    *("routing_paused_until", "qualification_state", "gate_waived"),
    *("company_id", "team_id"),
)


def neglected_domain(env, now):
    """Return the leads that are neglected, as a domain that the database answers.

    Where no policy has a condition, as shipped, the rows of the leads say it. Else they are
    looked up once each time that the domain becomes SQL: a policy whose condition the database
    refuses is found, and switched off, before it can stop who asked.

    :param datetime now: in UTC.
    :rtype: Domain
    """
    if not _days(env):
        return Domain.FALSE

    def to_sql(_model, alias, query):
        if alias == "crm_lead" and all(
            Domain(row.domain).is_true() for row in _days(env)
        ):
            env["crm.lead"].flush_model(READ)
            return _condition(env, now, query, _of_all(env, query))
        return SQL(
            "%s IN (SELECT unnest(%s::int[]))",
            SQL.identifier(alias, "id"),
            _found(env, now),
        )

    return Domain.custom(to_sql=to_sql)


def _days(env):
    """Return the policies of sales with the days that they allow, in their order; 0: any."""
    rows = tuple(
        row
        for row in env["crm.followup.policy"]._rule_rows()
        if row.values["kind"] == "sales"
    )
    return rows if any(row.values["neglect_days"] for row in rows) else ()


def _found(env, now):
    """Return the ids of the leads that are neglected, as the text of an array in SQL."""
    env["crm.lead"].flush_model(READ)
    plan = Plan([("crm.followup.policy", _days(env))], _statement(env, now))
    ((text,),) = RuleSet.of(env, plan).execute(None, now=now)
    return text or "{}"


def _of_all(env, query):
    """Return the policies, as a Plan gives them, each for all leads of its company."""
    policies, leads = env["crm.followup.policy"], rule_leads(env)
    return [
        (row, [policies._rule_company_sql(leads, row, query) or SQL("TRUE")])
        for row in _days(env)
    ]


def _statement(env, now):
    """Return how the conditions of policies become the statement of these ids."""

    def build(query, found):
        query.add_where(_condition(env, now, query, found[0]))
        return query.select(SQL("array_agg(crm_lead.id)::text"))

    return build


def _condition(env, now, query, policies):
    """Return the condition that a lead is neglected, in SQL.

    :param query: over the table crm_lead, by that name.
    :param policies: pairs of a policy and its conditions; the first that is for a lead decides.
    """
    cases = [
        SQL("WHEN %s THEN %s::int", sqls[0], row.values["neglect_days"] or None)
        for row, sqls in policies
    ]
    is_kept = SQL(" AND ").join(
        SQL("NOT %s", one)
        for one in (
            env["res.company"]._crm_set_aside_sql(rule_leads(env), query),
            *env["crm.followup.engine"]._muted_sqls(query),
        )
    )
    return SQL(
        "(crm_lead.active AND crm_lead.won_status = 'pending'"
        " AND crm_lead.user_id IS NOT NULL"
        " AND COALESCE(crm_lead.routing_paused_until <= %(now)s, TRUE)"
        " AND COALESCE(crm_lead.last_touch_on, crm_lead.create_date)"
        " < %(now)s::timestamp - make_interval(days => CASE %(cases)s END)"
        " AND %(is_kept)s)",
        now=now,
        cases=SQL(" ").join(cases) if cases else SQL("WHEN TRUE THEN NULL::int"),
        is_kept=is_kept,
    )
