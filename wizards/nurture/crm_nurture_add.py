# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

# More names than this make a list that nobody reads.
SHOWN = 20


class CrmNurtureAdd(models.TransientModel):
    """Adds leads to a track, and says beforehand who cannot enter, and why."""

    _name = "crm.nurture.add"
    _description = "Add leads to a track"

    lead_ids = fields.Many2many("crm.lead", required=True, readonly=True)
    track_id = fields.Many2one(
        "crm.nurture.track", required=True, domain=[("state", "=", "live")]
    )
    has_tracks = fields.Boolean(compute="_compute_has_tracks")
    entering = fields.Char(compute="_compute_refused", string="Who Enters")
    entering_count = fields.Integer(compute="_compute_refused")
    refused = fields.Text(compute="_compute_refused", string="Who Does Not")

    @api.depends("lead_ids")
    def _compute_has_tracks(self):
        self.has_tracks = bool(
            self.env["crm.nurture.track"].search_count(
                [("state", "=", "live")], limit=1
            )
        )

    @api.depends("lead_ids", "track_id")
    def _compute_refused(self):
        engine = self.env["crm.nurture.engine"]
        texts = engine._refusals()
        for window in self:
            leads, codes = window.lead_ids._origin, {}
            if window.track_id:
                codes = engine._may_enter(leads, window.track_id)
            lines = [
                f"{lead.display_name}: {texts[codes[lead.id]]}"
                for lead in leads
                if lead.id in codes
            ][:SHOWN]
            if len(codes) > SHOWN:
                lines.append(self.env._("And %s more.", len(codes) - SHOWN))
            window.refused = "\n".join(lines) or False
            window.entering_count = len(leads) - len(codes)
            window.entering = window.track_id and self.env._(
                "%(count)s of %(total)s enter",
                count=window.entering_count,
                total=len(leads),
            )

    def action_add(self):
        """Have the leads enter the track.

        :return: a notification, and the end of the window.
        :rtype: dict
        :raise UserError: where none of them may.
        """
        self.ensure_one()
        self.lead_ids.check_access("write")
        self.track_id.check_access("read")
        made, refused = self.env["crm.nurture.engine"]._enroll(
            self.lead_ids, self.track_id, by=self.env.user
        )
        if not made:
            raise UserError(
                "\n".join(dict.fromkeys(refused.values()))
                or self.env._("Choose leads first.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s added to %(track)s",
                    count=len(made),
                    track=self.track_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
