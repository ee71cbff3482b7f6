# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LeadCommon

ACCESS = "odoo.exceptions.AccessError"
USER = "odoo.exceptions.UserError"


@tagged("post_install", "-at_install")
class TestJson2(HttpCase, LeadCommon):
    """What Odoo's JSON-2 API lets in over HTTP with a key: no more than the screens do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_portal = new_test_user(cls.env, "lead_key_portal", "base.group_portal")
        cls.mine = cls._make_lead(user_id=cls.user_seller.id, name="Mine")
        cls.foreign = cls._make_lead(user_id=cls.user_colleague.id, name="Foreign")

    def _key(self, user):
        keys = self.env["res.users.apikeys"].with_user(user)
        # sudo: the length of a key's life is the company's to say.
        return keys.sudo()._generate(
            "rpc", "Test", fields.Datetime.now() + timedelta(hours=12)
        )

    def _post(self, user, path, **values):
        headers = {"Content-Type": "application/json"}
        if user:
            headers["Authorization"] = f"Bearer {self._key(user)}"
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"/json/2/{path}", data=json.dumps(values), headers=headers
            )
        self.env.invalidate_all()
        return answer

    def _refused(self, answer, *names):
        self.assertGreaterEqual(answer.status_code, 400, answer.text[:300])
        self.assertLess(answer.status_code, 500, answer.text[:300])
        if names:
            self.assertIn(answer.json()["name"], names, answer.text[:300])

    def test_what_a_salesperson_may(self):
        """The control: with a key one's own lead is read and written."""
        answer = self._post(
            self.user_seller, "crm.lead/read", ids=self.mine.ids, fields=["name"]
        )
        self.assertEqual(answer.json()[0]["name"], "Mine")
        answer = self._post(
            self.user_seller, "crm.lead/write", ids=self.mine.ids, vals={"name": "New"}
        )
        self.assertEqual((answer.status_code, self.mine.name), (200, "New"))
        found = self._post(
            self.user_seller,
            "crm.touchpoint/record_events",
            events=[{"lead_id": self.mine.id, "kind": "call"}],
        )
        self.assertEqual(found.json()["recorded"], 1)

    def test_what_a_salesperson_may_not(self):
        """Engine fields, colleagues' leads, drawing again: refused with a reason."""
        for path, values in (
            ("crm.lead/write", {"ids": self.mine.ids, "vals": {"lead_grade": 5}}),
            (
                "crm.lead/create",
                {"vals_list": [{"name": "x", "qualification_state": "passed"}]},
            ),
            (
                "crm.lead/write",
                {"ids": self.mine.ids, "vals": {"first_response_on": "2020-01-01"}},
            ),
            ("crm.lead/read", {"ids": self.foreign.ids, "fields": ["name"]}),
            ("crm.lead/get_story", {"ids": self.foreign.ids}),
            ("crm.lead/action_route", {"ids": self.mine.ids}),
            ("crm.lead/action_take_up", {"ids": self.mine.ids}),
            (
                "crm.touchpoint/create",
                {"vals_list": [{"lead_id": self.mine.id, "kind": "call"}]},
            ),
            (
                "crm.routing.rule/create",
                {"vals_list": [{"name": "x", "method": "round_robin"}]},
            ),
            ("crm.insight/get_board", {"user_id": self.user_colleague.id}),
            (
                "crm.insight.people/get_list",
                {"what": "leads", "user_id": self.user_colleague.id},
            ),
        ):
            with self.subTest(path=path, values=values):
                self._refused(self._post(self.user_seller, path, **values), ACCESS)
        self.assertFalse(self.mine.lead_grade or self.mine.first_response_on)

    def test_events_of_a_colleague_s_lead(self):
        """Each is named in the answer, and none is recorded."""
        found = self._post(
            self.user_seller,
            "crm.touchpoint/record_events",
            events=[{"lead_id": self.foreign.id, "kind": "call"}],
        ).json()
        self.assertEqual((found["recorded"], len(found["errors"])), (0, 1))
        self.assertFalse(self.foreign.touchpoint_ids)

    def test_engines_have_no_door(self):
        """What begins with an underscore is nobody's to call."""
        for path in (
            "crm.routing.engine/_route",
            "crm.score.engine/_score",
            "crm.message.sender/_send",
            "crm.lead/_lead_store",
        ):
            self._refused(self._post(self.user_manager, path))

    def test_keys_of_the_context(self):
        """A12: what code says under its own keys, a client does not say through JSON."""
        context = {
            "crm_lead_management_routing": True,
            "crm_lead_management_skip": True,
            "crm_lead_management_engine": True,
            "crm_touchpoint_known": True,
        }
        answer = self._post(
            self.user_seller,
            "crm.lead/write",
            ids=self.mine.ids,
            vals={"lead_grade": 5},
            context=context,
        )
        self._refused(answer, ACCESS)

    def test_a_text_where_a_number_is_asked_for(self):
        """It ended as an error of the database: now it is a sentence."""
        for values in (
            {"what": "leads", "user_id": "1) OR 1=1"},
            {"what": "leads", "user_id": 10**30},
            {"what": ["leads"], "user_id": 1},
            {"what": "leads", "user_id": 1, "day": 5},
        ):
            with self.subTest(values=values):
                answer = self._post(
                    self.user_manager, "crm.insight.people/get_list", **values
                )
                self._refused(answer, USER)

    def test_the_portal_and_who_has_no_key(self):
        """Neither reads nor writes anything; what is no key is none."""
        for path, values in (
            ("crm.lead/search", {"domain": []}),
            ("crm.lead/write", {"ids": self.mine.ids, "vals": {"name": "x"}}),
            ("crm.touchpoint/record_events", {"events": []}),
            ("crm.message.template/search", {"domain": []}),
            ("crm.insight/get_board", {}),
            ("crm.intake.source/search", {"domain": []}),
        ):
            with self.subTest(path=path):
                self._refused(self._post(self.user_portal, path, **values), ACCESS)
        answer = self._post(None, "crm.lead/search", domain=[])
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(self.mine.name, "Mine")
