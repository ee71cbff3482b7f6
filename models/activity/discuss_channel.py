# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, models


class DiscussChannel(models.Model):
    """What is said in Live Chat is said to the lead that came out of it."""

    _inherit = "discuss.channel"

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        leads = self.env["crm.lead"]
        if "origin_channel_id" in leads._fields:
            # sudo: the lead of a conversation, whoever talks.
            leads = leads.sudo().search(
                [("origin_channel_id", "=", self.id), ("won_status", "=", "pending")]
            )
            # sudo: who talks, a visitor too.
            rows = [
                row
                for lead in leads
                for row in self._crm_touchpoints(lead, message.sudo())
            ]
            if rows:
                self.env["crm.touchpoint"]._record(rows)
        return result

    def _crm_touchpoints(self, lead, messages):
        """Return the touchpoints of a lead that messages of this conversation are.

        One a day for each side: a chat is a talk, not so many letters.

        :param lead: crm.lead, as superuser.
        :param messages: mail.message, as superuser.
        :rtype: list[dict]
        """
        found = {}
        for message in messages.sorted("id"):
            if message.message_type != "comment":
                continue
            users = message.author_id.with_context(active_test=False).user_ids
            inside = any(not user.share for user in users)
            if SUPERUSER_ID in users.ids or (
                message.author_id and not users and not message.author_id.active
            ):
                continue  # a bot
            direction = "out" if inside else "in"
            ref = f"{message.res_id},{direction},{message.date:%Y-%m-%d}"
            found.setdefault(
                ref,
                {
                    "lead_id": lead.id,
                    "kind": "other",
                    "direction": direction,
                    "is_human": True,
                    "occurred_on": message.date,
                    "source": self._name,
                    "external_ref": ref,
                    "summary": self.env._("Live chat"),
                },
            )
        return list(found.values())
