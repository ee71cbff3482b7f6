# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

# In the cache of the cursor: which message was posted last, and what was looked up for it.
POSTED = "crm_lead_management_posted"
LOOKED_UP = ("reply_to", "record_alias_domain_id", "record_company_id")


class CrmLead(models.Model):
    """What Odoo looks up for the creation message of a lead, kept for its owner's notification.

    Where answers go, and on whose behalf it is sent, is the same for both messages, which
    follow each other within milliseconds; finding it out takes three queries.
    """

    _inherit = "crm.lead"

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if msg_vals.keys() >= {"author_id", *LOOKED_UP}:
            self.env.cr.cache[POSTED] = (
                self._routing_message_key(msg_vals["author_id"]),
                {name: msg_vals[name] for name in LOOKED_UP},
            )
        return result

    def _routing_message_values(self):
        """Return what need not be looked up again for a message to this lead.

        :return: values for ``message_notify``; none where the last message was about another
            lead, by somebody else, or before the lead came to its team.
        :rtype: dict
        """
        self.ensure_one()
        key, values = self.env.cr.cache.get(POSTED, (None, {}))
        author_id = self.env.user.partner_id.id
        return values if key == self._routing_message_key(author_id) else {}

    def _routing_message_key(self, author_id):
        """Return what the addresses of a message depend on; the configuration is of the time."""
        lead = self.sudo()  # sudo: ids of the team and the company, for comparison only
        return (
            self.env.cr.now(),  # when the transaction began
            self.id,
            lead.team_id.id,
            lead.company_id.id,
            self.env.company.id,
            author_id,
            self.env.user.id,
        )
