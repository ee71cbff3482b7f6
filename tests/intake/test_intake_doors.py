# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import IntakeCommon

META = "odoo.addons.crm_lead_management.models.intake.doors.meta"


class Answer:
    """What requests.get() gives."""

    def __init__(self, data, ok=True):
        self.data, self.ok, self.status_code = data, ok, 200 if ok else 400

    def json(self):
        return self.data


@tagged("post_install", "-at_install")
class TestIntakeDoors(IntakeCommon):
    """Messengers, telephones, lead forms; and what follows from what they say."""

    def _message(
        self, number="966501234567", ref="wamid.1", text="Price?", name="Sara"
    ):
        value = {
            "contacts": [{"profile": {"name": name}, "wa_id": number}],
            "messages": [
                {"from": number, "id": ref, "type": "text", "text": {"body": text}}
            ],
        }
        return {"entry": [{"changes": [{"field": "messages", "value": value}]}]}

    # === WHATSAPP === #

    def test_a_known_number_writes(self):
        """A touchpoint from the lead, which opens the 24 hours, and no second lead."""
        lead = self._make_lead(phone="+966501234567", contact_name="Dr. Amal")
        source = self._make_source("whatsapp")
        item = self._bring(self._message(name="Queen of Coffee"), source)
        self.assertEqual((item.state, item.lead_id), ("joined", lead))
        touch = lead.touchpoint_ids
        self.assertEqual((touch.kind, touch.direction), ("whatsapp", "in"))
        self.assertGreater(lead.whatsapp_window_end, fields.Datetime.now())
        self.assertIn("Price?", lead.message_ids[0].body)
        self.assertEqual(self._bring(self._message(), source), item, "twice")
        self.assertEqual(len(lead.touchpoint_ids), 1)

    def test_an_unknown_number_is_a_lead_and_is_known_then(self):
        source = self._make_source("whatsapp")
        lead = self._bring(self._message(), source).lead_id
        self.assertEqual(lead.phone_sanitized, "+966501234567")
        again = self._bring(self._message(ref="wamid.2", text="Hello?"), source)
        self.assertEqual(again.lead_id, lead)

    def test_news_about_our_own_messages_are_nothing(self):
        value = {"statuses": [{"id": "wamid.9", "status": "read"}]}
        body = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
        self.assertFalse(self.engine._receive(self._make_source("whatsapp"), body))

    # === TELEPHONY === #

    def test_calls(self):
        source = self._make_source("telephony")
        call = {"call_id": "C1", "from": "+966501234567", "to": "+966110000000"}
        item = self._bring({**call, "event": "ringing"}, source)
        self.assertEqual((item.state, item.lead_id.id), ("ignored", False))
        item = self._bring({**call, "event": "missed"}, source)
        lead = item.lead_id
        self.assertEqual(lead.name, "Missed call +966501234567")
        touch = lead.touchpoint_ids
        self.assertEqual(
            (touch.kind, touch.direction, touch.outcome), ("call", "in", "no_answer")
        )
        talk = {**call, "call_id": "C2", "event": "ended", "duration": "120"}
        item = self._bring(talk, source)
        self.assertEqual((item.state, item.lead_id), ("joined", lead))
        talked = lead.touchpoint_ids.filtered(lambda t: t.outcome == "talked")
        self.assertEqual(talked.value, 2.0)
        self.assertTrue(lead.first_response_on, "an answered call is an answer")

    def test_a_call_from_the_contact_s_second_number(self):
        """Seen and left in the round before: a known caller was made a second lead."""
        contact = self.env["res.partner"].create(
            {"name": "Amal", "phone": "+966501111111"}
        )
        lead = self._make_lead(partner_id=contact.id, phone="+966501111111")
        source = self._make_source("telephony")
        for number, phones in enumerate(
            (
                "+966501111111, +966502222222",
                "+966 50 111 1111 / +966 50 222-2222",
                "+966501111111 | 00966 50 2222222",
                "+966502222222",
            )
        ):
            contact.phone = phones
            call = {"call_id": f"C{number}", "from": "+966502222222", "event": "missed"}
            item = self._bring(call, source)
            self.assertEqual((item.state, item.lead_id), ("joined", lead), phones)

    def test_a_caller_that_is_markup(self):
        """6.6: HTML in any field is plain text; found by 100,000 fuzzed payloads."""
        evil = "<script>alert(1)</script>"
        call = {
            "call_id": "C1",
            "event": "missed",
            "from": evil,
            "name": f"Amal {evil}",
        }
        lead = self._bring(call, self._make_source("telephony")).lead_id
        self.assertEqual(lead.contact_name, "Amal alert(1)")
        self.assertNotIn("<", f"{lead.name} {lead.phone}")

    def test_calls_of_ours(self):
        source = self._make_source("telephony")
        call = {
            "call_id": "C1",
            "direction": "outbound",
            "to": "+966501234567",
            "duration": 9,
        }
        item = self._bring({**call, "event": "ended"}, source)
        self.assertEqual((item.state, item.lead_id.id), ("ignored", False))
        lead = self._make_lead(phone="+966501234567")
        self._bring({**call, "call_id": "C2", "event": "ended"}, source)
        self.assertEqual(lead.touchpoint_ids.direction, "out")

    # === META === #

    def _meta(self, **values):
        return self._make_source("meta", **values)

    def test_a_lead_of_facebook_is_fetched(self):
        source = self._meta()
        source.access_token = "token"
        change = {"field": "leadgen", "value": {"leadgen_id": 77, "form_id": 5}}
        body = {"object": "page", "entry": [{"changes": [change]}]}
        item = self.engine._receive(source, body)
        self.assertEqual(item.external_ref, "77")
        with patch(
            f"{META}.requests.get",
            return_value=Answer({"error": {"message": "Expired"}}, False),
        ):
            self.engine._process(item)
        self.assertEqual(item.state, "failed")
        self.assertIn("Expired", item.reason)
        data = [
            {"name": "full_name", "values": ["Mehmet Aydın"]},
            {"name": "email", "values": ["mehmet@x.example"]},
            {"name": "how_many_cups?", "values": ["101-250"]},
        ]
        with patch(
            f"{META}.requests.get",
            return_value=Answer({"id": "77", "field_data": data}),
        ) as get:
            self.engine._process(item)
        self.assertIn("/v23.0/77", get.call_args.args[0])
        self.assertNotIn("token", get.call_args.args[0])
        lead = item.lead_id
        self.assertEqual(
            (lead.contact_name, lead.email_from), ("Mehmet Aydın", "mehmet@x.example")
        )
        self.assertIn("101-250", str(lead.message_ids.mapped("body")))

    def test_what_facebook_did_not_tell_is_asked_for(self):
        source = self._meta(form_refs="5, 6")
        source.access_token = "token"
        self.assertTrue(
            self.env.ref("crm_lead_management.ir_cron_intake_back_fill").active
        )
        self.engine._receive(source, {"leadgen_id": "1", "form_id": "5"})
        page = Answer({"data": [{"id": "1"}, {"id": "2"}]})
        with (
            patch(f"{META}.requests.get", return_value=page),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(
                "crm_lead_management.ir_cron_intake_back_fill"
            ).method_direct_trigger()
        self.env.invalidate_all()
        items = self.env["crm.intake.item"].search([("source_id", "=", source.id)])
        self.assertEqual(sorted(items.mapped("external_ref")), ["1", "2"])

    # === WHAT FOLLOWS === #

    def test_the_clock_starts_when_it_came_in(self):
        """next.md 1.3: the time in the letterbox is time that people wait."""
        self.env["crm.routing.policy"].create({"name": "Hour", "minutes": 60})
        came = fields.Datetime.now().replace(microsecond=0)
        with freeze_time(came):
            item = self.engine._receive(
                self.source, {"name": "A", "email": "a@x.example"}
            )
        with freeze_time(came + timedelta(hours=3)):
            self.engine._process(item)
            lead = item.lead_id
            self.assertEqual(lead.received_on, came)
            self.assertEqual(lead.routing_clock_on, came)
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "call",
                        "direction": "out",
                        "is_human": True,
                    }
                ]
            )
            lead.invalidate_recordset()
            self.assertEqual(lead.first_response_minutes, 180)

    def test_consent_is_kept_with_its_date_and_source(self):
        item = self._bring({"name": "A", "email": "a@x.example", "consent": "hayır"})
        lead = item.lead_id
        self.assertEqual(
            (lead.consent_state, lead.consent_source), ("no", "Source web")
        )
        self.assertEqual(lead.consent_on, item.received_on)
        self.assertTrue(lead.optout_email and lead.optout_sms and lead.optout_whatsapp)
        self._bring({"name": "A", "email": "a@x.example", "consent": "yes"})
        self.assertEqual(lead.consent_state, "yes")
        self.assertTrue(lead.optout_email, "a wish is taken back by a person")
        other = self._bring({"name": "B", "email": "b@x.example"}).lead_id
        self.assertFalse(other.consent_state or other.optout_email)

    def test_answers_to_questions(self):
        questions = self.env["crm.qualifier"].create(
            [
                {"name": "Decides?", "kind": "yes_no", "importance": "required"},
                {
                    "name": "When?",
                    "kind": "choice",
                    "importance": "nice_to_have",
                    "option_ids": [
                        (0, 0, {"name": "This month"}),
                        (0, 0, {"name": "Later"}),
                    ],
                },
                {"name": "How many?", "kind": "number", "importance": "nice_to_have"},
            ]
        )
        with self.assertRaises(ValidationError):
            self.source.mapping_ids = [(0, 0, {"path": "q", "target": "question"})]
        self.source.mapping_ids = [
            (0, 0, {"path": "name", "target": "contact_name"}),
            *(
                (
                    0,
                    0,
                    {"path": path, "target": "question", "qualifier_id": question.id},
                )
                for path, question in zip(("q1", "q2", "q3"), questions, strict=True)
            ),
        ]
        lead = self._bring(
            {"name": "A", "q1": "Evet", "q2": "this MONTH", "q3": "many"}
        ).lead_id
        said = {a.qualifier_id.name: a.value_display for a in lead.qualifier_answer_ids}
        self.assertEqual(said, {"Decides?": "Yes", "When?": "This month"})
        self.assertIn("How many?: many", str(lead.message_ids.mapped("body")))
