# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...models.message.guarding.holds import caps_of
from ...models.message.sending.problems import fingerprint
from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageSurvivors(MessageCommon):
    """What no test noticed: the cases that conditions exclude (faults/mutants.md)."""

    def _blocked(self, lead):
        return self.env["crm.message.guard"]._blockers(lead, "email").get(lead.id, "")

    def test_the_lead_s_own_address_counts(self):
        """Mutants, message guard: it differs from the contact's, and is blacklisted."""
        partner = self.env["res.partner"].create(
            {"name": "Sara", "email": "office@example.com"}
        )
        lead = self._make_lead(user_id=self.user_seller.id)
        lead.partner_id = partner
        lead.email_from = "private@example.com"
        self.env.flush_all()
        # Odoo keeps both the same where it can; old data and imports differ.
        self.env.cr.execute(
            "UPDATE res_partner SET email = %(email)s, email_normalized = %(email)s"
            " WHERE id = %(id)s",
            {"email": "office@example.com", "id": partner.id},
        )
        self.env.invalidate_all()
        self.assertNotEqual(lead.email_normalized, partner.email_normalized)
        self.env["mail.blacklist"]._add("private@example.com")
        self.assertIn("private@example.com", self._blocked(lead))

    def test_another_address_than_the_one_that_bounced(self):
        """Mutants, message block: the comparison of addresses."""
        lead = self.lead_full
        lead.message_bounce = 2
        blocked = self.env["crm.message.guard"]._blocked_addresses(
            {lead: {"sara@example.com", "other@example.com"}}
        )
        self.assertEqual(set(blocked[lead]), {"sara@example.com"})

    def _only_read(self):
        """Have the seller read his lead, and not write it any more."""
        self.env["ir.rule"].create(
            {
                "name": "Read only",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": f"[('id', '!=', {self.lead_full.id})]",
                "perm_read": False,
                "perm_create": False,
                "perm_unlink": False,
            }
        )
        lead = self.lead_full.with_user(self.user_seller)
        self.assertTrue(lead.has_access("read"))
        self.assertFalse(lead.has_access("write"))
        return lead

    def test_who_may_read_but_not_write(self):
        """Mutants, message sender: check_access."""
        lead = self._only_read()
        for channel in ("email", "sms", "whatsapp"):
            with self.assertRaises(AccessError):
                self.message.with_user(self.user_seller)._send(lead, channel)
        self.assertFalse(self._mails(lead) or self._sms(lead) or self._sent(lead))

    def test_taking_back_of_who_may_read_but_not_write(self):
        """Mutants, queue: what waits is taken back by who may write to the lead."""
        first = self.env["crm.message.first"].create(
            {
                "lead_id": self.lead_full.id,
                "template_id": self.message.id,
                "due_on": fields.Datetime.now(),
            }
        )
        rows = self.env["crm.message.queue"].with_user(self.user_seller)
        rows = rows.search([("lead_id", "=", self._only_read().id)])
        self.assertEqual(len(rows), 1)
        with self.assertRaises(AccessError):
            rows.action_take_back()
        self.assertEqual(first.state, "waiting")

    def test_what_waits_of_who_may_read_but_not_write(self):
        """Mutant: what waits asks for the right to write when it goes, not when it was chosen."""
        now = fields.Datetime.now()
        for may_write in (True, False):
            row = self.env["mail.scheduled.message"].with_user(self.user_seller)
            row = row.create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead_full.id,
                    "author_id": self.user_seller.partner_id.id,
                    "body": "see you",
                    "scheduled_date": now + timedelta(hours=1),
                    "crm_message_channel": "email",
                    "crm_message_template_id": self.message.id,
                    "crm_message_key": fingerprint(self.message, "email"),
                }
            )
            if not may_write:
                self._only_read()
            self._run_queue(now + timedelta(hours=2))
            self.assertFalse(row.exists())
            self.assertEqual(len(self._sent(self.lead_full)), 1, may_write)
            self.message.repeat_days = 0

    def test_windows_of_who_may_read_but_not_write(self):
        """Mutants, message sender, its kind: each button of each window asks."""
        about = {"template_id": self.message.id}
        Compose = self.env["crm.message.compose"].with_user(self.user_seller)
        windows = [
            Compose.create({"lead_id": self.lead_full.id, "channel": channel, **about})
            for channel in ("email", "sms", "whatsapp")
        ]
        Batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = Batch.create(
            {"lead_ids": self.lead_full.ids, "channel": "whatsapp", **about}
        )
        batch.action_plan()
        self._only_read()
        calls = [
            (window, name)
            for window in windows
            for name in ("action_send", "action_confirm", "action_not_on_whatsapp")
        ]
        calls.append((windows[0], "action_full_composer"))
        calls += [
            (batch, name)
            for name in ("action_plan", "action_back", "action_send", "action_refresh")
        ]
        calls += [
            (batch.line_ids, name)
            for name in (
                *("action_take_out", "action_take_back", "action_open_whatsapp"),
                *("action_confirm", "action_not_on_whatsapp"),
            )
        ]
        for window, name in calls:
            with self.subTest(f"{window._name}.{name}"), self.assertRaises(AccessError):
                getattr(window, name)()
        self.assertFalse(self._sent(self.lead_full) or self.lead_full.activity_ids)

    def _card(self, state, cap, grade=3):
        card = self.env["crm.scorecard"].create({"name": state})
        card.grade_ids.filtered(lambda row: row.grade == grade).message_cap = cap
        card.state = state
        return card

    def test_limits_are_those_of_the_card_that_grades(self):
        """Mutants, message hold; status 17: retired cards hold nothing back, pilots do."""
        caps = caps_of
        lead = self.lead_full
        lead.lead_grade = 3
        self.env["crm.scorecard"].search([("state", "=", "live")]).state = "retired"
        self._card("retired", 5)
        self._card("draft", 4)
        self.assertFalse(caps(lead))
        self._card("live", 2)
        self.assertEqual(caps(lead)[lead.id][0], 2)
        pilot = self._card("draft", 1)
        pilot.pilot_share = 50
        pilot.state = "pilot"
        self.assertEqual(caps(lead)[lead.id][0], 2, "the pilot did not grade it")
        self.env["crm.lead.grade.log"].create(
            {
                "lead_id": lead.id,
                "from_grade": 0,
                "to_grade": 3,
                "scorecard_id": pilot.id,
            }
        )
        self.assertEqual(caps(lead)[lead.id][0], 1)
        self.assertEqual(self.lead_company.lead_grade, 0)

    def test_a_copy_has_texts_of_its_own(self):
        """A27: editing the copy edited the original."""
        copy = self.message.with_user(self.user_manager).copy()
        self.assertNotEqual(copy.mail_template_id, self.message.mail_template_id)
        self.assertNotEqual(copy.sms_template_id, self.message.sms_template_id)
        copy.sms_template_id.sudo().body = "Another"
        self.assertIn("see you", self.message.sms_template_id.body)

    def test_a_card_that_is_retired_limits_nothing_any_more(self):
        """Mutants, message hold, its kind: it graded the lead, and is not in use."""
        lead = self.lead_full
        lead.lead_grade = 3
        self.env["crm.scorecard"].search([("state", "=", "live")]).state = "retired"
        old = self._card("retired", 1)
        self.env["crm.lead.grade.log"].create(
            {
                "lead_id": lead.id,
                "from_grade": 0,
                "to_grade": 3,
                "scorecard_id": old.id,
            }
        )
        self._card("live", 2)
        self.assertEqual(caps_of(lead)[lead.id][0], 2)

    def test_what_did_not_go_counts_neither_for_limits_nor_for_repeats(self):
        """Mutants, message hold and planner: the direction."""
        lead = self.lead_full
        self.message.repeat_days = 30
        self.env["crm.scorecard"].search([("state", "=", "live")]).state = "retired"
        self._card("live", 1)
        lead.lead_grade = 3
        self.message._send(lead, "email")
        self.assertTrue(self.env["crm.message.guard"]._holds(lead))
        planner = self.env["crm.message.planner"]
        self.assertTrue(planner._repeat_reasons(self.message, lead))
        self._sent(lead)._landed(False)
        self.assertFalse(planner._repeat_reasons(self.message, lead))
        self.assertFalse(self.env["crm.message.guard"]._holds(lead))

    def test_the_owner_of_a_closed_lead_is_not_told_and_of_an_open_one_once(self):
        """Mutants, undelivered: who is told, and how often."""
        lead = self.lead_full.with_user(self.user_seller)
        for _number in range(2):
            self.message.with_user(self.user_seller)._send(lead, "email")
            self._mails(lead).filtered(lambda mail: mail.state == "outgoing").cancel()
        self.assertEqual(len(self.lead_full.activity_ids), 1)
        other = self.lead_company.with_user(self.user_seller)
        self.message.with_user(self.user_seller)._send(other, "email")
        self.lead_company.action_set_lost()
        self._mails(other).cancel()
        self.assertFalse(self.lead_company.activity_ids)

    def test_an_owner_who_left_is_not_told(self):
        """Mutants, undelivered: an activity of somebody who reads none."""
        lead = self.lead_full
        lead.user_id = new_test_user(
            self.env, "lead_left", "sales_team.group_sale_salesman"
        )
        self.message.with_user(self.user_manager)._send(
            lead.with_user(self.user_manager), "email"
        )
        lead.user_id.active = False
        self._mails(lead).cancel()
        self.assertFalse(self._sent(lead))
        self.assertFalse(lead.activity_ids)

    def test_a_new_owner_is_told_himself(self):
        """Mutants, undelivered: the activity of the owner before is not his."""
        lead = self.lead_full
        for owner in (self.user_seller, self.user_colleague):
            lead.user_id = owner
            self.message.with_user(self.user_manager)._send(
                lead.with_user(self.user_manager), "email"
            )
            self._mails(lead).filtered(lambda mail: mail.state == "outgoing").cancel()
        self.assertEqual(
            lead.activity_ids.user_id, self.user_seller | self.user_colleague
        )
