# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.intake.crm_intake_source import FORMS
from .checks import ROLES, Checks


class CrmLeadManagementSetup(models.TransientModel):
    """The set-up assistant: one screen that leads through stages, scorecard and routing.

    It shows what is there, what each step would change, and opens the screen where the
    change is previewed or made. Nothing happens by opening it.
    """

    _name = "crm.lead.management.setup"
    _description = "Lead management set-up"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        readonly=True,
    )
    # what is left
    checks = fields.Json(compute="_compute_checks", export_string_translation=False)
    done_share = fields.Float(compute="_compute_checks")
    is_untouched = fields.Boolean(
        compute="_compute_checks", export_string_translation=False
    )
    # stages
    role_count = fields.Integer(compute="_compute_stages")
    is_stages_done = fields.Boolean(compute="_compute_stages")
    # scorecard
    scorecard_id = fields.Many2one("crm.scorecard", compute="_compute_scorecard")
    lead_count = fields.Integer(string="Open Leads", compute="_compute_scorecard")
    graded_count = fields.Integer(string="Graded Leads", compute="_compute_scorecard")
    graded_share = fields.Float(compute="_compute_scorecard")
    todo_count = fields.Integer(string="Still to Grade", compute="_compute_scorecard")
    is_running = fields.Boolean(compute="_compute_scorecard")
    is_nightly = fields.Boolean(compute="_compute_scorecard")
    # routing
    rule_count = fields.Integer(
        string="Active Routing Rules", compute="_compute_routing"
    )
    team_id = fields.Many2one(
        "crm.team",
        check_company=True,
        default=lambda self: self._default_team_id(),
        help="Its members receive the new leads in turn.",
    )
    member_count = fields.Integer(compute="_compute_member_count")
    fallback_user_id = fields.Many2one(
        "res.users",
        string="Fallback Owner",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        default=lambda self: self.env.company.lead_fallback_user_id or self.env.user,
        help="Gets the leads for which no rule finds anybody, so that none is lost.",
    )

    known_first = fields.Boolean(
        string="Known Accounts First",
        default=True,
        help="A lead of a company or person whom somebody looks after already is his.",
    )
    set_aside = fields.Boolean(
        string="Set Aside What Does Not Fit",
        default=lambda self: self.env.company.lead_set_aside,
        help="Leads that fail the qualification take nobody's turn, and nobody has to answer"
        " them: the fallback owner has them. The list of leads has a filter for them.",
    )

    # follow-up
    policy_count = fields.Integer(
        string="Active Follow-Up Policies", compute="_compute_policy_count"
    )

    # doors
    source_count = fields.Integer(string="Doors", compute="_compute_doors")
    alias_text = fields.Char(compute="_compute_doors", export_string_translation=False)

    @api.model
    def _default_team_id(self):
        return self.env["crm.team"].search(
            [("company_id", "in", [False, self.env.company.id])], limit=1
        )

    # === COMPUTE METHODS === #

    def _compute_display_name(self):
        self.display_name = self.env._("Set-up assistant")

    @api.depends("company_id")
    def _compute_checks(self):
        for setup in self:
            checks = Checks(self.env, setup.company_id or self.env.company)
            rows = checks.steps()
            half = (len(rows) + 1) // 2
            done = {row["key"] for row in rows if row["state"] == "done"}
            needed = [row for row in rows if row["state"] != "option"]
            setup.checks = [
                {"key": "first", "rows": rows[:half]},
                {"key": "second", "rows": rows[half:]},
            ]
            setup.done_share = len(done) * 100 / len(needed)
            # The scorecard, the people and the texts are there without anybody's doing.
            setup.is_untouched = not done & {"stages", "door", "routing", "followup"}

    @api.depends("company_id")
    def _compute_stages(self):
        roles = self.env["crm.stage"]._read_group(
            [("lead_role", "!=", False)], ["lead_role"]
        )
        for setup in self:
            setup.role_count = len(roles)
            setup.is_stages_done = len(roles) == ROLES

    @api.depends("company_id")
    def _compute_scorecard(self):
        Lead = self.env["crm.lead"]
        batch = self.env["crm.lead.batch"]
        todo, total = batch._progress()
        graded = Lead.search_count(
            batch._domain() & fields.Domain("lead_grade", ">", 0)
        )
        for setup in self:
            setup.scorecard_id = self.env["crm.scorecard"].search(
                [
                    ("state", "=", "live"),
                    ("company_id", "in", [setup.company_id.id, False]),
                ],
                order="company_id",
                limit=1,
            )
            setup.lead_count = total
            setup.graded_count = graded
            setup.graded_share = graded * 100 / total if total else 0
            setup.todo_count = todo
            setup.is_running = bool(todo)
            # sudo: whether it is on, for whoever may open the set-up.
            setup.is_nightly = batch._cron().sudo().active

    @api.depends("company_id")
    def _compute_routing(self):
        for setup in self:
            setup.rule_count = self.env["crm.routing.rule"].search_count(
                [("company_id", "in", [setup.company_id.id, False])]
            )

    @api.depends("company_id")
    def _compute_policy_count(self):
        for setup in self:
            setup.policy_count = self.env["crm.followup.policy"].search_count(
                [("company_id", "in", [setup.company_id.id, False])]
            )

    @api.depends("company_id", "team_id")
    def _compute_doors(self):
        for setup in self:
            setup.source_count = len(setup._doors())
            alias = setup.team_id.alias_full_name or ""
            setup.alias_text = alias if "@" in alias else False

    def _doors(self):
        """Return the company's doors that have an address of their own."""
        return self.env["crm.intake.source"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "in", list(FORMS)),
                ("key_hash", "!=", False),
                ("key_revoked", "=", False),
            ]
        )

    @api.depends("team_id")
    def _compute_member_count(self):
        for setup in self:
            setup.member_count = len(setup.team_id.crm_team_member_ids)

    # === ACTION METHODS === #

    def _check_manager(self):
        self.check_access("read")
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(
                self.env._("Only a sales administrator may set up lead management.")
            )

    def _check_companies(self):
        """Refuse another company than those of the user, and a person or team of others."""
        company = self.company_id
        if company not in self.env.companies:
            raise AccessError(
                self.env._("You set up lead management for your own company only.")
            )
        # sudo: whether the person may work there, whoever may read it.
        person = self.fallback_user_id.sudo()
        if (
            (person and company not in person.company_ids)
            or (person and person.share)
            or self.team_id.company_id not in (company, company.browse())
        ):
            raise UserError(
                self.env._(
                    "The team and the person who gets the other leads belong to %s.",
                    company.name,
                )
            )

    def action_stages(self):
        """Open the mapping of the company's stages, which shows a preview first.

        :return: a window action.
        :rtype: dict
        """
        self._check_manager()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_pipeline_setup_action"
        )

    def action_applied_stages(self):
        """Open what was applied to the stages, each of which can be undone.

        :return: a window action.
        :rtype: dict
        """
        self._check_manager()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_pipeline_setup_log_action"
        )

    def action_open_scorecard(self):
        """Open the scorecard that grades the company's leads, or the list where none does.

        :return: a window action.
        :rtype: dict
        """
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_scorecard_action"
        )
        if self.scorecard_id:
            action |= {"views": [(False, "form")], "res_id": self.scorecard_id.id}
        return action

    def action_grade_leads(self):
        """Grade the leads that are there already, in the background, now and every night.

        :return: the action that shows this screen again, with the progress.
        :rtype: dict
        """
        self._check_manager()
        self.env["crm.lead.batch"]._start()
        return self._reopen()

    def action_stop_grading(self):
        """Switch the nightly evaluation off again; grades stay as they are.

        :return: the action that shows this screen again.
        :rtype: dict
        """
        self._check_manager()
        self.env["crm.lead.batch"]._stop()
        return self._reopen()

    @api.model
    def get_progress(self):
        """Return how many leads the running pass still has to grade, and how many are open.

        :rtype: dict
        """
        self._check_manager()
        todo, total = self.env["crm.lead.batch"]._progress()
        return {"todo": todo, "total": total}

    def action_refresh(self):
        """Show this screen again, with the figures of now.

        :return: a window action.
        :rtype: dict
        """
        return self._reopen()

    def action_start_routing(self):
        """Create the first routing rule: the team's members in turn, for all new leads.

        Where there is a rule by now, as in another window, nothing is created.

        :return: the action that shows this screen again.
        :rtype: dict
        :raise UserError: when the team has nobody who could receive a lead.
        """
        self.ensure_one()
        self._check_manager()
        if self.rule_count:
            return self._reopen()
        if not self.team_id or not self.member_count:
            raise UserError(
                self.env._(
                    "Choose a sales team that has members: they will receive the leads."
                )
            )
        self._check_companies()
        # sudo: the company's own setting; a sales administrator may not write companies.
        self.company_id.sudo().write(
            {
                "lead_fallback_user_id": self.fallback_user_id.id,
                "lead_known_first": self.known_first,
                "lead_set_aside": self.set_aside,
            }
        )
        self.env["crm.routing.rule"].create(
            {
                "name": self.env._("All new leads, in turn"),
                "team_id": self.team_id.id,
                "method": "round_robin",
                "domain": "[]",
                "sequence": 100,
                "company_id": self.team_id.company_id.id,
            }
        )
        return self._reopen()

    def action_open_routing(self):
        """Open the routing rules.

        :return: a window action.
        :rtype: dict
        """
        self._check_manager()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_routing_rule_action"
        )

    def action_preview_followup(self):
        """Open what the policy for all open leads would plan; nothing is written.

        :return: a window action; the list of policies where that one was deleted.
        :rtype: dict
        """
        self._check_manager()
        policy = self.env.ref(
            "crm_lead_management.crm_followup_policy_sales", raise_if_not_found=False
        )
        return policy.action_preview() if policy else self.action_open_followup()

    def action_open_followup(self):
        """Open the follow-up policies.

        :return: a window action.
        :rtype: dict
        """
        self._check_manager()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_followup_policy_action"
        )

    def action_connect_form(self):
        """Make the company's first door: the address to which a form of any site sends.

        Where there is one by now, as from another window, the doors are opened instead.

        :return: the window with the address and a form to copy, shown this once.
        :rtype: dict
        """
        self.ensure_one()
        self._check_manager()
        self._check_companies()
        if self.source_count:
            return self.action_open_doors()
        source = self.env["crm.intake.source"].create(
            {
                "name": self.env._("Form of our site"),
                "kind": "web",
                "company_id": self.company_id.id,
            }
        )
        return source.action_new_key()

    def action_test_door(self):
        """Have a test lead come in by the company's first door; it takes nobody's turn.

        :return: the action that opens the lead.
        :rtype: dict
        :raise UserError: where there is no door, or no lead came of it.
        """
        self.ensure_one()
        self._check_manager()
        doors = self._doors()
        if not doors:
            raise UserError(self.env._("Connect a form first: there is no door yet."))
        return doors[:1].action_send_test()

    def action_open_doors(self):
        """Open all the doors by which leads come in.

        :return: a window action.
        :rtype: dict
        """
        self._check_manager()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_intake_source_action"
        )

    def _reopen(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_lead_management_setup_action"
        )
        # In its own place: otherwise it would stand twice in the breadcrumbs.
        return action | {"target": "main"}
