# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import hashlib
import hmac
import json

from odoo.tests import HttpCase, tagged

from .common import IntakeCommon

BODY = {"name": "Amal", "email": "amal@clinic.example", "message": "Price?"}


@tagged("post_install", "-at_install")
class TestIntakeWeb(IntakeCommon, HttpCase):
    """The address of a source, from outside."""

    def setUp(self):
        super().setUp()
        self.key = self.source.with_user(self.user_manager)._new_key()

    def _items(self):
        self.env.invalidate_all()
        return self.env["crm.intake.item"].search([("source_id", "=", self.source.id)])

    def _post(self, data=None, key=None, body=None, **headers):
        headers = {"Content-Type": "application/json", **headers}
        body = json.dumps(data or BODY) if body is None else body
        return self.url_open(
            f"/crm/intake/{key or self.key}", data=body, headers=headers
        )

    def test_json_is_kept(self):
        answer = self._post({**BODY, "external_ref": "A-1"})
        self.assertEqual(answer.status_code, 202)
        self.assertEqual(answer.json(), {"status": "accepted"})
        self.assertNotIn("Set-Cookie", answer.headers)
        item = self._items()
        self.assertEqual((item.external_ref, item.state), ("A-1", "received"))
        self.assertEqual(self._post({**BODY, "external_ref": "A-1"}).text, answer.text)
        self.assertEqual(len(self._items()), 1)
        self._run_job()
        self.assertEqual(self._items().lead_id.email_from, "amal@clinic.example")
        # Nobody is told that he is known.
        self.assertEqual(self._post({**BODY, "external_ref": "A-2"}).text, answer.text)

    def test_a_plain_form_is_kept(self):
        url = f"/crm/intake/{self.key}"
        answer = self.url_open(url, data={"name": "Öz", "email": "oz@x.example"})
        self.assertEqual(answer.status_code, 202)
        answer = self.url_open(
            url, data={"name": "Bo"}, headers={"Accept": "text/html"}
        )
        self.assertIn("Thank you", answer.text)
        self.source.thanks_url = "https://shop.example/thanks"
        answer = self.url_open(url, data={"name": "Li"}, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(answer.headers["Location"], "https://shop.example/thanks")
        self._run_job()
        self.assertEqual(
            set(self._items().lead_id.mapped("contact_name")), {"Öz", "Bo", "Li"}
        )

    def test_keys(self):
        self.assertEqual(self._post(key="wrong").status_code, 404)
        self.assertEqual(
            self.source.key_hash, hashlib.sha256(self.key.encode()).hexdigest()
        )
        self.assertNotIn(self.key, str(self.source.read()))
        new = self.source._new_key()
        self.assertEqual(self._post(key=new).status_code, 202)
        self.assertEqual(self._post().status_code, 202, "the old one works for a day")
        self.source.key_before_until = "2020-01-01"
        self.assertEqual(self._post().status_code, 410)
        self.source.with_user(self.user_manager).action_revoke_key()
        self.assertEqual(self._post(key=new).status_code, 410)
        self.key = self.source._new_key()
        self.assertEqual(self._post(key=new).status_code, 404, "revoked for good")
        self.source.active = False
        self.assertEqual(self._post().status_code, 410)

    def test_what_is_neither_json_nor_a_form_is_kept_as_failed(self):
        answer = self._post(body="<xml/>", **{"Content-Type": "text/xml"})
        self.assertEqual(answer.status_code, 415)
        item = self._items()
        self.assertEqual((item.state, item.payload), ("failed", "<xml/>"))
        self.assertIn("text/xml", item.reason)
        self.assertEqual(self._post(body='{"a": ').status_code, 415)
        deep = "[" * 30 + "1" + "]" * 30
        self.assertEqual(self._post(body=deep).status_code, 400)
        self.assertEqual(set(self._items().mapped("state")), {"failed"})
        self._run_job()
        self.assertFalse(self._items().lead_id)
        item.with_user(self.user_manager).action_make_lead()
        self.assertIn("xml", item.lead_id.description)

    def test_too_long(self):
        answer = self._post({"name": "x" * 262_145})
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self._items())

    def test_exactly_as_long_as_may_be(self):
        """6.6: 256 KB are kept whole; one byte more is refused, and nothing is stored."""
        frame = len(json.dumps({"name": "Amal", "message": ""}))
        for more, code in ((0, 202), (1, 413)):
            text = "x" * (262_144 - frame + more)
            body = json.dumps({"name": "Amal", "message": text})
            self.assertEqual(self._post(body=body).status_code, code)
        self.assertEqual(len(self._items().payload), 262_144)

    def test_a_form_with_a_file(self):
        """6.6: a file that comes along is told of by its name; a big one is refused."""
        url = f"/crm/intake/{self.key}"
        for size, code in ((1000, 202), (10 * 1024 * 1024, 413)):
            answer = self.opener.post(
                self.base_url() + url,
                data={"name": "Amal", "email": "amal@clinic.example"},
                files={"plan": ("plan.pdf", b"x" * size)},
                timeout=30,
            )
            self.assertEqual(answer.status_code, code)
        self._run_job()
        lead = self._items().lead_id
        self.assertIn("plan.pdf", str(lead.message_ids.mapped("body")))

    def test_too_many(self):
        self.source.limit_minute = 2
        codes = [self._post({"name": f"N{n}"}).status_code for n in range(4)]
        self.assertEqual(codes, [202, 202, 429, 429])
        answer = self._post({"name": "again"})
        self.assertEqual(answer.headers["Retry-After"], "60")
        items = self._items()
        self.assertEqual(len(items), 3, "what is turned away is counted, and not kept")
        self.assertIn("3 more", items[0].reason)

    def test_signatures(self):
        self.source.write({"signature": "hmac_sha256", "secret": "s3cret"})
        body = json.dumps({"name": "Şule 😀"}, ensure_ascii=False).encode()
        sign = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        self.assertEqual(self._post(body=body).status_code, 401)
        wrong = {"X-Hub-Signature-256": f"sha256={'0' * 64}"}
        self.assertEqual(self._post(body=body, **wrong).status_code, 401)
        self.assertFalse(self._items())
        right = {"X-Hub-Signature-256": f"sha256={sign}"}
        self.assertEqual(self._post(body=body, **right).status_code, 202)
        self.source.write({"signature": "basic", "secret": "shop:pass"})
        self.assertEqual(self._post().status_code, 401)
        basic = {"Authorization": "Basic c2hvcDpwYXNz"}
        self.assertEqual(self._post(**basic).status_code, 202)
        self.source.write({"signature": "google_key", "secret": "g"})
        self.assertEqual(self._post({**BODY, "google_key": "x"}).status_code, 401)
        self.assertEqual(self._post({**BODY, "google_key": "g"}).status_code, 202)
        self.source.secret = False
        self.assertEqual(self._post({**BODY, "google_key": ""}).status_code, 401)

    def test_sites(self):
        self.source.origins = "https://www.shop.example"
        url = f"/crm/intake/{self.key}"
        origin = {"Origin": "https://www.shop.example"}
        answer = self.url_open(url, method="OPTIONS", headers=origin)
        self.assertEqual(answer.status_code, 204)
        allowed = answer.headers["Access-Control-Allow-Origin"]
        self.assertEqual(allowed, "https://www.shop.example")
        self.assertEqual(self._post(**origin).status_code, 202)
        foreign = {"Origin": "https://evil.example"}
        answer = self.url_open(url, method="OPTIONS", headers=foreign)
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        self.assertEqual(self._post(**foreign).status_code, 401)

    def test_robots(self):
        self.source.min_seconds = 3
        self.assertEqual(
            self._post({**BODY, "website_url_confirm": "x"}).status_code, 202
        )
        self.assertEqual(self._items().state, "ignored")
        self.assertIn("robot", self._items().reason)
        self.assertEqual(
            self._post({**BODY, "crm_started": "99999999999999"}).status_code, 202
        )
        self.assertEqual(self._items()[0].state, "received")

    def test_markup_and_odd_signs(self):
        evil = "<img src=x onerror=alert(1)>\"'; DROP TABLE x; {{ 7*7 }} \x00"
        answer = self._post(
            {"name": evil, "email": "e@x.example", "Frage": evil, "message": evil}
        )
        self.assertEqual(answer.status_code, 202)
        self._run_job()
        lead = self._items().lead_id
        self.assertNotIn("<img", lead.contact_name + lead.request_note)
        self.assertNotIn("<img", str(lead.message_ids.mapped("body")))

    def test_get_and_email_sources(self):
        url = f"/crm/intake/{self.key}"
        self.assertEqual(self.url_open(url).status_code, 405)
        self.source.verify_token = "agreed"
        query = "hub.mode=subscribe&hub.challenge=42&hub.verify_token"
        self.assertEqual(self.url_open(f"{url}?{query}=agreed").text, "42")
        self.assertEqual(self.url_open(f"{url}?{query}=other").status_code, 401)
        mails = self._make_source("email", sender="@portal.example")
        self.assertEqual(self._post(key=mails._new_key()).status_code, 404)
