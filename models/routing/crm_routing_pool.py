# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL


@dataclass
class Candidate:
    """Somebody who may get a lead, as the engine keeps him in memory: plain values.

    ``blocked`` says why he can get no lead at all now: a code of
    ``crm.lead.routing.log._verdict_texts``, or an empty string.
    """

    user_id: int
    name: str
    companies: frozenset
    blocked: str
    team_id: int = False
    member_id: int = False


class CrmRoutingPool(models.AbstractModel):
    """Who could get leads, and who cannot just now, and why.

    ``_members(team_ids)`` and ``_users(user_ids)`` read everything about all candidates of a
    batch in one query each. What is true of a person whatever the lead (archived, paused,
    away) is decided here; what depends on the lead is decided by ``_verdict``.
    """

    _name = "crm.routing.pool"
    _description = "Candidates for leads"

    @api.model
    def _members(self, team_ids, now):
        """Return the candidates of sales teams.

        :param team_ids: ids of the teams.
        :param datetime now: the moment to judge absences by, in UTC.
        :return: id of the team's company, its name, and the members in a fixed order.
        :rtype: dict[int, tuple[int, str, list[Candidate]]]
        """
        if not team_ids:
            return {}
        self.env["crm.team.member"].flush_model(
            ["crm_team_id", "user_id", "active", "assignment_optout"]
        )
        self.env["crm.team"].flush_model(["name", "company_id"])
        rows = self._fetch_people(
            SQL(
                "member.id, team.id, team.company_id, COALESCE(team.name->>%s,"
                " team.name->>'en_US'), %s",
                self.env.lang or "en_US",
                self._paused_sql(),
            ),
            SQL(
                "crm_team_member AS member JOIN res_users AS usr ON usr.id = member.user_id"
                " JOIN crm_team AS team ON team.id = member.crm_team_id"
            ),
            SQL("member.active AND team.id = ANY(%s)", list(team_ids)),
            SQL("team.id, member.id"),
            now,
        )
        teams = {}
        for member_id, team_id, company_id, team_name, paused, *person in rows:
            blocked = self._blocked(*person[2:]) or ("paused" if paused else "")
            teams.setdefault(team_id, (company_id or False, team_name, []))[2].append(
                Candidate(
                    person[0],
                    person[1],
                    frozenset(person[-1]),
                    blocked,
                    team_id,
                    member_id,
                )
            )
        return teams

    @api.model
    def _users(self, user_ids, now):
        """Return single users as candidates.

        :param user_ids: ids of users.
        :param datetime now: the moment to judge absences by, in UTC.
        :rtype: dict[int, Candidate]
        """
        if not user_ids:
            return {}
        rows = self._fetch_people(
            SQL("TRUE"),
            SQL("res_users AS usr"),
            SQL("usr.id = ANY(%s)", list(user_ids)),
            SQL("usr.id"),
            now,
        )
        return {
            person[0]: Candidate(
                person[0], person[1], frozenset(person[-1]), self._blocked(*person[2:])
            )
            for _true, *person in rows
        }

    @api.model
    def _fetch_people(self, columns, tables, where, order, now):
        """Return rows of ``columns``, then user id, name, archived, external, away, companies."""
        self.env["res.users"].flush_model(
            [
                "active",
                "share",
                "partner_id",
                "company_ids",
                "out_of_office_from",
                "out_of_office_to",
            ]
        )
        self.env["res.partner"].flush_model(["name"])
        return self.env.execute_query(
            SQL(
                """
                SELECT %(columns)s, usr.id, partner.name, NOT usr.active, usr.share,
                       usr.out_of_office_from IS NOT NULL
                       AND usr.out_of_office_from <= %(now)s
                       AND (usr.out_of_office_to IS NULL OR usr.out_of_office_to >= %(now)s),
                       ARRAY(SELECT rel.cid FROM res_company_users_rel AS rel
                              WHERE rel.user_id = usr.id)
                  FROM %(tables)s JOIN res_partner AS partner ON partner.id = usr.partner_id
                 WHERE %(where)s
                 ORDER BY %(order)s
                """,
                columns=columns,
                tables=tables,
                where=where,
                order=order,
                now=now,
            )
        )

    @api.model
    def _paused_sql(self):
        """Return the condition that a membership gets no leads for now.

        The one place that knows how Odoo stores its "Pause assignment".
        """
        return SQL("member.assignment_optout IS TRUE")

    @api.model
    def _blocked(self, archived, share, away, _companies):
        """Return why a person can get no lead at all, or an empty string."""
        if archived:
            return "archived"
        if share:
            return "external"
        return "away" if away else ""

    @api.model
    def _verdict(self, candidate, facts):
        """Return why a candidate cannot get this lead, or an empty string.

        :param Candidate candidate: who.
        :param LeadFacts facts: the lead, as the engine keeps it in memory.
        """
        if candidate.blocked:
            return candidate.blocked
        if facts.company_id and facts.company_id not in candidate.companies:
            return "company"
        if candidate.user_id in facts.excluded:
            return "excluded"
        return ""
