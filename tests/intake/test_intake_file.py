# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import io
from itertools import count

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import IntakeCommon
from .samples import DATA, SAMPLES, needs_files

ROWS = """Name;E-posta;Telefon;Firma;Not
AMAL HADDAD;amal@clinic.example;+966501234567;Haddad;
Lena Roth;lena@roth.example;;;"12"" pipe"
Amal Haddad;AMAL@clinic.example;;;again
Omar Said;;+966501234567;;
;;;;only words
"""

HELLO = "Hello"


@tagged("post_install", "-at_install")
class TestIntakeFile(IntakeCommon):
    """Lists of leads: tried before, imported once, taken back as a whole."""

    def _file(self, raw, name="list.csv", source=None):
        raw = raw.encode() if isinstance(raw, str) else raw
        files = self.env["crm.intake.file"].with_user(self.user_manager)
        file = files.create({"name": name, "data": base64.b64encode(raw)})
        if source:
            file.source_id = source
        file.action_read()
        return file

    def _import(self, file):
        file.action_import()
        self.engine._process(file.sudo().item_ids)
        file.action_refresh()
        file.invalidate_recordset()

    def _map(self, file):
        return {line.path: line.target for line in file.mapping_ids}

    def _leads(self):
        return self.env["crm.lead"].with_context(active_test=False).search_count([])

    def test_a_list_is_read_tried_imported_and_taken_back(self):
        file = self._file(ROWS)
        self.assertEqual(
            self._map(file),
            {
                "Name": "contact_name",
                "E-posta": "email_from",
                "Telefon": "phone",
                "Firma": "partner_name",
            },
        )
        file.mapping_ids = [(0, 0, {"path": "Not", "target": "request_note"})]
        before = self._leads()
        file.action_dry_run()
        self.assertEqual(self._leads(), before)
        self.assertFalse(file.item_ids)
        dry = {name: file.dry[name] for name in ("new", "joined", "check", "refused")}
        self.assertEqual(dry, {"new": 3, "joined": 1, "check": 1, "refused": 0})
        self.assertIn("names differ", file.dry_shown)
        self._import(file)
        self.assertEqual(file.state, "done")
        found = (
            file.done_count,
            file.joined_count,
            file.check_count,
            file.failed_count,
        )
        self.assertEqual(found, (3, 1, 1, 0), "what was said before")
        again = self._file(ROWS, source=file.source_id)
        again.action_dry_run()
        self.assertEqual(again.dry["known"], 5)
        self._import(again)
        self.assertEqual((again.known_count, self._leads()), (5, before + 4))
        file.action_undo()
        self.assertEqual(self._leads(), before)
        self.assertEqual(file.state, "undone")
        self._import(file)
        self.assertEqual(self._leads(), before + 4, "it can be imported again")

    def test_taking_back_leaves_what_people_worked_with(self):
        mine = self._make_lead(email_from="amal@clinic.example", contact_name="Amal")
        file = self._file(ROWS)
        self._import(file)
        self.assertEqual(mine.partner_name, "Haddad")
        lena = self.env["crm.lead"].search([("contact_name", "=", "Lena Roth")])
        lena.with_user(self.user_seller).message_post(
            body=HELLO, message_type="comment"
        )
        file.action_undo()
        self.assertTrue(lena.exists())
        self.assertTrue(mine.exists())
        self.assertFalse(mine.partner_name, "what was filled in is taken out")
        self.assertFalse(mine.touchpoint_ids)

    def test_an_excel_file(self):
        from openpyxl import Workbook

        book = Workbook()
        book.active.append(["Full Name", "Email", "Employees"])
        book.active.append(["Çağla Şen", "cagla@x.example", 51])
        out = io.BytesIO()
        book.save(out)
        file = self._file(out.getvalue(), "list.xlsx")
        self._import(file)
        lead = file.item_ids.lead_id
        self.assertEqual((lead.contact_name, lead.company_size), ("Çağla Şen", 51))

    def test_files_that_cannot_be_read(self):
        for raw in (b"", b"Name,Email\n", b"PK\x03\x04", b"\x00\x01\x02"):
            with self.assertRaises(UserError):
                self._file(raw)

    def test_only_managers_import(self):
        file = self._file(ROWS)
        for user in (self.user_seller, self.user_all):
            with self.assertRaises(AccessError):
                file.with_user(user).action_import()
        self._import(file)
        with self.assertRaises(UserError):
            file.action_import()

    def test_statements_do_not_grow_with_rows(self):
        numbers = count()

        def run(size):
            lines = [
                f"P {n},p{n}@x.example" for n in (next(numbers) for _x in range(size))
            ]
            file = self._file("\n".join(["Name,Email", *lines]), source=self.files)
            return lambda: file.action_dry_run() and file.action_import()

        self.files = self._make_source("file")
        self.assertSameQueryCount(run, 10, 100)

    # === FILES OF OTHERS === #

    @needs_files
    def test_fifty_three_rows_are_fifty_three_people(self):
        """None is joined on the phone alone."""
        self.company.country_id = self.env.ref("base.us")
        file = self._file((DATA / "messy_contacts" / "messy_leads.csv").read_bytes())
        file.action_dry_run()
        before = self._leads()
        self._import(file)
        self.assertEqual(len(file.item_ids.lead_id), 53)
        self.assertEqual(self._leads(), before + 53)
        self.assertFalse(file.joined_count)
        self.assertEqual(file.dry["new"], file.done_count)
        self.assertEqual(file.dry["check"], file.check_count)
        moore = file.item_ids.lead_id.filtered(
            lambda one: "oore" in (one.contact_name or "")
        )
        self.assertEqual(moore.contact_name, "Daniel Moore")
        self.assertEqual(moore.email_normalized, "daniel.moore@example.com")
        chen = file.item_ids.lead_id.filtered(
            lambda one: "Chen" in (one.contact_name or "")
        )
        self.assertEqual(
            (chen.contact_name, chen.phone_sanitized), ("Wei Chen", "+8613800138000")
        )

    @needs_files
    def test_exports_of_other_systems(self):
        expected = {
            "facebook_lead_ads.csv": (
                3,
                2,
                "MEHMET AYDIN",
                "invented.person.0001@hotmail.com.tr",
                "+905320001122",
            ),
            "hubspot_contacts.csv": (
                1,
                1,
                "Ana Silva",
                "ana@loja-x.pt",
                "+351210001122",
            ),
            "linkedin_lead_gen.csv": (
                1,
                1,
                "Jürgen Müller",
                "j.mueller@firma-x.de",
                None,
            ),
            "salesforce_leads_cp1252.csv": (
                1,
                1,
                "René Gruyère",
                "rene@elan-x.ch",
                None,
            ),
            "pipedrive_leads.csv": (
                1,
                1,
                "Bob Stone",
                "bob@stone-x.test",
                "+905320001155",
            ),
            "zoho_leads.csv": (1, 1, "Bob Stone", "bob@stone-x.test", "+905320001144"),
        }
        for name, (rows, leads, who, email, phone) in expected.items():
            with self.subTest(name):
                raw = (SAMPLES / name).read_bytes()
                file = self._file(raw, name)
                self._import(file)
                self.assertEqual(file.row_count, rows)
                self.assertEqual(len(file.item_ids.lead_id), leads)
                lead = file.item_ids.lead_id.sorted("id")[0]
                self.assertEqual(
                    (lead.contact_name, lead.email_normalized), (who, email)
                )
                if phone:
                    self.assertEqual(lead.phone_sanitized, phone)
                self.assertFalse(lead.name.startswith(name))
                before = self._leads()
                self._import(self._file(raw, name, file.source_id))
                self.assertEqual(self._leads(), before, "twice does no harm")
                lead.unlink()
