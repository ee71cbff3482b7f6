# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.exceptions import UserError


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
        self.env["crm.intake.writer"]._store(
            (item, "ignored" if not item.lead_id else "done", "by_hand", self._by())
            for item in items
        )
        return True

    def action_same_person(self):
        """Join an entry with the lead that may be the same person's.

        The lead that was made of it meanwhile is archived as the same; nothing is merged.

        :return: a window action: the lead.
        :rtype: dict
        """
        self.ensure_one()
        item = self._mine()
        leads = item.candidate_ids.filtered(lambda lead: lead._lead_is_open())
        chosen = self.env.context.get("crm_intake_candidate_id")
        lead = leads.filtered(lambda one: one.id == chosen) or leads[:1]
        if item.state != "check" or not lead:
            raise UserError(self.env._("There is no open lead that it may belong to."))
        lead.with_user(self.env.user).check_access("write")
        self.env["crm.intake.writer"]._join_by_hand(item, lead)
        return lead.with_user(self.env.user).get_formview_action()

    def action_another_person(self):
        """Say that entries are of somebody else than the leads that they resemble.

        :rtype: bool
        """
        items = self._mine().filtered(lambda item: item.state == "check")
        self.env["crm.intake.writer"]._store(
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
