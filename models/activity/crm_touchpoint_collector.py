# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import contact
from ..common.guarded import guarded
from .calendar_event import MEETINGS

# What happened before the first run by so much is not looked for: the past stays as it is.
LOOK_BACK = timedelta(days=2)
# The most events of one kind that are recorded at once; the rest follows in the same run.
MOST_EVENTS = 5000
# And how often, in one run.
MOST_ROUNDS = 20
# Since when events are collected: set by the first run, and never moved.
SINCE = "crm_lead_management.collected_since"
# The same page that somebody saw in the same minute before.
REPEATED = SQL(
    """
    SELECT FROM website_track AS earlier
     WHERE earlier.visitor_id = track.visitor_id AND earlier.id < track.id
       AND earlier.url IS NOT DISTINCT FROM track.url
       AND earlier.page_id IS NOT DISTINCT FROM track.page_id
       AND date_trunc('minute', earlier.visit_datetime)
           = date_trunc('minute', track.visit_datetime)
    """
)


class Collector:
    """Events that Odoo knows of, but tells nobody: meetings that took place, mailings that
    were read, pages that were seen. A cron collects them, the same event never twice.

    A cursor of each kind (``crm.touchpoint.cursor``) says how far it has looked. It moves only
    when all is recorded, so that neither a run that was killed nor a transaction that ended
    late loses an event; and it asks when a row was written, not only when it says that
    something happened. Meetings are followed further: one that is moved, called off, deleted
    or given to another lead is taken back, and recorded as it is.
    """

    def __init__(self, env):
        self.env, self.touches = env, env["crm.touchpoint"]

    def run(self):
        """Record what happened, each kind by itself: one that fails stops no other."""
        now = fields.Datetime.now()
        self.beginning = self._collected_since(now)
        kinds = [self._collect_meetings, self._collect_mailings, self._collect_visits]
        with guarded(self.env, "Meetings could not be looked through") as attempt:
            self._withdraw_meetings(now)
        if attempt.error:
            # Their cursor stays where it is: the next run looks again.
            kinds.remove(self._collect_meetings)
        for collect in kinds:
            if not self._run_kind(collect, now):
                return

    def _run_kind(self, collect, now):
        """Record the events of a kind, in rounds; return whether there is time for more.

        :param collect: one of the methods below.
        """
        cursor, since = self._cursor(collect.__name__.removeprefix("_collect_"), now)
        for _round in range(MOST_ROUNDS):
            with guarded(self.env, "%s failed", collect.__name__) as attempt:
                rows = collect(since, now)
                recorded = self.touches._record(rows)
                if not rows:
                    cursor._advance(now)
            if attempt.error or not rows or not recorded:
                break
            # Only in a run of the scheduled action, which is killed and taken up again.
            if self.env.context.get("ir_cron_progress_id") and not (
                self.env["ir.cron"]._commit_progress(len(recorded))
            ):
                return False
        return True

    def _cursor(self, kind, now):
        """Return the cursor of a kind of events, and since when to look."""
        cursor = self.env["crm.touchpoint.cursor"]._of(kind, self.beginning)
        # A clock that was ahead says nothing of how far it has looked.
        is_past = cursor.seen_until <= now
        return cursor, cursor.seen_until if is_past else self.beginning

    def _collected_since(self, now):
        """Return since when events are collected at all; the first run says it."""
        # sudo: a parameter of the system.
        parameters = self.env["ir.config_parameter"].sudo()
        since = fields.Datetime.to_datetime(parameters.get_param(SINCE) or False)
        if not since:
            since = now - LOOK_BACK
            parameters.set_param(SINCE, fields.Datetime.to_string(since))
        # A clock that was wrong then is no reason to find nothing for years.
        return min(since, now - LOOK_BACK)

    # === MEETINGS === #

    def _collect_meetings(self, since, until):
        """Return the meetings about leads that are over and not recorded, as touchpoints.

        Those that ended since the cursor, and those that were written, or accepted or
        declined, since then, however long ago they took place. What was before the
        beginning, and known then, stays out.
        """
        return self._meeting_rows(self._meetings(since, until))

    def _meeting_rows(self, event_ids):
        """Return meetings that took place as touchpoints."""
        # sudo: all calendars; of a meeting only its name and end are kept.
        events = self.env[MEETINGS].sudo()
        return [
            {**event._crm_touchpoint(), **self._meeting_outcome(event)}
            for event in events.browse(event_ids)
        ]

    def _meetings(self, since, until):
        """Return the ids of the meetings to record; see ``_collect_meetings``."""
        for model in (self.env[MEETINGS], self.env["calendar.attendee"], self.touches):
            model.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT event.id FROM calendar_event AS event"
                " WHERE event.opportunity_id IS NOT NULL AND event.active"
                " AND event.stop <= %s AND (event.stop > %s OR event.create_date > %s)"
                " AND (event.stop >= %s OR event.write_date >= %s OR EXISTS ("
                "SELECT FROM calendar_attendee AS attendee"
                " WHERE attendee.event_id = event.id AND attendee.write_date >= %s))"
                " AND NOT EXISTS (SELECT FROM crm_touchpoint AS touch"
                " WHERE touch.source = %s AND touch.lead_id = event.opportunity_id"
                " AND touch.external_ref IN (event.id::text, event.id || ',' ||"
                " to_char(event.start, 'YYYY-MM-DD HH24:MI:SS')))"
                " ORDER BY event.stop, event.id LIMIT %s",
                until,
                self.beginning,
                self.beginning,
                since,
                since,
                since,
                MEETINGS,
                MOST_EVENTS,
            )
        )
        return [row[0] for row in rows]

    def _meeting_outcome(self, event):
        """Return direction and outcome of a meeting that is over.

        With the lead was one to which somebody outside was invited who did not decline; and
        one with the lead alone, for which nobody was invited. What two colleagues do without
        anybody from outside is theirs.

        :param event: calendar.event, as superuser.
        """
        outside, inside = [], 0
        for attendee in event.attendee_ids:
            users = attendee.partner_id.with_context(active_test=False).user_ids
            if any(not user.share for user in users):
                inside += 1
            else:
                outside.append(attendee.state)
        outcome = contact.meeting(outside)
        if outcome is None and inside < 2:
            outcome = "held"
        direction = "out" if outcome == "held" else "internal"
        return {"direction": direction, "outcome": outcome}

    def _withdraw_meetings(self, now):
        """Take back meetings that are not in the calendar any more as they were recorded.

        Those that ended otherwise than was thought are recorded again, as they did.
        """
        for model in (self.env[MEETINGS], self.env["calendar.attendee"], self.touches):
            model.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT touch.id FROM crm_touchpoint AS touch"
                " LEFT JOIN calendar_event AS event"
                " ON event.id = split_part(touch.external_ref, ',', 1)::int"
                " WHERE touch.source = %s AND touch.kind = 'meeting'"
                " AND touch.external_ref ~ '^[0-9]{1,9}(,|$)'"
                " AND (event.id IS NULL OR event.active IS NOT TRUE"
                " OR event.opportunity_id IS DISTINCT FROM touch.lead_id"
                " OR event.start <> touch.occurred_on)"
                " ORDER BY touch.id LIMIT %s",
                MEETINGS,
                MOST_EVENTS,
            )
        )
        gone = self.touches.browse(row[0] for row in rows)
        anew = {
            touch: event_id
            for touch, event_id in self._judged_anew(now).items()
            if touch not in gone
        }
        (gone | gone.union(*anew))._withdraw()
        self.touches._record(self._meeting_rows(anew.values()))

    def _judged_anew(self, now):
        """Return the recorded meetings that ended otherwise by what was answered since.

        Somebody declined afterwards, or accepted after all, or was added, or taken out.

        :return: ids of meetings by crm.touchpoint.
        :rtype: dict
        """
        _cursor, since = self._cursor("meetings", now)
        rows = self.env.execute_query(
            SQL(
                "SELECT touch.id, event.id FROM crm_touchpoint AS touch"
                " JOIN calendar_event AS event"
                " ON event.id = split_part(touch.external_ref, ',', 1)::int"
                " WHERE touch.source = %s AND touch.kind = 'meeting'"
                " AND (touch.outcome IN ('held', 'cancelled') OR touch.outcome IS NULL)"
                " AND touch.external_ref ~ '^[0-9]{1,9}(,|$)'"
                # What somebody said of it stands.
                " AND touch.create_uid = %s"
                " AND (event.write_date >= %s"
                " OR EXISTS (SELECT FROM calendar_attendee AS attendee"
                " WHERE attendee.event_id = event.id AND attendee.write_date >= %s))",
                MEETINGS,
                self.env.uid,
                since,
                since,
            )
        )
        # sudo: all calendars; of a meeting only who came is looked at.
        events, touches = self.env[MEETINGS].sudo(), self.touches.sudo()
        return {
            self.touches.browse(touch_id): event_id
            for touch_id, event_id in rows
            if self._meeting_outcome(events.browse(event_id))["outcome"]
            != (touches.browse(touch_id).outcome or None)
        }

    # === MAILINGS, PAGES === #

    def _collect_mailings(self, since, until):
        """Return the mailings that leads opened or clicked, where mass mailing is installed."""
        if "mailing.trace" not in self.env:
            return []
        rows = []
        for kind, moment in (
            ("email_open", "open_datetime"),
            ("email_click", "links_click_datetime"),
        ):
            source = f"mailing.trace.{kind}"
            # sudo: traces are the mailing team's; only that, and when, is kept.
            traces = self.env["mailing.trace"].sudo()
            traces = traces.search(
                [
                    ("model", "=", "crm.lead"),
                    # A rehearsal is read by whoever wrote it.
                    ("is_test_trace", "=", False),
                    (moment, ">", self.beginning),
                    (moment, "<=", until),
                    "|",
                    (moment, ">=", since),
                    ("write_date", ">=", since),
                    self._to_record(source),
                ],
                order=f"{moment}, id",
                limit=MOST_EVENTS,
            )
            rows += [
                {
                    "lead_id": trace.res_id,
                    "kind": kind,
                    "direction": "in",
                    "occurred_on": trace[moment],
                    "source": source,
                    "external_ref": str(trace.id),
                    "summary": trace.mass_mailing_id.subject,
                }
                for trace in traces
            ]
        return rows

    def _to_record(self, source):
        """Return the domain of the traces of leads that no touchpoint of a source names."""
        self.touches.flush_model()

        def to_sql(model, alias, query):
            return SQL(
                "(EXISTS (SELECT FROM crm_lead WHERE crm_lead.id = %(lead)s)"
                " AND NOT EXISTS (SELECT FROM crm_touchpoint AS touch"
                " WHERE touch.source = %(source)s AND touch.lead_id = %(lead)s"
                " AND touch.external_ref = %(id)s::text))",
                lead=SQL.identifier(alias, "res_id"),
                source=source,
                id=SQL.identifier(alias, "id"),
            )

        return Domain.custom(to_sql=to_sql)

    def _collect_visits(self, since, until):
        """Return the pages that leads saw, where the website tells whose visitor is whose.

        Of a lead that came in since the beginning all pages: who asks has often looked
        around for days.
        """
        if (
            "website.track" not in self.env
            or "visitor_ids" not in self.env["crm.lead"]._fields
        ):
            return []
        # sudo: the visitors of all leads; of a page view only the page, and when, is kept.
        tracks = self.env["website.track"].sudo()
        return [
            {
                "lead_id": lead_id,
                "kind": "web_visit",
                "direction": "in",
                # A page that was loaded: whether anybody read it, nobody knows.
                "is_human": False,
                "occurred_on": track.visit_datetime,
                "source": track._name,
                "external_ref": f"{track.id},{lead_id}",
                "summary": track.page_id.name or track.url,
            }
            for track_id, lead_id in self._tracks(since, until)
            for track in tracks.browse(track_id)
        ]

    def _tracks(self, since, until):
        """Return the page views to record, and whose: ids of website.track and crm.lead.

        Page views bear no date of writing. But whatever gives one to a visitor, or a visitor
        to a lead, writes the visitor, tells that they were there, or makes the lead. The same
        page in the same minute again is not another view.
        """
        for name in ("website.track", "website.visitor", "crm.lead", "crm.touchpoint"):
            self.env[name].flush_model()
        visitors = self.env["crm.lead"]._fields["visitor_ids"]
        return self.env.execute_query(
            SQL(
                """
                SELECT track.id, lead.id
                  FROM website_track AS track
                  JOIN website_visitor AS visitor ON visitor.id = track.visitor_id
                  JOIN %(relation)s AS whose ON whose.%(visitor)s = visitor.id
                  JOIN crm_lead AS lead ON lead.id = whose.%(lead)s
                 WHERE track.visit_datetime <= %(until)s
                   AND (track.visit_datetime > %(beginning)s
                        OR lead.create_date > %(beginning)s)
                   AND (track.visit_datetime >= %(since)s
                        OR visitor.write_date >= %(since)s
                        OR visitor.last_connection_datetime >= %(since)s
                        OR lead.create_date >= %(since)s)
                   AND NOT EXISTS (
                       SELECT FROM crm_touchpoint AS touch
                        WHERE touch.source = 'website.track' AND touch.lead_id = lead.id
                          AND touch.external_ref = track.id || ',' || lead.id)
                   AND NOT EXISTS (%(repeated)s)
                 ORDER BY track.visit_datetime, track.id, lead.id
                 LIMIT %(most)s
                """,
                repeated=REPEATED,
                relation=SQL.identifier(visitors.relation),
                lead=SQL.identifier(visitors.column1),
                visitor=SQL.identifier(visitors.column2),
                since=since,
                until=until,
                beginning=self.beginning,
                most=MOST_EVENTS,
            )
        )
