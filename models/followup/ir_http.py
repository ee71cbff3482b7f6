# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Have salespeople begin with their day, where the company wants it.

        Nobody's own home action is touched, and none is written: switched off, all begins as
        it did.
        """
        result = super().session_info()
        if not result.get("home_action_id"):
            home = self._crm_home()
            if home:
                result["home_action_id"] = home.id
        return result

    @api.model
    def _crm_home(self):
        """Return the action that the user begins with who has chosen none, or None."""
        user = self.env.user
        if not (
            user._is_internal()
            and user.company_id.lead_day_home
            and user.has_group("sales_team.group_sale_salesman")
        ):
            return None
        return self.env.ref(
            "crm_lead_management.crm_lead_home_action", raise_if_not_found=False
        )
