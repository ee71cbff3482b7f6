# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

METHODS = [
    ("round_robin", "Round robin"),
    ("fixed", "Always the same person"),
]


class CrmRoutingRule(models.Model):
    """Who gets the leads that match a condition.

    Rules are tried in their order; the first that matches and has somebody who can take the
    lead decides. Routing is on for a company as soon as one active rule counts for it.
    """

    _name = "crm.routing.rule"
    _inherit = ["crm.rule.mixin"]
    _description = "Routing rule"

    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        index="btree_not_null",
        ondelete="restrict",
        help="Its members share the leads, and the leads become this team's.",
    )
    method = fields.Selection(
        METHODS,
        required=True,
        default="round_robin",
        help="How one person is chosen among those who can take the lead.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        domain="[('share', '=', False)]",
        help="The person who gets all leads of this rule.",
    )
    note = fields.Text(help="Why this rule exists, for those who come after you.")
    lead_count = fields.Integer(string="Leads Routed", compute="_compute_lead_count")

    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead.routing.log"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["lead_id:count_distinct"]
            )
        )
        for rule in self:
            rule.lead_count = counts.get(rule, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("method", "team_id", "user_id")
    def _check_pool(self):
        for rule in self:
            if rule.method == "fixed" and not rule.user_id:
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s": choose the salesperson who gets the leads.',
                        rule=rule.display_name,
                    )
                )
            if rule.method in self._team_methods() and not rule.team_id:
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s": choose the sales team whose members get the leads.',
                        rule=rule.display_name,
                    )
                )

    @api.constrains("company_id", "team_id")
    def _check_team_company(self):
        for rule in self.filtered("company_id"):
            company = rule.team_id.company_id
            if company and company != rule.company_id:
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s" is for leads of %(company)s, but its sales team'
                        " belongs to %(other)s. Choose another team or another company.",
                        rule=rule.display_name,
                        company=rule.company_id.display_name,
                        other=company.display_name,
                    )
                )

    @api.model
    def _team_methods(self):
        """Return the methods that choose among the members of a team."""
        return {"round_robin"}

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env["crm.routing.turn"]._create_sequences(rules.ids)
        return rules

    def unlink(self):
        rule_ids = self.ids
        result = super().unlink()
        self.env["crm.routing.turn"]._drop_sequences(rule_ids)
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "team_id", "method", "user_id"]

    @api.model
    @tools.ormcache()
    def _routed_companies(self):
        """Return the ids of the companies whose leads are routed; False stands for all.

        :rtype: frozenset
        """
        return frozenset(row.company_id for row in self._rule_rows())

    @api.model
    def _is_on(self, company_id=None):
        """Tell whether routing is on for a company, or for any.

        :param company_id: id of a company; None asks for any company.
        """
        companies = self._routed_companies()
        return (
            bool(companies)
            if company_id is None
            else not companies.isdisjoint({False, company_id})
        )

    def action_open_leads(self):
        """Open the leads that this rule routed.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [("routing_rule_id", "=", self.id)],
        }
