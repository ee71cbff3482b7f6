# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....const import FOLLOWUP_DUTIES
from ...common.crm_config_mixin import kept


class DutyRow(NamedTuple):
    """A row of the matrix, as the engines keep it in memory."""

    id: int
    code: str
    company_id: int
    team_id: int
    who: str
    user_id: int
    group_user_ids: tuple
    minutes: int


class CrmFollowupDuty(models.Model):
    """Who does what: one row of the matrix of steps and people.

    For each lead the row of its team counts, else that of its company, else the general one.
    As long as no row is active nobody is asked for anything.
    """

    _name = "crm.followup.duty"
    _inherit = ["crm.carried.mixin", "crm.config.mixin", "crm.restriction.mixin"]
    _description = "Who does what"
    _order = "sequence, team_id, company_id, id"
    _carried_by = ("code", "team_id")

    sequence = fields.Integer(compute="_compute_sequence", store=True)
    code = fields.Selection(FOLLOWUP_DUTIES, string="Step", required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="The row counts for leads of this company only. Empty: all."
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        ondelete="cascade",
        help="The row counts for leads of this team only. Empty: all.",
    )
    who = fields.Selection(
        [
            ("owner", "The lead's owner"),
            ("leader", "The team leader"),
            ("marketing", "Marketing: one of these"),
            ("coach", "The coach of the routing rule"),
            ("person", "One person"),
            ("grade", "As the grade says"),
        ],
        required=True,
        default="owner",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False)]",
        ondelete="set null",
    )
    group_user_ids = fields.Many2many(
        "res.users",
        "crm_followup_duty_user_rel",
        string="People",
        domain="[('share', '=', False)]",
        help="Leads are spread evenly over them.",
    )
    minutes = fields.Integer(
        string="Within (Working Minutes)",
        help="Working time until it should be done, from the step before. 480 are a day."
        " 0 for the call: the time of the grade.",
    )
    advice = fields.Text(translate=True, help="What to say, and what to do.")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0), COALESCE(team_id, 0)) WHERE active",
        "This step has a row for this company and team already.",
    )
    _check_minutes = models.Constraint(
        "CHECK (COALESCE(minutes, 0) >= 0)", "A time cannot be negative."
    )

    @api.depends("code")
    def _compute_sequence(self):
        order = [code for code, _label in FOLLOWUP_DUTIES]
        for duty in self:
            duty.sequence = order.index(duty.code) if duty.code else 0

    @api.depends("code", "team_id")
    def _compute_display_name(self):
        names = dict(self._fields["code"]._description_selection(self.env))
        for duty in self:
            words = [names.get(duty.code), duty.team_id.name]
            duty.display_name = ", ".join(filter(None, words))

    @api.constrains("who", "user_id")
    def _check_person(self):
        for duty in self.filtered("active"):
            if duty.who == "person" and not duty.user_id:
                raise ValidationError(
                    self.env._("%s: say which person does it.", duty.display_name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        duties = super().create(vals_list)
        if any(duties.mapped("active")):
            self.env["crm.followup.engine"]._switch_on()
        return duties

    def write(self, vals):
        result = super().write(vals)
        self.env["crm.followup.engine"]._switch_on()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["crm.followup.engine"]._switch_on()
        return result

    # === PRINTING === #

    def action_print(self):
        """Open the matrix as a page, to be printed: all that is on, in the reader's language.

        :return: a report action.
        :rtype: dict
        """
        self.check_access("read")
        duties = self or self.search([("active", "=", True)])
        if not duties:
            raise UserError(
                self.env._("No row is on. Switch on the steps that your teams go by.")
            )
        report = self.env.ref("crm_lead_management.crm_followup_matrix_html")
        return report.report_action(duties)

    def _time_text(self):
        """Return within what time the step is to be done, in words."""
        self.ensure_one()
        if not self.minutes:
            is_call = self.code == "needs_call"
            return self.env._("As the grade says") if is_call else ""
        days, rest = divmod(self.minutes, 480)
        if not rest and days == 1:
            return self.env._("1 working day")
        if not rest:
            return self.env._("%s working days", days)
        return self.env._("%s working minutes", self.minutes)

    def _evidence_text(self):
        """Return what shows that the step was done, in words. See evidence.py."""
        self.ensure_one()
        return {
            "generate": self.env._("The lead itself"),
            "qualify": self.env._("The questions are answered: passed or failed"),
            "welcome": self.env._(
                "A message that went to the lead, an automatic one too"
            ),
            "needs_call": self.env._("A call that both sides spoke in, or a meeting"),
            "offer": self.env._(
                "A quotation that was sent, a message with the offer, or the stage"
            ),
            "after_offer": self.env._("A contact after the offer, either way"),
            "close": self.env._("Won, or dropped with a reason"),
            "care": self.env._("A contact after the win"),
        }.get(self.code, "")

    @api.model
    def _rule_restrictions(self):
        return super()._rule_restrictions() + ["team_id"]

    @api.model
    @kept()
    def _duty_rows(self):
        """Return the active rows, from memory; the most special ones first.

        :rtype: tuple[DutyRow]
        """
        # sudo: the matrix counts for every lead, whoever saves it.
        duties = self.with_env(self.env(su=True, context={}))
        rows = [
            DutyRow(
                duty.id,
                duty.code,
                duty.company_id.id,
                duty.team_id.id,
                duty.who,
                duty.user_id.id,
                tuple(sorted(duty.group_user_ids.ids)),
                duty.minutes,
            )
            for duty in duties.search([("active", "=", True)])
            if not duty._rule_is_for_nobody()
        ]
        return tuple(
            sorted(rows, key=lambda row: (not row.team_id, not row.company_id))
        )
