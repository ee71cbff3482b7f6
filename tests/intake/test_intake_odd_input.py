# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import io
import json
import zipfile

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .common import IntakeCommon


@tagged("post_install", "-at_install")
class TestIntakeOddWeb(IntakeCommon, HttpCase):
    """next.md 6.6, further inputs of its kinds: whatever knocks is kept, and no door breaks."""

    def setUp(self):
        super().setUp()
        self.key = self.source.with_user(self.user_manager)._new_key()

    def _post(self, body, kind="application/json"):
        answer = self.url_open(
            f"/crm/intake/{self.key}", data=body, headers={"Content-Type": kind}
        )
        self.env.invalidate_all()
        items = self.env["crm.intake.item"].search([("source_id", "=", self.source.id)])
        return answer.status_code, items[:1]

    def _leads(self):
        self._run_job()
        items = self.env["crm.intake.item"].search([("source_id", "=", self.source.id)])
        return items.lead_id

    def test_half_a_sign(self):
        """JSON may name half of a pair of signs: no database takes it."""
        status, _item = self._post('{"name": "Bo \\ud800 Li", "email": "bo@x.example"}')
        self.assertEqual(status, 202)
        self.assertEqual(self._leads().email_from, "bo@x.example")

    def test_a_start_that_is_no_number(self):
        self.source.min_seconds = 3
        for started in ("²", "9" * 5000, "-1", "1e9", "٣"):
            with self.subTest(started=started[:5]):
                data = {"name": "Bo", "email": "bo@x.example", "crm_started": started}
                status, _item = self._post(json.dumps({**data, "n": started[:5]}))
                self.assertEqual(status, 202)

    def test_more_fields_than_any_form_has(self):
        body = "&".join(f"f{number}=x" for number in range(1500))
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            with self.subTest(kind=kind):
                status, _item = self._post(body, kind)
                self.assertIn(status, (202, 413, 415))

    def test_numbers_of_the_sender_that_are_none(self):
        for ref in ({"a": 1}, ["x", "y"], True, 12, 1.5, "r" * 5000, "\x00", " "):
            with self.subTest(ref=str(ref)[:20]):
                data = {
                    "name": "Bo",
                    "email": f"bo{abs(hash(str(ref)))}@x.example",
                    "external_ref": ref,
                }
                status, item = self._post(json.dumps(data))
                self.assertEqual(status, 202)
                self.assertEqual(item.state, "received")
        self.assertEqual(len(self._leads()), 8)

    def test_signs_and_sets_of_signs_that_nobody_knows(self):
        raw = b'{"name": "Fran\xe7ois", "email": "fr@x.example"}'
        status, _item = self._post(raw)
        self.assertEqual(status, 202)
        status, _item = self._post(raw, "application/json; charset=no-such-thing")
        self.assertIn(status, (202, 415))
        self.assertEqual(self._leads().email_normalized, "fr@x.example")

    def test_what_is_json_but_no_entry(self):
        for body in ("[]", "{}", "null", "12", '"Hello"', "[1, [2]]", '{"": ""}'):
            with self.subTest(body=body):
                status, _item = self._post(body)
                self.assertIn(status, (202, 415))
        status, _item = self._post('{"n": ' + "1" * 5000 + "}")
        self.assertIn(status, (202, 415))
        self._run_job()


