# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmSetupFileLine(models.Model):
    """What became of a record of a set-up file."""

    _name = "crm.setup.file.line"
    _description = "Record of a set-up file"
    _order = "file_id, id"

    file_id = fields.Many2one(
        "crm.setup.file", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id")
    model = fields.Char(readonly=True, export_string_translation=False)
    kind = fields.Char(compute="_compute_kind")
    name = fields.Char(readonly=True)
    outcome = fields.Selection(
        [
            ("new", "New"),
            ("same", "There already"),
            ("other", "There already, and differs"),
            ("left", "Left out"),
        ],
        string="What Becomes of It",
        readonly=True,
    )
    reason = fields.Char(string="To Know", readonly=True)
    res_id = fields.Integer(readonly=True, export_string_translation=False)
    is_whole = fields.Boolean(readonly=True, export_string_translation=False)

    @api.depends("model")
    @api.depends_context("lang")
    def _compute_kind(self):
        for line in self:
            kind = self.env["ir.model"]._get(line.model) if line.model else False
            line.kind = (kind and kind.name) or line.model

    def _record(self):
        """Return the record that a line is about, where it is there; or nothing."""
        self.ensure_one()
        # A line names a model: of the set-up, whoever wrote the line.
        if not self.res_id or not self.env["crm.carried.mixin"]._carried_is(self.model):
            return None
        Model = self.env[self.model].with_context(active_test=False)
        record = Model.search([("id", "=", self.res_id)])
        return record or None

    def _leads_to(self, record):
        return self.model == record._name and self.res_id == record.id

    def action_open(self):
        """Open the record.

        :return: a window action.
        :rtype: dict
        :raise UserError: where it is not there.
        """
        record = self._record()
        if not record:
            raise UserError(self.env._("It is not there, or not any more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
