# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from .acting.counters import Counters
from .deciding import methods, turns


class CrmRoutingRule(models.Model):
    """What the form of a rule shows and opens, and the counters that a rule brings along."""

    _inherit = "crm.routing.rule"

    convert_leads = fields.Boolean(
        string="Convert to Opportunities",
        help="Leads that the rule routes become opportunities of their new owners at once."
        " Otherwise the owner converts them.",
    )
    fallback_is_missing = fields.Boolean(
        compute="_compute_fallback_is_missing", export_string_translation=False
    )
    pool_note = fields.Char(
        compute="_compute_pool_note", export_string_translation=False
    )
    pool_is_empty = fields.Boolean(
        compute="_compute_pool_note", export_string_translation=False
    )
    lead_count = fields.Integer(string="Leads Routed", compute="_compute_lead_count")
    from_teams = fields.Boolean(
        compute="_compute_asks", export_string_translation=False
    )
    names_person = fields.Boolean(
        compute="_compute_asks", export_string_translation=False
    )

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "convert_leads"]

    # === COMPUTE METHODS === #

    @api.depends("method")
    def _compute_asks(self):
        """Tell what the method asks for: sales teams, a person, or neither."""
        for rule in self:
            method = methods.get(rule.method)
            rule.from_teams = method.from_teams
            rule.names_person = method.names_person

    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead.routing.log"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["lead_id:count_distinct"]
            )
        )
        for rule in self:
            rule.lead_count = counts.get(rule, 0)

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_fallback_is_missing(self):
        for rule in self:
            company = rule.company_id or self.env.company
            # sudo: a setting of a company that the user may not see just now.
            rule.fallback_is_missing = not company.sudo().lead_fallback_user_id.active

    @api.depends("method", "team_id", "extra_team_ids", "member_ids", "restricted_by")
    @api.depends_context("lang")
    def _compute_pool_note(self):
        """Say how many people could get leads by the rule, before it is activated."""
        for rule in self:
            teams = rule.team_id | rule.extra_team_ids
            rule.pool_note, rule.pool_is_empty = False, False
            if not teams or not rule._uses_teams():
                continue
            # sudo: teams and members of companies that the user does not see just now.
            members = rule.sudo().member_ids or teams.sudo().crm_team_member_ids
            if "member_ids" in rule.sudo()._rule_emptied():  # sudo: as above
                members = members.browse()
            members = members.filtered(lambda m: m.active and m.user_id.active)
            able = members.filtered(lambda member: not member.assignment_optout)
            rule.pool_is_empty = not able
            rule.pool_note = (
                self.env._(
                    "Members who get leads: %(able)s of %(all)s; the others are paused.",
                    able=len(able.user_id),
                    all=len(members.user_id),
                )
                if able
                else self.env._(
                    "Nobody can get leads: add members to the sales team, or end their pauses."
                )
            )
            if able and able == members:
                rule.pool_note = self.env._(
                    "Members who get leads: %s", len(able.user_id)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._ensure_counters()
        return rules

    def write(self, vals):
        result = super().write(vals)
        pool = {"method", "team_id", "extra_team_ids", "member_ids", "grade_pool"}
        if not pool.isdisjoint(vals):
            self._ensure_counters()
        return result

    # === COUNTERS === #

    def _ensure_counters(self):
        """Create the counters that these rules may need and that are missing."""
        Counters(self.env).ensure(self._counter_names())

    def _counter_names(self):
        """Return the names of all counters that these rules may need."""
        names = [turns.growth(rule.id) for rule in self]
        for rule in self.filtered(lambda rule: rule._uses_teams()):
            for pool in {rule.source["pool"], *rule._grade_pools()}:
                names += turns.lanes(pool)
        return names

    def _grade_pools(self):
        """Return the names of the pools that grades bring into the rule."""
        if not self.grade_pool:
            return []
        # sudo: set-up of scorecards, whoever saves the rule.
        grades = self.env["crm.scorecard.grade"].sudo()
        teams = grades.search([("pool_team_id", "!=", False)]).pool_team_id
        return [turns.pool_name([team.id]) for team in teams]

    @api.autovacuum
    def _gc_counters(self):
        """Remove the counters of pools that no rule has any more.

        Not at once, when a rule changes: leads may still be routed by the rule as it was.
        """
        # sudo: the rules of all companies, archived ones too.
        rules = self.sudo().search([("active", "in", [True, False])])
        counters, names = Counters(self.env), set(rules._counter_names())
        pools = {turns.pool_of(name) for name in names if "_turn_" in name}
        names |= {name for name in counters.existing() if turns.pool_of(name) in pools}
        counters.keep_only(names)

    # === ACTION METHODS === #

    def action_choose_conditions(self):
        """Open the dialog with ready-made conditions.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which Leads"),
            "res_model": "crm.routing.matcher",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rule_id": self.id},
        }

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
