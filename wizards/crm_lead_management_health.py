# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from .checks import OF_THE_SYSTEM, Checks, screen


class CrmLeadManagementHealth(models.TransientModel):
    """One page: what of lead management is on, what is off, what is broken, what waits.

    Nothing happens by opening it; a click on a row opens the screen where one goes on.
    """

    _name = "crm.lead.management.health"
    _description = "Health of lead management"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        readonly=True,
    )
    checks = fields.Json(compute="_compute_checks", export_string_translation=False)

    def _compute_display_name(self):
        self.display_name = self.env._("Health")

    @api.depends("company_id")
    def _compute_checks(self):
        for page in self:
            checks = Checks(self.env, page.company_id or self.env.company)
            page.checks = checks.health()

    @api.model
    def open_check(self, key):
        """Return the screen on which one goes on from a row.

        :param str key: of the row.
        :rtype: dict
        :raise AccessError: for anybody but a sales administrator, for screens of the
            system for anybody but an administrator of the system, and for other screens.
        """
        user = self.env.user
        of_system = isinstance(key, str) and key in OF_THE_SYSTEM
        if not user.has_group("sales_team.group_sale_manager") or (
            of_system and not user.has_group("base.group_system")
        ):
            raise AccessError(self.env._("Only an administrator may open this screen."))
        action = screen(self.env, key)
        if not action:
            raise AccessError(self.env._("There is no such screen. Reload the page."))
        return action
