# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...models.common.context import SKIP
from ...models.routing.deciding import filters

MOST = 1000
# What can be typed in about a lead that does not exist.
TYPED = (
    *("partner_name", "contact_name", "function", "email_from", "phone", "city"),
    *("country_id", "lang_id", "industry_id", "company_size", "expected_revenue"),
    *("product_ids", "tag_ids", "preferred_channel", "request_note"),
)


class _Undo(Exception):
    """Leaves the savepoint in which a typed-in lead lives."""


class CrmRoutingTrial(models.TransientModel):
    """Tries rules, drafts too, on real leads: who would have got what. Nothing is written.

    One lead, one that is typed in, or the last ones that came in; beside it, who has them now.
    Where leads go in turn it is chance which of several gets one: such leads do not count as
    changed while their owner is one of those who take turns.
    """

    _name = "crm.routing.trial"
    _description = "Dry run of routing rules"

    lead_id = fields.Many2one(
        "crm.lead", string="One Lead", help="Empty: the last leads."
    )
    is_typed = fields.Boolean(
        string="Type One In", help="Try a lead that does not exist."
    )
    partner_name = fields.Char(string="Company")
    contact_name = fields.Char(string="Contact")
    function = fields.Char(string="Job Position")
    email_from = fields.Char(string="Email")
    phone = fields.Char()
    city = fields.Char()
    country_id = fields.Many2one("res.country")
    lang_id = fields.Many2one("res.lang", string="Language")
    industry_id = fields.Many2one("res.partner.industry")
    company_size = fields.Integer(string="Employees")
    expected_revenue = fields.Float()
    product_ids = fields.Many2many("product.template", string="Products")
    tag_ids = fields.Many2many("crm.tag", string="Tags")
    preferred_channel = fields.Selection(
        selection=lambda self: (
            self.env["crm.lead"]
            ._fields["preferred_channel"]
            ._description_selection(self.env)
        )
    )
    request_note = fields.Text()
    count = fields.Integer(
        string="Last Leads",
        default=100,
        help="Working hours are looked at as they were when each lead came in.",
    )
    answer_minutes = fields.Integer(
        string="Minutes per Answer",
        default=15,
        help="Working time that one answer takes, to see who could not keep the time limits.",
    )
    rule_ids = fields.Many2many(
        "crm.routing.rule",
        default=lambda self: self._default_rules(),
        context={"active_test": False},
        string="Rules to Try",
    )
    line_ids = fields.One2many("crm.routing.trial.line", "trial_id", readonly=True)
    member_ids = fields.One2many("crm.routing.trial.member", "trial_id", readonly=True)
    state = fields.Selection([("ask", "Ask"), ("done", "Done")], default="ask")
    changed = fields.Integer(string="Would Change Hands", readonly=True)
    by_turn = fields.Integer(
        string="Another One in Turn",
        readonly=True,
        help="Leads that would go to another one of those who take turns.",
    )
    waiting = fields.Integer(string="Would Find Nobody", readonly=True)
    late = fields.Integer(string="Would Be Late", readonly=True)
    has_limits = fields.Boolean(readonly=True, export_string_translation=False)
    late_text = fields.Char(
        compute="_compute_late_text", export_string_translation=False
    )
    has_drafts = fields.Boolean(compute="_compute_has_drafts")
    typed_text = fields.Char(
        compute="_compute_typed_text", export_string_translation=False
    )
    typed_reason = fields.Char(
        compute="_compute_typed_text", export_string_translation=False
    )

    @api.model
    def _default_rules(self):
        """Return the active rules, with the rule that the dialog was opened from."""
        rules = self.env["crm.routing.rule"].search([("active", "=", True)])
        return rules | self.env["crm.routing.rule"].browse(
            self.env.context.get("trial_rule_ids", [])
        )

    @api.depends("rule_ids.active")
    def _compute_has_drafts(self):
        for trial in self:
            trial.has_drafts = not all(trial.rule_ids.mapped("active"))

    @api.depends("late", "has_limits", "answer_minutes", "line_ids")
    @api.depends_context("lang")
    def _compute_late_text(self):
        for trial in self:
            trial.late_text = (
                self.env._(
                    "%(late)s of %(all)s leads would be answered too late if each person"
                    " answers one lead after the other, in working hours, %(minutes)s minutes"
                    " each.",
                    late=trial.late,
                    all=len(trial.line_ids),
                    minutes=max(1, trial.answer_minutes),
                )
                if trial.has_limits
                else self.env._(
                    "No time limit applies to these leads, so none could be answered too late."
                )
            )

    @api.depends("is_typed", "line_ids")
    @api.depends_context("lang")
    def _compute_typed_text(self):
        """Say who would get the lead that was typed in, and why."""
        for trial in self:
            line = trial.line_ids[:1] if trial.is_typed else trial.line_ids.browse()
            trial.typed_reason = line.reason
            trial.typed_text = line and (
                self.env._("The lead would go to %s.", line.to_user_id.name)
                if line.to_user_id
                else self.env._("The lead would find nobody, and wait for an owner.")
            )

    def action_try(self):
        """Run the rules and show what would have happened.

        :return: the action that shows this dialog again.
        :rtype: dict
        :raise UserError: where there is nothing to try.
        """
        self.ensure_one()
        self.env["crm.routing.rule"].check_access("write")
        if not self.rule_ids:
            raise UserError(self.env._("Choose at least one rule to try."))
        rules = self.rule_ids.with_context(active_test=False).sorted(
            lambda rule: (rule.sequence, rule.id)
        )
        rows = rules._as_rows()
        decisions, late = self._try_typed(rows) if self.is_typed else self._try(rows)
        by_turn = [decision for decision in decisions if self._is_by_turn(decision)]
        self.line_ids.unlink()
        self.member_ids.unlink()
        self.write(
            {
                "state": "done",
                "changed": sum(d["to_user_id"] != d["from_user_id"] for d in decisions)
                - len(by_turn),
                "by_turn": len(by_turn),
                "waiting": sum(not d["to_user_id"] for d in decisions),
                "late": sum(late.values()),
                "has_limits": bool(late),
                "line_ids": [(0, 0, self._line(d, late)) for d in decisions],
                "member_ids": [(0, 0, vals) for vals in self._members(decisions, late)],
            }
        )
        return self._reopen()

    def _try(self, rows):
        """Return the decisions about real leads, and which would be answered too late.

        :raise UserError: where there are none.
        """
        leads = self._leads()
        if not leads:
            raise UserError(self.env._("There is no lead yet to try the rules on."))
        decisions = self.env["crm.routing.engine"]._preview(
            leads, rows=rows, replay=not self.lead_id
        )
        late = self.env["crm.routing.forecast"]._late(
            leads, decisions, rows, max(1, self.answer_minutes)
        )
        return decisions, late

    def _try_typed(self, rows):
        """Return the decision about a lead that exists for the moment of the trial only."""
        # As if it had come in where the user is.
        company = self.env.company
        values = {
            "name": self.env._("Test"),
            "user_id": False,
            "company_id": company.id,
        }
        for name in TYPED:
            value, field = self[name], self._fields[name]
            if value:
                many = field.type == "many2many"
                value = [(6, 0, value.ids)] if many else value
                values[name] = value.id if field.type == "many2one" else value
        quiet = {"tracking_disable": True, "mail_create_nosubscribe": True, SKIP: True}
        try:
            with self.env.cr.savepoint():
                # sudo: a lead that nobody else sees, which may lie outside of who tries.
                lead = self.env["crm.lead"].sudo().with_context(**quiet).create(values)
                lead = lead.with_context(**{SKIP: False})
                # What the other rooms find out about a lead counts as well.
                lead._lead_find(None)
                decisions = self.env["crm.routing.engine"]._preview(lead, rows=rows)
                raise _Undo
        except _Undo:
            self.env.invalidate_all(flush=False)
        return [{**decision, "lead_id": False} for decision in decisions], {}

    @api.model
    def _is_by_turn(self, decision):
        """Tell whether somebody else gets a lead only since it would be another's turn."""
        owner_id = decision["from_user_id"]
        return (
            bool(owner_id)
            and owner_id != decision["to_user_id"]
            and decision["facts"].get("turn") is not None
            and any(
                row["user_id"] == owner_id and row["passed"]
                for row in decision["candidates"]
                if row["rule"] == decision["facts"].get("rule")
            )
        )

    def action_activate(self):
        """Activate the drafts among the rules that were tried.

        :return: the action that opens the rules.
        :rtype: dict
        """
        self.ensure_one()
        self.rule_ids.filtered(lambda rule: not rule.active).active = True
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_routing_rule_action"
        )

    def action_back(self):
        """Show the question again.

        :return: the action that shows this dialog again.
        :rtype: dict
        """
        self.ensure_one()
        self.state = "ask"
        return self._reopen()

    def _leads(self):
        """Return the leads to try."""
        if self.lead_id:
            return self.lead_id
        count = max(0, min(self.count, MOST))
        leads = self.env["crm.lead"].with_context(active_test=False)
        found = leads.search([], order="id desc", limit=count) if count else leads
        return found.sorted("id")

    @api.model
    def _line(self, decision, late):
        return {
            "lead_id": decision["lead_id"],
            "from_user_id": decision["from_user_id"],
            "to_user_id": decision["to_user_id"],
            "rule_id": decision["rule_id"],
            "reason": decision["reason"],
            "late": late.get(decision["lead_id"], False),
        }

    @api.model
    def _members(self, decisions, late):
        """Return how many leads each person has, would have, and would answer too late."""
        has, would, too_late = {}, {}, {}
        for decision in decisions:
            user_id = decision["to_user_id"]
            is_late = late.get(decision["lead_id"], False)
            too_late[user_id] = too_late.get(user_id, 0) + is_late
            for counts, user_id in (
                (has, decision["from_user_id"]),
                (would, decision["to_user_id"]),
            ):
                counts[user_id] = counts.get(user_id, 0) + 1
        notes = self._away(set(has) | set(would))
        notes[False] = self.env._("Without an owner")
        users = sorted(set(has) | set(would), key=lambda u: (-would.get(u, 0), u or 0))
        return [
            {
                "user_id": user,
                "has": has.get(user, 0),
                "would_have": would.get(user, 0),
                "late": too_late.get(user, 0),
                "note": notes.get(user, False),
            }
            for user in users
        ]

    @api.model
    def _away(self, user_ids):
        """Return why people get no leads at present, in words, by user id."""
        user_ids = user_ids - {False, None}
        people = self.env["crm.routing.pool"]._chains(user_ids, fields.Datetime.now())
        words = {one.code: one.verdict(self.env._) for one in filters.FILTERS}
        notes = {}
        for user_id in user_ids:
            blocked = people[user_id][0].blocked
            if not blocked:
                continue
            # sudo: until when a colleague is away.
            until = self.env["res.users"].sudo().browse(user_id).out_of_office_to
            notes[user_id] = words.get(blocked[0], blocked[0])
            if until and blocked[0] == filters.AWAY.code:
                notes[user_id] = self.env._(
                    "Away until %s", format_date(self.env, until)
                )
        return notes

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dry Run"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class CrmRoutingTrialLine(models.TransientModel):
    _name = "crm.routing.trial.line"
    _description = "Lead of a dry run"
    _order = "id desc"  # the newest lead first: it is the one that people know

    trial_id = fields.Many2one(
        "crm.routing.trial", required=True, index=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", ondelete="cascade")
    from_user_id = fields.Many2one("res.users", string="Has It")
    to_user_id = fields.Many2one("res.users", string="Would Get It")
    rule_id = fields.Many2one("crm.routing.rule", ondelete="cascade")
    reason = fields.Char()
    late = fields.Boolean()


class CrmRoutingTrialMember(models.TransientModel):
    _name = "crm.routing.trial.member"
    _description = "Person in a dry run"

    trial_id = fields.Many2one(
        "crm.routing.trial", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Salesperson")
    has = fields.Integer(string="Now")
    would_have = fields.Integer(string="Then")
    late = fields.Integer(string="Would Be Late")
    note = fields.Char()
