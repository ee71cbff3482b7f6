# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.tools import SQL

from ...models.common.rights import LeadField

QUERY = """
    SELECT log.id * 1000::bigint + person.rank AS id,
           log.create_date AS date, log.lead_id, person.user_id,
           COALESCE(log.team_id, lead.team_id) AS team_id, log.rule_id,
           %(company)s AS company_id,
           CASE WHEN log.mode = 'auto' THEN 'pushed'
                WHEN log.mode = 'reroute' THEN 'rerouted'
                WHEN log.rule_id IS NOT NULL THEN 'pushed'
                WHEN log.create_uid = log.to_user_id THEN 'claimed'
                ELSE 'handed' END AS way,
           NULLIF(lead.lead_grade, 0) AS lead_grade,
           COALESCE(lead.lead_grade, 0)::text AS grade_group,
           person.received, person.fair_share,
           CASE WHEN person.fair_share IS NOT NULL THEN person.received ELSE 0 END
               AS by_rules,
           CASE WHEN person.fair_share IS NULL THEN person.received ELSE 0 END AS by_hand,
           CASE WHEN person.fair_share IS NOT NULL
                THEN person.received - person.fair_share END AS difference,
           CASE WHEN person.received = 1 THEN lead.expected_revenue ELSE 0 END
               AS expected_revenue,
           CASE WHEN person.received = 1 AND lead.user_id = person.user_id
                 AND lead.first_response_on >= log.create_date
                THEN EXTRACT(EPOCH FROM lead.first_response_on - log.create_date) / 60
                END AS answer_minutes,
           (person.received = 1 AND lead.user_id = person.user_id
            AND lead.first_response_on IS NULL AND lead.won_status = 'pending')::int
               AS untouched,
           (person.received = 1 AND lead.user_id = person.user_id
            AND lead.first_response_on <= lead.response_deadline)::int AS in_time
      FROM crm_lead_routing_log AS log
      JOIN crm_lead AS lead ON lead.id = log.lead_id
     CROSS JOIN LATERAL (
            SELECT able.user_id,
                   (able.user_id = log.to_user_id)::int AS received,
                   1.0 / count(*) OVER () AS fair_share,
                   row_number() OVER (ORDER BY able.user_id) AS rank
              FROM (SELECT (person->>0)::int AS user_id
                      FROM jsonb_array_elements(
                          CASE WHEN jsonb_typeof(log.judged->-1->'people') = 'array'
                               THEN log.judged->-1->'people' ELSE '[]'::jsonb END
                      ) AS person
                     WHERE log.rule_id IS NOT NULL
                       AND (person->2 = '[]'::jsonb
                            OR (person->>0)::int = log.to_user_id)) AS able
             UNION ALL
            SELECT log.to_user_id, 1, NULL, 0
             WHERE log.rule_id IS NULL AND log.to_user_id IS NOT NULL
     ) AS person
"""


class CrmRoutingReport(models.Model):
    """Who got how many leads, and who should have: one row per decision and person.

    For a decision by a rule there is a row for everybody who could have taken the lead, with
    his fair share of it: one divided by their number. Added up, what a member received and
    his fair share tell whether leads are handed out evenly among those who were there. For a
    decision by hand there is a row for who got the lead.
    """

    _name = "crm.routing.report"
    _description = "Routing analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "lead_id"

    date = fields.Datetime(readonly=True)
    lead_id = LeadField("crm.lead", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    rule_id = fields.Many2one("crm.routing.rule", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    way = fields.Selection(
        [
            ("pushed", "By the rules"),
            ("claimed", "Taken by himself"),
            ("handed", "Given by somebody"),
            ("rerouted", "Re-routed"),
        ],
        readonly=True,
    )
    lead_grade = fields.Integer(string="Grade", readonly=True, aggregator="avg")
    grade_group = fields.Char(string="By Grade", readonly=True)
    expected_revenue = fields.Float(readonly=True)
    received = fields.Integer(string="Leads Received", readonly=True)
    by_rules = fields.Integer(
        string="Received by Rules",
        readonly=True,
        help="Of these there is a fair share: together both columns add up to the same.",
    )
    by_hand = fields.Integer(
        string="Received by Hand",
        readonly=True,
        help="Given by a person, or without a rule: there is no share of these.",
    )
    fair_share = fields.Float(
        readonly=True,
        help="Leads that would be one's own if all who could shared evenly.",
    )
    difference = fields.Float(
        string="Above Fair Share",
        readonly=True,
        help="Leads received by rules less the fair share.",
    )
    answer_minutes = fields.Float(
        string="Minutes to Answer",
        readonly=True,
        aggregator="avg",
        help="From the decision to the first answer by a person.",
    )
    untouched = fields.Integer(string="Not Answered", readonly=True)
    in_time = fields.Integer(string="Answered in Time", readonly=True)

    @property
    def _table_query(self):
        sees_all = self.env.su or self.env.user.has_group(
            "sales_team.group_sale_salesman_all_leads"
        )
        company = self.env["res.company"]._crm_of_row_sql()
        if sees_all:
            return SQL(QUERY, company=company)
        # Everybody sees his share of what was handed out; which leads others got, who may
        # read these.
        return SQL(
            """
            SELECT part.*,
                   CASE WHEN own.id IS NOT NULL THEN part.any_lead_id END AS lead_id,
                   CASE WHEN own.id IS NOT NULL THEN part.any_grade END AS lead_grade,
                   CASE WHEN own.id IS NOT NULL THEN part.any_group END AS grade_group,
                   CASE WHEN own.id IS NOT NULL THEN part.any_revenue ELSE 0 END
                       AS expected_revenue
              FROM (%s) AS part
              LEFT JOIN crm_lead AS own
                ON own.id = part.any_lead_id
               AND (own.user_id = %s OR own.user_id IS NULL)
            """,
            SQL(
                QUERY.replace(
                    "log.lead_id, person", "log.lead_id AS any_lead_id, person"
                )
                .replace("AS lead_grade", "AS any_grade")
                .replace("AS grade_group", "AS any_group")
                .replace("AS expected_revenue", "AS any_revenue"),
                company=company,
            ),
            self.env.uid,
        )
