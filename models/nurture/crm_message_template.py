# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.exceptions import UserError


class CrmMessageTemplate(models.Model):
    """A message that a track sends is archived, not deleted.

    Where only a draft or a retired track has it, the step says that its message is missing.
    """

    _inherit = "crm.message.template"

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_in_track(self):
        # sudo: tracks of all companies.
        steps = self.env["crm.nurture.step"].sudo().with_context(active_test=False)
        mine = [("template_id", "in", self.ids), ("track_id.state", "=", "live")]
        used = steps.search(mine, limit=1)
        if used:
            raise UserError(
                self.env._(
                    'The track "%(track)s" sends the message "%(message)s": take it out of the'
                    " track first, or archive it.",
                    track=used.track_id.name,
                    message=used.template_id.name,
                )
            )
