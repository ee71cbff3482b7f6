# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ...models.common.context import TOUCHPOINT_KNOWN

# After these outcomes somebody at the lead's end has heard of us.
REACHED = ("talked", "message")
# Clocks differ: what is a little ahead is now.
AHEAD = timedelta(minutes=5)
MOST_MINUTES = 24 * 60


class CrmLeadCall(models.TransientModel):
    """Notes a call with a lead: who called, how it ended, and what was said.

    The note stays in the lead's conversation, and the call becomes a touchpoint. Only a call
    that reached somebody is one "to the lead": where nobody answered nobody was contacted,
    so the attempt is kept as an internal event, and the time to answer goes on.
    """

    _name = "crm.lead.call"
    _description = "Log a call"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    direction = fields.Selection(
        [("out", "We called"), ("in", "They called")],
        string="Who Called",
        required=True,
        default="out",
    )
    occurred_on = fields.Datetime(
        string="When", required=True, default=fields.Datetime.now
    )
    minutes = fields.Integer()
    note = fields.Text()
    activity_id = fields.Many2one(
        "mail.activity",
        string="Planned Call",
        compute="_compute_activity_id",
        store=True,
        readonly=False,
        domain="[('res_model', '=', 'crm.lead'), ('res_id', '=', lead_id),"
        " ('activity_category', '=', 'phonecall')]",
        help="Marked as done where the call reached somebody.",
    )

    @api.depends("lead_id")
    def _compute_activity_id(self):
        for call in self:
            planned = call.lead_id.activity_ids.filtered(
                lambda activity: (
                    activity.activity_category == "phonecall"
                    and activity.user_id == self.env.user
                )
            )
            call.activity_id = planned.sorted("date_deadline")[:1]

    # === ACTION METHODS === #

    def action_talked(self):
        """Log that the call was answered."""
        self._log("talked", self.env._("Talked"))

    def action_message(self):
        """Log that a message was left."""
        self._log("message", self.env._("Left a message"))

    def action_no_answer(self):
        """Log that nobody answered. The planned call stays planned."""
        self._log("no_answer", self.env._("No answer"))

    def action_wrong_number(self):
        """Log that the number is not the lead's. The planned call stays planned."""
        self._log("wrong_number", self.env._("Wrong number"))

    # === HELPERS === #

    def _log(self, outcome, words):
        """Keep the note of the call, and record it as a touchpoint.

        :param str outcome: "talked", "message", "no_answer" or "wrong_number".
        :param str words: the same, for the user.
        :raise UserError: where the time or the minutes cannot be.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.occurred_on > fields.Datetime.now() + AHEAD:
            raise UserError(
                self.env._("The call lies in the future: correct its time.")
            )
        if not 0 <= self.minutes <= MOST_MINUTES:
            raise UserError(self.env._("A call takes between 0 minutes and a day."))
        reached = outcome in REACHED
        is_new = self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead_id.id,
                    "kind": "call",
                    "direction": self.direction if reached else "internal",
                    "is_human": True,
                    "occurred_on": self.occurred_on,
                    "outcome": outcome,
                    "value": self.minutes,
                    "source": self._name,
                    "external_ref": str(self.id),
                    "summary": self.env["crm.touchpoint"]._summary(words, self.note),
                }
            ]
        )
        # Who clicks twice talked once.
        if is_new:
            self._post(words, reached)

    def _post(self, words, reached):
        """Keep the note: as the feedback of the planned call that it was, else as a note."""
        title = self.env._("Call: %s", words)
        if self.minutes:
            title = self.env._("%(call)s, %(n)s min", call=title, n=self.minutes)
        text = (self.note or "").strip()
        note = plaintext2html(text) if text else Markup()
        body = Markup("<p><b>%s</b></p>%s") % (title, note)
        activity = self.activity_id.with_context(**TOUCHPOINT_KNOWN.on())
        if reached and activity and activity in self.lead_id.activity_ids:
            activity.action_feedback(feedback=body)
        else:
            self.lead_id.message_post(body=body, subtype_xmlid="mail.mt_note")
