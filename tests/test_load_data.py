# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
import os
import tempfile
import unittest
from pathlib import Path

from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import mute_logger

from .test_load_data_rows import (
    DEV,
    HEADER,
    MAVEN,
    MAVEN_FILES,
    SCRIPT,
    X_EDUCATION,
    education_row,
)

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestLoadData(TransactionCase):
    """The loader on a database, with made-up data."""

    def setUp(self):
        super().setUp()
        # Custom fields change the registry, which no savepoint brings back.
        self.addCleanup(self.registry.reset_changes)
        self.addCleanup(self.registry.clear_all_caches)
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def _write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def _run(self):
        said = []
        with mute_logger("odoo.addons.base.models.ir_model"):
            shown = SCRIPT.part(DEV, "run").load(
                self.env, self.folder, commit=self.env.flush_all, say=said.append
            )
        return shown, said

    def _records(self, model, *keys):
        records = self.env[model].with_context(active_test=False)
        for key in keys:
            records |= self.env.ref(f"crm_lead_data.{key}")
        return records

    def _load_maven(self):
        for name, text in MAVEN_FILES.items():
            self._write(f"maven_crm/{name}", text)
        return self._run()

    def _load_education(self):
        rows = [
            education_row(
                **{
                    "Prospect ID": f"p{n}",
                    "Lead Number": str(n),
                    "Converted": converted,
                    "TotalVisits": "3",
                    "Lead Source": "google",
                    "Country": "India",
                    "Tags": "Ringing",
                    "Do Not Email": "Yes" if n == 1 else "No",
                }
            )
            for n, converted in ((1, "0"), (2, "1"), (3, "0"), (4, "0"))
        ]
        broken = education_row(TotalVisits="many")
        self._write("x_education/leads.csv", "\n".join([HEADER, *rows, broken]))
        return self._run()

    def test_education(self):
        shown, said = self._load_education()
        self.assertIn(
            "x_education/leads.csv: line 6: TotalVisits: 'many' is not a number", said
        )
        lost, won, lost_2, still_open = leads = self._records(
            "crm.lead", *(f"x_education_{n}" for n in (1, 2, 3, 4))
        )
        self.assertEqual(
            (lost | won | still_open).mapped("won_status"), ["lost", "won", "pending"]
        )
        self.assertEqual(lost_2.lost_reason_id.name, "Cannot be reached")
        self.assertEqual(set(leads.mapped("x_total_visits")), {3})
        self.assertEqual(leads.source_id.name, "Google")
        self.assertEqual(leads.country_id.code, "IN")
        self.assertTrue(all(leads.mapped("lead_grade")))
        self.assertEqual(len(leads.user_id), 4, "each of the counsellors in turn")
        self.assertTrue(lost.is_blacklisted)
        self.assertIn("rows left out", shown)

    def test_maven(self):
        _shown, said = self._load_maven()
        self.assertFalse([line for line in said if "line" in line])
        won, lost, open_1, open_2 = self._records(
            "crm.lead", *(f"maven_deal_d{n}" for n in (1, 2, 3, 4))
        )
        self.assertEqual((won.won_status, won.expected_revenue), ("won", 4700))
        self.assertEqual(str(won.date_closed), "2017-03-01 00:00:00")
        self.assertEqual(str(won.create_date), "2016-10-20 00:00:00")
        self.assertEqual(won.day_close, 132)
        self.assertEqual((lost.won_status, lost.expected_revenue), ("lost", 55))
        self.assertEqual(str(lost.date_closed), "2017-03-11 00:00:00")
        self.assertEqual((open_1 | open_2).mapped("won_status"), ["pending", "pending"])
        self.assertFalse((open_1 | open_2).filtered("date_closed"))
        self.assertEqual(open_2.partner_id.parent_id.name, "Alpha")
        self.assertEqual(won.user_id.name, "Ada Stone")
        self.assertEqual(won.team_id.user_id.name, "Max Berg")
        self.assertEqual(won.product_ids.name, "GTX Pro")
        self.assertEqual(won.company_size, 2822)

    def test_nobody_can_log_in_and_nothing_is_sent(self):
        mails = self.env["mail.mail"].search_count([])
        self._load_maven()
        self._load_education()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        users = self._records(
            "res.users", "maven_agent_ada_stone", "x_education_leader"
        )
        self.env.cr.execute(
            "SELECT count(*) FROM res_users WHERE id = ANY(%s) AND password IS NOT NULL",
            [users.ids],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertEqual(set(users.mapped("notification_type")), {"inbox"})

    def test_nothing_twice(self):
        self._load_maven()
        self._load_education()
        models = (
            "crm.lead",
            "res.users",
            "res.partner",
            "crm.team",
            "crm.persona",
            "utm.source",
        )
        counts = [
            self.env[m].with_context(active_test=False).search_count([]) for m in models
        ]
        shown, _said = self._load_maven()
        again = [
            self.env[m].with_context(active_test=False).search_count([]) for m in models
        ]
        self.assertEqual(again, counts)
        self.assertRegex(shown, r"loaded by this run +0 +0 +0\n")

    def test_folder_of_the_data(self):
        root = self.folder / "repository"
        root.mkdir()
        self.patch(
            os, "environ", {**os.environ, "CRM_LEAD_DATA": str(self.folder / "absent")}
        )
        self.assertIsNone(SCRIPT.data_folder(root))
        os.environ.pop("CRM_LEAD_DATA")
        self.assertIsNone(SCRIPT.data_folder(root))
        (self.folder / "shared" / "data").mkdir(parents=True)
        self.assertEqual(SCRIPT.data_folder(root), self.folder / "shared" / "data")

    def test_nothing_to_load(self):
        shown, said = self._run()
        self.assertEqual(shown, "Nothing to load.")
        self.assertEqual(len(said), 2)


@tagged("post_install", "-at_install")
class TestRealData(BaseCase):
    """The real files, where they are."""

    def setUp(self):
        super().setUp()
        self.folder = SCRIPT.data_folder(DEV.parent.resolve())
        if not self.folder:
            _logger.warning(
                "SKIPPED: no real data; set CRM_LEAD_DATA to the folder that has it"
            )
            raise unittest.SkipTest("no real data")

    def test_every_row_of_education_is_good(self):
        leads, complaints = X_EDUCATION.parse(
            (self.folder / "x_education" / X_EDUCATION.FILE).read_bytes()
        )
        self.assertFalse(complaints)
        states = [lead["state"] for lead in leads]
        self.assertEqual(len(leads), 6468)
        self.assertEqual(states.count("won"), 2471)
        self.assertGreater(states.count("open"), 900)

    def test_every_row_of_maven_is_good(self):
        company, complaints = MAVEN.parse(
            {
                name: (self.folder / "maven_crm" / name).read_bytes()
                for name in MAVEN.FILES
            }
        )
        self.assertFalse(any(complaints.values()))
        self.assertEqual([len(rows) for rows in company], [7, 35, 85, 8800])
