# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.nurture.running import checking


class CrmNurturePublish(models.TransientModel):
    """Checks a track before it goes live, and says whom it would take in today."""

    _name = "crm.nurture.publish"
    _description = "Publish a track"

    track_id = fields.Many2one(
        "crm.nurture.track", required=True, readonly=True, ondelete="cascade"
    )
    problems = fields.Text(compute="_compute_checks", string="To Be Mended First")
    warnings = fields.Text(compute="_compute_checks", string="To Think Of")
    taking_in = fields.Text(compute="_compute_checks", string="Who Would Enter Today")

    @api.depends("track_id")
    def _compute_checks(self):
        for window in self:
            track = window.track_id._origin
            track.check_access("write")
            problems, warnings = track._problems()
            window.problems = "\n".join(problems) or False
            window.warnings = "\n".join(warnings) or False
            window.taking_in = window._taking_in(track)

    def _taking_in(self, track):
        """Return whom the track would take in today, in words."""
        if track.entry == "hand":
            return self.env._("Nobody by itself: leads are added by hand.")
        count, held = checking.entering_today(track, fields.Datetime.now())
        lines = [self.env._("%s leads would enter today.", count)]
        texts = self.env["crm.nurture.engine"]._refusals()
        for code, number in sorted(held.items(), key=lambda item: -item[1]):
            lines.append(
                self.env._(
                    "%(count)s are held back: %(reason)s",
                    count=number,
                    reason=texts[code],
                )
            )
        return "\n".join(lines)

    def action_publish(self):
        """Have the track go live.

        :return: the action that closes the window.
        :rtype: dict
        :raise UserError: where something has to be mended first.
        """
        self.ensure_one()
        self.track_id.check_access("write")
        problems, _warnings = self.track_id._problems()
        if problems:
            raise UserError("\n".join(problems))
        self.track_id.state = "live"
        return {"type": "ir.actions.act_window_close"}
