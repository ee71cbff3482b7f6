# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...const import CHANNELS
from ...models.nurture.running import checking


class CrmNurturePreview(models.TransientModel):
    """Shows what a lead would get from a track, with real texts and days."""

    _name = "crm.nurture.preview"
    _description = "What a lead gets from a track"

    track_id = fields.Many2one(
        "crm.nurture.track", required=True, readonly=True, ondelete="cascade"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        default=lambda self: self._default_lead(),
        help="The texts are in the language of this lead, the days in its sending hours.",
    )
    start_on = fields.Datetime(
        string="Enters On", required=True, default=fields.Datetime.now
    )
    line_ids = fields.One2many(
        "crm.nurture.preview.line", "preview_id", compute="_compute_lines", store=True
    )
    warning = fields.Char(compute="_compute_warning", export_string_translation=False)

    @api.model
    def _default_lead(self):
        track = self.env["crm.nurture.track"].browse(
            self.env.context.get("default_track_id")
        )
        is_customer = track.audience == "customer"
        domain = [("won_status", "=", "won" if is_customer else "pending")]
        leads = self.env["crm.lead"]
        with_address = [*domain, ("email_normalized", "!=", False)]
        return leads.search(with_address, limit=1) or leads.search(domain, limit=1)

    @api.depends("track_id", "lead_id", "start_on")
    def _compute_lines(self):
        for window in self:
            lines = [(5,)]
            if window.track_id and window.lead_id and window.start_on:
                window.track_id.check_access("read")
                lead = window.lead_id._origin
                if not lead.has_access("read"):
                    raise AccessError(self.env._("You may not read this lead."))
                rows = self.env["crm.nurture.engine"]._preview(
                    window.track_id._origin, lead, window.start_on
                )
                lines += [(0, 0, window._line(row)) for row in rows]
            window.line_ids = lines

    @api.depends("track_id")
    def _compute_warning(self):
        for window in self:
            unknown = checking.holidays(window.track_id._origin)
            window.warning = unknown[0] if unknown else False

    def _line(self, row):
        step = row.pop("step")
        return {**row, "step_id": step.id}


class CrmNurturePreviewLine(models.TransientModel):
    _name = "crm.nurture.preview.line"
    _description = "Step of a previewed track"
    _order = "id"

    preview_id = fields.Many2one("crm.nurture.preview", ondelete="cascade", index=True)
    step_id = fields.Many2one("crm.nurture.step", ondelete="cascade")
    due_on = fields.Datetime(string="On")
    channel = fields.Selection(CHANNELS)
    subject = fields.Char()
    body = fields.Html(sanitize=True)
    note = fields.Char()
