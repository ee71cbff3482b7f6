# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...tools.contact import SPOKEN
from ..common.context import NURTURE
from ..common.crm_lead_station import ALWAYS, NEVER
from .running.leaving import BEYOND, Exit

# What a lead wishes, and where it can be reached.
WISHES = {"optout_email", "optout_sms", "optout_whatsapp"}
ADDRESSES = {"email_normalized", "phone_sanitized", "partner_id"}
MEETINGS = {"calendar_event_ids"}


class CrmNurtureStation(models.AbstractModel):
    """When a lead leaves its track: it answers, is closed, moves on, or wants no more.

    Where no track is in use nothing is asked. Creating a lead passes nothing of this.
    """

    _name = "crm.nurture.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: nurturing"

    _lead_rows = ("crm.nurture.delivery",)

    @api.model
    def _cares(self):
        tracks = self.env["crm.nurture.track"]._running()
        if not tracks:
            return dict.fromkeys(
                (
                    "_on_touched",
                    "_on_written",
                    "_on_moved",
                    "_on_closed",
                    "_on_reopened",
                )
                + ("_on_graded",),
                NEVER,
            )
        return {
            "_on_touched": {"in", *SPOKEN},
            "_on_written": WISHES | ADDRESSES | MEETINGS,
            "_on_moved": ALWAYS,
            "_on_closed": ALWAYS,
            "_on_reopened": ALWAYS,
            "_on_graded": ALWAYS,
        }

    @api.model
    def _reads(self):
        if not self.env["crm.nurture.track"]._running():
            return frozenset()
        return frozenset(WISHES | ADDRESSES | MEETINGS)

    @api.model
    def _going(self, leads):
        # sudo: enrollments of leads that the user may not be allowed to see.
        return (
            self.env["crm.nurture.enrollment"]
            .sudo()
            .search(
                [("lead_id", "in", leads.ids), ("state", "in", ("active", "paused"))]
            )
        )

    @api.model
    def _on_touched(self, leads, touchpoints):
        self.env["crm.nurture.engine"]._touched(leads, touchpoints)

    @api.model
    def _on_written(self, leads, changes, state):
        engine = self.env["crm.nurture.engine"]
        if changes.names & ADDRESSES:
            engine._keys_changed(changes.of(leads, *ADDRESSES))
        asking = changes.of(leads, *WISHES, *MEETINGS)
        if asking:
            engine._check(self._going(asking))

    @api.model
    def _on_moved(self, leads, moves, state):
        moved = leads.browse(i for i, (former, _new) in moves.items() if former)
        if not moved or NURTURE.of(self.env):
            return
        # sudo: where leads stand whom the user may not be allowed to see.
        beyond = moved.sudo().filtered(lambda lead: lead.stage_role in BEYOND)
        self._leave(beyond, "stage", "exit_on_stage")

    @api.model
    def _on_closed(self, leads):
        self.env["crm.nurture.engine"]._check(self._going(leads))

    @api.model
    def _on_reopened(self, leads):
        self.env["crm.nurture.engine"]._check(self._going(leads))

    @api.model
    def _on_graded(self, leads, grades, setup):
        # sudo: as in _on_moved().
        hot = leads.sudo().filtered(lambda lead: lead.lead_band == "focus")
        self._leave(hot, "focus", "exit_on_focus")

    @api.model
    def _leave(self, leads, code, option):
        """Have leads leave those tracks that have an option switched on."""
        going = self._going(leads) if leads else ()
        self.env["crm.nurture.engine"]._leave(
            {one: Exit(code) for one in going if one.track_id[option]}
        )

    @api.model
    def _on_merged(self, lead, others):
        self.env["crm.nurture.engine"]._merged(lead, others)
