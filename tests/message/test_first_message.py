# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MessageCommon

REQUEST = "odoo.addons.crm_lead_management.models.message.crm_message_first.request"
LOGGER = "odoo.addons.crm_lead_management.models.common.guarded"
SCREEN = SimpleNamespace(
    httprequest=SimpleNamespace(path="/web/dataset/call_kw/crm.lead/web_save")
)


@tagged("post_install", "-at_install")
class TestFirstMessage(MessageCommon):
    """The automatic first message of a routing rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = (
            cls.env["crm.routing.rule"]
            .with_user(cls.user_manager)
            .create(
                {
                    "name": "Welcome",
                    "method": "round_robin",
                    "team_id": cls.team_north.id,
                    "first_message_id": cls.message.id,
                }
            )
            .sudo()
        )
        # As the messages that come with the addon: in the name of the owner.
        cls.message.mail_template_id.email_from = "{{ object.user_id.email_formatted }}"
        cls.policy = cls.env["crm.routing.policy"].create({"name": "An hour"})

    def _arrive(self, **values):
        """Let a lead come in by itself, as mail and web forms create it."""
        return self.env["crm.lead"].create(
            {"name": "New", "email_from": "new@example.com", "user_id": False, **values}
        )

    def _row(self, leads):
        return self.env["crm.message.first"].search([("lead_id", "in", leads.ids)])

    def _run(self):
        cron = self.env.ref("crm_lead_management.ir_cron_message_queue")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    # === SENT === #

    def test_goes_once_and_does_not_stop_the_clock(self):
        lead = self._arrive()
        self.assertEqual(self._row(lead).state, "waiting")
        self.assertFalse(self._mails(lead), "saving a lead sends nothing itself")
        self._run()
        self._run()
        row = self._row(lead)
        self.assertEqual((row.state, row.channel), ("sent", "email"))
        self.assertEqual(len(self._mails(lead)), 1)
        self.assertIn(lead.user_id.email_formatted, self._mails(lead).email_from)
        touch = self._sent(lead)
        self.assertEqual(touch.message_template_id, self.message)
        self.assertFalse(touch.is_human)
        self.assertFalse(lead.first_response_on)
        self.assertTrue(lead.routing_next_on, "the owner still has to answer")

    def test_goes_in_the_channel_that_the_lead_prefers(self):
        lead = self._arrive(phone="+966501234567", preferred_channel="sms")
        self._run()
        self.assertEqual(self._row(lead).channel, "sms")
        self.assertEqual(len(self._sms(lead)), 1)

    def test_a_link_that_a_person_must_open_is_no_channel(self):
        lead = self._arrive(phone="+966501234567", preferred_channel="whatsapp")
        self._run()
        self.assertEqual(self._row(lead).channel, "email")

    def test_routing_again_sends_nothing_again(self):
        lead = self._arrive()
        self._run()
        self.env["crm.routing.engine"]._route(
            lead, mode="reroute", excluded={lead.id: {lead.user_id.id}}
        )
        lead.action_route()
        self._run()
        self.assertEqual(len(self._mails(lead)), 1)

    def test_the_cron_runs_from_the_first_rule_with_a_message_on(self):
        cron = self.env.ref("crm_lead_management.ir_cron_message_queue")
        self.assertTrue(cron.active)
        cron.active = False
        self.rule.first_message_id = False
        self.rule.first_message_id = self.message
        self.assertTrue(cron.active)

    # === WHO GETS ONE === #

    def test_leads_that_are_there_already_get_none(self):
        old = (
            self.env["crm.lead"]
            .with_context(crm_lead_management_skip=True)
            .create({"name": "Old", "email_from": "o@example.com", "user_id": False})
            .with_context(crm_lead_management_skip=False)
        )
        old.action_route()
        self.assertEqual(old.routing_rule_id, self.rule)
        self.assertFalse(self._row(old))

    def test_leads_for_somebody_get_none(self):
        self.assertFalse(self._row(self._arrive(user_id=self.user_all.id)))

    def test_imports_get_none_unless_the_rule_says_so(self):
        Lead = self.env["crm.lead"].with_context(import_file=True)
        values = {"name": "Row", "email_from": "row@example.com", "user_id": False}
        self.assertFalse(self._row(Lead.create(values)))
        many = [{**values, "email_from": f"{n}@example.com"} for n in range(21)]
        self.assertFalse(self._row(self.env["crm.lead"].create(many)))
        self.rule.first_message_for = "all"
        self.assertTrue(self._row(Lead.create(values)))
        self.assertEqual(len(self._row(self.env["crm.lead"].create(many))), 21)

    def test_leads_that_users_enter_get_none_unless_the_rule_says_so(self):
        with patch(REQUEST, SCREEN):
            self.assertFalse(self._row(self._arrive()))
            self.rule.first_message_for = "entered"
            self.assertTrue(self._row(self._arrive()))

    # === WHO DOES NOT === #

    def _assert_skipped(self, lead, part):
        self._run()
        row = self._row(lead)
        self.assertEqual(row.state, "skipped")
        self.assertIn(part, row.reason)
        self.assertIn(part, lead.message_ids[0].preview)
        self.assertFalse(self._mails(lead) or self._sms(lead))
        self.assertFalse(self._sent(lead))

    def test_opted_out(self):
        self._assert_skipped(self._arrive(optout_email=True), "does not want")

    def test_blacklisted(self):
        self.env["mail.blacklist"]._add("new@example.com")
        self._assert_skipped(self._arrive(), "blacklist")

    def test_somebody_was_faster(self):
        lead = self._arrive()
        lead.first_response_on = fields.Datetime.now()
        self._assert_skipped(lead, "already")

    def test_closed_meanwhile(self):
        lead = self._arrive()
        lead.action_set_lost()
        self._assert_skipped(lead, "closed")

    def test_message_archived_meanwhile(self):
        lead = self._arrive()
        self.message.active = False
        self._assert_skipped(lead, "archived")

    def test_message_of_another_company(self):
        lead = self._arrive(company_id=self.company.id)
        self.message.company_id = self.env["res.company"].create({"name": "Other"})
        self._assert_skipped(lead, "another company")

    def test_message_deleted_meanwhile(self):
        lead = self._arrive()
        self.message.unlink()
        self._assert_skipped(lead, "deleted")

    def test_the_same_form_twice(self):
        first = self._arrive()
        self._run()
        self.assertEqual(self._row(first).state, "sent")
        self._assert_skipped(self._arrive(), "another lead")

    def test_failure_stops_neither_the_lead_nor_the_others(self):
        lead, other = self._arrive(), self._arrive(email_from="other@example.com")
        Sender = type(self.env["crm.message.sender"])
        send = Sender._send

        def broken(sender, template, to, channel):
            if to == lead:
                raise ValueError("out of order")
            return send(sender, template, to, channel)

        with patch.object(Sender, "_send", broken), self.assertLogs(LOGGER, "ERROR"):
            self._run()
        self.assertTrue(lead.user_id)
        self.assertEqual(self._row(lead).state, "skipped")
        self.assertEqual(self._row(other).state, "sent")

    # === WAITING === #

    def test_waits_for_the_sending_hours(self):
        self.company.message_calendar_id = self.env["resource.calendar"].create(
            {"name": "Sending", "tz": "UTC"}
        )
        lead = self._arrive()
        until = fields.Datetime.now() + timedelta(hours=9)
        Guard = type(self.env["crm.message.guard"])
        with patch.object(
            Guard,
            "_holds",
            lambda self, leads, now=None: dict.fromkeys(
                leads.ids, (until, "Too early")
            ),
        ):
            self._run()
        row = self._row(lead)
        self.assertEqual(
            (row.state, row.due_on, row.reason), ("waiting", until, "Too early")
        )
        self._run()
        self.assertEqual(row.state, "waiting", "not before it is due")
        self.company.message_calendar_id = False
        row.due_on = fields.Datetime.now()
        self._run()
        self.assertEqual((row.state, row.reason), ("sent", False))

    def test_does_not_go_days_later(self):
        lead = self._arrive()
        until = fields.Datetime.now() + timedelta(days=4)
        Guard = type(self.env["crm.message.guard"])
        with patch.object(
            Guard,
            "_holds",
            lambda self, leads, now=None: dict.fromkeys(leads.ids, (until, "Limit")),
        ):
            self._assert_skipped(lead, "Limit")

    def test_a_job_that_stood_still_sends_nothing_old(self):
        """D17: later than three days it does not go at all."""
        lead = self._arrive()
        row = self._row(lead)
        row.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_message_first SET create_date = create_date - interval '10 days'"
            " WHERE id = %s",
            [row.id],
        )
        row.invalidate_recordset()
        self._assert_skipped(lead, "too late")

    def test_merged_leads_keep_one_message(self):
        """C11: one that waits comes along; of two, the history says why one does not go."""
        stays = self._arrive(email_from="one@merge.example")
        goes = self._arrive(email_from="two@merge.example")
        rows = self._row(stays) + self._row(goes)
        self.assertEqual(set(rows.mapped("state")), {"waiting"})
        bare = self._make_leads(1)
        merged = (bare + goes).merge_opportunity()
        self.assertEqual(self._row(merged).state, "waiting")
        last = (stays + merged).merge_opportunity()
        self.assertEqual(len(self._row(last)), 1)
        self.assertIn("merged with one", str(last.message_ids.mapped("body")))
        self._row(last).state = "sent"
        third = self._arrive(email_from="three@merge.example")
        last = (last + third).merge_opportunity()
        self.assertEqual(self._row(last).state, "sent", "it does not go twice")

    # === COST AND RIGHTS === #

    def test_costs_the_same_for_any_number_of_leads(self):
        self.rule.first_message_for = "all"

        def run(size):
            leads = self._make_leads(size, user_id=False)
            self._row(leads).unlink()
            return lambda: self.env["crm.message.first"]._plan_new(leads)

        self.assertSameQueryCount(run, 10, 100)

    def test_a_salesperson_reads_those_of_own_leads_and_writes_none(self):
        mine = self._arrive()
        rows = self._row(mine)
        owner = mine.user_id
        other = (self.user_seller + self.user_colleague) - owner
        found = self.env["crm.message.first"].with_user(owner).search([])
        self.assertIn(rows, found)
        found = self.env["crm.message.first"].with_user(other).search([])
        self.assertNotIn(rows, found)
        with self.assertRaises(AccessError):
            rows.with_user(self.user_manager).write({"state": "sent"})
        action = self.rule.with_user(self.user_manager).action_open_first_messages()
        found = self.env["crm.message.first"].search(action["domain"])
        self.assertEqual(len(found), self.rule.first_message_count)
