# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from .routing_types import Load


class CrmRoutingMeasure(models.AbstractModel):
    """Reads what costs a query of its own, only where a rule or a limit asks for it."""

    _name = "crm.routing.measure"
    _description = "Skills and loads of candidates"

    @api.model
    def _add_skills(self, candidates):
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

    @api.model
    def _add_loads(self, candidates, now):
        """Read how much the candidates have to do, and got lately.

        A lead that was given back or archived no longer counts for who got it.
        """
        loads = {candidate.user_id: Load() for candidate in candidates}
        self.env["crm.lead"].flush_model(
            ["user_id", "active", "won_status", "lead_grade"]
        )
        for user_id, count, effort in self.env.execute_query(
            SQL(
                "SELECT user_id, count(*), sum(1 + COALESCE(lead_grade, 0)) FROM crm_lead"
                " WHERE user_id = ANY(%s) AND active AND won_status = 'pending'"
                " GROUP BY user_id",
                list(loads),
            )
        ):
            loads[user_id].open, loads[user_id].effort = count, float(effort)
        for user_id, day, week, month in self._received(list(loads), now):
            load = loads[user_id]
            load.day, load.week, load.month = day, week, month
        for candidate in candidates:
            candidate.load = loads[candidate.user_id]

    @api.model
    def _received(self, user_ids, now):
        """Return rows of user id, and leads got in the last day, week and 30 days."""
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
                   AND log.create_date > %(now)s - interval '30 days'
                 GROUP BY log.to_user_id
                """,
                now=now,
                users=user_ids,
            )
        )
