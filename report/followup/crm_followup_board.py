# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...models.common.rights import MANAGER
from ...models.followup.keeping.effective import (
    OF_ITSELF,
    effective_sql,
    unplanned_sql,
)
from ...models.followup.planning import facts

# On time is counted over the steps that were due in so many days.
SPAN = timedelta(days=28)
WEEK = timedelta(days=7)
SOON = timedelta(hours=24)
LATE = ("late", "missed")
# Members of sales teams, and whoever else has open leads. Each part passes once over what it
# counts, in few columns: joined to each other they cost the database more than all of them.
QUERY = """
    WITH mine AS (
        SELECT user_id, count(*) AS due, count(*) FILTER (WHERE due_on < %(now)s) AS overdue
          FROM (SELECT DISTINCT ON (lead_id, user_id) lead_id, user_id, due_on
                  FROM (%(steps)s) AS step
                 WHERE source <> 'pause' AND due_on <= %(soon)s
                 ORDER BY lead_id, user_id, due_on) AS first
         GROUP BY user_id),
    bare AS (
        SELECT owned.user_id, count(*) AS without
          FROM crm_lead AS owned
         WHERE owned.active AND owned.won_status = 'pending' AND %(unplanned)s
           AND %(owned)s
         GROUP BY owned.user_id),
    had AS (
        SELECT lead.user_id, count(*) FILTER (WHERE is_open) AS leads,
               sum(lead.prorated_revenue::float8 * (1 - exp(-lead.retention_k * GREATEST(0,
                   date_part('epoch', %(now)s - COALESCE(lead.last_contact_on, came_on))
                   / 86400)))) FILTER (WHERE is_late) AS risk,
               count(*) FILTER (WHERE is_late AND COALESCE(lead.prorated_revenue, 0) = 0)
                   AS unpriced,
               count(*) FILTER (WHERE %(waits)s) AS waiting,
               count(*) FILTER (WHERE came_on >= %(since)s + interval '1 second') / 4.0
                   AS usual_came,
               count(*) FILTER (WHERE came_on >= %(week)s + interval '1 second') AS week_came
          FROM crm_lead AS lead
         CROSS JOIN LATERAL (SELECT lead.active AND lead.won_status = 'pending' AS is_open,
                                    lead.next_touch_on < %(now)s AND lead.active
                                        AND lead.won_status = 'pending' AS is_late,
                                    COALESCE(lead.received_on, lead.create_date) AS came_on)
               AS state
         GROUP BY lead.user_id),
    won AS (
        SELECT lead.user_id, count(*) / 4.0 AS usual_won,
               count(*) FILTER (WHERE lead.date_closed > %(week)s) AS week_won
          FROM crm_lead AS lead
         WHERE lead.active AND lead.won_status = 'won' AND lead.date_closed > %(since)s
         GROUP BY lead.user_id),
    people AS (
        SELECT member.user_id FROM crm_team_member AS member
          JOIN crm_team AS team ON team.id = member.crm_team_id AND team.active
         WHERE member.active
         UNION
        SELECT had.user_id FROM had WHERE had.leads > 0),
    past AS (
        SELECT ledger.user_id, count(*) FILTER (WHERE ledger.state = 'done') AS done,
               count(*) AS owed,
               count(*) FILTER (WHERE ledger.state = 'done' AND ledger.due_on > %(week)s)
                   AS week_done,
               count(*) FILTER (WHERE ledger.due_on > %(week)s) AS week_owed
          FROM crm_lead_followup AS ledger
         WHERE ledger.state IN ('done', 'late', 'missed')
           AND ledger.due_on > %(since)s AND ledger.due_on <= %(now)s
         GROUP BY ledger.user_id)
    SELECT usr.id, usr.id AS user_id, usr.company_id,
           COALESCE(had.leads, 0) AS lead_count, COALESCE(mine.due, 0) AS due_count,
           COALESCE(mine.overdue, 0) AS overdue_count, COALESCE(had.waiting, 0) AS waiting_count,
           COALESCE(bare.without, 0) AS none_count, COALESCE(had.risk, 0) AS money_at_risk,
           COALESCE(had.unpriced, 0) AS unpriced_count, COALESCE(past.owed, 0) AS owed_count,
           past.done::float8 / NULLIF(past.owed, 0) AS on_time,
           COALESCE((SELECT bool_and(COALESCE(member.assignment_optout, FALSE))
                       FROM crm_team_member AS member
                      WHERE member.user_id = usr.id AND member.active), FALSE) AS is_paused,
           usr.out_of_office_from <= %(now)s
               AND COALESCE(usr.out_of_office_to >= %(now)s, TRUE) AS is_away,
           FALSE AS is_nobody,
           past.week_done::float8 / NULLIF(past.week_owed, 0) AS week_on_time,
           COALESCE(had.week_came, 0) AS week_came,
           COALESCE(had.usual_came, 0)::float8 AS usual_came,
           COALESCE(won.week_won, 0) AS week_won,
           COALESCE(won.usual_won, 0)::float8 AS usual_won
      FROM people JOIN res_users AS usr ON usr.id = people.user_id
      LEFT JOIN mine ON mine.user_id = usr.id
      LEFT JOIN had ON had.user_id = usr.id
      LEFT JOIN won ON won.user_id = usr.id
      LEFT JOIN bare ON bare.user_id = usr.id
      LEFT JOIN past ON past.user_id = usr.id
     UNION ALL
    SELECT %(nobody)s + orphan.company_id, NULL, orphan.company_id, count(*), 0, 0, 0, 0,
           0, 0, 0, NULL, FALSE, FALSE, TRUE, NULL, 0, 0, 0, 0
      FROM (SELECT %(company)s AS company_id FROM crm_lead AS lead
             WHERE lead.active AND lead.won_status = 'pending' AND lead.user_id IS NULL
               AND %(kept)s) AS orphan
     GROUP BY orphan.company_id
"""
# Cards of the leads that have no owner, one for each company, have ids from here on.
NOBODY = 2_000_000_000


