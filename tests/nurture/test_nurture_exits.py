# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from pathlib import Path

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import MONDAY, NurtureCase

# What a lead does, and why it leaves; None: it stays.
EVENTS = [
    ("email", "in", True, None, "answered"),
    ("sms", "in", True, None, "answered"),
    ("whatsapp", "in", True, None, "answered"),
    ("call", "in", True, "talked", "answered"),
    ("form", "in", True, None, "answered"),
    ("call", "out", True, "talked", "talked"),
    ("meeting", "internal", True, "held", "talked"),
    ("call", "out", True, "no_answer", None),
    ("call", "out", True, "message", None),
    ("email", "out", True, None, None),
    ("meeting", "internal", True, "no_show", None),
    ("web_visit", "in", True, None, None),
    ("email_open", "in", True, None, None),
    ("note", "internal", True, None, None),
]


@tagged("post_install", "-at_install")
class TestNurtureExits(NurtureCase):
    """Who leaves a track, and who does not."""

    def _left(self, one):
        one.invalidate_recordset()
        return one.exit_code or None

    def test_the_table_of_events(self):
        for kind, direction, human, outcome, code in EVENTS:
            with self.subTest(kind=kind, direction=direction, outcome=outcome):
                lead = self._make_lead(
                    email_from=f"{kind}{direction}{outcome}@ex.example"
                )
                one = self._enroll(lead)
                self._answer(
                    lead,
                    self.day(1),
                    kind,
                    direction=direction,
                    is_human=human,
                    outcome=outcome,
                )
                self.assertEqual(self._left(one), code)
                self.assertEqual(bool(one.exit_touchpoint_id), bool(code))

    def test_what_happened_before_it_entered_ends_nothing(self):
        one = self._enroll(self.lead_full)
        self._answer(self.lead_full, self.day(-3))
        self._run(MONDAY)
        self.assertFalse(self._left(one))

    def test_the_owner_s_call_does_not_end_it_where_nobody_wants_that(self):
        self.track.exit_on_talk = False
        one = self._enroll(self.lead_full)
        self._answer(
            self.lead_full, self.day(1), "call", direction="out", outcome="talked"
        )
        self._run(self.day(1))
        self.assertFalse(self._left(one))

    def test_an_answer_from_another_lead_of_the_same_person(self):
        one = self._enroll(self.lead_full)
        phone = self._make_lead(name="By phone", phone="+966 50 123 4567")
        self._answer(phone, self.day(1), "whatsapp")
        self.assertEqual(self._left(one), "answered")

    def test_an_answer_that_nobody_heard_is_found_before_anything_goes(self):
        """Exits are asked again inside the sending transaction."""
        one = self._enroll(self.lead_full)
        other = self._make_lead(email_from="Sara <sara@example.com>")
        with freeze_time(self.day(1)):
            self.env.cr.execute(
                "INSERT INTO crm_touchpoint (lead_id, kind, direction, is_human, occurred_on)"
                " VALUES (%s, 'email', 'in', TRUE, %s)",
                [other.id, self.day(1)],
            )
        self._run(self.day(2))
        self.assertEqual(self._left(one), "answered")
        self.assertFalse(self._mails(self.lead_full))

    def test_an_answer_of_another_company_is_another_story(self):
        one = self._enroll(self.lead_full)
        other = self.env["res.company"].create({"name": "Other"})
        lead = self._make_lead(email_from="sara@example.com", company_id=other.id)
        self._answer(lead, self.day(1))
        self.assertFalse(self._left(one))

    def test_somebody_of_the_same_company(self):
        self.lead_full.email_from = "sara@khan.example"
        colleague = self._make_lead(email_from="omar@khan.example")
        one = self._enroll(self.lead_full)
        self._answer(colleague, self.day(1))
        self.assertFalse(self._left(one), "off by default")
        self.track.exit_on_company_reply = True
        self._answer(colleague, self.day(2))
        self.assertEqual(self._left(one), "company_reply")

    def test_won_lost_archived(self):
        for close, code in (
            (lambda lead: lead.action_set_won(), "won"),
            (lambda lead: lead.action_set_lost(), "lost"),
        ):
            lead = self._make_lead(email_from=f"{code}@ex.example", type="opportunity")
            one = self._enroll(lead)
            close(lead)
            self.assertEqual(self._left(one), code)

    def test_it_moves_on(self):
        stages = self.env["crm.stage"].create(
            [
                {"name": "Talked", "lead_role": "contacted"},
                {"name": "Warming", "lead_role": "nurturing"},
                {"name": "Fits", "lead_role": "qualified"},
            ]
        )
        lead = self._make_lead(email_from="moves@ex.example", type="opportunity")
        one = self._enroll(lead)
        for stage, code in zip(stages, (None, None, "stage"), strict=True):
            lead.stage_id = stage
            self.assertEqual(self._left(one), code, stage.name)

    def test_its_grade_reaches_focus(self):
        one = self._enroll(self.lead_full)
        self.lead_full.write({"lead_grade": 5, "lead_band": "focus"})
        self.lead_full._lead_tell("_on_graded", {self.lead_full.id: 5}, None)
        self.assertEqual(self._left(one), "focus")

    def test_a_meeting_is_planned(self):
        one = self._enroll(self.lead_full)
        self.env["calendar.event"].create(
            {
                "name": "Talk",
                "opportunity_id": self.lead_full.id,
                "start": self.day(30),
                "stop": self.day(30, 1),
            }
        )
        self.env.cr.precommit.run()
        self.assertEqual(self._left(one), "meeting")

    def test_it_wants_no_more(self):
        one = self._enroll(self.lead_full)
        self.lead_full.optout_email = True
        self.assertEqual(self._left(one), "opted_out")

    def test_one_channel_of_two_is_left(self):
        """A blacklisted phone gets nothing, but the mail steps go on."""
        track = self._track(
            [
                {"days": 0, "template_id": self.message.id, "channel": "sms"},
                {"days": 1, "template_id": self.second.id, "channel": "email"},
            ],
            name="Both",
        )
        one = self._enroll(self.lead_full, track)
        self.env["phone.blacklist"].create({"number": self.lead_full.phone_sanitized})
        self._go(MONDAY)
        self._go(self.day(1))
        self.assertEqual(self._states(one), ["skipped", "sent"])
        self.assertFalse(self._sms(self.lead_full))

    def test_the_last_channel_bounces(self):
        one = self._enroll(self.lead_full)
        self.lead_full.message_bounce = 3
        self._answer(self.lead_full, self.day(1), "bounce", is_human=False)
        self.assertEqual(self._left(one), "blocked")

    def test_a_blacklisted_address_ends_it(self):
        one = self._enroll(self.lead_full)
        self.env["mail.blacklist"]._add("sara@example.com")
        self._run(MONDAY)
        self.assertEqual(self._left(one), "blocked")

    def test_the_goal_and_the_condition(self):
        self.track.goal_domain = "[('expected_revenue', '>', 100)]"
        rule = self._track(
            [{"template_id": self.message.id}],
            name="Rule",
            entry="rule",
            domain="[('priority', '=', '2')]",
            exit_when_unmatched=True,
        )
        lead = self._make_lead(email_from="rule@ex.example", priority="2")
        one, other = self._enroll(self.lead_full), self._enroll(lead, rule)
        self.lead_full.expected_revenue = 200
        lead.priority = "1"
        self._run(self.day(1))
        self.assertEqual((self._left(one), one.state), ("goal", "done"))
        self.assertEqual((self._left(other), other.state), ("unmatched", "stopped"))

    def test_merged_leads_go_on_once(self):
        """The survivor keeps the enrollment that is furthest."""
        self.track.exclusive = False
        twin = self._make_lead(name="Twin", email_from="twin@ex.example")
        ahead = self._enroll(twin)
        self._go(MONDAY)
        behind = self._enroll(self.lead_full, moment=self.day(1))
        (self.lead_full | twin).with_context(active_test=False).merge_opportunity()
        both = ahead | behind
        both.invalidate_recordset()
        self.assertEqual(len(both.lead_id), 1)
        self.assertEqual((ahead.state, behind.state), ("active", "stopped"))
        self.assertEqual(behind.exit_code, "merged")
        self.assertEqual(sorted(both.mapped("round")), [1, 2])

    def test_a_deleted_lead_takes_its_rows_along(self):
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        self.lead_full.unlink()
        self.assertFalse(one.exists())
        self._run(self.day(3))


