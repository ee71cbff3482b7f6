# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ....tools import contact, forgetting
from ...common.batch.lead_pass import LeadPass
from ...common.context import BULK
from . import activities
from .ledger import Ledger
from .planner import Planner

BATCH = 4000
# What kind of event does a step of a channel.
KINDS = {"visit": "meeting"}


class CrmFollowupEngine(models.AbstractModel):
    """Says what is next for each lead, by when, and who is to do it.

    **What.** By the policies a lead has a date from the forgetting curve (``next_touch_on``),
    which follows from its touchpoints, the policy and the working time of its owner alone: it
    can be thrown away and computed again. Steps are written in a ledger, ``crm.lead.followup``,
    and shown as Odoo's activities when they are due. A step is done by a fact on record.

    **How to use.** ``_plan(leads)``; ``_touched`` when something happened with leads. What
    people say about steps: ``_done``, ``_skip``, ``_move``, ``_plan_own``.

    **How it works.** See ``Planner``: a constant number of queries for any number of leads;
    only what differs is written. Nothing is done when a lead is created: the cron finds leads
    that were never looked at (``retention_k`` is empty) by an index.
    """

    _name = "crm.followup.engine"
    _description = "Follow-up engine"

    # === API === #

    @api.model
    def _plan(self, leads=None, now=None):
        """Compute when to be in touch with leads again, and plan their next steps.

        :param leads: crm.lead records; all open ones when None, in batches.
        :param datetime now: the moment that it is looked at from, in UTC; now when None.
        :return: the number of leads that changed.
        :rtype: int
        """
        now = now or fields.Datetime.now()
        # sudo: what is next for leads, whoever may see them; the ledger is the engine's.
        planner = Planner(self.sudo().env, now)
        if leads is not None:
            # sudo: as above.
            return len(planner.plan(leads.sudo())) if leads else 0
        leads_pass = LeadPass(
            self.sudo().env,  # sudo: as above
            self._domain(),
            lambda batch: len(planner.look(batch.with_context(**BULK.on()))),
            size=BATCH,
            commit=bool(self.env.context.get("ir_cron_progress_id")),
        )
        leads_pass.run()
        return leads_pass.result

    @api.model
    def _domain(self):
        """Return which leads are planned: open ones; customers where they are looked after."""
        domain = Domain("won_status", "=", "pending")
        if any(
            row.values["kind"] == "support"
            for row in self.env["crm.followup.policy"]._rule_rows()
        ) or any(
            row.code == "care" for row in self.env["crm.followup.duty"]._duty_rows()
        ):
            domain |= Domain("won_status", "=", "won")
        return domain

    @api.model
    def _retention(self, leads, now=None):
        """Return how much leads still remember of us.

        :param leads: crm.lead records.
        :param datetime now: in UTC; now when None.
        :return: a share of 0 to 1 by lead id; None for who was never in contact, or has no
            policy.
        :rtype: dict[int, float or None]
        """
        now = now or fields.Datetime.now()
        return {
            lead.id: forgetting.retention(
                lead.retention_k, (now - lead.last_contact_on).total_seconds() / 86400
            )
            if lead.last_contact_on and lead.retention_k
            else None
            for lead in leads
        }

    @api.model
    def _is_on(self, company=None):
        """Tell whether anything is planned for leads of a company, or of any when None."""
        rows = self.env["crm.followup.policy"]._rule_rows()
        rows += self.env["crm.followup.duty"]._duty_rows()
        companies = (False, company.id) if company else None
        return any(not companies or row.company_id in companies for row in rows)

    # === WHO ELSE LOOKS AFTER LEADS === #

    @api.model
    def _more_steps(self, lead_ids):
        """Return what else is next for leads: statements with the columns of effective.py.

        Extended by rooms that come after this one.

        :param lead_ids: of these leads only; None: of all.
        :rtype: list[SQL]
        """
        return []

    @api.model
    def _muted(self, leads):
        """Return the ids of the leads that somebody else keeps in touch with.

        The curve plans no step for them; their date is known all the same.

        :rtype: set[int]
        """
        return set()

    # === WHAT HAPPENED === #

    @api.model
    def _touched(self, leads, touchpoints):
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
        self._plan(leads)

    @api.model
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

    @api.model
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

    @api.model
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
        planner = Planner(self.sudo().env, now)  # sudo: see _plan()
        planner.answers(waiting, {lead.id: asked[lead].occurred_on for lead in waiting})

    @api.model
    def _ended(self, leads):
        """End what is planned for leads that were closed, and tell those who had it to do.

        Once for each person, and not who closed them.

        :param leads: crm.lead records.
        """
        leads = leads.sudo()  # sudo: see _plan()
        planned = Ledger(self.env).planned(leads.ids)
        if not planned and not self._is_on():
            return
        tell = {}
        for lead in leads:
            for row in planned.get(lead.id, ()):
                person = row.acting_user_id or row.user_id
                if person and person not in (self.env.uid, lead.user_id.id):
                    tell.setdefault(person, set()).add(lead.id)
        self._plan(leads)
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

    @api.model
    def _merged(self, lead):
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
        self._plan(lead)

    # === WHAT PEOPLE SAY === #

    @api.model
    def _done(self, followups, note, touchpoint=None):
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

    @api.model
    def _skip(self, followups, reason):
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
        self._plan(followups.sudo().lead_id.exists())  # sudo: see _plan()

    @api.model
    def _move(self, followups, due_on, reason=None):
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
                self._plan_own(
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

    @api.model
    def _plan_own(self, lead, due_on, channel, *, user=None, duty="other", summary=None,
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
        self._plan(lead)
        return steps

    @api.model
    def _activity_changed(self, step):
        """Have a step follow its activity, which somebody gave another day or person.

        :param step: a crm.lead.followup, as superuser, that is planned.
        """
        activity, ledger = step.activity_id, Ledger(self.env)
        user = step.acting_user_id or step.user_id
        if activity.user_id and activity.user_id != user:
            self._hand(step, activity)
        elif activity.date_deadline != activities.local_day(step.due_on, user.tz):
            planner = Planner(ledger.env, fields.Datetime.now())
            self._move(step, planner.end_of(user, activity.date_deadline))

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

    # === SWITCHING === #

    @api.model
    def _switch_on(self):
        """Have the clock run while there is a policy or a duty, and all leads planned anew."""
        if not self.env.registry.ready and not self._is_on():
            return  # Installing: what is shipped is off.
        names = ("ir_cron_followup", "ir_cron_followup_plan")
        crons = [
            self.env.ref(f"crm_lead_management.{name}", raise_if_not_found=False)
            for name in names
        ]
        if not all(crons):
            return
        # sudo: crons are the system's; whoever may write policies may have them run.
        if self._is_on():
            for cron in crons:
                cron.sudo()._crm_switch_on(now=cron == crons[1])
        elif crons[1].sudo().active:  # sudo: as above
            crons[1].sudo()._trigger()  # sudo: as above


def _text(note):
    """Return a note as plain text, or None."""
    return (html2plaintext(str(note)).strip() or None) if note else None
