# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...const import LEAD_ROLES
from ...models.common.rights import LeadField

# The moves are put in order by themselves, in few columns and by the index of their leads;
# the leads are joined afterwards.
QUERY = """
    WITH lead AS %(leads)s,
    move AS (
        SELECT log.id, log.lead_id, log.to_stage_id AS stage_id, log.to_role AS role,
               log.date AS entered_on,
               LEAD(log.date) OVER later AS left_on,
               LEAD(log.to_stage_id) OVER later AS next_stage_id,
               LEAD(log.to_role) OVER later AS next_role
          FROM crm_lead_stage_log AS log
         WHERE log.is_merged IS NOT TRUE AND %(whose)s
        WINDOW later AS (PARTITION BY log.lead_id ORDER BY log.date, log.id)
    )
    SELECT move.*, lead.user_id, lead.team_id, %(company)s AS company_id, lead.source_id,
           COALESCE(lead.lead_grade, 0)::varchar AS grade_group, 1 AS entered,
           (move.left_on IS NULL AND lead.won_status = 'pending')::int AS still_there,
           CASE WHEN move.left_on IS NOT NULL
                THEN (COALESCE(move.next_role, '') NOT IN ('inactive', 'unqualified')
                      AND %(onward)s > %(here)s)::int
                WHEN lead.won_status = 'lost' AND COALESCE(move.role, '') <> 'unqualified'
                THEN 0
                END AS went_on,
           date_part('epoch', move.left_on - move.entered_on) / 86400 AS days
      FROM move JOIN lead ON lead.id = move.lead_id
"""
# Whose moves are put in order, where it is not everybody's.
OF_LEADS = SQL("log.lead_id = ANY(ARRAY(SELECT id FROM lead))")
# What is read of the leads.
LEAD = (
    *("id", "user_id", "team_id", "company_id", "source_id", "lead_grade"),
    "won_status",
)


class CrmLeadReportFunnel(models.Model):
    """How leads go from stage to stage: a row for each stage that a lead was in.

    When it came into the stage, when and where to it left, how long it stood there, and
    whether it went on: to a later stage that is neither Inactive nor Unqualified. A lead that
    was lost where it stood did not; of one that still stands there it is not known.
    """

    _name = "crm.lead.report.funnel"
    _description = "Stage to stage"
    _auto = False
    _order = "entered_on desc, id desc"
    _rec_name = "lead_id"
    _depends = {
        "crm.lead.stage.log": [
            "lead_id",
            "date",
            "to_stage_id",
            "to_role",
            "is_merged",
        ],
        "crm.lead": [
            "user_id",
            "team_id",
            "company_id",
            "source_id",
            "lead_grade",
            "won_status",
        ],
        "crm.stage": ["sequence"],
    }

    lead_id = LeadField("crm.lead", readonly=True, said=("user_id",))
    stage_id = fields.Many2one("crm.stage", readonly=True)
    role = fields.Selection(LEAD_ROLES, readonly=True)
    entered_on = fields.Datetime(readonly=True)
    left_on = fields.Datetime(readonly=True)
    next_stage_id = fields.Many2one("crm.stage", readonly=True)
    next_role = fields.Selection(LEAD_ROLES, readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    grade_group = fields.Char(string="Grade", readonly=True)
    entered = fields.Integer(string="Came In", readonly=True)
    still_there = fields.Integer(readonly=True)
    went_on = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Between 0 and 1: the share of those no longer there that went to a later stage.",
    )
    days = fields.Float(
        string="Days There", readonly=True, aggregator="avg", digits=(16, 1)
    )

    @property
    def _table_query(self):
        company = self.env["res.company"]._crm_of_row_sql()
        names = [SQL.identifier("crm_lead", name) for name in LEAD]
        about = self._lead_rules()
        # sudo: a rule is asked whatever its author may see, as Odoo asks it.
        leads = self.env["crm.lead"].sudo()._search(about, active_test=False)
        # Leads of one's own are looked up once, all of them are not put aside.
        how = SQL("NOT MATERIALIZED") if about.is_true() else SQL("MATERIALIZED")
        return SQL(
            QUERY,
            company=company,
            leads=SQL("%s %s", how, leads.subselect(*names)),
            whose=SQL("TRUE") if about.is_true() else OF_LEADS,
            here=self._place_sql(SQL("move.stage_id")),
            onward=self._place_sql(SQL("move.next_stage_id")),
        )

    @api.model
    def _place_sql(self, stage):
        """Return the place of a stage in the pipeline, from memory: a company has a few.

        :param SQL stage: its id.
        """
        cases = [
            SQL("WHEN %s THEN %s", row.id, row.sequence)
            for row in self.env["crm.stage"]._rows().values()
        ]
        return SQL("CASE %s %s END", stage, SQL(" ").join(cases)) if cases else SQL("0")

    @api.model
    def _lead_rules(self):
        """Return what the rules of this model say of the lead of a row, as a domain.

        It is said of the leads already: else the moves of everybody would be put in order
        before some are left.
        """
        if self.env.su:
            return Domain.TRUE
        # sudo: a rule is asked whatever its author may see, as Odoo asks it.
        rules = self.env["ir.rule"]._compute_domain(self._name, "read")
        rules = rules.optimize_full(self.sudo())
        is_all = getattr(rules, "OPERATOR", None) == "&"
        return Domain.AND(
            rule.value
            for rule in (rules.children if is_all else [rules])
            if getattr(rule, "field_expr", None) == "lead_id"
            and rule.operator == "any!"
        )
