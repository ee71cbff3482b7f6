# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..common.crm_config_mixin import kept
from ..common.rule.crm_rule_mixin import RuleRow
from .deciding import methods, turns

# The id of no member: of a rule whose members are all gone.
NOBODY = -1


class CrmRoutingRule(models.Model):
    """Who gets the leads that match a condition.

    Rules are tried in their order; the first that matches and has somebody who can take the
    lead decides. Routing is on for a company as soon as one active rule counts for it.
    """

    _name = "crm.routing.rule"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    # What runs code is chosen where it runs.
    _carried_not = ("server_action_id",)
    _description = "Routing rule"

    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        index="btree_not_null",
        ondelete="restrict",
        help="Its members share the leads, and the leads become this team's.",
    )
    method = fields.Selection(
        [method.option for method in methods.METHODS],
        required=True,
        default=methods.METHODS[0].key,
        help="How one person is chosen among those who can take the lead.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        domain="[('share', '=', False)]",
        help="The person who gets all leads of this rule.",
    )
    extra_team_ids = fields.Many2many(
        "crm.team",
        "crm_routing_rule_team_rel",
        "rule_id",
        "team_id",
        string="Other Teams",
        help="Their members share the leads too; the leads become the team's of their owner.",
    )
    grade_pool = fields.Boolean(
        string="Team of the Grade",
        help="Leads whose grade has a sales team of its own in the scorecard (its course of"
        " action) go to this team instead. All others go to the teams above.",
    )
    member_ids = fields.Many2many(
        "crm.team.member",
        "crm_routing_rule_member_rel",
        "rule_id",
        "member_id",
        string="Only Members",
        domain="[('crm_team_id', 'in', [team_id] + extra_team_ids)]",
        help="Only these members of the teams. Empty: all.",
    )
    match_language = fields.Boolean(
        string="Language", help="Only members who speak the language of the lead."
    )
    match_industry = fields.Boolean(
        string="Industry", help="Only members who know the industry of the lead."
    )
    match_product = fields.Boolean(
        string="Product",
        help="Only members who know one of the products the lead asks about.",
    )
    match_tags = fields.Boolean(
        string="Tags",
        help="Only members whose other skills meet one of the tags of the lead.",
    )
    match_title = fields.Boolean(
        string="Job Title",
        help="Only members who deal with people in the position of the lead.",
    )
    match_channel = fields.Boolean(
        string="Channel",
        help="Only members who work in the channel that the lead prefers.",
    )
    min_seniority = fields.Selection(
        [("1", "Junior"), ("2", "Experienced"), ("3", "Senior")], string="At Least"
    )
    in_hours_only = fields.Boolean(
        string="Working Now", help="Only members within their working hours."
    )
    respect_capacity = fields.Boolean(
        string="Capacity and Filter",
        help="Only members below the capacity of their team membership, and whose assignment"
        " filter there the lead meets; those whose priority filter it meets come first.",
    )
    growth_share = fields.Integer(
        string="Share for Juniors (%)",
        help="This share of the leads goes to juniors, even where the rule asks for more.",
    )
    coach_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False)]",
        help="Follows the leads that juniors get through their share.",
    )
    response_minutes = fields.Integer(
        string="Answer Within (Minutes)",
        help="A time limit of this rule's own, in the owner's working time. 0: that of the"
        " response times.",
    )
    catch_changes = fields.Boolean(
        string="Also Leads That Change",
        help="Leads that come to match this rule later, and that nobody has answered yet, are"
        " routed again.",
    )
    is_tested = fields.Boolean(
        string="In an Experiment",
        readonly=True,
        copy=False,
        help="It counts for the leads of its variant only.",
    )
    server_action_id = fields.Many2one(
        "ir.actions.server",
        string="Then Run",
        domain="[('model_id.model', '=', 'crm.lead')]",
        ondelete="set null",
        help="Runs for each new lead that the rule routes. It does not stop the time for a"
        " person's answer.",
    )
    # Whose rights the action has: whoever chose it, not who only drags the rule.
    server_action_uid = fields.Many2one(
        "res.users", readonly=True, copy=False, export_string_translation=False
    )
    source = fields.Json(compute="_compute_pool", export_string_translation=False)
    note = fields.Text(help="Why this rule exists, for those who come after you.")

    _check_numbers = models.Constraint(
        "CHECK (COALESCE(growth_share, 0) BETWEEN 0 AND 100"
        " AND COALESCE(response_minutes, 0) >= 0)",
        "The share for juniors is a percentage from 0 to 100, and times cannot be negative.",
    )

    @api.depends("method", "team_id", "extra_team_ids", "member_ids", "restricted_by")
    def _compute_pool(self):
        for rule in self:
            teams = (rule.team_id + rule.extra_team_ids) if rule._uses_teams() else []
            # Members who left count: without them the rule would be for all.
            members = rule.with_context(active_test=False).member_ids.ids
            if "member_ids" in rule._rule_emptied():
                members = members or [NOBODY]
            rule.source = {
                "teams": [team.id for team in teams],
                "members": members,
                "pool": turns.pool_name([team.id for team in teams], members),
            }

    @api.model
    def _rule_restrictions(self):
        return [*super()._rule_restrictions(), "member_ids"]

    def _rule_is_for_nobody(self):
        # Who is left of the members is looked for where they are read.
        return bool(set(self._rule_emptied()) - {"member_ids"})

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_author(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_author(vals))

    @api.model
    def _with_author(self, vals):
        """Return values of rules, with whoever chooses an action in them."""
        vals = {key: vals[key] for key in vals if key != "server_action_uid"}
        if "server_action_id" in vals:
            vals["server_action_uid"] = self.env.uid
        return vals

    # === CONSTRAINT METHODS === #

    @api.constrains("method", "team_id", "user_id")
    def _check_pool(self):
        for rule in self:
            if methods.get(rule.method).names_person and not rule.user_id:
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s": choose the salesperson who gets the leads.',
                        rule=rule.display_name,
                    )
                )
            if rule._uses_teams() and not rule.team_id:
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

    def _uses_teams(self):
        """Tell whether the rule chooses among the members of sales teams."""
        return methods.get(self.method).from_teams

    @api.constrains("active")
    def _check_core_assignment(self):
        """Refuse to route beside Odoo's own repeated assignment."""
        # sudo: a scheduled action of the system.
        cron = self.env.ref("crm.ir_cron_crm_lead_assign", raise_if_not_found=False)
        if cron and cron.sudo().active and any(rule.active for rule in self):
            raise ValidationError(
                self.env._(
                    "Odoo's own repeated assignment of leads is on, and both would give leads"
                    " to salespeople. Switch it off first (CRM, Configuration, Settings,"
                    " Rule-Based Assignment: manually), then activate the rule."
                )
            )

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            "team_id",
            "method",
            "user_id",
            "source",
            "match_language",
            "match_industry",
            "match_product",
            "match_tags",
            "match_title",
            "match_channel",
            "min_seniority",
            "in_hours_only",
            "respect_capacity",
            "grade_pool",
            "growth_share",
            "coach_id",
            "catch_changes",
            "server_action_id",
            "response_minutes",
            "is_tested",
        ]

    def _as_rows(self):
        """Return these rules, drafts too, as the engine takes them.

        :rtype: tuple[RuleRow]
        """
        names = self._rule_columns()
        return tuple(
            RuleRow(
                rule.id,
                rule.name,
                rule.company_id.id,
                self._parse_domain(rule.domain),
                {
                    name: rule[name].id
                    if rule._fields[name].type == "many2one"
                    else rule[name]
                    for name in names
                },
                rule.domain_lang or None,
            )
            for rule in self.with_context(lang=None)
        )

    @api.model
    @kept()
    def _has_time_limits(self):
        """Tell whether an active rule has a time limit of its own."""
        return any(row.values["response_minutes"] for row in self._rule_rows())

    @api.model
    @kept()
    def _acts(self):
        """Tell whether an active rule does more than give leads to people."""
        return any(
            row.values["server_action_id"] or row.values["convert_leads"]
            for row in self._rule_rows()
        )

    @api.model
    @kept()
    def _routed_companies(self):
        """Return the ids of the companies whose leads are routed; False stands for all.

        :rtype: frozenset
        """
        return frozenset(row.company_id for row in self._rule_rows())

    @api.model
    @kept("company_id")
    def _only_team(self, company_id):
        """Return the id of the team that all leads of a company will go to, or False.

        Leads can have such a team from the start. What Odoo computes from it (stage,
        probability) is then not computed again when the owner is written.
        """
        rows = self._rule_rows()
        teams = {row.values["team_id"] for row in rows}
        takes_any = any(row.domain.is_true() and not row.company_id for row in rows)
        takes_any &= not any(row.values["grade_pool"] for row in rows)
        reads_team = "team_id" in self._rule_trigger_fields()
        if len(teams) != 1 or not takes_any or reads_team:
            return False
        # sudo: the team of the rules, whoever may see it.
        team = self.env["crm.team"].sudo().browse(teams.pop())
        return team.company_id.id in (False, company_id) and team.id

    @api.model
    @kept("company_id")
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
