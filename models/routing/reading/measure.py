# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import SQL

from ....tools.phrases import listed
from ...common.rule.crm_rule_mixin import RuleRow
from ...common.rule.rule_set import BROKEN, LEADS, Plan, RuleSet
from ..deciding.types import Load


class Measure:
    """Reads what costs a query of its own, only where a rule or a limit asks for it.

    :param env: the environment of who routes.
    """

    def __init__(self, env):
        self.env = env

    def add_skills(self, candidates):
        """Read the skills of members."""
        by_member = {c.member_id: c for c in candidates if c.member_id}
        if not by_member:
            return
        self.env["crm.team.member"].flush_model(
            [
                "routing_lang_ids",
                "routing_industry_ids",
                "routing_product_ids",
                "routing_tag_ids",
            ]
        )
        parts = SQL(" UNION ALL ").join(
            SQL(
                "SELECT member_id, %s, array_agg(value_id) FROM %s"
                " WHERE member_id = ANY(%s) GROUP BY member_id",
                name,
                SQL.identifier(f"crm_team_member_{table}_rel"),
                list(by_member),
            )
            for name, table in (
                ("language", "lang"),
                ("industry", "industry"),
                ("product", "product"),
                ("tags", "tag"),
            )
        )
        for member_id, name, values in self.env.execute_query(parts):
            candidate = by_member[member_id]
            candidate.skills = {**candidate.skills, name: frozenset(values)}
        self._add_words(by_member)

    def _add_words(self, by_member):
        """Read the skills of members that are words: job titles, channels."""
        self.env["crm.team.member"].flush_model(["routing_titles", "routing_channels"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, routing_titles, routing_channels FROM crm_team_member"
                " WHERE id = ANY(%s)"
                " AND (routing_titles IS NOT NULL OR routing_channels IS NOT NULL)",
                list(by_member),
            )
        )
        for member_id, titles, channels in rows:
            candidate = by_member[member_id]
            words = {"title": listed(titles), "channel": listed(channels)}
            candidate.skills = {**candidate.skills, **words}

    def add_loads(self, candidates, now, days=30, todo=True):
        """Read how much the candidates have to do, and got lately.

        A lead that was given back or archived no longer counts for who got it.

        :param int days: so many of the last days are looked at, for the limits that there are;
            0: what they got lately does not matter.
        :param bool todo: what they have to do matters.
        """
        loads = {candidate.user_id: Load() for candidate in candidates}
        self.env["crm.lead"].flush_model(
            ["user_id", "active", "won_status", "lead_grade"]
        )
        for user_id, count, effort in self._open(list(loads)) if todo else ():
            loads[user_id].open, loads[user_id].effort = count, float(effort)
        received = self._received(list(loads), now, days) if days else ()
        for user_id, day, week, month in received:
            load = loads[user_id]
            load.day, load.week, load.month = day, week, month
        for candidate in candidates:
            candidate.load = loads[candidate.user_id]

    def _open(self, user_ids):
        """Return rows of user id, how many open leads he has, and what effort they are."""
        return self.env.execute_query(
            SQL(
                "SELECT user_id, count(*), sum(1 + COALESCE(lead_grade, 0)) FROM crm_lead"
                " WHERE user_id = ANY(%s) AND active AND won_status = 'pending'"
                " GROUP BY user_id",
                user_ids,
            )
        )

    def _received(self, user_ids, now, days):
        """Return rows of user id, and leads got in the last day, week and 30 days.

        :param int days: how far to look back.
        """
        self.env["crm.lead.routing.log"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT log.to_user_id,
                       count(DISTINCT lead.id) FILTER (
                           WHERE log.create_date > %(now)s - interval '1 day'),
                       count(DISTINCT lead.id) FILTER (
                           WHERE log.create_date > %(now)s - interval '7 days'),
                       count(DISTINCT lead.id)
                  FROM crm_lead_routing_log AS log
                  JOIN crm_lead AS lead ON lead.id = log.lead_id
                   AND lead.user_id = log.to_user_id AND lead.active
                 WHERE log.to_user_id = ANY(%(users)s)
                   AND log.create_date > %(now)s - %(days)s * interval '1 day'
                 GROUP BY log.to_user_id
                """,
                now=now,
                days=days,
                users=user_ids,
            )
        )

    def filtered(self, leads, takes, prefers, now=None):
        """Tell which members' own filters leads meet, or do not meet, in one query.

        A filter that no longer works counts for neither: see ``crm.team.member``.

        :param leads: crm.lead records.
        :param dict takes: texts of the assignment filters, by membership id.
        :param dict prefers: likewise, of the priority filters.
        :param datetime now: what "today" means in them, in UTC.
        :return: rows of a lead's id, the ids of memberships whose assignment filter it does not
            meet, and of those whose priority filter it meets.
        :rtype: list[tuple[int, list[int], list[int]]]
        """
        rows = self._filter_rows("assignment_domain", takes)
        wanted = self._filter_rows("assignment_domain_preferred", prefers)

        def build(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            refused, preferred = (
                SQL(", ").join(
                    SQL("CASE WHEN %s = %s THEN %s END", sqls[0], meets, row.id[0])
                    for row, sqls in part
                )
                for part, meets in zip(found, (False, True), strict=True)
            )
            return query.select(
                SQL("crm_lead.id"),
                SQL("array_remove(ARRAY[%s]::int[], NULL)", refused),
                SQL("array_remove(ARRAY[%s]::int[], NULL)", preferred),
            )

        parts = [("crm.team.member", rows), ("crm.team.member", wanted)]
        return RuleSet.of(self.env, Plan(parts, build)).execute(leads, now=now)

    def _filter_rows(self, name, members):
        """Return filters of members as rules; what cannot even be read is left aside."""
        Rule, Member = self.env["crm.routing.rule"], self.env["crm.team.member"]
        rows, broken = [], {}
        for member_id, text in members.items():
            key = member_id, name
            try:
                domain = Rule._parse_domain(text)
            except (*BROKEN, SyntaxError) as error:
                broken[key] = str(error)
                continue
            rows.append(RuleRow(key, name, False, domain, {}))
        Member._rule_switch_off(broken)
        return rows
