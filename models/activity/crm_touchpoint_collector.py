# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models

# How far back the cron looks: events that are known are skipped, so it may look twice.
LOOK_BACK = timedelta(days=2)
# The most events of one kind in one run; the rest waits for the next one.
MOST_EVENTS = 5000


class CrmTouchpoint(models.Model):
    """Events that Odoo knows of, but tells nobody: meetings that took place, mailings that
    were read, pages that were seen. A cron collects them, the same event never twice.
    """

    _inherit = "crm.touchpoint"

    @api.model
    def _cron_collect(self):
        """Record what happened since the last runs."""
        now = fields.Datetime.now()
        for collect in (
            self._collect_meetings,
            self._collect_mailings,
            self._collect_visits,
        ):
            self._record(collect(now - LOOK_BACK, now))

    @api.model
    def _collect_meetings(self, since, until):
        """Return the meetings about leads that ended in a period, as touchpoints."""
        # sudo: all calendars; of a meeting only its name and end are kept.
        events = (
            self.env["calendar.event"]
            .sudo()
            .search(
                [
                    ("opportunity_id", "!=", False),
                    ("stop", ">", since),
                    ("stop", "<=", until),
                ],
                limit=MOST_EVENTS,
            )
        )
        return [
            {
                "lead_id": event.opportunity_id.id,
                "kind": "meeting",
                "direction": "out",
                "is_human": True,
                "occurred_on": event.start,
                "value": event.duration,
                "source": event._name,
                "external_ref": str(event.id),
                "summary": event.name if event.privacy != "private" else False,
            }
            for event in events
        ]

    @api.model
    def _collect_mailings(self, since, until):
        """Return the mailings that leads opened or clicked, where mass mailing is installed."""
        if "mailing.trace" not in self.env:
            return []
        rows = []
        for kind, moment in (
            ("email_open", "open_datetime"),
            ("email_click", "links_click_datetime"),
        ):
            # sudo: traces are the mailing team's; only that, and when, is kept.
            traces = (
                self.env["mailing.trace"]
                .sudo()
                .search(
                    [
                        ("model", "=", "crm.lead"),
                        (moment, ">", since),
                        (moment, "<=", until),
                    ],
                    limit=MOST_EVENTS,
                )
            )
            rows += [
                {
                    "lead_id": trace.res_id,
                    "kind": kind,
                    "direction": "in",
                    "occurred_on": trace[moment],
                    "source": f"{trace._name}.{kind}",
                    "external_ref": str(trace.id),
                    "summary": trace.mass_mailing_id.subject,
                }
                for trace in traces
            ]
        return rows

    @api.model
    def _collect_visits(self, since, until):
        """Return the pages that leads saw, where the website tells whose visitor is whose.

        Of a lead that came in lately all pages: who asks has often looked around for days.
        """
        if (
            "website.track" not in self.env
            or "visitor_ids" not in self.env["crm.lead"]._fields
        ):
            return []
        return [
            {
                "lead_id": lead.id,
                "kind": "web_visit",
                "direction": "in",
                "is_human": True,
                "occurred_on": track.visit_datetime,
                "source": track._name,
                "external_ref": f"{track.id},{lead.id}",
                "summary": track.page_id.name or track.url,
            }
            for track in self._tracks(since, until)
            for lead in track.visitor_id.lead_ids
        ]

    @api.model
    def _tracks(self, since, until):
        """Return the page views of visitors that are leads."""
        # sudo: the visitors of all leads; of a page view only the page, and when, is kept.
        leads = self.env["crm.lead"].sudo()
        tracks = self.env["website.track"].sudo()  # sudo: as above
        fresh = leads.search(
            [("create_date", ">", since), ("visitor_ids", "!=", False)]
        )
        return tracks.search(
            [
                ("visitor_id.lead_ids", "!=", False),
                ("visit_datetime", "<=", until),
                "|",
                ("visit_datetime", ">", since),
                ("visitor_id", "in", fresh.visitor_ids.ids),
            ],
            limit=MOST_EVENTS,
        )
