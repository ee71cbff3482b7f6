# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ...common.crm_config_mixin import kept
from ...common.rule.rule_set import NOW, Slot, Statement
from ...common.working_hours import WorkingHours
from ..deciding.types import FILTERS, Candidate

TEAMS_READ = Slot("teams")

# In the order in which CrmRoutingPool._member() takes them.
MEMBER_COLUMNS = [
    "routing_weight",
    "routing_seniority",
    "routing_cap_day",
    "routing_cap_week",
    "routing_cap_open",
    "assignment_max",
    "assignment_domain",
    "assignment_domain_preferred",
    *FILTERS.values(),
    "routing_credit",
]
# Three columns of the team, the membership, and whether it is paused stand before them.
MEMBER = 5 + len(MEMBER_COLUMNS)
MEMBER_READ = [
    "crm_team_id",
    "user_id",
    "active",
    "assignment_optout",
    "routing_calendar_id",
    "routing_substitute_id",
    *MEMBER_COLUMNS,
]
USER_READ = [
    "active",
    "share",
    "partner_id",
    "company_id",
    "company_ids",
    "group_ids",
    "out_of_office_from",
    "out_of_office_to",
]
LEAVE_READ = ["user_id", "state", "date_from", "date_to"]

# The teams of a user, as (id, company id or 0), in the order in which he joined them.
TEAMS = """
    ARRAY(SELECT ARRAY[team.id, COALESCE(team.company_id, 0)]
            FROM crm_team_member AS member
            JOIN crm_team AS team ON team.id = member.crm_team_id AND team.active
           WHERE member.user_id = usr.id AND member.active ORDER BY member.id)
"""

# The strictest limits of a user's memberships: a day, a week, open at a time; 0: none.
CAPS = """
    (SELECT ARRAY[COALESCE(min(NULLIF(member.routing_cap_day, 0)), 0),
                  COALESCE(min(NULLIF(member.routing_cap_week, 0)), 0),
                  COALESCE(min(NULLIF(member.routing_cap_open, 0)), 0)]
       FROM crm_team_member AS member WHERE member.user_id = usr.id AND member.active)
"""

# A calendar of the caller's, else that of the user's resource, else that of his company.
CALENDAR = """
    COALESCE(%s, (SELECT min(res.calendar_id) FROM resource_resource AS res
                   WHERE res.user_id = usr.id AND res.active),
             (SELECT resource_calendar_id FROM res_company WHERE id = usr.company_id))
"""
COMPANIES = """
    ARRAY(SELECT rel.cid FROM res_company_users_rel AS rel WHERE rel.user_id = usr.id)
"""

# How long somebody counts as just returned from an absence.
RETURNED = "7 days"
# How far ahead absences are looked for: whoever does not work for longer is away.
AHEAD = "14 days"


