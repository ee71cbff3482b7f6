# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..common.guarded import guarded
from .running import entering, hearing, leaving, merging, next_steps, previewing, tasks
from .running.runner import Runner

ENDED = ("end", "goal")
LEAVE = """
    UPDATE crm_nurture_enrollment AS one
       SET state = %(state)s, exit_code = %(code)s, exit_facts = new.facts::jsonb,
           exit_touchpoint_id = new.touchpoint_id, ended_on = %(now)s, next_on = NULL,
           paused_until = NULL, write_uid = %(uid)s, write_date = %(now)s
      FROM unnest(%(ids)s::int[], %(touches)s::int[], %(facts)s::varchar[])
           AS new(id, touchpoint_id, facts)
     WHERE one.id = new.id AND one.state IN ('active', 'paused')
 RETURNING one.id
"""


class CrmNurtureEngine(models.AbstractModel):
    """Has leads go through tracks, and takes them out at the right moment.

    **What.** Tracks (``crm.nurture.track``) are lists of steps. A lead in a track is an
    enrollment; what became of a step for it is a delivery.

    **How to use.** ``_enroll(leads, track)`` lets leads enter, ``_exit(enrollments, code)``
    takes them out, ``_pause``, ``_resume``, ``_skip`` are what people do. ``_cron_enter`` and
    ``_cron_run`` are what the clock does. ``_preview`` tells what a lead would get.

    **How it works.** Each batch is one transaction: first the row of the delivery, then the
    message in Odoo's queue. There is one delivery for an enrollment and a step: whoever is
    killed, runs twice, or at the same time as another worker, sends nothing twice. A track
    goes on when its message has left. A constant number of queries for any number of leads
    in a step; two when nothing is to be done.
    """

    _name = "crm.nurture.engine"
    _description = "Nurturing engine"

    # === ENTERING === #

    @api.model
    def _enroll(self, leads, track, by=None):
        """Have leads enter a track.

        :param leads: crm.lead records.
        :param track: one crm.nurture.track.
        :param by: the user who adds them.
        :return: the crm.nurture.enrollment records, as superuser, and why the others do not
            enter, in words by lead id.
        :rtype: tuple[crm.nurture.enrollment, dict[int, str]]
        """
        made, codes = self._enter(leads.ids, track, fields.Datetime.now(), by)
        texts = self._refusals()
        return made, {lead_id: texts[code] for lead_id, code in codes.items()}

    @api.model
    def _enter(self, lead_ids, track, now, by=None, by_rule=False):
        """Do the same, with codes instead of words."""
        # sudo: enrollments are the engine's; whether a lead may enter is the same for all.
        track = track.sudo().with_context(active_test=False)
        Enrollment = track.env["crm.nurture.enrollment"]
        if track.state != "live" or not track.active or track._rule_is_for_nobody():
            return Enrollment, dict.fromkeys(lead_ids, "not_live")
        judged = entering.judge(track, lead_ids, now, by_rule)
        codes = {row[0]: row[-1] for row in judged if row[-1]}
        gone = set(lead_ids) - {row[0] for row in judged}
        codes.update(dict.fromkeys(gone, "closed"))
        made = entering.enter(track, [row for row in judged if not row[-1]], now, by)
        for row in judged:
            if not row[-1] and row[0] not in made:
                codes[row[0]] = "other_track"
        enrollments = Enrollment.browse(made.values())
        if enrollments and by:
            track._switch_on()
        self._tell_followup(enrollments)
        return enrollments, codes

    @api.model
    def _may_enter(self, leads, track):
        """Return why leads may not enter a track: codes by lead id; nothing is written.

        :rtype: dict[int, str]
        """
        track = track.sudo()  # sudo: as _enter()
        if track.state != "live":
            return dict.fromkeys(leads.ids, "not_live")
        judged = entering.judge(track, leads.ids, fields.Datetime.now())
        return {row[0]: row[-1] for row in judged if row[-1]}

    @api.model
    def _refusals(self):
        """Return why leads may not enter, in words by code.

        :rtype: dict[str, str]
        """
        return {
            "not_live": self.env._("The track is not live: publish it first."),
            "closed": self.env._(
                "The track is not for leads that are closed, or not for open ones."
            ),
            "company": self.env._("The track belongs to another company."),
            "aside": self.env._(
                "The lead is set aside, since it failed the qualification."
            ),
            "in_track": self.env._("The lead is in this track already."),
            "never": self.env._(
                "The lead was in this track before, and does not enter it again."
            ),
            "left": self.env._(
                "The lead was taken out of this track by hand, or wanted no more."
            ),
            "days": self.env._("The lead was in this track not long ago."),
            "address": self.env._(
                "There is no address or number that the track can write to."
            ),
            "blocked": self.env._(
                "The lead may not be written to: it wants no messages, is on a blacklist, or"
                " mails came back."
            ),
            "other_track": self.env._("The same person is in a track already."),
            "colleague": self.env._(
                "A colleague has an open deal with the same person."
            ),
        }

    # === LEAVING === #

    @api.model
    def _exit(self, enrollments, code, facts=None, touchpoint=None):
        """Take leads out of their tracks; what has not left by then is called off.

        :param enrollments: crm.nurture.enrollment records.
        :param str code: why: see ``_exit_texts``.
        :param dict facts: what is known beside it.
        :param touchpoint: the crm.touchpoint that did it.
        :return: those that were still going.
        """
        reason = leaving.Exit(
            code, touchpoint.id if touchpoint else None, **(facts or {})
        )
        # sudo: enrollments are the engine's.
        return self._leave(dict.fromkeys(enrollments.sudo(), reason))

    @api.model
    def _leave(self, exits):
        """Do the same for different reasons.

        :param dict exits: Exit by crm.nurture.enrollment.
        :return: those that were still going.
        """
        Enrollment = self.env["crm.nurture.enrollment"].sudo()  # sudo: as above
        if not exits:
            return Enrollment
        Enrollment.flush_model()
        groups, left = {}, []
        for one, reason in exits.items():
            groups.setdefault(reason.code, []).append((one.id, reason))
        for code, pairs in groups.items():
            rows = self.env.execute_query(
                SQL(
                    LEAVE,
                    state="done" if code in ENDED else "stopped",
                    code=code,
                    now=fields.Datetime.now(),
                    uid=self.env.uid,
                    ids=[one_id for one_id, _reason in pairs],
                    touches=[reason.touchpoint_id for _one, reason in pairs],
                    facts=[_json(reason.facts) for _one, reason in pairs],
                )
            )
            left += [one_id for (one_id,) in rows]
        Enrollment.invalidate_model(flush=False)
        gone = Enrollment.browse(left)
        self._call_off(gone.filtered(lambda one: one.exit_code != "end"))
        self._tell_followup(gone)
        self._hand_over(gone)
        return gone

    @api.model
    def _call_off(self, enrollments):
        """Call off what is on its way to those who have left: mails in the queue, and tasks."""
        # sudo: deliveries and queues are the system's.
        rows = (
            self.env["crm.nurture.delivery"]
            .sudo()
            .search(
                [
                    ("enrollment_id", "in", enrollments.ids),
                    ("state", "in", ("queued", "task", "open", "held")),
                ]
            )
        )
        if not rows:
            return
        queued = rows.filtered(lambda row: row.state == "queued")
        messages = queued.mail_message_id
        if messages:
            about = [
                ("mail_message_id", "in", messages.ids),
                ("state", "=", "outgoing"),
            ]
            # sudo: as above. One that is leaving at this moment has left.
            mails = self.env["mail.mail"].sudo().search(about).try_lock_for_update()
            texts = (
                self.env["sms.sms"].sudo().search(about).try_lock_for_update()
            )  # sudo
            mails.write({"state": "cancel"})
            texts.action_set_canceled()
            stopped = mails.mail_message_id | texts.mail_message_id
            never = queued.filtered(lambda row: row.mail_message_id in stopped)
            rows -= queued - never
            (queued - never).write({"state": "sent", "done_on": fields.Datetime.now()})
            never.touchpoint_id._withdraw()
        tasks.call_off(rows.env, rows.followup_id.ids)
        rows.write(
            {"state": "cancelled", "reason": "exit", "done_on": fields.Datetime.now()}
        )

    @api.model
    def _tell_followup(self, enrollments):
        """Have the next steps of leads follow that entered or left."""
        if enrollments and self.env["crm.followup.engine"]._is_on():
            self.env["crm.followup.engine"]._plan(enrollments.lead_id)

    @api.model
    def _hand_over(self, enrollments):
        """Have the owners follow up those who answered, where nobody else asks for it.

        With follow-up policies each answer of a lead asks for one of ours already.
        """
        if self.env["crm.followup.engine"]._is_on():
            return
        answered = enrollments.filtered(
            lambda one: one.exit_code == "answered" and one.track_id.hand_over
        )
        leads = answered.lead_id.filtered(lambda lead: lead._lead_is_open())
        tasks.ask(
            enrollments.env,
            [
                {
                    "lead": lead,
                    "channel": "task",
                    "summary": lambda env: env._("Answered in a track: follow up"),
                    "note": None,
                    "wait": 1,
                }
                for lead in leads
            ],
            fields.Datetime.now(),
        )

    # === WHAT HAPPENED === #

    @api.model
    def _touched(self, leads, touchpoints):
        """Take leads out that answered or were talked to; pause for automatic replies.

        The same person counts as another lead, too.

        :param leads: crm.lead records.
        :param touchpoints: crm.touchpoint records, just recorded, of these leads.
        """
        going = hearing.going(self.env, leads)
        if not going:
            return
        exits, asking = {}, self.env["crm.nurture.enrollment"]
        for touch in touchpoints.sudo().sorted("occurred_on"):  # sudo: as _enter()
            mine = [
                (one, whose)
                for one, whose in going.get(touch.lead_id.id, {}).items()
                if touch.occurred_on >= one.started_on and one not in exits
            ]
            if touch.kind in ("bounce", "unsubscribe"):
                asking = asking.union(*(one for one, _whose in mine))
            elif hearing.is_away(touch):
                for one, whose in mine:
                    if whose != "company":
                        self._pause(one, hearing.back_on(one, touch), "away")
            else:
                exits.update(hearing.exits_by(touch, mine))
        self._leave(exits)
        self._check(asking.filtered(lambda one: one not in exits))

    @api.model
    def _check(self, enrollments):
        """Take those out that have to leave, as a run would find it.

        :param enrollments: crm.nurture.enrollment records.
        """
        # sudo: as in _enter().
        going = enrollments.sudo().filtered(
            lambda one: one.state in ("active", "paused")
        )
        self._leave(leaving.find(going.env, going))

    @api.model
    def _merged(self, lead, others):
        """Have the enrollment that is furthest go on, of leads that become one."""
        merging.merge(self.sudo().env, lead.sudo(), others.sudo())  # sudo: as _enter()

    @api.model
    def _keys_changed(self, leads):
        """Have enrollments know the addresses that leads have now."""
        # sudo: as in _enter().
        mine = (
            self.env["crm.nurture.enrollment"]
            .sudo()
            .search(
                [("lead_id", "in", leads.ids), ("state", "in", ("active", "paused"))]
            )
        )
        for one in mine:
            lead = one.lead_id
            email = lead.email_normalized or lead.partner_id.email_normalized
            phone = lead.phone_sanitized or lead.partner_id.phone_sanitized
            if (email or phone, phone) == (one.address_key, one.phone_key):
                continue
            with guarded(self.env, "The address of enrollment %s", one.id) as attempt:
                one.write({"address_key": email or phone, "phone_key": phone})
            if attempt.error:  # The same person is in a track already, as another lead.
                self._exit(one, "merged")

    # === WHAT PEOPLE DO === #

    @api.model
    def _pause(self, enrollments, until=None, code="hand"):
        """Have leads stand still in their tracks.

        :param datetime until: in UTC; None: until somebody has them go on.
        """
        # sudo: as in _enter().
        going = enrollments.sudo().filtered(
            lambda one: one.state in ("active", "paused")
        )
        going.write(
            {
                "state": "paused",
                "paused_until": until,
                "pause_code": code,
                "next_on": until,
            }
        )
        going.flush_recordset()

    @api.model
    def _resume(self, enrollments):
        """Have paused leads go on: what would have been due comes now."""
        # sudo: as in _enter().
        paused = enrollments.sudo().filtered(lambda one: one.state == "paused")
        paused.write({"state": "active", "paused_until": False, "pause_code": False})
        paused.flush_recordset()
        next_steps.plan(paused.env, paused.ids, not_before=fields.Datetime.now())

    @api.model
    def _skip(self, enrollments):
        """Leave out the next step of leads."""
        now = fields.Datetime.now()
        # sudo: as in _enter().
        env = self.sudo().env
        going = enrollments.sudo().filtered("step_id")  # sudo: as above
        runner = Runner(env, now)
        for one in going:
            runner.skip(one, one.step_id, "hand")
        runner._end()

    @api.model
    def _steps_changed(self, tracks):
        """Have leads that wait for their next step follow an edited track."""
        if tracks:
            # sudo: as in _enter().
            next_steps.plan(self.sudo().env, track_ids=tracks.ids)

    @api.model
    def _preview(self, track, lead, start=None):
        """Return what a track would do with a lead, and when; nothing is written.

        :param track: one crm.nurture.track.
        :param lead: one crm.lead.
        :param datetime start: when it enters, in UTC; now when None.
        :rtype: list[dict]
        """
        return previewing.preview(track, lead, start or fields.Datetime.now())


def _json(facts):
    return json.dumps(facts) if facts else None
