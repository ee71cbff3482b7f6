# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tools import html2plaintext

from ..keeping import activities
from ..keeping.ledger import Ledger
from .planner import Planner


class ByHand:
    """What people say about steps: done, skipped, moved, planned by themselves."""

    def __init__(self, env):
        self.env, self.engine = env, env["crm.followup.engine"]

    def done(self, followups, note, touchpoint=None):
        """Note that steps were done; without an event that shows it they are done by word.

        :param followups: crm.lead.followup records that are planned.
        :param note: what came of it, or None.
        :param touchpoint: the crm.touchpoint that shows it.
        """
        now = fields.Datetime.now()
        self._over(
            followups,
            lambda row: {
                "state": "late" if now > row.due_on else "done",
                "done_on": now,
                "done_by_id": self.env.uid,
                "touchpoint_id": touchpoint.id if touchpoint else None,
                "by_word": not touchpoint,
                "note_after": _text(note),
            },
        )

    def skip(self, followups, reason):
        """Note that steps are left out, and why.

        :param followups: crm.lead.followup records that are planned.
        :param str reason: a code of ``_reason_texts``, or words.
        """
        self._over(followups, lambda row: {"state": "skipped", "reason": reason})

    def _over(self, followups, values):
        """End planned steps, and plan their leads anew.

        :param values: a function of a Planned, which returns the values with which it ends.
        """
        ledger = Ledger(self.env)
        planned = ledger.planned(followups.sudo().lead_id.ids)  # sudo: see _plan()
        closed = [
            (row, {"id": row.id, **values(row)})
            for rows in planned.values()
            for row in rows
            if row.id in followups.ids
        ]
        activities.end(ledger.env, closed)
        ledger.close([vals for _row, vals in closed])
        self.engine._plan(followups.sudo().lead_id.exists())  # sudo: see _plan()

    def move(self, followups, due_on, reason=None):
        """Give steps another end. A step that is late stays on record as missed.

        :param followups: crm.lead.followup records that are planned.
        :param datetime due_on: in UTC.
        :param str reason: in words.
        """
        now, ledger = fields.Datetime.now(), Ledger(self.env)
        # sudo: as _plan()
        steps = followups.sudo().filtered(lambda one: one.state == "planned")
        for step in steps:
            if step.due_on < now or step.kind == "periodic":
                self.plan(
                    step.lead_id,
                    due_on,
                    step.channel,
                    user=step.user_id,
                    duty=step.duty,
                    summary=step.summary,
                    note_before=step.note_before,
                    replaces=step,
                    reason=reason,
                )
            else:
                ledger.move({step.id: due_on})
                activities.move(ledger.env, {step.id: due_on})
                step.reason = reason

    def plan(self, lead, due_on, channel, *, user=None, duty="other", summary=None,
                  note_before=None, replaces=None, reason=None, kind="own"):  # fmt: skip
        """Plan a step that a person wants, and show it as an activity at once.

        :param lead: one crm.lead record.
        :param datetime due_on: in UTC.
        :param user: who is to do it; the owner when None.
        :param replaces: the step that it stands for from now on.
        :param str kind: own, or review.
        :return: the crm.lead.followup, as superuser.
        """
        now, ledger = fields.Datetime.now(), Ledger(self.env)
        if replaces:
            planned = ledger.planned(lead.ids).get(lead.id, ())
            closed = [
                (
                    row,
                    {
                        "id": row.id,
                        "state": "missed" if row.due_on < now else "cancelled",
                        "reason": reason or "own_plan",
                    },
                )
                for row in planned
                if row.id == replaces.id
            ]
            activities.end(ledger.env, closed)
            ledger.close([vals for _row, vals in closed])
        who = user or lead.user_id or self.env.user
        ids = ledger.open(
            [
                {
                    "lead_id": lead.id,
                    "duty": duty,
                    "kind": kind,
                    "user_id": who.id,
                    "planned_on": now,
                    "due_on": due_on,
                    "channel": channel,
                    "summary": summary,
                    "note_before": note_before,
                }
            ]
        )
        steps = ledger.model.browse(ids)
        activities.make(ledger.env, steps)
        self.engine._plan(lead)
        return steps

    def activity_changed(self, step):
        """Have a step follow its activity, which somebody gave another day or person.

        :param step: a crm.lead.followup, as superuser, that is planned.
        """
        activity, ledger = step.activity_id, Ledger(self.env)
        user = step.acting_user_id or step.user_id
        if activity.user_id and activity.user_id != user:
            self._hand(step, activity)
        elif activity.date_deadline != activities.local_day(step.due_on, user.tz):
            planner = Planner(ledger.env, fields.Datetime.now())
            self.move(step, planner.end_of(user, activity.date_deadline))

    def _hand(self, step, activity):
        """Hand a step to whom somebody gave its activity: he has a working day for it at least.

        What was late stays on record of whoever had it.
        """
        now, ledger = fields.Datetime.now(), Ledger(self.env)
        rows = ledger.planned(step.lead_id.ids).get(step.lead_id.id, ())
        planner = Planner(ledger.env, now)
        for row in rows:
            if row.id != step.id:
                continue
            state = "missed" if row.due_on < now else "cancelled"
            ledger.close([{"id": row.id, "state": state, "reason": "handed"}])
            vals = {**row._asdict(), "kind": "own", "user_id": activity.user_id.id}
            vals |= {
                "planned_on": now,
                "summary": step.summary,
                "purpose": step.purpose,
            }
            vals["note_before"] = step.note_before
            vals["due_on"] = max(row.due_on, planner.in_a_day(activity.user_id))
            ids = ledger.open([vals])
            new = ledger.model.browse(ids)
            step.activity_id = False
            new.activity_id = activity
            activities.move(ledger.env, {new.id: new.due_on})


def _text(note):
    """Return a note as plain text, or None."""
    return (html2plaintext(str(note)).strip() or None) if note else None
