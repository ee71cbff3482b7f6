# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.tools import SQL

from ...const import CHANNELS
from ...models.common.rights import LeadField
from ...models.nurture.crm_nurture_delivery import STATES

# What happens after a step belongs to the last message that had left by then.
QUERY = """
    SELECT row.id, COALESCE(row.done_on, row.due_on, row.create_date) AS date, row.track_id,
           row.step_id, step.template_id, row.lead_id, row.channel, row.state,
           lead.user_id, lead.team_id, %(company)s AS company_id, one.exit_code,
           1 AS reached,
           (row.state = 'sent')::int AS sent,
           (row.state = 'skipped')::int AS skipped,
           (row.state = 'failed')::int AS failed,
           (is_last.yes AND one.exit_code = 'answered')::int AS answered,
           (is_last.yes AND one.exit_code = 'goal')::int AS goal,
           (is_last.yes AND one.exit_code = 'opted_out')::int AS opted_out,
           (row.state = 'sent' AND EXISTS (%(seen)s))::int AS opened,
           (row.state = 'sent' AND EXISTS (%(seen)s AND touch.kind = 'email_click'))::int
           AS clicked
      FROM crm_nurture_delivery AS row
      JOIN crm_nurture_enrollment AS one ON one.id = row.enrollment_id
      JOIN crm_nurture_step AS step ON step.id = row.step_id
      JOIN crm_lead AS lead ON lead.id = row.lead_id
CROSS JOIN LATERAL (
           SELECT min(later.done_on) AS done_on FROM crm_nurture_delivery AS later
            WHERE later.enrollment_id = row.enrollment_id AND later.id > row.id
              AND later.state = 'sent') AS next
CROSS JOIN LATERAL (
           SELECT row.state = 'sent' AND next.done_on IS NULL AS yes) AS is_last
"""
SEEN = """
    SELECT FROM crm_touchpoint AS touch
     WHERE touch.lead_id = row.lead_id AND touch.kind IN ('email_open', 'email_click')
       AND touch.occurred_on >= row.done_on
       AND touch.occurred_on < COALESCE(next.done_on, row.done_on + interval '14 days')
"""


class CrmNurtureReport(models.Model):
    """What came of the steps of tracks, one row for each step and lead.

    An answer, a goal and an opt-out belong to the last message that had left before. Openings
    and clicks are what Odoo counts: those of mailings, between this message and the next.
    """

    _name = "crm.nurture.report"
    _description = "Track analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "step_id"
    _depends = {
        "crm.nurture.delivery": [
            *("enrollment_id", "step_id", "track_id", "lead_id", "channel", "state"),
            *("done_on", "due_on"),
        ],
        "crm.nurture.enrollment": ["exit_code"],
        "crm.nurture.step": ["template_id"],
        "crm.lead": ["user_id", "team_id", "company_id"],
        "crm.touchpoint": ["lead_id", "kind", "occurred_on"],
    }

    date = fields.Datetime(readonly=True)
    track_id = fields.Many2one("crm.nurture.track", readonly=True)
    step_id = fields.Many2one("crm.nurture.step", readonly=True)
    template_id = fields.Many2one(
        "crm.message.template", string="Message", readonly=True
    )
    lead_id = LeadField("crm.lead", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    state = fields.Selection(STATES, readonly=True)
    exit_code = fields.Selection(
        selection="_selection_exit_code", string="Left Because", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    reached = fields.Integer(readonly=True)
    sent = fields.Integer(readonly=True)
    skipped = fields.Integer(string="Left Out", readonly=True)
    failed = fields.Integer(readonly=True)
    answered = fields.Integer(readonly=True)
    opened = fields.Integer(
        readonly=True,
        help="Odoo counts openings of mailings only. Where nothing is counted it is 0.",
    )
    clicked = fields.Integer(
        readonly=True,
        help="Odoo counts clicks in mailings only. Where nothing is counted it is 0.",
    )
    goal = fields.Integer(string="Goal Reached", readonly=True)
    opted_out = fields.Integer(string="Wanted No More", readonly=True)

    def _selection_exit_code(self):
        return list(self.env["crm.nurture.enrollment"]._exit_texts().items())

    @property
    def _table_query(self):
        company = self.env["res.company"]._crm_of_row_sql()
        return SQL(QUERY, seen=SQL(SEEN), company=company)
