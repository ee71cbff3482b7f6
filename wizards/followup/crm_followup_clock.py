# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.fields import Domain

# So many leads get a clock at once, the latest ones; the button is there for the others.
AT_ONCE = 5000


class CrmFollowupClock(models.TransientModel):
    """Offers a response time to leads that were there before: shown first, and only if asked.

    Their time begins when it is switched on: nobody is late with what nobody knew of.
    """

    _name = "crm.followup.clock"
    _description = "Response times for existing leads"

    policy_id = fields.Many2one("crm.routing.policy", required=True, ondelete="cascade")
    lead_count = fields.Integer(string="Leads", compute="_compute_counts")
    owner_count = fields.Integer(string="Of So Many People", compute="_compute_counts")
    aside_count = fields.Integer(
        string="Not Among Them: No Owner", compute="_compute_counts"
    )
    is_part = fields.Boolean(compute="_compute_counts")

    def _compute_counts(self):
        for window in self:
            found = window._waiting(AT_ONCE + 1)
            leads = window._of_policy(found[:AT_ONCE])
            window.lead_count = len(leads)
            window.owner_count = len(leads.user_id)
            window.aside_count = self.env["crm.lead"].search_count(
                [("won_status", "=", "pending"), ("user_id", "=", False)]
            )
            window.is_part = len(found) > AT_ONCE

    def action_start(self):
        """Start the clock of these leads, now.

        :return: the action that closes the dialog.
        :rtype: dict
        """
        self.ensure_one()
        self.policy_id.check_access("write")
        leads = self._of_policy(self._waiting(AT_ONCE))
        self.env["crm.routing.clock"]._start(leads, start=fields.Datetime.now())
        return {"type": "ir.actions.act_window_close"}

    def _waiting(self, limit):
        """Return open leads of somebody, unanswered, that have no clock: the latest ones."""
        domain = Domain("won_status", "=", "pending") & Domain("user_id", "!=", False)
        for name in ("response_deadline", "first_response_on", "last_contact_on"):
            domain &= Domain(name, "=", False)
        return self.env["crm.lead"].search(domain, limit=limit, order="id desc")

    def _of_policy(self, leads):
        """Return the leads whose response time this policy is."""
        # sudo: which rules match a lead is the same for everybody; the clock is the engine's.
        leads = leads.sudo()
        Policy = self.env["crm.routing.policy"].sudo()  # sudo: as above
        matched, order = Policy._rule_match(leads), [r.id for r in Policy._rule_rows()]

        def first(lead):
            return next((one for one in order if one in matched[lead.id]), None)

        return leads.filtered(lambda lead: first(lead) == self.policy_id.id)
