# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api, models

CHAT = "discuss.channel"


class MailMessage(models.Model):
    """What is said in Live Chat is said to the lead that came out of it."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        chats = {vals.get("res_id") for vals in vals_list if vals.get("model") == CHAT}
        if chats and "origin_channel_id" in self.env["crm.lead"]._fields:
            # sudo: the lead of a conversation, whoever talks.
            leads = self.env["crm.lead"].sudo()
            leads = leads.search(
                [
                    ("origin_channel_id", "in", list(chats - {None})),
                    ("won_status", "=", "pending"),
                ]
            )
            rows = [
                row
                for lead in leads
                for row in messages.sudo()  # sudo: as above
                .filtered(
                    lambda m, lead=lead: (
                        m.model == CHAT and m.res_id == lead.origin_channel_id.id
                    )
                )
                ._crm_chat_touchpoints(lead)
            ]
            if rows:
                self.env["crm.touchpoint"]._record(rows)
        return messages

    def _crm_chat_touchpoints(self, lead):
        """Return the touchpoints of a lead that messages of its conversation are.

        One a day for each side: a chat is a talk, not so many letters.

        :param lead: crm.lead, as superuser.
        :rtype: list[dict]
        """
        found = {}
        for message in self.sorted("id"):
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
                    "source": CHAT,
                    "external_ref": ref,
                    "summary": self.env._("Live chat"),
                },
            )
        return list(found.values())
