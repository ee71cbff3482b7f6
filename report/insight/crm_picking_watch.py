# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.common.rights import MANAGER
from ...tools.picking import FEWEST, judge

# The leads of so many days; those of the last weeks say how somebody works now.
SPAN = timedelta(days=56)
# Grades that are low, and those that are high.
LOW, HIGH = 2, 4
# Each lead that rules gave to somebody who still has it, once, by its own deadline.
QUERY = """
    WITH given AS (
        SELECT DISTINCT ON (log.lead_id)
               log.to_user_id AS user_id, COALESCE(log.team_id, lead.team_id) AS team_id,
               lead.lead_grade <= %(low)s AS is_low, lead.lead_grade >= %(high)s AS is_high,
               COALESCE(lead.first_response_on, %(now)s) > lead.response_deadline AS is_late,
               lead.first_response_on IS NULL AND lead.response_deadline < %(now)s
                   AND lead.won_status = 'pending' AS is_untouched
          FROM crm_lead_routing_log AS log JOIN crm_lead AS lead ON lead.id = log.lead_id
         WHERE log.create_date >= %(since)s AND log.mode IN ('auto', 'reroute')
           AND log.rule_id IS NOT NULL AND lead.user_id = log.to_user_id
           AND lead.lead_grade > 0 AND lead.response_deadline IS NOT NULL
           AND (lead.first_response_on IS NOT NULL OR lead.response_deadline < %(now)s)
         ORDER BY log.lead_id, log.id DESC),
    person AS (
        SELECT user_id, team_id, count(*) FILTER (WHERE is_low) AS low_count,
               count(*) FILTER (WHERE is_low AND is_late) AS low_late,
               count(*) FILTER (WHERE is_high) AS high_count,
               count(*) FILTER (WHERE is_high AND is_late) AS high_late,
               count(*) FILTER (WHERE is_low AND is_untouched) AS low_untouched
          FROM given WHERE team_id IS NOT NULL GROUP BY user_id, team_id)
    SELECT person.team_id * 10000000::bigint + person.user_id AS id, person.*,
           team.company_id,
           (sum(low_count) OVER others - low_count)::int AS team_low_count,
           (sum(low_late) OVER others - low_late)::int AS team_low_late
      FROM person JOIN crm_team AS team ON team.id = person.team_id
    WINDOW others AS (PARTITION BY person.team_id)
"""


class CrmPickingWatch(models.Model):
    """Who answers good leads in time and lets the others wait: a person beside his team.

    **What.** Of the leads that the rules gave to somebody in the last eight weeks, how many of
    a low grade and of a high one were answered late, each by its own deadline: to answer a 5
    before a 2 is his duty, as its deadline is nearer, and no picking.

    **For whom.** For the person himself, and for who leads the team. For nobody else, managers
    included, and for no list of the best. Where there are few cases it says nothing.
    """

    _name = "crm.picking.watch"
    _description = "Cherry-picking watch"
    _auto = False
    _order = "team_id, user_id"
    _rec_name = "user_id"
    _depends = {
        "crm.lead": ["lead_grade", "first_response_on", "response_deadline", "user_id"],
        "crm.lead.routing.log": ["lead_id", "to_user_id", "mode", "rule_id"],
    }

    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    low_count = fields.Integer(string="Low Grades", readonly=True)
    low_late = fields.Integer(string="Of These Late", readonly=True)
    high_count = fields.Integer(string="High Grades", readonly=True)
    high_late = fields.Integer(string="Of Those Late", readonly=True)
    low_untouched = fields.Integer(
        string="Untouched",
        readonly=True,
        help="Of a low grade, past their deadline, and not answered yet.",
    )
    team_low_count = fields.Integer(string="Low Grades of the Others", readonly=True)
    team_low_late = fields.Integer(string="Of the Others' Late", readonly=True)
    is_flagged = fields.Boolean(string="Worth a Talk", compute="_compute_finding")
    finding = fields.Char(compute="_compute_finding")
    remedy = fields.Char(string="What Helps", compute="_compute_finding")
    may_test = fields.Boolean(compute="_compute_finding")

    @api.depends("low_count", "low_late", "high_count", "high_late")
    @api.depends_context("lang", "uid")
    def _compute_finding(self):
        texts = {
            "few": self.env._(
                "Too few leads to judge: %s are needed on each side.", FEWEST
            ),
            "flag": self.env._(
                "Worth a talk: leads of a low grade are late more often than those of a high"
                " one, and than those of the others."
            ),
            "fine": self.env._("Nothing unusual."),
        }
        remedy = self.env._(
            "Rules that give leads to people, rather than a list to choose from, or an"
            " experiment with other rules."
        )
        may_test = self.env.user.has_group(MANAGER)
        for row in self:
            code = judge(
                (row.low_late, row.low_count),
                (row.high_late, row.high_count),
                (row.team_low_late, row.team_low_count),
            )
            row.is_flagged = code == "flag"
            row.finding = texts[code]
            row.remedy = remedy if code == "flag" else False
            row.may_test = may_test and code == "flag"

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        return SQL(QUERY, now=now, since=now - SPAN, low=LOW, high=HIGH)

    def action_begin_experiment(self):
        """Open a new experiment, to see whether other rules bring more.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.env["crm.experiment"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Experiment"),
            "res_model": "crm.experiment",
            "views": [(False, "form")],
        }
