# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.exceptions import UserError

from .keeping.letterbox import Letterbox


class CrmIntakeItem(models.Model):
    """What people do with entries of the letterbox."""

    _inherit = "crm.intake.item"

    def action_try_again(self):
        """Process entries again that failed or wait.

        :rtype: bool
        :raise UserError: where none of them waits.
        """
        items = self._mine().filtered(lambda item: item.state in ("received", "failed"))
        if not items:
            raise UserError(
                self.env._("Only entries that failed, or wait, can be tried again.")
            )
        self.env["crm.intake.engine"]._process(items)
        return True

    def action_make_lead(self):
        """Make a lead with the raw text of entries from which nothing better could be made.

        :rtype: bool
        """
        items = self._mine().filtered(
            lambda item: not item.lead_id and item.state in ("failed", "ignored")
        )
        self.env["crm.intake.writer"]._make_minimal(items, self.env._("made by hand"))
        return True

    def action_ignore(self):
        """Set entries aside that are no inquiries.

        :rtype: bool
        """
        items = self._mine().filtered(
            lambda item: item.state in ("received", "failed", "check")
        )
        Letterbox(self.env).settle(
            (item, "ignored" if not item.lead_id else "done", "by_hand", self._by())
            for item in items
        )
        return True

    def action_same_person(self):
        """Choose the lead whose person it is, among those that an entry resembles.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        leads = self.candidate_ids.filtered(lambda lead: lead._lead_is_open())
        window = self.env["crm.intake.join"].create(
            {"item_id": self._mine().id, "lead_id": leads[:1].id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The Same Person"),
            "res_model": window._name,
            "res_id": window.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_another_person(self):
        """Say that entries are of somebody else than the leads that they resemble.

        :rtype: bool
        """
        items = self._mine().filtered(lambda item: item.state == "check")
        Letterbox(self.env).settle(
            (item, "done", "keep_hand", self._by()) for item in items
        )
        return True

    def action_open_lead(self):
        """Open the lead that an entry became, or joined.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        if not self.lead_id:
            raise UserError(self.env._("No lead has come of this entry."))
        return self.lead_id.get_formview_action()

    # === HELPERS === #

    def _mine(self):
        """Return the entries, as superuser, if the user may do something about them."""
        self.check_access("read")
        self.env["crm.lead"].check_access("create")
        # sudo: entries are written by the engine only; who may see the letterbox may ask.
        return self.sudo()

    def _by(self):
        return {"user": self.env.user.name, "on": str(fields.Datetime.now())}