class CrmFollowupBoard(models.Model):
    """The team board: one card for each person, and each number opens what it counts.

    And one for the leads of each company that have no owner: it has no person.
    Everybody sees himself; who leads a team its members; who may see all leads, everybody.
    """

    _name = "crm.followup.board"
    _description = "Team board"
    _auto = False
    # What nobody looks after comes first.
    _order = "is_nobody desc, overdue_count desc, user_id"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    lead_count = fields.Integer(string="Open Leads", readonly=True)
    due_count = fields.Integer(string="Due Within a Day", readonly=True)
    overdue_count = fields.Integer(string="Overdue", readonly=True)
    waiting_count = fields.Integer(string="Waiting for an Answer", readonly=True)
    none_count = fields.Integer(string="No Next Step", readonly=True)
    neglected_count = fields.Integer(string="Neglected", compute="_compute_neglected")
    owed_count = fields.Integer(string="Steps That Were Due", readonly=True)
    on_time = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Steps done in time, of those that were due in the last 28 days.",
    )
    money_at_risk = fields.Float(string="Money at Risk", readonly=True)
    unpriced_count = fields.Integer(string="At Risk Without an Amount", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_paused = fields.Boolean(string="Gets No New Leads", readonly=True)
    is_away = fields.Boolean(string="Away", readonly=True)
    week_on_time = fields.Float(
        string="On Time This Week",
        readonly=True,
        aggregator="avg",
        help="Steps done in time, of those that were due in the last 7 days.",
    )
    week_came = fields.Integer(string="New This Week", readonly=True)
    usual_came = fields.Float(
        string="New in a Usual Week",
        readonly=True,
        help="On average of the last four weeks.",
    )
    week_won = fields.Integer(string="Won This Week", readonly=True)
    usual_won = fields.Float(
        string="Won in a Usual Week",
        readonly=True,
        help="On average of the last four weeks.",
    )
    is_nobody = fields.Boolean(string="No Owner", readonly=True)

    @property
    def _table_query(self):
        now, accountant = fields.Datetime.now(), self.env["crm.followup.accountant"]
        self.env["crm.lead.followup"].flush_model()
        self.env["crm.lead"].flush_model(
            [
                "user_id",
                "active",
                "won_status",
                "prorated_revenue",
                "date_closed",
                "received_on",
                *facts.COLUMNS,
            ]  # fmt: skip
        )
        self.env["crm.team.member"].flush_model()
        return SQL(
            QUERY,
            steps=effective_sql(self.env),
            unplanned=unplanned_sql(self.env, "owned"),
            waits=SQL(OF_ITSELF["clock"], lead=SQL.identifier("lead")),
            now=now,
            soon=now + SOON,
            since=now - SPAN,
            week=now - WEEK,
            nobody=NOBODY,
            company=self.env["res.company"]._crm_of_row_sql(),
            kept=accountant._kept_sql(),
            owned=accountant._kept_sql("owned"),
        )

    def _compute_neglected(self):
        counts = self.env["crm.followup.accountant"]._neglected_counts(self.user_id)
        for card in self:
            card.neglected_count = counts.get(card.user_id.id, 0)

    # === LISTS === #

    def action_open_leads(self):
        """Open the open leads of the person.

        :return: a window action.
        :rtype: dict
        """
        return self._leads(self.env._("Open Leads"), [])

    def action_open_none(self):
        """Open the leads of the person that have no next step.

        :return: a window action.
        :rtype: dict
        """
        domain = [("followup_state", "=", "none"), ("is_set_aside", "=", False)]
        return self._leads(self.env._("No Next Step"), domain)

    def action_open_neglected(self):
        """Open the leads that nobody was in touch with for too long.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        mine = [("user_id", "=", self.user_id.id)]
        leads = self.env["crm.followup.accountant"]._neglected(domain=mine)
        return self._leads(self.env._("Neglected"), [("id", "in", leads.ids)])

    def action_open_risk(self):
        """Open the leads past their next touch: what is expected of them is at risk.

        :return: a window action.
        :rtype: dict
        """
        domain = [("next_touch_on", "<", fields.Datetime.now())]
        return self._leads(self.env._("Money at Risk"), domain)

    def action_open_due(self):
        """Open what the person has to do within a day.

        :return: a window action.
        :rtype: dict
        """
        domain = [("due_on", "<=", fields.Datetime.now() + SOON)]
        return self._agenda(self.env._("Due Within a Day"), domain)

    def action_open_overdue(self):
        """Open what the person is late with.

        :return: a window action.
        :rtype: dict
        """
        return self._agenda(self.env._("Overdue"), [("is_overdue", "=", True)])

    def action_open_on_time(self):
        """Open the steps that were due in the last 28 days.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        now = fields.Datetime.now()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Steps That Were Due"),
            "res_model": "crm.lead.followup",
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [
                ("user_id", "=", self.user_id.id),
                ("state", "in", ("done", *LATE)),
                ("due_on", ">", fields.Datetime.to_string(now - SPAN)),
                ("due_on", "<=", fields.Datetime.to_string(now)),
            ],
        }

    def _leads(self, name, domain):
        self.check_access("read")
        self.ensure_one()
        mine = self._mine()
        is_open = Domain("won_status", "=", "pending")
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.user_id.name or self.env._('No owner')}: {name}",
            "res_model": "crm.lead",
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(mine & is_open & Domain(domain)),
        }

    def _mine(self):
        """Return which leads a card is about."""
        if self.user_id:
            return Domain("user_id", "=", self.user_id.id)
        of_company = self.env["res.company"]._crm_lead_is_of_domain(self.company_id.id)
        nobody = Domain("user_id", "=", False) & Domain("is_set_aside", "=", False)
        return nobody & of_company

    def _agenda(self, name, domain):
        self.check_access("read")
        self.ensure_one()
        mine = Domain("user_id", "=", self.user_id.id) & Domain("source", "!=", "pause")
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.user_id.name}: {name}",
            "res_model": "crm.lead.agenda",
            "view_mode": "list,kanban",
            "views": [(False, "list"), (False, "kanban")],
            "domain": list(mine & Domain(domain)),
        }

    # === ACTIONS === #

    def action_route_now(self):
        """Route the leads of the card that has no person, by the rules.

        :return: a notification that says what happened.
        :rtype: dict
        :raise AccessError: for who may not have leads drawn again.
        """
        self.check_access("read")
        self.ensure_one()
        if self.user_id:
            raise UserError(
                self.env._(
                    "These leads have an owner. To give them to others, hand them over."
                )
            )
        is_open = Domain("won_status", "=", "pending")
        return self.env["crm.lead"].search(self._mine() & is_open).action_route()

    def action_hand_over(self):
        """Open the hand-over of the person's leads, which shows a preview first.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over Leads"),
            "res_model": "crm.routing.reassign",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_user_id": self.user_id.id, "default_pause": False},
        }

    def action_pause(self):
        """Have the person get no new leads, or get some again.

        :raise AccessError: for who neither leads the person nor administers sales.
        """
        self.check_access("read")
        self.ensure_one()
        # sudo: memberships are written by sales administrators; who leads a team may pause it.
        members = self.env["crm.team.member"].sudo()
        members = members.search([("user_id", "=", self.user_id.id)])
        if not self.env.user.has_group(MANAGER):
            members = members.filtered(
                lambda member: member.crm_team_id.user_id == self.env.user
            )
        if not members:
            raise AccessError(
                self.env._(
                    "Only who leads the team of %s may do this.", self.user_id.name
                )
            )
        members.assignment_optout = not self.is_paused
