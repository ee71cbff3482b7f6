# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import fields, models
from odoo.tools.mail import is_html_empty


class CrmLeadLost(models.TransientModel):
    """Odoo's window for lost leads: it asks for the reason of unqualified ones as well."""

    _inherit = "crm.lead.lost"

    is_unqualified = fields.Boolean(
        export_string_translation=False,
        help="The leads are moved to Unqualified: their needs do not match.",
    )

    def action_lost_reason_apply(self):
        """Close the leads, and offer for some seconds to take it back."""
        self.ensure_one()
        leads = self.lead_ids
        if self.is_unqualified:
            result = self._apply_unqualified()
            done = self.env._("Moved to Unqualified: %s", self._crm_named(leads))
        else:
            result = super().action_lost_reason_apply()
            done = self.env._("Marked as lost: %s", self._crm_named(leads))
        if isinstance(result, dict):
            return result
        return {
            "type": "ir.actions.client",
            "tag": "crm_lead_management.undo",
            "params": {
                "message": done,
                "model": "crm.lead",
                "method": "action_take_back_lost",
                "ids": leads.ids,
            },
        }

    def _apply_unqualified(self):
        if not is_html_empty(self.lost_feedback):
            self.lead_ids._track_set_log_message(
                Markup("<p>%s</p>%s")
                % (self.env._("Why unqualified:"), self.lost_feedback)
            )
        return self.lead_ids._set_unqualified(self.lost_reason_id.id)

    def _crm_named(self, leads):
        """Return the name of one lead, or how many they are."""
        if len(leads) == 1:
            return leads.name
        return self.env._("%s leads", len(leads))
