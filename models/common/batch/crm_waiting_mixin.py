# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmWaitingMixin(models.AbstractModel):
    """Set-up that leads are evaluated by, and the screens on which it is changed.

    **What.** A change of the set-up has its consequence: leads follow it, or the screen says
    how many do not yet, and until when. The form shows ``waiting_text``.

    **How to use.** ``_followed_by`` are the fields whose change open leads do not follow at
    once: where one of them is written, or a record is made or deleted, the pass over all open
    leads begins where the nightly evaluation is on; else the leads are counted as left behind
    (``crm.lead.batch``).
    """

    _name = "crm.waiting.mixin"
    _description = "Set-up that leads follow"

    _followed_by = frozenset()
    # Whether a new record counts, too.
    _followed_from_start = True

    waiting_text = fields.Char(
        compute="_compute_waiting_text", export_string_translation=False
    )

    @api.depends_context("lang", "uid")
    def _compute_waiting_text(self):
        self.waiting_text = self.env["crm.lead.batch"]._waiting_text()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if records and self._followed_by and self._followed_from_start:
            self.env["crm.lead.batch"]._leave_behind()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self and self._leaves_behind(vals):
            self.env["crm.lead.batch"]._leave_behind()
        return result

    def unlink(self):
        counts = bool(self and self._followed_by)
        result = super().unlink()
        if counts:
            self.env["crm.lead.batch"]._leave_behind()
        return result

    @api.model
    def _leaves_behind(self, vals):
        """Tell whether open leads do not follow a change at once.

        :param dict vals: what was written.
        :rtype: bool
        """
        return not self._followed_by.isdisjoint(vals)
