# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from .routing_types import LeadFacts, Pool, Run

NOTHING = frozenset()


class CrmRoutingReader(models.AbstractModel):
    """Reads all that the engine must know about a batch of leads before it decides.

    One query for the rules, one for the members of the teams of those that matched, one for
    single persons and their substitutes. Skills, loads, accounts and history cost a query
    each, and are read only where a rule that matched, or a limit, asks for them.
    """

    _name = "crm.routing.reader"
    _description = "Reader of the routing engine"

    @api.model
    def _gather(self, leads, rows, defaults, excluded, peek, replay=False):
        """Return the state with which the engine starts.

        :param leads: crm.lead records, at least one.
        :param rows: RuleRow tuples; the active rules when None.
        :param bool replay: judge working hours as of when each lead came in.
        :rtype: Run
        """
        Rule = self.env["crm.routing.rule"]
        rows = Rule._rule_rows() if rows is None else rows
        matched = Rule._rule_match(leads, rows)
        ids = set().union(*matched.values())
        used = [row for row in rows if row.id in ids]
        now = fields.Datetime.now()
        facts = self._facts(leads, used, defaults, excluded, replay)
        variants = self._variants(used, facts)
        used += variants.values()
        accounts = self._accounts(leads, used, matched)
        people = self._people(used, facts, accounts, now)
        pools = self._pools(used, people, now)
        self._complete(used, pools, now)
        self._share_loads(pools, people)
        facts = self._refuse(leads, used, pools, facts)
        return Run(
            rows=rows,
            matched=matched,
            facts=facts,
            pools=pools,
            accounts=accounts,
            people=people,
            history=self._history(used, pools, now),
            now=now,
            peek=peek,
            variants=variants,
            position=dict.fromkeys(facts, 0),
            tried={lead_id: [] for lead_id in facts},
            judged={lead_id: [] for lead_id in facts},
        )

    # === LEADS === #

    @api.model
    def _facts(self, leads, rows, defaults, excluded, replay):
        """Return what the engine needs to know about each lead.

        :rtype: dict[int, LeadFacts]
        """
        # sudo: all leads are looked at in the same way, whoever saves them.
        leads = leads.sudo()
        skills = {
            skill
            for skill in ("language", "industry", "product", "tags")
            if any(row.values[f"match_{skill}"] for row in rows)
        }
        similar = any(row.values["method"] == "best_match" for row in rows)
        by_grade = any(row.values["grade_pool"] for row in rows)
        return {
            lead.id: LeadFacts(
                lead.id,
                lead.user_id.id,
                lead.team_id.id,
                lead.company_id.id,
                lead.create_uid.id,
                lead.lead_grade,
                defaults.get(lead.id),
                frozenset(excluded.get(lead.id, ())),
                self._asks(lead, skills),
                NOTHING,
                self._traits(lead) if similar else NOTHING,
                pool_team_id=by_grade and self._pool_team_id(lead),
                moment=lead.create_date if replay else None,
            )
            for lead in leads
        }

    @api.model
    def _pool_team_id(self, lead):
        """Return the id of the team that the scorecard names for a lead's grade, or False."""
        team = lead._grade_course().pool_team_id
        return team.active and team.id

    @api.model
    def _variants(self, rows, facts):
        """Return rules as they are for leads whose grade has a team of its own.

        :return: by rule id and team id, the rule with this team alone as its pool.
        :rtype: dict[tuple, RuleRow]
        """
        team_ids = {fact.pool_team_id for fact in facts.values()} - {False}
        pool = self.env["crm.routing.turn"]._pool
        return {
            (row.id, team_id): row._replace(
                values={
                    **row.values,
                    "team_id": team_id,
                    "source": {
                        "teams": [team_id],
                        "members": [],
                        "pool": pool([team_id], []),
                    },
                }
            )
            for row in rows
            if row.values["grade_pool"] and row.values["source"]["teams"]
            for team_id in sorted(team_ids)
        }

    @api.model
    def _asks(self, lead, skills):
        """Return what a member should know to take the lead: ids, by kind of skill."""
        return {
            "language": frozenset(lead.lang_id.ids)
            if "language" in skills
            else NOTHING,
            "industry": frozenset(lead.industry_id.ids)
            if "industry" in skills
            else NOTHING,
            "product": frozenset(lead.product_ids.ids)
            if "product" in skills
            else NOTHING,
            "tags": frozenset(lead.tag_ids.ids) if "tags" in skills else NOTHING,
        }

    @api.model
    def _traits(self, lead):
        """Return what makes a lead similar to others, as (dimension, value) pairs."""
        band = self.env["crm.routing.history"]._band(lead.expected_revenue)
        traits = {
            ("industry", lead.industry_id.id),
            ("language", lead.lang_id.id),
            ("country", lead.country_id.id),
            ("value", band),
            *(("product", product_id) for product_id in lead.product_ids.ids),
            *(("segment", segment_id) for segment_id in lead.segment_ids.ids),
        }
        return frozenset(trait for trait in traits if trait[1])

    @api.model
    def _accounts(self, leads, rows, matched):
        """Return who looks after the accounts, for the leads that an account rule matches."""
        ids = {row.id for row in rows if row.values["method"] == "account_owner"}
        if not ids:
            return {}
        return self.env["crm.routing.account"]._owners(
            leads.filtered(lambda lead: not ids.isdisjoint(matched[lead.id]))
        )

    # === CANDIDATES === #

    @api.model
    def _people(self, rows, facts, accounts, now):
        """Return single persons, each with his substitutes, by user id."""
        user_ids = {
            row.values["user_id"] for row in rows if row.values["method"] == "fixed"
        }
        user_ids |= {found[0] for found in accounts.values()}
        if any(row.values["method"] == "capturer" for row in rows):
            user_ids |= {fact.creator_id for fact in facts.values()}
        return self.env["crm.routing.pool"]._chains(user_ids - {False}, now)

    @api.model
    def _pools(self, rows, people, now):
        """Return the candidates of the rules whose candidates do not depend on the lead.

        :return: by rule id and name of the pool.
        :rtype: dict[tuple, Pool]
        """
        team_ids = {
            team_id for row in rows for team_id in row.values["source"]["teams"]
        }
        hours = any(row.values["in_hours_only"] for row in rows)
        teams = self.env["crm.routing.pool"]._teams(team_ids, now, hours)
        companies = self._companies_of_teams(rows)
        pools = {}
        for row in rows:
            if row.values["method"] == "fixed":
                pools[self._pool_key(row)] = Pool(
                    companies.get(row.values["team_id"], False),
                    "",
                    people.get(row.values["user_id"], []),
                )
                continue
            only = set(row.values["source"]["members"])
            candidates = {}
            for team_id in row.values["source"]["teams"]:
                for candidate in teams.get(team_id, (False, "", []))[2]:
                    if not only or candidate.member_id in only:
                        candidates.setdefault(candidate.user_id, candidate)
            company_id, name, _members = teams.get(
                row.values["team_id"], (False, "", [])
            )
            # In an order that does not depend on which of the teams is the rule's main one:
            # rules with the same pool share its turns.
            order = sorted(candidates)
            pools[self._pool_key(row)] = Pool(
                company_id, name, [candidates[u] for u in order]
            )
        return pools

    @api.model
    def _companies_of_teams(self, rows):
        """Return the companies of the teams that rules for a single person name, by team id."""
        team_ids = {
            row.values["team_id"] for row in rows if row.values["method"] == "fixed"
        }
        # sudo: teams that the user may not see.
        teams = self.env["crm.team"].sudo().browse(team_ids - {False})
        return {team.id: team.company_id.id for team in teams}

    @api.model
    def _complete(self, rows, pools, now):
        """Read skills and loads where a rule, or a limit of a candidate, asks for them."""
        members = {c.member_id: c for pool in pools.values() for c in pool.candidates}
        members = [c for c in members.values() if c.member_id]
        if any(
            row.values[f"match_{s}"]
            for row in rows
            for s in ("language", "industry", "product", "tags")
        ):
            self.env["crm.routing.measure"]._add_skills(members)
        limited = any(c.caps[0] or c.caps[1] or c.caps[3] for c in members)
        if limited or any(
            row.values["method"] == "least_loaded" or row.values["respect_capacity"]
            for row in rows
        ):
            self.env["crm.routing.measure"]._add_loads(members, now)

    @api.model
    def _share_loads(self, pools, people):
        """Have one load for each user: what one rule gives him counts for all of them."""
        loads = {c.user_id: c.load for pool in pools.values() for c in pool.candidates}
        for chain in people.values():
            for person in chain:
                person.load = loads.setdefault(person.user_id, person.load)

    @api.model
    def _pool_key(self, row):
        return row.id, row.values["source"]["pool"]

    @api.model
    def _refuse(self, leads, rows, pools, facts):
        """Add to the facts which members' own filters a lead meets, and which not.

        Odoo has two: leads that a member takes, and among these, leads that he prefers.
        """
        members = {
            candidate.member_id: candidate
            for row in rows
            if row.values["respect_capacity"]
            for candidate in pools[self._pool_key(row)].candidates
        }
        takes = {key: c.domain for key, c in members.items() if c.domain}
        prefers = {key: c.prefers for key, c in members.items() if c.prefers}
        if not takes and not prefers:
            return facts
        measure = self.env["crm.routing.measure"]
        refused = measure._filtered(leads, takes, meets=False)
        preferred = measure._filtered(leads, prefers, meets=True)
        return {
            lead_id: fact._replace(
                refused=refused.get(lead_id, NOTHING),
                preferred=preferred.get(lead_id, NOTHING),
            )
            for lead_id, fact in facts.items()
        }

    @api.model
    def _history(self, rows, pools, now):
        """Read the success of the candidates of rules that ask for the best match."""
        user_ids = {
            candidate.user_id
            for row in rows
            if row.values["method"] == "best_match"
            for candidate in pools[self._pool_key(row)].candidates
        }
        return self.env["crm.routing.history"]._read(user_ids, now) if user_ids else {}
