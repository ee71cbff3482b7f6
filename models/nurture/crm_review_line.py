# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.exceptions import UserError


class CrmReviewLine(models.Model):
    """A review may decide that a lead is not ready yet, and have a track keep in touch."""

    _inherit = "crm.review.line"

    decision = fields.Selection(
        selection_add=[("reassign",), ("nurture", "Put into a track"), ("drop",)],
        ondelete={"nurture": "set null"},
    )
    track_id = fields.Many2one(
        "crm.nurture.track", domain=[("state", "=", "live")], ondelete="set null"
    )

    def write(self, vals):
        if "track_id" in vals:
            self._check_open()
        return super().write(vals)

    def _check_decisions(self):
        """Refuse tracks that are missing, or that a lead may not enter."""
        engine = self.env["crm.nurture.engine"]
        texts = engine._refusals()
        for line in self.filtered(lambda line: line.decision == "nurture"):
            if not line.track_id:
                raise UserError(
                    self.env._(
                        "%s: say which track it is put into.",
                        line.lead_id.display_name,
                    )
                )
            codes = engine._may_enter(line.lead_id, line.track_id)
            if code := codes.get(line.lead_id.id):
                raise UserError(
                    self.env._(
                        "%(lead)s cannot enter %(track)s: %(reason)s",
                        lead=line.lead_id.display_name,
                        track=line.track_id.name,
                        reason=texts[code],
                    )
                )
        return super()._check_decisions()

    def _carry_out(self):
        if self.decision != "nurture":
            return super()._carry_out()
        self.lead_id.check_access("write")
        self.track_id.check_access("read")
        self.env["crm.nurture.engine"]._enroll(
            self.lead_id, self.track_id, by=self.env.user
        )
        # It goes by itself: nobody has anything to do.
        return self.env["res.users"]
