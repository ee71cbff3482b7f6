# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who can help with leads that no rule could give to anybody."""

from ..deciding.types import Helpers


def read(env, facts, team_ids, now):
    """Read the fallback owners, the teams with their leaders, and the users behind.

    :param env: the environment of who routes.
    :param list[LeadFacts] facts: the leads.
    :param team_ids: ids of the teams whose leaders may help.
    :param datetime now: the moment to judge absences by, in UTC.
    :rtype: Helpers
    """
    # sudo: set-up of companies and teams that the user may not see.
    companies = env["res.company"].sudo()
    first_id = companies._crm_first_company_id()
    companies = companies.browse({one.company_id or first_id for one in facts})
    owners = {company.id: company.lead_fallback_user_id.id for company in companies}
    # sudo: as above.
    teams = env["crm.team"].sudo().browse(set(team_ids) - {False})
    leaders = {
        team.id: (team.user_id.id, team.name, team.company_id.id) for team in teams
    }
    user_ids = {
        *owners.values(),
        *(leader_id for leader_id, _name, _company_id in leaders.values()),
        *(one.user_id for one in facts),
        *(one.default_user_id for one in facts),
    }
    chains = env["crm.routing.pool"]._chains(user_ids - {False, None}, now)
    users = {user_id: chain[0] for user_id, chain in chains.items()}
    return Helpers(first_id, owners, leaders, users)