@tagged("post_install", "-at_install")
class TestIntakeOddValues(IntakeCommon):
    """Values of kinds that nobody expects in a field: told or left out, and a lead all the same."""

    def _lead(self, **data):
        item = self._bring({"name": "Odd One", "email": "odd@x.example", **data})
        self.assertIn(item.state, ("done", "check"), item.reason)
        return item.lead_id

    def test_things_in_the_place_of_words(self):
        for number, value in enumerate(
            ({"first": "Bo"}, ["Bo", "Li"], True, 7, None, [], {}, [[["x"]]])
        ):
            with self.subTest(value=value):
                lead = self._lead(name=value, email=f"w{number}@x.example")
                self.assertEqual(lead.email_normalized, f"w{number}@x.example")

    def test_amounts_and_dates_beyond_all_bounds(self):
        self.source.mapping_ids = [
            (0, 0, {"path": path, "target": target})
            for path, target in (
                ("name", "contact_name"),
                ("email", "email_from"),
                ("born", "birthdate"),
                ("budget", "expected_revenue"),
                ("size", "company_size"),
            )
        ]
        for number, (budget, born, size) in enumerate(
            (
                ("NaN", "0000-00-00", "-5"),
                ("1e309", "9999-12-32", "99999999999999"),
                ("-inf", "10000-01-01", "1e3"),
                ("-1.000,50", "01/01/1850", "-1-10"),
                ("١٬٢٣٤٫٥", "٢٠٠٠-٠١-٠١", "٥٠"),
                ("1.2.3,4,5", "1990-02-30T25:61:61Z", "12-"),
                ("9" * 400, "9" * 400, "9" * 400),
            )
        ):
            with self.subTest(budget=budget[:9]):
                lead = self._lead(
                    email=f"a{number}@x.example", budget=budget, born=born, size=size
                )
                self.assertTrue(0 <= lead.expected_revenue < 1e15)
                self.assertGreaterEqual(lead.company_size, 0)
                lead.flush_recordset()

    def test_addresses_and_numbers_that_are_several_or_none(self):
        for email, phone in (
            ("a@x.example, b@x.example; c@x.example", "+966501234567 / +966501234568"),
            ("mailto:d@x.example", "tel:+966501234569"),
            ("@", "+"),
            ("e@", "0" * 60),
            ("f@x.example" * 400, "٠٥٠١٢٣٤٥٧٠"),
            ("‮g@x.example", "​+966501234571​"),
        ):
            with self.subTest(email=email[:12]):
                lead = self._lead(name=f"N {email[:5]}", email=email, phone=phone)
                self.assertTrue(lead)
                lead.flush_recordset()

    def test_a_name_of_a_hundred_thousand_signs(self):
        lead = self._lead(name="x" * 100_000, email="long@x.example")
        self.assertEqual(lead.email_normalized, "long@x.example")
        self.assertLess(len(lead.name), 1000)


@tagged("post_install", "-at_install")
class TestIntakeOddFiles(IntakeCommon):
    """Files that are none, or that no program would write."""

    def _file(self, raw, name="list.csv"):
        raw = raw.encode() if isinstance(raw, str) else raw
        files = self.env["crm.intake.file"].with_user(self.user_manager)
        file = files.create({"name": name, "data": base64.b64encode(raw)})
        file.action_read()
        return file

    def _imported(self, raw):
        file = self._file(raw)
        file.action_import()
        self.engine._process(file.sudo().item_ids)
        return file.sudo().item_ids.lead_id

    def test_rows_of_all_lengths(self):
        leads = self._imported(
            "Name,Email,Phone\nBo,\nLi,li@x.example\nAnn,ann@x.example,+966501234561,more,more\n"
        )
        self.assertEqual(
            set(leads.mapped("contact_name")) - {False}, {"Bo", "Li", "Ann"}
        )

    def test_a_quote_that_nobody_closes(self):
        leads = self._imported('Name,Email\nBo,bo@x.example\n"Li,li@x.example\n')
        self.assertIn("bo@x.example", leads.mapped("email_normalized"))

    def test_a_cell_longer_than_all_others(self):
        leads = self._imported(f"Name,Email,Note\nBo,bo@x.example,{'x' * 200_000}\n")
        self.assertEqual(leads.email_normalized, "bo@x.example")

    def test_signs_of_no_text(self):
        leads = self._imported("Name,Email\nB\x00o,bo@x.example\n")
        self.assertEqual(leads.contact_name, "Bo")

    def test_two_thousand_columns(self):
        names = ",".join(f"c{number}" for number in range(2000))
        leads = self._imported(f"Email,{names}\nbo@x.example,{'x,' * 1999}x\n")
        self.assertEqual(leads.email_normalized, "bo@x.example")

    def test_books_that_are_none(self):
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("hello.txt", "Hello")
        for raw in (b"PK\x03\x04 torn", empty.getvalue(), b"\xd0\xcf\x11\xe0 old", b""):
            with self.subTest(raw=raw[:6]), self.assertRaises(UserError):
                self._file(raw, "list.xlsx")
