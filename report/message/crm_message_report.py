# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...const import ANSWER_DAYS
from ...models.common.rights import LeadField

# How a lead answers.
ANSWERS = ("email", "sms", "whatsapp", "call", "meeting", "form")
# What happens later than this is hardly due to the message.
EFFECT_DAYS = 30


class CrmMessageReport(models.Model):
    """What came of the messages that went to leads, one row for each message.

    Answered: the lead wrote, called or came within 14 days. Meeting: there was one within 30
    days. Moved on: the lead went to a later stage of the pipeline within 30 days. What came
    after a message need not have come because of it.
    """

    _name = "crm.message.report"
    _description = "Message analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "template_id"
    _depends = {
        "crm.touchpoint": [
            "message_template_id",
            "lead_id",
            "kind",
            "direction",
            "occurred_on",
        ],
        "crm.lead": ["user_id", "team_id", "company_id", "persona_id", "lead_grade"],
        "crm.lead.stage.log": [
            "lead_id",
            "date",
            "from_stage_id",
            "to_stage_id",
            "to_role",
        ],
        "crm.stage": ["sequence"],
    }

    date = fields.Datetime(string="Sent On", readonly=True)
    template_id = fields.Many2one(
        "crm.message.template", string="Message", readonly=True
    )
    channel = fields.Selection(
        [("email", "Email"), ("sms", "SMS"), ("whatsapp", "WhatsApp")], readonly=True
    )
    lead_id = LeadField("crm.lead", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    persona_id = fields.Many2one("crm.persona", readonly=True)
    sent = fields.Integer(readonly=True)
    answered = fields.Integer(readonly=True)
    meeting = fields.Integer(string="Meetings", readonly=True)
    moved_on = fields.Integer(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT sent.id,
                   sent.occurred_on AS date,
                   sent.message_template_id AS template_id,
                   sent.kind AS channel,
                   sent.lead_id,
                   lead.user_id,
                   lead.team_id,
                   %s AS company_id,
                   lead.persona_id,
                   1 AS sent,
                   %s AS answered,
                   %s AS meeting,
                   %s AS moved_on
              FROM crm_touchpoint sent
              JOIN crm_lead lead ON lead.id = sent.lead_id
             WHERE sent.message_template_id IS NOT NULL
               AND sent.direction = 'out'
            """,
            self.env["res.company"]._crm_of_row_sql(),
            self._touched(
                SQL("after.direction = 'in' AND after.kind = ANY(%s)", list(ANSWERS)),
                ANSWER_DAYS,
            ),
            self._touched(SQL("after.kind = 'meeting'"), EFFECT_DAYS),
            self._moved_on(EFFECT_DAYS),
        )

    def _touched(self, condition, days):
        """Return SQL that is 1 where a touchpoint came within so many days of the message."""
        return SQL(
            """
            EXISTS (
                SELECT FROM crm_touchpoint after
                 WHERE after.lead_id = sent.lead_id
                   AND after.occurred_on > sent.occurred_on
                   AND after.occurred_on <= sent.occurred_on + %s
                   AND %s
            )::int
            """,
            timedelta(days=days),
            condition,
        )

    def _moved_on(self, days):
        """Return SQL that is 1 where the lead went to a later stage within so many days."""
        return SQL(
            """
            EXISTS (
                SELECT FROM crm_lead_stage_log move
                  JOIN crm_stage origin ON origin.id = move.from_stage_id
                  JOIN crm_stage target ON target.id = move.to_stage_id
                 WHERE move.lead_id = sent.lead_id
                   AND move.date > sent.occurred_on
                   AND move.date <= sent.occurred_on + %s
                   AND target.sequence > origin.sequence
                   AND COALESCE(move.to_role, '') NOT IN ('inactive', 'unqualified')
            )::int
            """,
            timedelta(days=days),
        )
