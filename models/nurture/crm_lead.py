# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.field_kinds import BOOKKEEPING


class CrmLead(models.Model):
    """The track in which the lead is, and what people do about it."""

    _inherit = "crm.lead"

    nurture_enrollment_ids = fields.One2many(
        "crm.nurture.enrollment",
        "lead_id",
        string="Tracks",
        readonly=True,
        lead_kind=BOOKKEEPING,
    )
    nurture_enrollment_id = fields.Many2one(
        "crm.nurture.enrollment", string="In the Track", compute="_compute_nurture"
    )
    nurture_track_id = fields.Many2one(
        "crm.nurture.track",
        string="Track",
        compute="_compute_nurture",
        search="_search_nurture_track_id",
    )
    nurture_count = fields.Integer(
        string="Number of Tracks", compute="_compute_nurture", aggregator=None
    )
    nurture_state = fields.Selection(
        [("active", "Active"), ("paused", "Paused")], compute="_compute_nurture"
    )
    nurture_where = fields.Char(string="Where in the Track", compute="_compute_nurture")
    nurture_next = fields.Char(string="Next in the Track", compute="_compute_nurture")
    nurture_next_on = fields.Datetime(
        string="Next in the Track On", compute="_compute_nurture"
    )

    @api.depends(
        "nurture_enrollment_ids.state",
        "nurture_enrollment_ids.step_id",
        "nurture_enrollment_ids.next_on",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_nurture(self):
        none = self.env["crm.nurture.enrollment"]
        found, counts = {}, Counter()
        # Those that ended, too: a lead has few, and asking for both costs one statement.
        # None where no track was ever published: nobody has ever been in one then.
        ids = self._origin.ids if self.env["crm.nurture.track"]._is_used() else []
        for one in none.search_fetch(
            [("lead_id", "in", ids)],
            ["lead_id", "state"],
            order="next_on desc, id desc",
        ):
            counts[one.lead_id.id] += 1
            if one.state in ("active", "paused"):
                found[one.lead_id.id] = one
        for lead in self:
            one = found.get(lead._origin.id, none)
            lead.nurture_count = counts[lead._origin.id]
            lead.nurture_enrollment_id = one
            lead.nurture_track_id = one.track_id
            lead.nurture_state = one.state
            lead.nurture_where = one.where
            lead.nurture_next = one.step_id.display_name
            lead.nurture_next_on = one.next_on

    @api.model
    def _search_nurture_track_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        going = [("state", "in", ("active", "paused"))]
        Enrollment = self.env["crm.nurture.enrollment"]
        if operator != "in":
            return [
                (
                    "nurture_enrollment_ids",
                    "any",
                    [*going, ("track_id", operator, value)],
                )
            ]
        wanted = [one for one in value if one]
        domain = [
            ("nurture_enrollment_ids", "any", [*going, ("track_id", "in", wanted)])
        ]
        if False in value:
            inside = Enrollment._search(going).subselect("lead_id")
            domain = ["|", ("id", "not in", inside), *domain]
        return domain

    # === ACTIONS === #

    def action_set_lost(self, **additional_values):
        """Say that the leads were lost: Odoo archives them first, and for that moment alone
        nobody could tell it from archiving.
        """
        if self.env["crm.nurture.track"]._running():
            # sudo: enrollments of leads that the user may not be allowed to see.
            going = self.sudo().nurture_enrollment_ids
            open_ones = going.filtered(lambda one: one.track_id.audience == "open")
            self.env["crm.nurture.engine"]._exit(open_ones, "lost")
        return super().action_set_lost(**additional_values)

    def action_nurture_add(self):
        """Open the window that adds leads to a track, and says who cannot enter, and why.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add to Track"),
            "res_model": "crm.nurture.add",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_ids": self.ids},
        }

    def action_nurture_pause(self):
        """Open the window that asks until when the lead stands still in its track.

        :return: a window action.
        :rtype: dict
        """
        return self._nurture_enrollment().action_pause()

    def action_nurture_resume(self):
        """Have the lead go on in its track."""
        self._nurture_enrollment().action_resume()

    def action_nurture_stop(self):
        """Take the lead out of its track."""
        self._nurture_enrollment().action_stop()

    def action_nurture_skip(self):
        """Leave out the next step of the lead's track."""
        self._nurture_enrollment().action_skip()

    def _nurture_enrollment(self):
        """Return where the lead is in a track.

        :raise UserError: where it is in none.
        """
        self.check_access("write")
        self.ensure_one()
        if not self.nurture_enrollment_id:
            raise UserError(self.env._("The lead is in no track."))
        return self.nurture_enrollment_id
