# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestCall(LeadCommon):
    """A call is noted with two clicks: the note stays, and the call is a touchpoint."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._make_lead(user_id=cls.user_seller.id, type="opportunity")

    def _call(self, user=None, **values):
        lead = self.lead.with_user(user or self.user_seller)
        action = lead.action_log_call()
        Call = self.env[action["res_model"]].with_user(user or self.user_seller)
        with Form(Call.with_context(**action["context"])) as form:
            for name, value in values.items():
                setattr(form, name, value)
        return form.record

    def _plan(self, user=None):
        return self.lead.activity_schedule(
            "mail.mail_activity_data_call",
            user_id=(user or self.user_seller).id,
            summary="First call",
        )

    def test_talked(self):
        self._call(note="Budget is <approved>\nfor May", minutes=12).action_talked()
        touch = self.lead.touchpoint_ids
        self.assertEqual(
            (touch.kind, touch.direction, touch.is_human, touch.value),
            ("call", "out", True, 12),
        )
        self.assertEqual(touch.summary, "Talked: Budget is <approved> for May")
        note = self.lead.message_ids[0]
        self.assertEqual(note.author_id, self.user_seller.partner_id)
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertIn("Budget is &lt;approved&gt;", note.body)
        self.assertIn("12 min", note.body)

    def test_they_called(self):
        self._call(direction="in").action_talked()
        self.assertEqual(self.lead.touchpoint_ids.direction, "in")

    def test_who_was_not_reached_was_not_contacted(self):
        for way in ("action_no_answer", "action_wrong_number"):
            getattr(self._call(), way)()
        touches = self.lead.touchpoint_ids
        self.assertEqual(touches.mapped("direction"), ["internal", "internal"])
        self.assertEqual(touches.mapped("kind"), ["call", "call"])
        self._call().action_message()
        self.assertEqual(self.lead.touchpoint_ids.sorted("id")[-1].direction, "out")

    def test_a_planned_call_is_done_with_it(self):
        planned = self._plan()
        theirs = self._plan(self.user_colleague)
        call = self._call(note="Agreed")
        self.assertEqual(call.activity_id, planned)
        call.action_no_answer()
        self.assertTrue(planned.exists().active)
        self._call(note="Agreed").action_talked()
        self.assertEqual(self.lead.activity_ids, theirs)
        self.assertEqual(len(self.lead.touchpoint_ids), 2, "the call counts once")
        self.assertIn("Agreed", self.lead.message_ids[0].body)

    def test_feedback_of_a_planned_call_is_kept(self):
        self._plan().with_user(self.user_seller).action_feedback(
            feedback="Wants two machines"
        )
        self.assertEqual(
            self.lead.touchpoint_ids.summary, "First call: Wants two machines"
        )

    def test_clicked_twice(self):
        call = self._call()
        call.action_talked()
        call.action_talked()
        self.assertEqual(len(self.lead.touchpoint_ids), 1)
        notes = self.lead.message_ids.filtered(lambda note: "Talked" in note.body)
        self.assertEqual(len(notes), 1)

    def test_what_cannot_be(self):
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        for values in ({"occurred_on": tomorrow}, {"minutes": -1}, {"minutes": 5000}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._call(**values).action_talked()
        with self.assertRaises(AccessError):
            self.env["crm.lead.call"].with_user(self.user_colleague).create(
                {"lead_id": self.lead.id}
            ).action_talked()
        self.assertFalse(self.lead.touchpoint_ids)
