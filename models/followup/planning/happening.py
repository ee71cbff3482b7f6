# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
from datetime import timedelta

from odoo import SUPERUSER_ID, fields

from ....tools import contact
from ..keeping import activities
from ..keeping.ledger import Ledger
from .planner import Planner

# What kind of event does a step of a channel.
KINDS = {"visit": "meeting"}
# The source of what the calendar tells; what was longer ago nobody is asked for.
MEETINGS = "calendar.event"
RECENT = timedelta(days=7)


class Happening:
    """What becomes of planned steps when something happens with leads."""

    def __init__(self, env):
        self.env, self.engine = env, env["crm.followup.engine"]

    def touched(self, leads, touchpoints):
        """End the steps that events have done, ask for answers, and plan anew.

        :param leads: crm.lead records.
        :param touchpoints: crm.touchpoint records, just recorded, of these leads.
        """
        now = fields.Datetime.now()
        leads, ledger = leads.sudo(), Ledger(self.env)  # sudo: see _plan()
        closed, planned = [], ledger.planned(leads.ids)
        human = touchpoints.filtered(lambda t: t.is_human and t.outcome != "failed")
        for touch in human.sorted("occurred_on"):
            for row in planned.get(touch.lead_id.id, ()):
                if row not in (one for one, _vals in closed) and self._does(touch, row):
                    closed.append((row, self._done_by(touch, row, now)))
        activities.end(ledger.env, closed)
        ledger.close([vals for _row, vals in closed])
        self._ask_for_answers(leads, human, now)
        self._ask_what_came(human, now)
        self.engine._plan(leads)

    def _does(self, touch, row):
        """Tell whether an event does a step that a person or a policy planned.

        Those of the curve and of the matrix are looked at by the planner.
        """
        if row.kind in ("periodic", "duty"):
            return False
        event = touch.kind, touch.direction, touch.is_human, touch.outcome
        if touch.occurred_on < row.planned_on and row.duty == "answer":
            return False
        if not contact.is_answer(*event):
            return False
        if row.duty == "answer" or touch.outcome in contact.SPOKEN:
            return True
        return KINDS.get(row.channel, row.channel) == touch.kind

    def _done_by(self, touch, row, now):
        """Return the values with which a step ends that an event has done."""
        done_on = min(touch.occurred_on, now)
        user = touch.create_uid
        return {
            "id": row.id,
            "state": "late" if done_on > row.due_on else "done",
            "done_on": done_on,
            "done_by_id": user.id if user and not user.share else row.user_id,
            "touchpoint_id": touch.id,
        }

    def _ask_for_answers(self, leads, touchpoints, now):
        """Plan an answer to leads that got in touch, but for their first time.

        The first answer is watched by the clock of response times. The time is that of the
        response time that matches, else a working day.
        """
        asked = {
            touch.lead_id: touch
            for touch in touchpoints
            if touch.direction == "in"
            and touch.outcome not in contact.SPOKEN
            and contact.is_landed(touch.kind, "in", True, touch.outcome)
        }
        waiting = leads.filtered(
            lambda lead: (
                lead in asked
                and lead._lead_is_open()
                and (lead.first_response_on or not lead.response_deadline)
                and asked[lead].occurred_on
                >= max(lead.last_touch_on or lead.create_date, lead.create_date)
            )
        )
        if not waiting:
            return
        planner = Planner(self.env(su=True), now)  # sudo: see _plan()
        planner.answers(waiting, {lead.id: asked[lead].occurred_on for lead in waiting})

    def _ask_what_came(self, touchpoints, now):
        """Ask what came of meetings that the calendar says are over; nobody said it yet.

        Where the company wants notes; of each lead once, and of what was just now.
        """
        company = self.env["res.company"]._crm_of_lead
        met = {
            touch.lead_id: touch
            for touch in touchpoints.sorted("occurred_on")
            if touch.source == MEETINGS
            and touch.outcome == "held"
            # Who notes a meeting by himself is asked at once.
            and touch.create_uid.id == SUPERUSER_ID
            and touch.occurred_on >= now - RECENT
            and touch.lead_id._lead_is_open()
            and company(touch.lead_id).lead_followup_notes != "off"
        }
        if met:
            planner = Planner(self.env(su=True), now)  # sudo: see _plan()
            planner.tell({lead.id: touch.summary for lead, touch in met.items()})

    def ended(self, leads):
        """End what is planned for leads that were closed, and tell those who had it to do.

        Once for each person, and not who closed them.

        :param leads: crm.lead records.
        """
        leads = leads.sudo()  # sudo: see _plan()
        planned = Ledger(self.env).planned(leads.ids)
        if not planned and not self.engine._is_on():
            return
        tell = {}
        for lead in leads:
            for row in planned.get(lead.id, ()):
                person = row.acting_user_id or row.user_id
                if person and person not in (self.env.uid, lead.user_id.id):
                    tell.setdefault(person, set()).add(lead.id)
        self.engine._plan(leads)
        lost = leads.filtered(lambda lead: lead.won_status != "won" or not lead.active)
        # sudo: whom to tell.
        for user in self.env["res.users"].sudo().browse(tell):
            theirs = lost.filtered(lambda lead, user=user: lead.id in tell[user.id])
            if theirs:
                self.env["crm.routing.teller"]._notify(
                    user,
                    lambda env, count: env._(
                        "%s leads were dropped: your steps with them are over", count
                    ),
                    theirs,
                )

    def merged(self, lead):
        """Have one of the steps with which a lead that others went into is left.

        All that was planned stays on record; of two for the same the earlier one goes on.
        """
        lead = lead.sudo()  # sudo: see _plan()
        ledger, seen, closed = Ledger(self.env), set(), []
        for row in ledger.planned(lead.ids).get(lead.id, ()):
            if row.code in seen and row.kind not in ("own", "review"):
                vals = {"id": row.id, "state": "cancelled", "reason": "merged"}
                closed.append((row, vals))
            seen.add(row.code)
        activities.end(ledger.env, closed)
        ledger.close([vals for _row, vals in closed])
        self.engine._plan(lead)
