# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

# What is asked of a fallback, in the order in which people read it.
FILTERS = ("archived", "external", "company", "excluded")


class CrmRoutingFallback(models.AbstractModel):
    """Finds an owner for the leads that no rule could give to anybody.

    In this order: the company's fallback owner, the leader of the lead's own team or of the
    first rule that matched, whoever has the lead or would have had it without routing, unless
    he is archived. A fallback must be an active internal user who works in the lead's
    company; that he is away does not matter, since nobody else is left.
    """

    _name = "crm.routing.fallback"
    _description = "Fallback owners of leads"

    @api.model
    def _decide(self, run, lead_ids):
        """Return a decision for each lead.

        :param Run run: the state of the engine.
        :param lead_ids: ids of the leads that no rule decided.
        :rtype: dict[int, dict]
        """
        if not lead_ids:
            return {}
        people = self._people(run, lead_ids)
        return {lead_id: self._decision(run, lead_id, people) for lead_id in lead_ids}

    @api.model
    def _people(self, run, lead_ids):
        """Read the fallback owners, the teams with their leaders, and the users behind."""
        facts = [run.facts[lead_id] for lead_id in lead_ids]
        # sudo: set-up of companies and teams that the user may not see.
        companies = (
            self.env["res.company"]
            .sudo()
            .browse({fact.company_id or self.env.company.id for fact in facts})
        )
        fallback = {
            company.id: company.lead_fallback_user_id.id for company in companies
        }
        team_of = {
            fact.id: fact.team_id or self._rule_team(run, fact.id) for fact in facts
        }
        # sudo: as above.
        teams = self.env["crm.team"].sudo().browse(set(team_of.values()) - {False})
        leaders = {team.id: (team.user_id.id, team.name) for team in teams}
        user_ids = {
            *fallback.values(),
            *(leader for leader, _name in leaders.values()),
            *(fact.user_id for fact in facts),
            *(fact.default_user_id for fact in facts),
        }
        chains = self.env["crm.routing.pool"]._chains(user_ids - {False, None}, run.now)
        users = {user_id: chain[0] for user_id, chain in chains.items()}
        return {
            "fallback": fallback,
            "team_of": team_of,
            "leaders": leaders,
            "users": users,
        }

    @api.model
    def _rule_team(self, run, lead_id):
        """Return the team of the first rule that matches the lead, or False."""
        matched = run.matched[lead_id]
        return next(
            (
                row.values["team_id"]
                for row in run.rows
                if row.id in matched and row.values["team_id"]
            ),
            False,
        )

    @api.model
    def _decision(self, run, lead_id, people):
        """Return the decision about one lead."""
        facts = run.facts[lead_id]
        users = people["users"]
        team_id = people["team_of"][lead_id]
        leader_id, team_name = people["leaders"].get(team_id, (False, ""))
        company_id = facts.company_id or self.env.company.id
        judged = list(run.judged[lead_id])
        chosen, outcome = None, "nobody"
        for code, user_id in (
            ("fallback_company", people["fallback"][company_id]),
            ("fallback_leader", leader_id),
        ):
            if chosen is None and user_id:
                person = users[user_id]
                failed = self._failed(person, company_id, facts)
                judged.append(
                    {
                        "rule": code,
                        "filters": FILTERS,
                        "people": [(person.user_id, person.name, failed)],
                    }
                )
                if not failed:
                    chosen, outcome = person, code
        if chosen is None:
            chosen, outcome = self._kept(facts, users)
        return {
            "lead_id": lead_id,
            "rule_id": False,
            "team_id": team_id if outcome == "fallback_leader" else facts.team_id,
            "from_user_id": facts.user_id,
            "to_user_id": chosen.user_id if chosen else False,
            "outcome": outcome,
            "facts": {"user": chosen.name if chosen else "", "team": team_name},
            "judged": judged,
            "tried": run.tried[lead_id],
        }

    @api.model
    def _kept(self, facts, users):
        """Return who keeps a lead that nobody can take, or None, and the outcome."""
        kept = users.get(facts.user_id or facts.default_user_id)
        if not kept or "archived" in kept.blocked:
            return (
                None,
                "nobody",
            )  # Nobody works on it: it waits, and the alarm is raised.
        return kept, "kept_owner" if facts.user_id else "kept_default"

    @api.model
    def _failed(self, person, company_id, facts):
        """Return the codes of why a fallback cannot take the lead."""
        fails = {
            "archived": "archived" in person.blocked,
            "external": "external" in person.blocked,
            "excluded": person.user_id in facts.excluded,
            "company": company_id not in person.companies,
        }
        return tuple(code for code in FILTERS if fails[code])
