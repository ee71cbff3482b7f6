# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ...models.common.context import TOUCHPOINT_KNOWN
from ...models.common.moments import LATEST
from ..what_next import what_next

# After these outcomes somebody at the lead's end has heard of us.
REACHED = ("talked", "message", "held", None)
# Clocks differ: what is a little ahead is now.
AHEAD = timedelta(minutes=5)
MOST_MINUTES = 24 * 60
# A meeting that began longer ago is not the one that somebody notes now.
RECENT = timedelta(days=2)


# What is a contact of a kind called in the conversation.
KINDS = [
    ("call", "Call"),
    ("meeting", "Visit or meeting"),
    ("whatsapp", "WhatsApp"),
    ("sms", "SMS"),
    ("email", "Email"),
    ("social", "Social network"),
    ("other", "Chat or other"),
]


class CrmLeadCall(models.TransientModel):
    """Notes a contact with a lead: of what kind, who began, how it ended, what was said.

    The note stays in the lead's conversation, and the call becomes a touchpoint. Only a call
    that reached somebody is one "to the lead": where nobody answered nobody was contacted,
    so the attempt is kept as an internal event, and the time to answer goes on.
    """

    _name = "crm.lead.call"
    _description = "Log a contact"

    kind = fields.Selection(KINDS, required=True, default="call")
    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    direction = fields.Selection(
        [("out", "We did"), ("in", "They did")],
        string="Who Got in Touch",
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
        string="Planned Activity",
        compute="_compute_activity_id",
        store=True,
        readonly=False,
        domain="[('res_model', '=', 'crm.lead'), ('res_id', '=', lead_id)]",
        help="Marked as done where the contact reached somebody.",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Meeting in the Calendar",
        compute="_compute_event_id",
        store=True,
        readonly=False,
        domain="[('opportunity_id', '=', lead_id), ('start', '<=', 'now')]",
        help="The meeting that this was: it counts once.",
    )

    @api.depends("lead_id", "kind", "event_id")
    def _compute_activity_id(self):
        for call in self:
            planned = call.lead_id.activity_ids.filtered(
                lambda activity, call=call: (
                    activity._crm_kind() == call.kind
                    and activity.user_id == self.env.user
                )
            )
            of_event = planned.filtered(
                lambda activity, call=call: (
                    activity.calendar_event_id == call.event_id
                )
            )
            found = of_event if call.event_id else planned
            call.activity_id = found.sorted("date_deadline")[:1]

    @api.depends("lead_id", "kind")
    def _compute_event_id(self):
        now = fields.Datetime.now()
        Event = self.env["calendar.event"]
        for call in self:
            if call.kind != "meeting":
                call.event_id = False
                continue
            events = Event.search(
                [
                    ("opportunity_id", "=", call.lead_id._origin.id),
                    ("start", "<=", now),
                    ("start", ">=", now - RECENT),
                ],
                order="start desc, id desc",
            )
            # What the collector recorded already is told by its own button.
            refs = {event: event._crm_touchpoint()["external_ref"] for event in events}
            known = call.lead_id.touchpoint_ids.search(
                [
                    ("lead_id", "=", call.lead_id._origin.id),
                    ("source", "=", Event._name),
                    ("external_ref", "in", list(refs.values())),
                ]
            ).mapped("external_ref")
            fresh = (event for event, ref in refs.items() if ref not in known)
            call.event_id = call.event_id or next(fresh, False)

    # === ACTION METHODS === #

    def action_talked(self):
        """Log that both sides spoke."""
        return self._log("talked", self.env._("Talked"))

    def action_message(self):
        """Log that a message was left."""
        return self._log("message", self.env._("Left a message"))

    def action_no_answer(self):
        """Log that nobody answered. The planned call stays planned."""
        return self._log("no_answer", self.env._("No answer"))

    def action_wrong_number(self):
        """Log that the number is not the lead's. The planned call stays planned."""
        return self._log("wrong_number", self.env._("Wrong number"))

    def action_held(self):
        """Log that a visit or meeting took place."""
        return self._log("held", self.env._("Took place"))

    def action_no_show(self):
        """Log that nobody came to a meeting. It is no contact."""
        return self._log("no_show", self.env._("Nobody came"))

    def action_written(self):
        """Log a message outside of Odoo: of ours, or of the lead."""
        is_ours = self.direction == "out"
        words = self.env._("We wrote") if is_ours else self.env._("They wrote")
        return self._log(None, words)

    # === HELPERS === #

    def _log(self, outcome, words):
        """Keep the note of the call, and record it as a touchpoint.

        :param outcome: of the touchpoint, see there; None for messages.
        :param str words: the same, for the user.
        :return: the window that asks what is next, where the company wants it.
        :raise UserError: where the time or the minutes cannot be.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.occurred_on > fields.Datetime.now() + AHEAD:
            raise UserError(
                self.env._("The contact lies in the future: correct its time.")
            )
        if self.occurred_on < fields.Datetime.now() - LATEST:
            raise UserError(
                self.env._(
                    "The contact lies more than ten years back: correct its time."
                )
            )
        if not 0 <= self.minutes <= MOST_MINUTES:
            raise UserError(self.env._("A contact takes between 0 minutes and a day."))
        reached = outcome in REACHED
        row = {
            "lead_id": self.lead_id.id,
            "kind": self.kind,
            "direction": self.direction if reached else "internal",
            "is_human": True,
            "occurred_on": self.occurred_on,
            "outcome": outcome,
            "value": self.minutes,
            "source": self._name,
            "external_ref": str(self.id),
            "summary": self.env["crm.touchpoint"]._summary(words, self.note),
        }
        row |= self._of_event(outcome)
        is_new = self.env["crm.touchpoint"]._record([row])
        # Who clicks twice talked once.
        if is_new or self.event_id:
            self._post(words, reached)
        return self._next()

    def _of_event(self, outcome):
        """Return what makes the contact the meeting in the calendar that it was.

        What was thought of that meeting before is taken back where it ended otherwise.

        :return: values of a touchpoint; none where it was no meeting in the calendar.
        :rtype: dict
        :raise UserError: where the meeting is another lead's, or has not begun.
        """
        event = self.event_id
        if not event or self.kind != "meeting":
            return {}
        event.check_access("read")
        if event.opportunity_id != self.lead_id or not event.is_lead_meeting:
            raise UserError(
                self.env._("Choose a meeting with this lead that has begun.")
            )
        row = event._crm_touchpoint()
        # sudo: what the collector recorded is the system's.
        known = (
            self.env["crm.touchpoint"]
            .sudo()
            .search(
                [
                    (name, "=", row[name])
                    for name in ("lead_id", "source", "external_ref")
                ]
            )
        )
        known.filtered(lambda touch: touch.outcome != outcome)._withdraw()
        del row["summary"]
        return row

    def _next(self):
        """Return the window that asks what comes next, or the action that closes this one."""
        return what_next(self.lead_id, self.note)

    def _post(self, words, reached):
        """Keep the note: as the feedback of the planned call that it was, else as a note."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        title = self.env._("%(kind)s: %(ended)s", kind=kinds[self.kind], ended=words)
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
