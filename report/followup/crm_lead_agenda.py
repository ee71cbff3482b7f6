# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.fields import Domain

from ...const import (
    FOLLOWUP_CHANNELS,
    FOLLOWUP_DUTIES,
    FOLLOWUP_OTHERS,
    MESSAGE_PURPOSES,
)
from ...models.common.context import AGENDA_PAGE
from .agenda_rows import Page, is_cut, rows_sql

# What is read of the lead of a row.
LEAD = ["name", "user_id", "last_contact_on", "retention_k"]


class CrmLeadAgenda(models.Model):
    """What is to be done now, by whom: one row for each lead and person, the earliest step.

    A view over what is true (the clock of the first answer, the ledger, people's own
    activities, pauses), and no copy of it: it cannot be out of date. Who waits for an answer
    comes first, then what is due first, then, of what is due at the same time, the best grade.
    """

    _name = "crm.lead.agenda"
    _description = "Agenda"
    _auto = False
    # The columns of an index, see agenda_rows.py: nothing is sorted as a whole.
    _order = "sort_on, source_id"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", readonly=True)
    user_id = fields.Many2one("res.users", string="By Whom", readonly=True)
    source = fields.Selection(
        [
            ("clock", "Response time"),
            ("ledger", "Follow-up"),
            ("activity", "Activity"),
            ("pause", "Pause"),
            ("track", "Track"),
        ],
        readonly=True,
    )
    duty = fields.Selection(
        FOLLOWUP_DUTIES + FOLLOWUP_OTHERS, readonly=True, string="Step"
    )
    kind = fields.Char(readonly=True, export_string_translation=False)
    channel = fields.Selection(FOLLOWUP_CHANNELS, readonly=True)
    purpose = fields.Selection(MESSAGE_PURPOSES, readonly=True)
    summary = fields.Char(readonly=True)
    due_on = fields.Datetime(string="Until", readonly=True)
    sort_on = fields.Datetime(readonly=True, export_string_translation=False)
    source_id = fields.Integer(
        string="Row",
        readonly=True,
        aggregator=None,
        export_string_translation=False,
    )
    followup_id = fields.Many2one("crm.lead.followup", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True)
    bucket = fields.Selection(
        [
            ("1_answer", "Answer now"),
            ("2_overdue", "Overdue"),
            ("3_today", "Today"),
            ("4_week", "This week"),
            ("5_later", "Later"),
        ],
        string="When",
        readonly=True,
    )
    is_overdue = fields.Boolean(string="Late", readonly=True)
    lead_grade = fields.Integer(string="Grade", readonly=True, aggregator=None)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    contact_name = fields.Char(string="Contact", readonly=True)
    partner_name = fields.Char(string="Company Name", readonly=True)
    phone = fields.Char(readonly=True)
    what = fields.Char(compute="_compute_what", string="What to Do")
    why = fields.Char(compute="_compute_what")

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        here = fields.Datetime.context_timestamp(self, now)
        today = here.replace(hour=23, minute=59, second=59, microsecond=0)
        today = today.astimezone(timezone.utc).replace(tzinfo=None)
        page = AGENDA_PAGE.of(self.env)
        week = today + timedelta(days=7 - 1)
        return rows_sql(self.env, now, today, week, page)

    # === READING === #

    @api.model
    @api.private
    @api.readonly
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Read only what a page shows; of what is due together the best grades come first."""
        if order and order != self._order:
            return super().search_fetch(domain, field_names, offset, limit, order)
        return self._in_order(self._rows(domain, offset, limit))

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None,
                        count_limit=None):  # fmt: skip
        """Odoo's; that there is more than the page, a row more says: nothing is counted."""
        is_usual = limit and count_limit and (not order or order == self._order)
        if not is_usual or not self._page(domain, offset + limit):
            return super().web_search_read(
                domain, specification, offset, limit, order, count_limit
            )
        rows = self._rows(domain, offset, limit + 1)
        records = self._in_order(rows[:limit]).web_read(specification)
        return {"length": offset + len(rows) if rows else 0, "records": records}

    @api.model
    def _rows(self, domain, offset, limit):
        """Return rows in the order of the agenda, with all columns: one query."""
        # pylint: disable=super-method-mismatch
        page = limit and self._page(domain, offset + limit)
        if page:
            first = self.with_context(**AGENDA_PAGE.on(page))
            rows = super(CrmLeadAgenda, first).search_fetch(domain, None, offset, limit)
            # What is missing may be of leads that the user does not see.
            if len(rows) == limit or not is_cut(self.env, page):
                return rows.with_env(self.env)
        return super().search_fetch(domain, None, offset, limit)

    @api.model
    def _in_order(self, rows):
        # sudo: a lead has many columns, and rules of access would have all of them read; what
        # the user may not see of these he does not get.
        rows.lead_id.sudo().fetch(LEAD)
        return rows.sorted(lambda row: (row.sort_on, -row.lead_grade, row.source_id))

    @api.model
    def _page(self, domain, count):
        """Return the first rows that a domain is about, where it is about one person's.

        :return: a Page, or None.
        """
        user_id, until = None, None
        for part in Domain(domain).optimize_full(self):
            if part == "&":
                continue
            name, operator, value = part if isinstance(part, tuple) else ("", "", "")
            if (name, operator) == ("user_id", "in") and len(value) == 1:
                user_id = value[0]
            elif (name, operator) == ("due_on", "<"):
                until = min(until or value, value)
            else:
                return None
        return user_id and Page(user_id, until, count)

    # === COMPUTE METHODS === #

    @api.depends("source", "duty", "kind", "summary", "channel", "lead_id", "due_on")
    @api.depends_context("lang")
    def _compute_what(self):
        for row in self:
            values = {
                name: row[name]
                for name in ("source", "duty", "summary", "channel", "due_on")
            }
            values |= {"kind": row.kind}
            row.what = self._what(values)
            row.why = self._why(values, row.lead_id)

    @api.model
    def _what(self, row):
        """Return what is to be done, in words.

        :param dict row: the columns of effective.py.
        :rtype: str
        """
        duties = dict(self._fields["duty"]._description_selection(self.env))
        if row["source"] == "pause":
            return self.env._("Paused: %s", row["summary"] or "")
        if row["source"] == "clock":
            return self.env._("Answer: it waits for us")
        if row["duty"] == "tell" and row["summary"]:
            return self.env["crm.lead.followup"]._what_to_tell(row["summary"])
        text = row["summary"] or duties.get(row["duty"])
        channels = dict(self._fields["channel"]._description_selection(self.env))
        channel = channels.get(row["channel"])
        if row["source"] == "ledger" and row["duty"] == "other" and channel and text:
            return self.env._("%(channel)s: %(what)s", channel=channel, what=text)
        return text or ""

    @api.model
    def _why(self, row, lead, at=None):
        """Return why it is to be done then, in words.

        :param dict row: the columns of effective.py.
        :param lead: one crm.lead record.
        :param datetime at: as of when, in UTC; now when None. Of a step to come it is said
            what will be on its day: now nothing may be forgotten yet.
        :rtype: str
        """
        if row["source"] == "clock":
            return self.env._("Nobody has answered yet")
        if row["source"] == "track":
            return self.env._("It goes by itself")
        if row["source"] == "activity" or row["kind"] == "own":
            return self.env._("Planned by a person")
        if row["kind"] == "review":
            return self.env._("Decided in the review meeting")
        asked = {
            "answer": self.env._("The lead got in touch again"),
            "tell": self.env._("The meeting in the calendar is over"),
        }
        if row["duty"] in asked:
            return asked[row["duty"]]
        if row["duty"] == "decide":
            return self.env._("%s tries without an answer", lead.attempt_count)
        if row["kind"] == "duty":
            return self._advice(row["duty"], lead)
        if row["kind"] != "periodic":
            return self.env._("A step of the follow-up policy")
        if not lead.last_contact_on:
            return self.env._("No contact that landed yet")
        return self._forgotten(row["due_on"], lead, at or fields.Datetime.now())

    @api.model
    def _forgotten(self, due_on, lead, at):
        """Return how much of the last contact is forgotten, in words.

        :param datetime due_on: of the step, in UTC.
        :param lead: one crm.lead record with a last contact.
        :param datetime at: as of when, in UTC.
        """
        until = max(at, due_on or at)
        days = (until - lead.last_contact_on).days
        kept = self.env["crm.followup.engine"]._retention(lead, until)[lead.id] or 0
        share = round(100 * (1 - kept))
        if until > at:
            return self.env._(
                "%(days)s days after the last contact, when about %(share)s %% is forgotten",
                days=days,
                share=share,
            )
        return self.env._(
            "%(days)s days since the last contact, about %(share)s %% is forgotten",
            days=days,
            share=share,
        )

    @api.model
    def _advice(self, duty, lead):
        """Return what the matrix advises for a step with a lead.

        :param str duty: its code.
        """
        rows = self.env["crm.followup.duty"]._duty_rows()
        row_id = next(
            (
                row.id
                for row in rows
                if row.code == duty and row.team_id in (False, lead.team_id.id)
            ),
            False,
        )
        # sudo: what to do is for whoever does it.
        return self.env["crm.followup.duty"].sudo().browse(row_id).advice or ""

    # === ACTIONS === #

    @api.model
    def action_home(self):
        """Return the screen with which the user begins: his day, or the board of his team.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        # sudo: whether he leads a team, whatever teams he may see.
        teams = self.env["crm.team"].sudo()
        leads_team = teams.search_count([("user_id", "=", self.env.uid)], limit=1)
        name = "crm_followup_board_action" if leads_team else "crm_lead_agenda_action"
        return self.env["ir.actions.act_window"]._for_xml_id(
            f"crm_lead_management.{name}"
        )

    def action_do(self):
        """Do the step: open the window that it is done with.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return self.lead_id._followup_do(self._values())

    def action_move(self):
        """Ask for another end of the step.

        :return: a window action.
        :rtype: dict
        """
        return self._change("move")

    def action_skip(self):
        """Ask why the step is left out.

        :return: a window action.
        :rtype: dict
        """
        return self._change("skip")

    def _change(self, mode):
        self.check_access("read")
        self.ensure_one()
        return self.lead_id._followup_change(mode, self._values())

    def _values(self):
        return {
            "source": self.source,
            "followup_id": self.followup_id.id,
            "activity_id": self.activity_id.id,
            "channel": self.channel,
            "purpose": self.purpose,
            "due_on": self.due_on,
            "duty": self.duty,
        }

    def action_open_lead(self):
        """Open the lead of the step.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