class CrmRoutingPool(models.AbstractModel):
    """Who could get leads, and who cannot just now.

    ``_teams(team_ids)`` and ``_chains(user_ids)`` read all candidates of a batch in one
    query each. What is true of a person whatever the lead (archived, paused, away) is decided
    here, as ``Candidate.blocked``; what depends on the lead, by ``deciding.filters``.
    """

    _name = "crm.routing.pool"
    _description = "Candidates for leads"

    @api.model
    def _teams(self, team_ids, now, hours=True):
        """Return the members of sales teams as candidates; an archived team has none.

        :param team_ids: ids of the teams.
        :param datetime now: the moment to judge absences by, in UTC.
        :param bool hours: read the working calendars, too.
        :return: id of the team's company, its name, its members in a fixed order, by team id.
        :rtype: dict[int, tuple[int, str, list[Candidate]]]
        """
        if not team_ids:
            return {}
        hours = hours or "hr.leave" in self.env
        self._flush_people()
        statement = self._teams_statement(self.env.lang or "en_US", hours)
        run = statement.prepared(self.env, {TEAMS_READ: list(team_ids), NOW: now})
        teams = {}
        for row in run():
            team_id, company_id, team_name = row[:3]
            teams.setdefault(team_id, (company_id or False, team_name, []))[2].append(
                self._member(
                    (team_id, company_id or 0), row[3:MEMBER], row[MEMBER:], now
                )
            )
        return teams

    @api.model
    @kept("lang", "hours")
    def _teams_statement(self, lang, hours):
        """Return the statement that reads members, from memory.

        :param str lang: of the names of the teams.
        """
        people = self._people_sql(
            SQL(
                "team.id, team.company_id, COALESCE(team.name->>%s, team.name->>'en_US'),"
                " member.id, %s, %s",
                lang,
                self._paused_sql(),
                SQL(", ").join(SQL.identifier("member", n) for n in MEMBER_COLUMNS),
            ),
            SQL("member.routing_calendar_id") if hours else None,
            SQL(
                "crm_team_member AS member JOIN res_users AS usr ON usr.id = member.user_id"
                " JOIN crm_team AS team ON team.id = member.crm_team_id"
            ),
            SQL("member.active AND team.active AND team.id = ANY(%s)", TEAMS_READ),
            SQL("team.id, member.id"),
            NOW,
        )
        return Statement.of(self.env, people)

    @api.model
    def _member(self, team, member, person, now):
        """Return a member as a candidate, of a team given as (id, company id or 0)."""
        (
            member_id,
            paused,
            weight,
            seniority,
            per_day,
            per_week,
            at_a_time,
            per_month,
            domain,
            prefers,
            domain_broken,
            prefers_broken,
            credit,
        ) = member
        candidate = self._person(person, now)
        candidate.team_id, candidate.member_id = team[0], member_id
        candidate.teams = (team,)
        candidate.blocked += ("paused",) if paused else ()
        candidate.weight = weight if weight is not None else 1
        candidate.seniority = int(seniority or 2)
        candidate.domain = "" if domain_broken else domain or ""
        candidate.prefers = "" if prefers_broken else prefers or ""
        candidate.credit = credit or 0
        candidate.caps = (per_day or 0, per_week or 0, per_month or 0, at_a_time or 0)
        return candidate

    @api.model
    def _chains(self, user_ids, now):
        """Return single users, each followed by his substitutes, as candidates.

        :param user_ids: ids of users.
        :param datetime now: the moment to judge absences by, in UTC.
        :return: the user, his substitute, the substitute's and so on, nobody twice; who stands
            in has the limits of his own memberships.
        :rtype: dict[int, list[Candidate]]
        """
        if not user_ids:
            return {}
        self._flush_people()
        chain = SQL(
            """
            (WITH RECURSIVE chain(root, user_id, depth, path) AS (
                SELECT root, root, 0, ARRAY[root] FROM unnest(%s::int[]) AS root
                UNION ALL
                SELECT chain.root, member.routing_substitute_id, chain.depth + 1,
                       chain.path || member.routing_substitute_id
                  FROM chain JOIN crm_team_member AS member
                    ON member.user_id = chain.user_id AND member.active
                 WHERE member.routing_substitute_id IS NOT NULL AND chain.depth < 5
                   AND member.routing_substitute_id <> ALL(chain.path)
            ) SELECT root, user_id, min(depth) AS depth FROM chain GROUP BY root, user_id)
            """,
            list(user_ids),
        )
        people = self._people_sql(
            SQL("chain.root, %s, " + TEAMS + ", " + CAPS, self._all_paused_sql()),
            SQL(
                "(SELECT min(member.routing_calendar_id) FROM crm_team_member AS member"
                " WHERE member.user_id = usr.id AND member.active)"
            ),
            SQL("%s AS chain JOIN res_users AS usr ON usr.id = chain.user_id", chain),
            SQL("TRUE"),
            SQL("chain.root, chain.depth, usr.id"),
            now,
        )
        chains = {}
        for root, paused, teams, caps, *person in self.env.execute_query(people):
            candidate = self._person(person, now)
            if candidate.user_id != root:
                # Whose lead it is gets it; who stands in for him has limits of his own.
                candidate.caps = (caps[0], caps[1], 0, caps[2])
            candidate.blocked += ("paused",) if paused else ()
            candidate.teams = tuple(map(tuple, teams))
            chains.setdefault(root, []).append(candidate)
        return chains

    @api.model
    def _flush_people(self):
        """Write to the database what the statements of this model read."""
        self.env["crm.team.member"].flush_model(MEMBER_READ)
        self.env["crm.team"].flush_model(["name", "active", "company_id"])
        self.env["res.users"].flush_model(USER_READ)
        self.env["res.partner"].flush_model(["name", "tz"])
        if "hr.leave" in self.env:
            self.env["hr.leave"].flush_model(LEAVE_READ)

    @api.model
    def _people_sql(self, columns, calendar, tables, where, order, now):
        """Return the statement for ``columns``, then what :meth:`_person` expects."""
        only = self.env["res.company"]._crm_is_only_company()
        return SQL(
            """
            SELECT %(columns)s, usr.id, partner.name, NOT usr.active, usr.share,
                   NOT EXISTS (SELECT FROM res_groups_users_rel AS granted
                                WHERE granted.uid = usr.id AND granted.gid = ANY(%(groups)s)),
                   usr.out_of_office_from <= %(now)s
                   AND COALESCE(usr.out_of_office_to >= %(now)s, TRUE),
                   %(leave)s, %(returned)s, %(next)s, partner.tz, %(calendar)s, %(companies)s
              FROM %(tables)s
              JOIN res_partner AS partner ON partner.id = usr.partner_id
             WHERE %(where)s
             ORDER BY %(order)s
            """,
            columns=columns,
            calendar=SQL(CALENDAR, calendar) if calendar else SQL("NULL"),
            companies=SQL("ARRAY[usr.company_id]" if only else COMPANIES),
            tables=tables,
            where=where,
            order=order,
            now=now,
            groups=self._group_ids(),
            leave=self._leave_sql(now),
            returned=self._returned_sql(now),
            next=self._next_absence_sql(now),
        )

    @api.model
    def _next_absence_sql(self, now):
        """Return the moment at which the next absence of a user begins, within some days."""
        leaves = SQL("NULL::timestamp")
        if "hr.leave" in self.env:
            leaves = SQL(
                "(SELECT min(lv.date_from) FROM hr_leave AS lv"
                " JOIN hr_leave_type AS kind ON kind.id = lv.holiday_status_id"
                " WHERE lv.user_id = usr.id AND lv.state = 'validate'"
                " AND kind.time_type = 'leave' AND lv.date_from > %s"
                " AND lv.date_from <= %s::timestamp + interval %s)",
                now,
                now,
                AHEAD,
            )
        return SQL(
            "LEAST(%s, CASE WHEN usr.out_of_office_from > %s AND usr.out_of_office_from"
            " <= %s::timestamp + interval %s THEN usr.out_of_office_from END)",
            leaves,
            now,
            now,
            AHEAD,
        )

    @api.model
    def _group_ids(self):
        """Return the ids of the groups whose users may open leads at all."""
        group = self.env.ref("sales_team.group_sale_salesman", raise_if_not_found=False)
        # sudo: which groups imply which, whoever routes.
        return (group | group.sudo().all_implied_by_ids).ids if group else []

    @api.model
    def _is_gone_by_then(self, now, absent_from, calendar_id, tz, companies):
        """Tell whether an absence begins before somebody's next working time.

        :param datetime absent_from: when it begins, in UTC.
        """
        if not calendar_id:
            # sudo: the hours of the company, whoever may see it.
            company = self.env["res.company"].sudo().browse(companies[:1])
            calendar_id = company.resource_calendar_id.id
        hours = WorkingHours(self.env, calendar_id, tz, companies)
        return not hours.around_the_clock and hours.after(now, 1) > absent_from

    @api.model
    def _person(self, row, now):
        """Return a candidate from what :meth:`_people_sql` gives of a user."""
        user_id, name, archived, share, barred, away, leave, returned, *rest = row
        absent_from, tz, calendar_id, companies = rest
        # Away as well where he would have to answer: his next working time is his absence.
        if absent_from and not (away or leave):
            away = self._is_gone_by_then(now, absent_from, calendar_id, tz, companies)
        blocked = {
            "archived": archived,
            "external": share,
            "no_access": barred and not share,
            "away": away,
            "leave": leave,
        }
        return Candidate(
            user_id,
            name,
            frozenset(companies),
            tuple(code for code, applies in blocked.items() if applies),
            calendar_id or False,
            tz or "",
            returned=bool(returned),
        )

    @api.model
    def _paused_sql(self):
        """Return the condition that a membership gets no leads for now.

        The one place that knows how Odoo stores its "Pause assignment".
        """
        return SQL("member.assignment_optout IS TRUE")

    @api.model
    def _all_paused_sql(self):
        """Return the condition that somebody gets no leads in any of his teams for now."""
        return SQL(
            "COALESCE((SELECT bool_and(%s) FROM crm_team_member AS member"
            " WHERE member.user_id = usr.id AND member.active), FALSE)",
            self._paused_sql(),
        )

    @api.model
    def _returned_sql(self, now):
        """Return the condition that a user came back from an absence in the last week."""
        return SQL(
            "(usr.out_of_office_to > %(now)s::timestamp - interval %(span)s"
            " AND usr.out_of_office_to <= %(now)s OR %(leave)s)",
            now=now,
            span=RETURNED,
            leave=self._leave_sql(now, over=True),
        )

    @api.model
    def _leave_sql(self, now, over=False):
        """Return the condition that a user is on leave, where Time Off is installed.

        :param datetime now: in UTC.
        :param bool over: that he came back from one in the last week.
        """
        if "hr.leave" not in self.env:
            return SQL("FALSE")
        start = SQL("%s::timestamp - interval %s", now, RETURNED) if over else now
        return SQL(
            "EXISTS (SELECT FROM hr_leave AS lv"
            " JOIN hr_leave_type AS kind ON kind.id = lv.holiday_status_id"
            " WHERE lv.user_id = usr.id AND lv.state = 'validate' AND kind.time_type = 'leave'"
            " AND lv.date_from <= %s AND lv.date_to >= %s AND %s)",
            now,
            start,
            SQL("lv.date_to < %s", now) if over else SQL("TRUE"),
        )
