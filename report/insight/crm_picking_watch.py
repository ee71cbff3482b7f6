# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.common import contacts
from ...models.common.rights import MANAGER
from ...tools.picking import FEWEST, judge, judge_ranks

# The leads of so many days; those of the last weeks say how somebody works now.
SPAN = timedelta(days=56)
# Grades that are low, and those that are high.
LOW, HIGH = 2, 4
# Each lead that rules gave to somebody who still has it, once, by its own deadline; and those
# that he took by himself. Delay is a share of the time that the lead had.
QUERY = """
    WITH had AS (
        SELECT DISTINCT ON (log.lead_id)
               log.to_user_id AS user_id, COALESCE(log.team_id, lead.team_id) AS team_id,
               %(company)s AS company_id,
               log.mode IN ('auto', 'reroute') AND log.rule_id IS NOT NULL AS is_given,
               log.mode NOT IN ('auto', 'reroute') AND log.rule_id IS NULL
                   AND log.create_uid = log.to_user_id AS is_claimed,
               lead.lead_grade <= %(low)s AS is_low, lead.lead_grade >= %(high)s AS is_high,
               lead.response_deadline IS NOT NULL AND (lead.first_response_on IS NOT NULL
                   OR lead.response_deadline < %(now)s) AS is_judged,
               COALESCE(lead.first_response_on, %(now)s) > lead.response_deadline AS is_late,
               lead.first_response_on IS NULL AND lead.response_deadline < %(now)s
                   AND lead.won_status = 'pending' AS is_untouched,
               lead.won_status = 'lost' AND NOT EXISTS (
                   SELECT FROM crm_touchpoint AS one WHERE one.lead_id = lead.id
                      AND %(tried)s) AS is_dropped,
               EXISTS (SELECT FROM crm_lead_card_look AS look WHERE look.lead_id = lead.id
                          AND look.user_id = log.to_user_id) AS is_opened,
               lead.expected_revenue AS amount,
               EXTRACT(EPOCH FROM COALESCE(lead.first_response_on, %(now)s) - log.create_date)
                   / NULLIF(GREATEST(EXTRACT(EPOCH FROM lead.response_deadline
                                             - log.create_date), 0), 0) AS delay
          FROM crm_lead_routing_log AS log JOIN crm_lead AS lead ON lead.id = log.lead_id
         WHERE log.create_date >= %(since)s AND lead.user_id = log.to_user_id
           AND lead.lead_grade > 0
         ORDER BY log.lead_id, is_given DESC, log.id DESC),
    delayed AS (
        SELECT user_id, team_id, company_id, amount, delay FROM had
         WHERE is_given AND is_judged AND amount > 0 AND delay IS NOT NULL),
    person AS (
        SELECT user_id, team_id, company_id,
               count(*) FILTER (WHERE is_given AND is_judged AND is_low) AS low_count,
               count(*) FILTER (WHERE is_given AND is_judged AND is_low AND is_late)
                   AS low_late,
               count(*) FILTER (WHERE is_given AND is_judged AND is_high) AS high_count,
               count(*) FILTER (WHERE is_given AND is_judged AND is_high AND is_late)
                   AS high_late,
               count(*) FILTER (WHERE is_given AND is_low AND is_untouched)
                   AS low_untouched,
               count(*) FILTER (WHERE is_given AND is_low) AS low_given,
               count(*) FILTER (WHERE is_given AND is_high) AS high_given,
               count(*) FILTER (WHERE is_given AND is_low AND is_dropped) AS low_dropped,
               count(*) FILTER (WHERE is_given AND is_high AND is_dropped) AS high_dropped,
               count(*) FILTER (WHERE is_claimed AND is_low) AS low_claimed,
               count(*) FILTER (WHERE is_claimed AND is_high) AS high_claimed,
               count(*) FILTER (WHERE is_opened) AS opened_count
          FROM had WHERE team_id IS NOT NULL AND (is_given OR is_claimed)
         GROUP BY user_id, team_id, company_id)
    SELECT (person.company_id * 100000::bigint + person.team_id) * 1000000
               + person.user_id AS id, person.*,
           (sum(low_count) OVER others - low_count)::int AS team_low_count,
           (sum(low_late) OVER others - low_late)::int AS team_low_late,
           (sum(low_given) OVER others - low_given)::int AS team_low_given,
           (sum(low_dropped) OVER others - low_dropped)::int AS team_low_dropped,
           (sum(high_given) OVER others - high_given)::int AS team_high_given,
           (sum(high_claimed) OVER others - high_claimed)::int AS team_high_claimed,
           own.cases AS amount_count, own.ranks AS amount_rank,
           rest.cases AS team_amount_count, rest.ranks AS team_amount_rank
      FROM person
     CROSS JOIN LATERAL (
           SELECT count(*) AS cases, corr(amount_rank, delay_rank) AS ranks
             FROM (SELECT rank() OVER (ORDER BY amount)
                          + count(*) OVER (PARTITION BY amount) / 2.0 AS amount_rank,
                          rank() OVER (ORDER BY delay)
                          + count(*) OVER (PARTITION BY delay) / 2.0 AS delay_rank
                     FROM delayed WHERE delayed.team_id = person.team_id
                      AND delayed.company_id = person.company_id
                      AND delayed.user_id = person.user_id) AS ranked) AS own
     CROSS JOIN LATERAL (
           SELECT count(*) AS cases, corr(amount_rank, delay_rank) AS ranks
             FROM (SELECT rank() OVER (ORDER BY amount)
                          + count(*) OVER (PARTITION BY amount) / 2.0 AS amount_rank,
                          rank() OVER (ORDER BY delay)
                          + count(*) OVER (PARTITION BY delay) / 2.0 AS delay_rank
                     FROM delayed WHERE delayed.team_id = person.team_id
                      AND delayed.company_id = person.company_id
                      AND delayed.user_id <> person.user_id) AS ranked) AS rest
    WINDOW others AS (PARTITION BY person.team_id, person.company_id)
"""