@tagged("post_install", "-at_install")
class TestNurtureAway(NurtureCase, MailCommon):
    """An automatic reply ends nothing: it pauses."""

    def test_until_the_day_that_it_names(self):
        one = self._enroll(self.lead_full, moment=datetime(2026, 11, 2, 8))
        text = (Path(__file__).parent / "out_of_office.eml").read_text()
        with freeze_time(datetime(2026, 11, 2, 10, 20)):
            message = self.env["mail.message"].create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead_full.id,
                    "subject": "Automatic reply: Price list please",
                    "body": text,
                    "message_type": "email",
                }
            )
        self._answer(
            self.lead_full,
            datetime(2026, 11, 2, 10, 20),
            is_human=False,
            source="mail.message",
            external_ref=str(message.id),
            summary=message.subject,
        )
        self.assertEqual(one.state, "paused")
        self.assertEqual(one.paused_until, datetime(2026, 11, 9, 6), "9 in Riyadh")
        self._run(datetime(2026, 11, 8, 8))
        self.assertFalse(one.delivery_ids)
        self._run(datetime(2026, 11, 9, 7))
        self.assertEqual((one.state, self._states(one)), ("active", ["queued"]))

    def test_without_a_day_for_five_days(self):
        one = self._enroll(self.lead_full)
        self._answer(self.lead_full, self.day(1), is_human=False, summary="Away")
        self.assertEqual((one.state, one.paused_until), ("paused", self.day(6)))
