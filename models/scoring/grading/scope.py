# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import SQL

from ...common.rule.rule_set import rule_leads

# Spreads neighbouring ids over the share of leads that a pilot gets.
SPREAD = 7919


class Scope:
    """Which leads a scorecard is about, as conditions on ``crm_lead``.

    :param env: any environment of the database.
    """

    def __init__(self, env):
        self.env = env
        self.setups = env["crm.score.engine"]._setups()

    def graded_sql(self, setup, query):
        """Return which leads a scorecard grades: its own, but for those of earlier ones."""
        setups = self.setups
        earlier = setups[: setups.index(setup)] if setup in setups else ()
        parts = [self.company_sql(setup, query), self.pilot_sql(setup, query)]
        for other in earlier:
            if other.state == "pilot":
                theirs = SQL(
                    "(%s AND %s)",
                    self.company_sql(other, query),
                    self.pilot_sql(other, query),
                )
                parts.append(SQL("NOT COALESCE(%s, FALSE)", theirs))
        return SQL(" AND ").join(parts)

    def about_sql(self, setup, query):
        """Return the leads that a scorecard is about, or would be if it were live."""
        company = self.company_sql(setup._replace(state="live"), query)
        return SQL("(%s AND %s)", company, self.pilot_sql(setup, query))

    def company_sql(self, setup, query):
        """Return the leads of the company that a scorecard is for."""
        leads, Company = rule_leads(self.env), self.env["res.company"]
        is_only, own = Company._crm_is_only_company(), self.own_companies()
        if setup.company_id:
            if is_only:
                return SQL("TRUE")
            # Leads that are tied to no company are for the general one, where there is one.
            company = Company._crm_of_lead_sql(leads, query, tied=self._has_general())
            return SQL("%s = %s", company, setup.company_id)
        if setup.state != "live" or not own:
            return SQL("TRUE")
        if is_only:
            return SQL("FALSE")
        company = Company._crm_of_lead_sql(leads, query, tied=True)
        return SQL("(%s IS NULL OR %s <> ALL(%s))", company, company, own)

    def _has_general(self):
        """Tell whether a live scorecard is for the leads of all companies."""
        return any(s.state == "live" and not s.company_id for s in self.setups)

    def own_companies(self):
        """Return the ids of the companies that have a live scorecard of their own."""
        return [s.company_id for s in self.setups if s.company_id and s.state == "live"]

    def pilot_sql(self, setup, query):
        """Return the leads of the teams, or in the share, that a pilot is for."""
        if setup.state != "pilot":
            return SQL("TRUE")
        leads = rule_leads(self.env)
        parts = []
        if setup.pilot_team_ids:
            team = leads._field_to_sql("crm_lead", "team_id", query)
            parts.append(SQL("%s = ANY(%s)", team, list(setup.pilot_team_ids)))
        if setup.pilot_share:
            parts.append(
                SQL("crm_lead.id * %s::bigint %% 100 < %s", SPREAD, setup.pilot_share)
            )
        return SQL("(%s)", SQL(" AND ").join(parts)) if parts else SQL("FALSE")