class CrmPickingWatch(models.Model):
    """Who answers good leads in time and lets the others wait: a person beside his team.

    **What.** Of the leads that the rules gave to somebody in the last eight weeks, how many of
    a low grade and of a high one were answered late, each by its own deadline: to answer a 5
    before a 2 is his duty, as its deadline is nearer, and no picking. Likewise how many of a
    low grade were dropped without anybody having tried to reach them, whether he takes high
    grades for himself rather than low ones, and whether the bigger the amount, the sooner the
    answer (rank correlation, by Spearman; its interval by Fisher).

    Of each company that leads of the team belong to there is a row of its own.

    **For whom.** For the person himself, and for who leads the team. For nobody else, managers
    included, and for no list of the best. Where there are few cases it says nothing.
    """

    _name = "crm.picking.watch"
    _description = "Cherry-picking watch"
    _auto = False
    _order = "team_id, user_id"
    _rec_name = "user_id"
    _depends = {
        "crm.lead": ["lead_grade", "first_response_on", "response_deadline", "user_id"]
        + ["expected_revenue", "won_status", "company_id", "team_id"],
        "crm.lead.routing.log": ["lead_id", "to_user_id", "mode", "rule_id"],
        "crm.touchpoint": ["lead_id", "is_human", "kind", "direction", "outcome"],
        "crm.lead.card.look": ["lead_id", "user_id"],
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
    low_given = fields.Integer(string="Low Grades Given", readonly=True)
    high_given = fields.Integer(string="High Grades Given", readonly=True)
    low_dropped = fields.Integer(
        string="Low Grades Dropped",
        readonly=True,
        help="Lost without anybody having tried to reach them.",
    )
    high_dropped = fields.Integer(string="High Grades Dropped", readonly=True)
    low_claimed = fields.Integer(
        string="Low Grades Taken",
        readonly=True,
        help="Taken by himself, not by a rule.",
    )
    high_claimed = fields.Integer(string="High Grades Taken", readonly=True)
    amount_count = fields.Integer(string="With an Amount", readonly=True)
    amount_rank = fields.Float(
        string="Amount and Delay",
        readonly=True,
        aggregator=None,
        help="From -1 (the bigger the amount, the sooner the answer, as a share of the time"
        " that the lead had) over 0 (no connection) to 1.",
    )
    opened_count = fields.Integer(
        string="Cards Opened",
        readonly=True,
        help="Need-to-know cards of which he looked at all before the first contact.",
    )
    team_low_count = fields.Integer(string="Low Grades of the Others", readonly=True)
    team_low_late = fields.Integer(string="Of the Others' Late", readonly=True)
    team_low_given = fields.Integer(
        string="Low Grades Given to the Others", readonly=True
    )
    team_low_dropped = fields.Integer(
        string="Low Grades Dropped by the Others", readonly=True
    )
    team_high_given = fields.Integer(
        string="High Grades Given to the Others", readonly=True
    )
    team_high_claimed = fields.Integer(
        string="High Grades Taken by the Others", readonly=True
    )
    team_amount_count = fields.Integer(
        string="With an Amount, of the Others", readonly=True
    )
    team_amount_rank = fields.Float(
        string="Amount and Delay of the Others", readonly=True, aggregator=None
    )
    is_flagged = fields.Boolean(string="Worth a Talk", compute="_compute_finding")
    finding = fields.Char(compute="_compute_finding")
    remedy = fields.Char(string="What Helps", compute="_compute_finding")
    may_test = fields.Boolean(compute="_compute_finding")

    @api.depends("low_count", "low_late", "high_count", "high_late")
    @api.depends_context("lang", "uid")
    def _compute_finding(self):
        few = self.env._("Too few leads to judge: %s are needed on each side.", FEWEST)
        remedy = self.env._(
            "Rules that give leads to people, rather than a list to choose from; the"
            " need-to-know card (Settings); or an experiment with other rules or that card."
        )
        may_test = self.env.user.has_group(MANAGER)
        sentences = self._sentences()
        for row in self:
            codes = row._codes()
            said = [sentences[key] for key, code in codes.items() if code == "flag"]
            row.is_flagged = bool(said)
            row.finding = " ".join(said) or (
                few
                if set(codes.values()) == {"few"}
                else self.env._("Nothing unusual.")
            )
            row.remedy = remedy if said else False
            row.may_test = may_test and bool(said)

    @api.model
    def _sentences(self):
        """Return what is said of each kind of picking."""
        return {
            "late": self.env._(
                "Worth a talk: leads of a low grade are late more often than those of a high"
                " one, and than those of the others."
            ),
            "dropped": self.env._(
                "Worth a talk: leads of a low grade are dropped without any contact more often"
                " than those of a high one, and than those of the others."
            ),
            "claimed": self.env._(
                "Worth a talk: of the leads of a high grade more were taken by hand than of"
                " those of a low one, and than by the others."
            ),
            "amount": self.env._(
                "Worth a talk: the bigger the amount, the sooner the answer, more than with"
                " the others."
            ),
        }

    def _codes(self):
        """Return what each of the four figures says: few, flag or fine; see tools.picking."""
        low_all = self.low_given + self.low_claimed
        high_all = self.high_given + self.high_claimed
        return {
            "late": judge(
                (self.low_late, self.low_count),
                (self.high_late, self.high_count),
                (self.team_low_late, self.team_low_count),
            ),
            "dropped": judge(
                (self.low_dropped, self.low_given),
                (self.high_dropped, self.high_given),
                (self.team_low_dropped, self.team_low_given),
            ),
            "claimed": judge(
                (self.high_claimed, high_all),
                (self.low_claimed, low_all),
                (self.team_high_claimed, self.team_high_given + self.team_high_claimed),
            ),
            "amount": judge_ranks(
                (self.amount_rank, self.amount_count),
                (self.team_amount_rank, self.team_amount_count),
            ),
        }

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        return SQL(
            QUERY,
            now=now,
            since=now - SPAN,
            low=LOW,
            high=HIGH,
            company=self.env["res.company"]._crm_of_row_sql(),
            tried=contacts.judged(self.env, "is_reach", "one"),
        )

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
