# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from itertools import count
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntakeCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
ENGINE = "odoo.addons.crm_lead_management.models.intake.crm_intake_engine"
AMAL = {
    "name": "Amal Haddad",
    "email": "amal@clinic.example",
    "phone": "050 123 4567",
    "company": "Haddad Clinics",
    "message": "Price list, please",
    "How many rooms?": "12",
}

BAD = "This one is bad"


@tagged("post_install", "-at_install")
class TestIntakeLetterbox(IntakeCommon):
    """What comes in is kept, becomes a lead once, and says why if it does not."""

    def test_what_came_in_is_shown_by_lines(self):
        item = self._bring({"name": "مها", "rooms": 12})
        self.assertEqual(item.payload_lines, '{\n  "name": "مها",\n  "rooms": 12\n}')
        self.assertEqual(self._bring("no data at all").payload_lines, "no data at all")

    def test_the_window_of_an_address_says_what_to_do_with_it(self):
        words = {
            "whatsapp": "messages",
            "meta": "leadgen",
            "google": "webhook",
            "telephony": "call_id",
        }
        for kind, word in words.items():
            source = self.env["crm.intake.source"].create({"name": kind, "kind": kind})
            window = self.env["crm.intake.key"].create(
                {"source_id": source.id, "key": source._new_key()}
            )
            self.assertIn(word, window.advice, kind)
            self.assertIn(window.key, window.url)

    def test_an_entry_becomes_a_lead(self):
        item = self._bring(AMAL, external_ref="A-1")
        lead = item.lead_id
        self.assertEqual((item.state, item.reason), ("done", "New person."))
        self.assertEqual(lead.contact_name, "Amal Haddad")
        self.assertEqual(lead.email_from, "amal@clinic.example")
        self.assertEqual(lead.phone_sanitized, "+966501234567")
        self.assertEqual(lead.partner_name, "Haddad Clinics")
        self.assertEqual(lead.request_note, "Price list, please")
        self.assertEqual(lead.user_id, self.user_seller)
        self.assertEqual(lead.company_id, self.company)
        self.assertEqual(lead.received_on, item.received_on)
        touch = lead.touchpoint_ids.filtered(lambda t: t.kind == "form")
        self.assertEqual((touch.direction, touch.is_human), ("in", True))
        self.assertIn("Source web", touch.summary)
        self.assertIn("How many rooms?", str(lead.message_ids.mapped("body")))

    def test_it_is_kept_before_anything_is_done(self):
        before = self.env["crm.lead"].search_count([])
        item = self.engine._receive(self.source, AMAL, external_ref="A-1")
        self.assertEqual(item.state, "received")
        self.assertEqual(self.env["crm.lead"].search_count([]), before)
        self.assertIn("Amal Haddad", item.payload)
        self.assertTrue(self.env.ref("crm_lead_management.ir_cron_intake").active)

    def test_the_same_number_is_the_same_entry(self):
        one = self._bring(AMAL, external_ref="A-1")
        two = self._bring({**AMAL, "name": "Other"}, external_ref="A-1")
        self.assertEqual(one, two)
        other = self._bring(AMAL, self._make_source(), external_ref="A-1")
        self.assertNotEqual(one, other)

    def test_the_same_words_within_ten_minutes_are_one_entry(self):
        with freeze_time("2026-03-02 10:09:59"):
            one = self.engine._receive(self.source, AMAL)
        with freeze_time("2026-03-02 10:10:01"):
            self.assertEqual(self.engine._receive(self.source, AMAL), one)
        with freeze_time("2026-03-02 10:31:00"):
            self.assertNotEqual(self.engine._receive(self.source, AMAL), one)

    def test_a_lead_comes_of_an_entry_once(self):
        item = self._bring(AMAL)
        lead = item.lead_id
        self.engine._process(item)
        self._run_job()
        self.assertEqual(item.lead_id, lead)
        self.assertEqual(
            self.env["crm.lead"].search_count(
                [("email_normalized", "=", AMAL["email"])]
            ),
            1,
        )

    def test_the_job_processes_what_waits(self):
        items = self.engine._receive(self.source, AMAL)
        items |= self.engine._receive(
            self.source, {**AMAL, "email": "b@c.example", "name": "B", "phone": ""}
        )
        self._run_job()
        self.assertEqual(len(items.lead_id), 2)

    def test_one_that_fails_does_not_stop_the_others(self):
        bad = self.engine._receive(self.source, {**AMAL, "name": "BAD"})
        good = self.engine._receive(
            self.source, {"name": "Good", "email": "g@x.example"}
        )
        create = type(self.env["crm.lead"]).create

        def fail(leads, vals_list):
            if any(vals.get("contact_name") == "BAD" for vals in vals_list):
                raise ValidationError(BAD)
            return create(leads, vals_list)

        with (
            patch.object(type(self.env["crm.lead"]), "create", fail),
            mute_logger(GUARD),
        ):
            self.engine._process(bad | good)
        self.assertEqual((good.state, bad.state), ("done", "failed"))
        self.assertIn("This one is bad", bad.reason)
        self.assertEqual(bad.attempts, 1)
        wait = bad.next_try_on - fields.Datetime.now()
        self.assertLessEqual(wait, timedelta(minutes=1))
        bad.with_user(self.user_manager).action_try_again()
        self.assertEqual(bad.state, "done")

    def test_at_last_a_lead_with_the_raw_text_is_made(self):
        item = self.engine._receive(self.source, AMAL)
        writer = type(self.env["crm.intake.writer"])
        failing = patch.object(writer, "_values", side_effect=ValueError("broken map"))
        with failing, mute_logger(GUARD):
            for _attempt in range(6):
                self.engine._process(item)
        self.assertEqual((item.state, item.attempts), ("check", 5))
        self.assertIn("Amal Haddad", item.lead_id.description)
        self.assertIn("broken map", item.reason)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.user_manager.partner_id.ids)], limit=1
        )
        self.assertIn("Source web", told.subject)

    def test_try_writes_nothing(self):
        tables = [
            model._table
            for model in self.env.values()
            if model._auto and not model._abstract and not model._transient
        ]

        def counts():
            self.env.flush_all()
            rows = {}
            for table in tables:
                self.env.cr.execute(f'SELECT count(*) FROM "{table}"')
                rows[table] = self.env.cr.fetchone()[0]
            return rows

        before = counts()
        payload = {**AMAL, "utm_source": "A source that nobody knows"}
        found = self.engine._try(self.source, payload)
        self.assertEqual(found["state"], "done")
        self.assertIn(("Email", "amal@clinic.example"), found["values"])
        self.assertIn(("How many rooms?", "12"), found["more"])
        self.assertEqual(counts(), before)

    def test_try_in_the_form_of_the_source(self):
        source = self.source.with_user(self.user_manager)
        source.try_payload = '{"name": "<b>Amal</b>", "email": "amal@clinic.example"}'
        self.assertIn("Amal", source.try_result)
        self.assertNotIn("<b>Amal", source.try_result)
        self._bring(AMAL)
        source.try_payload = False
        self.assertIn("Haddad Clinics", source.try_result)
        self.assertIn("would join", source.try_result)

    def test_a_map_says_what_becomes_what(self):
        self._map(
            self.source, contact_name="who.full", email_from="who.mail", ignore="spam"
        )
        data = {
            "who": {"full": "Lena", "mail": "lena@x.example"},
            "spam": "x",
            "note": "y",
        }
        lead = self._bring(data).lead_id
        self.assertEqual(lead.contact_name, "Lena")
        self.assertFalse(lead.request_note)
        self.assertNotIn("spam", str(lead.message_ids.mapped("body")))

    def test_nobody_outside_fills_in_whose_a_lead_is(self):
        for target in ("user_id", "active", "company_id", "probability", "lead_grade"):
            with self.assertRaises(ValidationError):
                self._map(self.source, **{target: "x"})

    def test_a_map_with_words_dates_and_what_must_be_there(self):
        self.source.mapping_ids = [
            (0, 0, {"path": "who", "target": "contact_name", "required": True}),
            (0, 0, {"path": "/ref=(\\w+)/", "target": "function"}),
            (
                0,
                0,
                {
                    "path": "when",
                    "target": "birthdate",
                    "transform": "date",
                    "date_format": "%m/%d/%Y",
                },
            ),
            (0, 0, {"path": "tel", "target": "phone"}),
            (0, 0, {"path": "budget", "target": "expected_revenue"}),
        ]
        lead = self._bring(
            {
                "who": "Kaya, Rana",
                "x": "ref=abc",
                "when": "12/31/1990",
                "tel": "٠٥٠٠٠٠١١٢٢",
                "budget": "1.000,50",
            }
        ).lead_id
        self.assertEqual(lead.contact_name, "Rana Kaya")
        self.assertEqual(lead.function, "abc")
        self.assertEqual(str(lead.birthdate), "1990-12-31")
        self.assertEqual(lead.expected_revenue, 1000.5)
        item = self._bring({"tel": "0500001133"})
        self.assertEqual((item.state, item.reason), ("failed", "who is missing."))
        with self.assertRaises(ValidationError):
            self.source.mapping_ids = [(0, 0, {"path": "/(a+)+b/", "target": "name"})]

    def test_the_moment_when_it_was_sent(self):
        now = fields.Datetime.now().replace(microsecond=0)
        for sent, expected in (
            (now - timedelta(hours=3), now - timedelta(hours=3)),
            (now + timedelta(days=1), now),
            (now - timedelta(days=30), now),
        ):
            with freeze_time(now):
                item = self._bring(
                    {"name": f"At {sent}", "created_time": sent.isoformat()}
                )
            self.assertEqual(item.lead_id.received_on, expected)

    def test_payloads_are_emptied_after_some_months(self):
        item = self._bring(AMAL)
        waiting = self.engine._receive(self.source, {"name": "Waits"})
        self.env.cr.execute(
            "UPDATE crm_intake_item SET create_date = create_date - interval '91 days'"
        )
        item._gc_payloads()
        self.assertFalse(item.payload)
        self.assertTrue(waiting.payload)
        self.assertEqual(item.state, "done")

    def test_who_may_see_the_letterbox(self):
        item = self._bring(AMAL)
        for user in (self.user_seller, self.user_all):
            with self.assertRaises(AccessError):
                item.with_user(user).read(["payload"])
            with self.assertRaises(AccessError):
                self.source.with_user(user).read(["name"])
        manager = item.with_user(self.user_manager)
        self.assertTrue(manager.read(["payload", "reason"]))
        with self.assertRaises(AccessError):
            manager.write({"state": "ignored"})
        with self.assertRaises(UserError):
            manager.action_try_again()

    def test_json_2(self):
        items = self.env["crm.intake.item"].with_user(self.user_manager)
        found = items.receive(
            self.source.id, [AMAL, {}, {"name": "Bo", "email": "bo@x.example"}, AMAL]
        )
        self.assertEqual(
            [row["state"] for row in found], ["done", "failed", "done", "done"]
        )
        self.assertEqual(found[0]["lead_id"], found[3]["lead_id"])
        self.assertTrue(found[1]["reason"])
        with self.assertRaises(UserError):
            items.receive(self.source.id, "x")
        with self.assertRaises(AccessError):
            self.env["crm.intake.item"].with_user(self.user_seller).receive(
                self.source.id, [AMAL]
            )

    def test_silence_is_told_once(self):
        self.source.silence_hours = 2
        self._bring(AMAL)
        domain = [("subject", "like", "Nothing comes in by")]
        with freeze_time(fields.Datetime.now() + timedelta(hours=3)):
            self.engine._watch_silence()
            self.engine._watch_silence()
        self.assertEqual(self.env["mail.message"].search_count(domain), 1)

    def test_statements_do_not_grow_with_entries(self):
        numbers = count()

        def run(size):
            items = self.env["crm.intake.item"]
            for number in (next(numbers) for _each in range(size)):
                data = {"name": f"P {number}", "email": f"p{number}@x.example"}
                items |= self.engine._receive(self.source, data)
            return lambda: self.engine._process(items)

        self.assertSameQueryCount(run, 10, 50)
