# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools import forgetting
from ...common import contacts
from ...common.field_kinds import BOOKKEEPING
from ..keeping.effective import effective_sql, overdue_sql, unplanned_sql


class CrmLead(models.Model):
    """When to be in touch with the lead again, and what is next. See crm.followup.engine."""

    _inherit = "crm.lead"

    next_touch_on = fields.Datetime(
        string="Next Touch",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When to be in touch again, by the forgetting curve.",
        lead_kind=BOOKKEEPING,
    )
    last_contact_on = fields.Datetime(
        string="Last Contact",
        readonly=True,
        copy=False,
        help="The last contact that landed: the lead said something, or both sides spoke.",
        lead_kind=BOOKKEEPING,
    )
    last_touch_on = fields.Datetime(
        string="Last Contact or Try",
        readonly=True,
        copy=False,
        help="The last contact, or the last time that one of us tried.",
        lead_kind=BOOKKEEPING,
    )
    contact_count = fields.Integer(
        string="Days With a Contact",
        readonly=True,
        copy=False,
        aggregator=None,
        help="On how many days a contact landed: several on one day count once.",
        lead_kind=BOOKKEEPING,
    )
    retention_k = fields.Float(
        string="Forgetting Rate",
        readonly=True,
        copy=False,
        aggregator=None,
        help="How fast the lead forgets, per day.",
        lead_kind=BOOKKEEPING,
    )
    retention = fields.Float(
        string="Remembers",
        compute="_compute_retention",
        search="_search_retention",
        aggregator=None,
        help="How much of what was said the lead still remembers, by a rule of thumb.",
    )
    attempt_count = fields.Integer(
        string="Tries Without an Answer",
        compute="_compute_attempt_count",
        aggregator=None,
    )
    followup_ids = fields.One2many(
        "crm.lead.followup",
        "lead_id",
        string="Steps",
        readonly=True,
        lead_kind=BOOKKEEPING,
    )
    next_step = fields.Char(
        compute="_compute_next_step",
        help="The one next step with the lead: the earliest of all that is planned.",
    )
    next_step_on = fields.Datetime(string="Until", compute="_compute_next_step")
    next_step_user_id = fields.Many2one(
        "res.users", string="By Whom", compute="_compute_next_step"
    )
    next_step_why = fields.Char(string="Why", compute="_compute_next_step")
    next_step_channel = fields.Char(
        compute="_compute_next_step", export_string_translation=False
    )
    next_step_id = fields.Many2one(
        "crm.lead.followup",
        string="Next Step in the Ledger",
        compute="_compute_next_step",
        export_string_translation=False,
    )
    followup_state = fields.Selection(
        [
            ("none", "No next step"),
            ("planned", "Planned"),
            ("today", "Today"),
            ("overdue", "Overdue"),
        ],
        string="Follow-up",
        compute="_compute_next_step",
        search="_search_followup_state",
    )
    money_at_risk = fields.Float(
        compute="_compute_money_at_risk",
        aggregator=None,
        help="About so much of the expected revenue may be lost because nobody is in touch.",
    )
    is_followup_on = fields.Boolean(
        compute="_compute_is_followup_on", export_string_translation=False
    )

    _followup_new_idx = models.Index(
        "(id) WHERE retention_k IS NULL AND active AND won_status = 'pending'"
    )
    # Who waits for somebody's first answer.
    _followup_waiting_idx = models.Index(
        "(user_id, response_deadline) WHERE response_deadline IS NOT NULL"
        " AND first_response_on IS NULL AND active AND won_status = 'pending'"
    )

    # === COMPUTE METHODS === #

    @api.depends("last_contact_on", "retention_k")
    def _compute_retention(self):
        shares = self.env["crm.followup.engine"]._retention(self)
        for lead in self:
            lead.retention = shares[lead.id] or 0.0

    @api.model
    def _search_retention(self, operator, value):
        if operator not in ("<", "<=", ">", ">=") or not isinstance(
            value, (int, float)
        ):
            return NotImplemented
        now, column = (
            fields.Datetime.now(),
            SQL.identifier("crm_lead", "last_contact_on"),
        )
        rate = SQL.identifier("crm_lead", "retention_k")
        if value <= 0 or value > 1:
            is_so = {"<": value > 1, "<=": value > 1, ">": value <= 0, ">=": value <= 0}
            known = Domain("last_contact_on", "!=", False)
            return known if is_so[operator] else Domain.FALSE
        # R < x where the last contact is longer ago than ln(1/x) / k days.
        query = self._search([("last_contact_on", "!=", False)])
        query.add_where(
            SQL(
                "%s > 0 AND %s " + operator + " %s::timestamp - make_interval(secs =>"
                " %s / NULLIF(%s, 0) * 86400)",
                rate,
                column,
                now,
                forgetting.days_until(1, value),
                rate,
            )
        )
        return Domain("id", "in", query)

    @api.depends("last_touch_on")
    def _compute_attempt_count(self):
        Touchpoint = self.env["crm.touchpoint"]
        Touchpoint.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT touch.lead_id, count(*) FROM crm_touchpoint AS touch"
                " JOIN crm_lead AS lead ON lead.id = touch.lead_id"
                " WHERE touch.lead_id = ANY(%s) AND %s AND touch.occurred_on <= %s"
                " AND touch.occurred_on > COALESCE(lead.last_contact_on, '-infinity')"
                " GROUP BY 1",
                self._origin.ids,
                contacts.judged(self.env, "is_attempt", "touch"),
                fields.Datetime.now(),
            )
        )
        counts = dict(rows)
        for lead in self:
            lead.attempt_count = counts.get(lead._origin.id, 0)

    @api.depends("followup_ids.state", "activity_ids", "response_deadline",
                 "first_response_on", "next_touch_on", "routing_paused_until",
                 "last_contact_on", "retention_k")  # fmt: skip
    @api.depends_context("lang", "uid")
    def _compute_next_step(self):
        found = self._followup_next()
        # sudo: who is to do it, and the ledger of leads that the user sees.
        Users, Steps = (
            self.env["res.users"].sudo(),  # sudo: as above
            self.env["crm.lead.followup"],
        )
        agenda = self.env["crm.lead.agenda"]
        now, today = fields.Datetime.now(), fields.Date.context_today(self)
        for lead in self:
            row = found.get(lead._origin.id)
            lead.next_step = agenda._what(row) if row else False
            lead.next_step_on = row["due_on"] if row else False
            lead.next_step_user_id = Users.browse(row["user_id"]) if row else False
            lead.next_step_why = agenda._why(row, lead) if row else False
            lead.next_step_channel = row["channel"] if row else False
            lead.next_step_id = Steps.browse(row["followup_id"]) if row else False
            lead.followup_state = _state(self, row, now, today)

    def _followup_next(self):
        """Return the one next step of each lead: the earliest of all that is open.

        :return: the columns of effective.py by name, by lead id: one query.
        :rtype: dict[int, dict]
        """
        ids = self._origin.ids
        if not ids:
            return {}
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT ON (lead_id) * FROM (%s) AS step"
                " ORDER BY lead_id, due_on, source, source_id",
                effective_sql(self.env, ids),
            )
        )
        return {row["lead_id"]: row for row in self.env.cr.dictfetchall()}

    @api.model
    def _search_followup_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        if set(value) == {"none"}:
            return Domain.custom(
                to_sql=lambda model, alias, query: unplanned_sql(model.env, alias)
            )
        if set(value) == {"overdue"}:
            now = fields.Datetime.now()
            return Domain.custom(
                to_sql=lambda model, alias, query: overdue_sql(
                    model.env, alias, query, now
                )
            )
        # Who has no step is who is in none of the other states: only steps are looked at.
        known = {"planned", "today", "overdue"}
        without = "none" in value
        wanted = known - set(value) if without else known & set(value)
        among = self._followup_in_sql(wanted)
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s (%s)",
                SQL.identifier(alias, "id"),
                SQL("NOT IN") if without else SQL("IN"),
                among,
            )
        )

    @api.model
    def _followup_in_sql(self, states):
        """Return the statement of the ids of the leads whose next step is in these states.

        :param set states: of those in which there is a step.
        """
        now = fields.Datetime.now()
        here = fields.Datetime.context_timestamp(self, now)
        end = here.replace(hour=23, minute=59, second=59).astimezone(timezone.utc)
        state = SQL(
            "CASE WHEN min(due_on) < %s THEN 'overdue' WHEN min(due_on) <= %s THEN 'today'"
            " ELSE 'planned' END",
            now,
            end.replace(tzinfo=None),
        )
        return SQL(
            "SELECT lead_id FROM (%s) AS step WHERE lead_id IS NOT NULL"
            " GROUP BY lead_id HAVING (%s) = ANY(%s)",
            effective_sql(self.env),
            state,
            sorted(states),
        )

    @api.depends("next_touch_on", "prorated_revenue", "last_contact_on")
    def _compute_money_at_risk(self):
        risk = self.env["crm.followup.accountant"]._risk(self._origin)
        for lead in self:
            lead.money_at_risk = risk.get(lead._origin.id, 0.0)

    @api.depends("company_id", "user_id", "team_id")
    def _compute_is_followup_on(self):
        engine, Company = self.env["crm.followup.engine"], self.env["res.company"]
        for lead in self:
            lead.is_followup_on = engine._is_on(Company._crm_of_lead(lead))

    # === ACTIONS === #

    def action_followup_do(self):
        """Do the next step with the lead: open the window that it is done with.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return self._followup_do(self._followup_next().get(self.id) or {})

    def action_followup_move(self):
        """Ask for another end of the next step.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return self._followup_change("move", self._followup_next().get(self.id) or {})

    def action_followup_skip(self):
        """Ask why the next step is left out.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return self._followup_change("skip", self._followup_next().get(self.id) or {})

    def action_followup_next(self):
        """Ask what is next with the lead.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Next?"),
            "res_model": "crm.followup.next",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def _followup_do(self, step):
        """Return the window in which a step is done.

        :param dict step: columns of effective.py: ``channel``, ``purpose``, ``activity_id``.
        """
        channel = step.get("channel")
        if channel in ("email", "sms", "whatsapp"):
            return self._followup_write(channel, step.get("purpose"))
        if channel == "task":
            return self.action_followup_next()
        action = self.action_log_call()
        kind = "meeting" if channel in ("meeting", "visit") else "call"
        return {**action, "context": {**action["context"], "default_kind": kind}}

    def _followup_write(self, channel, purpose):
        """Return the window in which a message is written; the room of messages has it.

        :param str channel: email, sms or whatsapp.
        :param purpose: what the message is for, or None.
        """
        return self.action_log_call()

    def _followup_change(self, mode, step):
        """Return the window in which a step is moved or skipped.

        :param str mode: move or skip.
        :param dict step: columns of effective.py.
        """
        if not step:
            return self.action_followup_next()
        if step.get("source") in ("clock", "pause"):
            return self.action_open_routing_pause()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move") if mode == "move" else self.env._("Skip"),
            "res_model": "crm.followup.change",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_lead_id": self.id,
                "default_mode": mode,
                "default_followup_id": step.get("followup_id"),
                "default_activity_id": step.get("activity_id")
                if not step.get("followup_id")
                else False,
                "default_due_on": fields.Datetime.to_string(step.get("due_on")),
            },
        }

    def action_set_lost(self, **additional_values):
        """Refuse a drop without a reason, where the company wants one."""
        company = self.env["res.company"]._crm_of_lead
        silent = self.filtered(
            lambda lead: (
                company(lead).lead_drop_reason
                and not (additional_values.get("lost_reason_id") or lead.lost_reason_id)
            )
        )
        if silent:
            raise UserError(
                self.env._(
                    "%s: say why it is dropped. Choose a reason.",
                    silent[0].display_name,
                )
            )
        return super().action_set_lost(**additional_values)


def _state(env_records, row, now, today):
    """Return the state of a lead's next step: none, planned, today or overdue."""
    if not row:
        return "none"
    if row["due_on"] < now:
        return "overdue"
    local = fields.Datetime.context_timestamp(env_records, row["due_on"]).date()
    return "today" if local <= today else "planned"
