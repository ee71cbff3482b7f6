# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.query import Query

from ..common.contacts import contact

_logger = logging.getLogger(__name__)

BATCH = 200
# The last step that each silent customer has reached, and has not taken yet.
DUE = """
        SELECT DISTINCT ON (lead.id) lead.id, step.id
          FROM crm_lead AS lead
          JOIN (%(companies)s) AS scope(id, company_id) ON scope.id = lead.id
    CROSS JOIN LATERAL (
               SELECT (SELECT max(occurred_on) FROM crm_touchpoint AS t
                        WHERE t.lead_id = lead.id AND %(contact)s) AS contact,
                      GREATEST(COALESCE(lead.date_closed, lead.create_date), %(ordered)s)
                      AS ordered
               ) AS last
          JOIN crm_stage_dormancy AS step ON step.id = ANY(%(steps)s)
           AND (step.stage_id IS NULL OR step.stage_id = lead.stage_id)
           AND (step.company_id IS NULL OR step.company_id = scope.company_id)
    CROSS JOIN LATERAL (
               SELECT CASE step.basis
                      WHEN 'order' THEN last.ordered
                      WHEN 'contact' THEN COALESCE(last.contact, last.ordered)
                      ELSE GREATEST(last.contact, last.ordered) END AS since
               ) AS touch
     LEFT JOIN crm_stage_dormancy AS taken ON taken.id = lead.dormancy_step_id
         WHERE lead.active AND lead.stage_id = ANY(%(stages)s)
           AND touch.since + make_interval(days => step.days) <= %(now)s
           AND (lead.dormancy_on IS NULL OR lead.dormancy_on < touch.since
                OR taken.id IS NULL OR taken.days < step.days)
      ORDER BY lead.id, step.days DESC, step.id
"""


