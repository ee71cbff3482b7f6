# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import NEIGHBOUR, needs
from .common import RoutingCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged(*NEIGHBOUR)
class TestRoutingLivechat(HttpCase, RoutingCommon):
    """Leads from conversations, where Live Chat is installed: it may choose the owner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("origin_channel_id" in cls.env["crm.lead"]._fields, "crm_livechat")
        cls.script = cls.env["chatbot.script"].create({"title": "Bot"})
        cls.steps = cls.env["chatbot.script.step"].create(
            [
                {
                    "chatbot_script_id": cls.script.id,
                    "step_type": step_type,
                    "message": message,
                    "sequence": number,
                }
                for number, (step_type, message) in enumerate(
                    [
                        ("free_input_single", "What do you need?"),
                        ("question_email", "Your address?"),
                        ("create_lead", "Thank you!"),
                    ]
                )
            ]
        )
        cls.channel = cls.env["im_livechat.channel"].create(
            {
                "name": "Site",
                "user_ids": [(6, 0, cls.pool.ids)],
                "rule_ids": [(0, 0, {"chatbot_script_id": cls.script.id})],
            }
        )
        cls.members.assignment_max = 300

    # === THE VISITOR === #

    def _chat(self):
        """Have a visitor talk to the bot; return the conversation and its lead."""
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session",
            {"channel_id": self.channel.id, "chatbot_script_id": self.script.id},
        )
        chat = self.env["discuss.channel"].browse(data["channel_id"])
        for body in ("Two machines", "ann@trading.example"):
            self._say(chat, body)
            self.make_jsonrpc_request("/chatbot/step/trigger", {"channel_id": chat.id})
        chat.invalidate_recordset()
        return chat, chat.lead_ids

    def _say(self, chat, body):
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "discuss.channel",
                "thread_id": chat.id,
                "post_data": {
                    "body": body,
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )

    def _forward_to(self, *users):
        """Have the bot hand over to a salesperson; these are at their desks."""
        self.steps[2].step_type = "create_lead_and_forward"
        for user in users:
            self.env["mail.presence"]._update_presence(user)

    def assertRouted(self, lead, user):
        self.assertEqual(len(lead), 1)
        self.assertEqual(lead.email_from, "ann@trading.example")
        self.assertEqual(lead.user_id, user)
        self.assertEqual(lead.routing_log_ids.mapped("to_user_id"), user)

    def test_without_our_routing_odoo_decides(self):
        self.steps[2].crm_team_id = self.team_north
        _chat, lead = self._chat()
        self.assertEqual(lead.user_id, self.user_manager, "the leader, as in Odoo")
        self.assertFalse(lead.routing_log_ids)

    def test_the_lead_of_a_bot_is_routed(self):
        self._make_rule()
        for team in (self.env["crm.team"], self.team_north, self.team_pool):
            self.steps[2].crm_team_id = team
            before = self._last_turn()
            _chat, lead = self._chat()
            self.assertRouted(lead, self.pool[before])
            self.assertEqual(lead.team_id, self.team_pool)

    def _last_turn(self):
        """Return whose turn it is, by what was routed before."""
        return self.env["crm.lead"].search_count([("user_id", "in", self.pool.ids)]) % 4

    def test_nobody_can_take_it(self):
        self._make_rule()
        self.members.assignment_optout = True
        self.steps[2].crm_team_id = self.team_pool
        _chat, lead = self._chat()
        self.assertRouted(lead, self.user_manager)

    def test_a_chat_goes_on_when_routing_fails(self):
        self._make_rule()
        engine = self.env.registry["crm.routing.engine"]
        for step_type in ("create_lead", "create_lead_and_forward"):
            self.steps[2].step_type = step_type
            with (
                patch.object(engine, "_route", side_effect=UserError("No routing")),
                mute_logger(GUARD),
            ):
                _chat, lead = self._chat()
            self.assertEqual(len(lead), 1)

    # === A SALESPERSON IN THE CHAT === #

    def test_who_takes_over_the_chat_owns_the_lead(self):
        self._make_rule()
        self._forward_to(self.pool[2])
        chat, lead = self._chat()
        self.assertEqual(chat.livechat_operator_id, self.pool[2].partner_id)
        self.assertEqual(lead.user_id, self.pool[2])
        self.assertEqual(lead.team_id, self.team_pool)
        last = self._last_log(lead)
        self.assertEqual((last.mode, last.to_user_id), ("manual", self.pool[2]))
        self.assertEqual(
            last.reason, "Pool 2 took over the conversation with the lead."
        )
        # Nobody else was bothered, and nothing takes it away again.
        self.assertEqual(
            lead.message_partner_ids & self.pool.partner_id, self.pool[2].partner_id
        )
        self.assertFalse(lead.routing_waiting_since)
        self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.assertEqual(lead.user_id, self.pool[2])

    def test_nobody_is_there_to_take_over(self):
        self._make_rule()
        self._forward_to()
        chat, lead = self._chat()
        self.assertEqual(chat.livechat_operator_id, self.script.operator_partner_id)
        self.assertRouted(lead, self.pool[0])

    def test_rules_on_change_leave_the_chat_alone(self):
        self._make_rule(
            method="fixed",
            user_id=self.user_all.id,
            domain=repr([("team_id", "=", self.team_pool.id)]),
            catch_changes=True,
        )
        self._forward_to(self.pool[1])
        self.steps[2].crm_team_id = self.team_pool
        _chat, lead = self._chat()
        self.assertEqual(lead.user_id, self.pool[1])

    # === THE COMMAND === #

    def test_the_command_of_somebody_who_sees_only_his_own(self):
        """D15: the link to the lead is shown, and he can open it: it is his."""
        self._make_rule()
        chat = self.env["discuss.channel"].create({"name": "Visitor"})
        chat._add_members(users=self.pool[3])
        chat.with_user(self.pool[3]).execute_command_lead(body="/lead Machines")
        lead = chat.lead_ids
        self.assertEqual(lead.name.strip(), "Machines")
        self.assertEqual(lead.user_id, self.pool[3])
