# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ...const import (
    FOLLOWUP_CHANNELS,
    FOLLOWUP_DUTIES,
    FOLLOWUP_OTHERS,
    MESSAGE_PURPOSES,
)
from ...models.followup.planning.effective import effective_sql

# Of each lead and person the earliest of all that is open. Rows of the sources have ids of
# their own: 8 of them, so that there is room.
QUERY = """
    SELECT step.source_id * 8::bigint + CASE step.source WHEN 'ledger' THEN 1
               WHEN 'clock' THEN 2 WHEN 'activity' THEN 3 ELSE 4 END AS id,
           step.lead_id, step.user_id, step.source, step.duty, step.channel, step.purpose,
           step.summary, step.kind, step.due_on, step.followup_id, step.activity_id,
           CASE WHEN step.source = 'clock' OR step.duty = 'answer' AND step.source = 'ledger'
                     THEN '1_answer'
                WHEN step.due_on < %(now)s THEN '2_overdue'
                WHEN step.due_on <= %(today)s THEN '3_today'
                WHEN step.due_on <= %(week)s THEN '4_week' ELSE '5_later' END AS bucket,
           step.due_on < %(now)s AND step.source <> 'pause' AS is_overdue,
           lead.lead_grade, lead.team_id, lead.company_id, lead.contact_name,
           COALESCE(lead.partner_name, '') AS partner_name, lead.phone
      FROM (SELECT DISTINCT ON (lead_id, user_id) *
              FROM (%(steps)s) AS every
             WHERE source <> 'track' -- it goes by itself
             ORDER BY lead_id, user_id, due_on, source, source_id) AS step
      JOIN crm_lead AS lead ON lead.id = step.lead_id
"""


class CrmLeadAgenda(models.Model):
    """What is to be done now, by whom: one row for each lead and person, the earliest step.

    A view over what is true (the clock of the first answer, the ledger, people's own
    activities, pauses), and no copy of it: it cannot be out of date.
    """

    _name = "crm.lead.agenda"
    _description = "Agenda"
    _auto = False
    _order = "bucket, due_on, lead_grade desc, id"
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
        return SQL(
            QUERY,
            now=now,
            today=today,
            week=today + timedelta(days=7 - 1),
            steps=effective_sql(self.env),
        )

    # === COMPUTE METHODS === #

    @api.depends("duty", "summary", "channel")
    @api.depends_context("lang")
    def _compute_what(self):
        for row in self:
            values = {
                name: row[name] for name in ("source", "duty", "summary", "channel")
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
        :param datetime at: as of when, in UTC; now when None.
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
        if row["duty"] == "answer":
            return self.env._("The lead got in touch again")
        if row["duty"] == "decide":
            return self.env._("%s tries without an answer", lead.attempt_count)
        if row["kind"] == "duty":
            return self._advice(row["duty"], lead)
        if row["kind"] != "periodic":
            return self.env._("A step of the follow-up policy")
        if not lead.last_contact_on:
            return self.env._("No contact that landed yet")
        at = at or fields.Datetime.now()
        days = (at - lead.last_contact_on).days
        share = self.env["crm.followup.engine"]._retention(lead, at)[lead.id] or 0
        return self.env._(
            "%(days)s days since the last contact, about %(share)s %% is forgotten",
            days=days,
            share=round(100 * (1 - share)),
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