class CrmStageDormancy(models.Model):
    """A step of the ladder that customers go down when nothing is heard from them.

    **What.** So many days without a contact, an order or both, and something is done: the
    owner gets an activity, or the customer becomes Inactive. Each step is taken once; a new
    contact or order begins the ladder anew.

    **How it works.** The cron asks the database, in one query over the leads in customer
    stages, which step is due for whom; with no active step it asks nothing. Contacts are the
    touchpoints by people, in and out; orders are the win and, with the sales app, confirmed
    orders.
    """

    _name = "crm.stage.dormancy"
    _inherit = ["crm.carried.mixin", "crm.restriction.mixin"]
    _description = "Step of the dormancy ladder"
    _carried_by = ("name", "days")
    _order = "days, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        help="Counts for customers of this company only. Empty: all companies.",
    )
    stage_id = fields.Many2one(
        "crm.stage",
        string="Only in Stage",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('lead_role', '=', 'customer')]",
        help="Empty: all stages with the role Customer.",
    )
    days = fields.Integer(required=True, default=30)
    basis = fields.Selection(
        [
            ("any", "Neither contact nor order"),
            ("contact", "No contact"),
            ("order", "No order"),
        ],
        string="Without",
        required=True,
        default="any",
    )
    action = fields.Selection(
        [("activity", "Remind the owner"), ("inactive", "Move to Inactive")],
        string="Then",
        required=True,
        default="activity",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        index="btree_not_null",
        ondelete="set null",
        domain="[('res_model', 'in', [False, 'crm.lead'])]",
        default=lambda self: self._default_activity_type_id(),
    )
    note = fields.Text(string="What to Do", translate=True)

    due_count = fields.Integer(
        string="Due Now",
        compute="_compute_due_count",
        help="How many customers have been silent for so long, and did not take this step.",
    )

    _check_days = models.Constraint(
        "CHECK (days > 0)",
        "A step of the dormancy ladder comes after at least one day.",
    )

    @api.model
    def _default_activity_type_id(self):
        return self.env.ref(
            "crm_lead_management.mail_activity_type_dormant", raise_if_not_found=False
        )

    @api.depends("days", "basis", "stage_id", "company_id")
    def _compute_due_count(self):
        for step in self:
            step.due_count = len(self._due(steps=step._origin)) if step._origin else 0

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        self._switch_cron()
        return steps

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            self._switch_cron()
        return result

    def unlink(self):
        result = super().unlink()
        self._switch_cron()
        return result

    @api.model
    def _switch_cron(self):
        """Have the cron run while some step is switched on, and not otherwise."""
        cron = self.env.ref(
            "crm_lead_management.ir_cron_dormancy", raise_if_not_found=False
        )
        # sudo: the cron is the system's; a sales manager decides about the steps only.
        is_on = bool(self.sudo().search_count([("active", "=", True)], limit=1))
        if cron and cron.sudo().active != is_on:  # sudo: as above
            cron.sudo().active = is_on

    # === BUSINESS METHODS === #

    @api.model
    def _cron_dormancy(self):
        """Take the steps that are due, in batches, each committed."""
        due = self._due()
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        by_step = {}
        for lead_id, step_id in due:
            by_step.setdefault(step_id, []).append(lead_id)
        for step_id, lead_ids in by_step.items():
            for start in range(0, len(lead_ids), BATCH):
                batch = lead_ids[start : start + BATCH]
                self.browse(step_id)._take(self.env["crm.lead"].browse(batch))
                if not self.env["ir.cron"]._commit_progress(len(batch)):
                    return
        if due:
            _logger.info("%s steps of the dormancy ladder taken", len(due))

    @api.model
    def _due(self, now=None, steps=None):
        """Tell which step is due for which customer: the last one that he has reached.

        :param datetime now: UTC; the present when None.
        :param steps: the crm.stage.dormancy to look at; all that are switched on when None.
        :return: ``[(lead id, step id), ...]``
        :rtype: list[tuple[int, int]]
        """
        # sudo: the ladder is for all customers, whoever may see them.
        steps = self.sudo().search([("active", "=", True)]) if steps is None else steps
        steps = steps.filtered(lambda step: not step._rule_is_for_nobody())
        stage_ids = self.env["crm.stage"]._ids_of_roles("customer")
        if not steps or not stage_ids:
            return []
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                DUE,
                ordered=self._last_order_sql(),
                steps=steps.ids,
                stages=stage_ids,
                companies=self._companies_sql(stage_ids),
                contact=contact("t"),
                now=now or fields.Datetime.now(),
            )
        )

    @api.model
    def _companies_sql(self, stage_ids):
        """Return the companies that the leads in some stages belong to."""
        leads, query = self.env["crm.lead"], Query(self.env, "crm_lead")
        query.add_where(SQL("crm_lead.stage_id = ANY(%s)", stage_ids))
        Company = self.env["res.company"]
        company_id = Company._crm_only_company_id()
        company = (
            SQL("%s::int", company_id)
            if company_id
            else Company._crm_of_lead_sql(leads, query)
        )
        return query.select(SQL("crm_lead.id"), company)

    @api.model
    def _last_order_sql(self):
        """Return when a customer's last order was, or NULL without the sales app."""
        if "opportunity_id" not in self.env.get("sale.order", self)._fields:
            return SQL("NULL::timestamp")
        self.env["sale.order"].flush_model(["opportunity_id", "date_order", "state"])
        return SQL(
            "(SELECT max(o.date_order) FROM sale_order AS o"
            " WHERE o.opportunity_id = lead.id AND o.state = 'sale')"
        )

    def _take(self, leads):
        """Take this step for customers: remind their owners, or make them Inactive.

        :param leads: crm.lead records for which the step is due.
        """
        self.ensure_one()
        leads = leads.sudo().exists()  # sudo: the ladder is the system's
        select = SQL(
            "SELECT id, %s::int, %s::timestamp FROM crm_lead WHERE id = ANY(%s)",
            self.id,
            fields.Datetime.now(),
            leads.ids,
        )
        leads._lead_store(select, ["dormancy_step_id", "dormancy_on"])
        getattr(self, f"_take_{self.action}")(leads)

    def _take_inactive(self, leads):
        mover = self.env["crm.pipeline.mover"]
        mover._move(leads, "inactive", ("customer",), None, self.name)

    def _take_activity(self, leads):
        if self.activity_type_id:
            mover = self.env["crm.pipeline.mover"]
            mover._schedule(leads, self.activity_type_id, self.note or "")
