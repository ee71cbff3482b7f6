# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import doctest
import importlib.util
import logging
import os
import tempfile
import unittest
from pathlib import Path

from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import mute_logger

DEV = Path(__file__).parents[1] / "dev"
_logger = logging.getLogger(__name__)


def _load_script():
    spec = importlib.util.spec_from_file_location(
        "crm_lead_load_data", DEV / "load_data.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


SCRIPT = _load_script()
ROWS, X_EDUCATION, MAVEN = (
    SCRIPT.part(DEV, name) for name in ("rows", "x_education", "maven_crm")
)

HEADER = ",".join(X_EDUCATION.COLUMNS)


def education_row(**cells):
    """Return one line of X Education's file; cells by the name of the column."""
    defaults = {
        name: {"yes_no": "No"}.get(getattr(column.convert, "__name__", ""), "")
        for name, column in X_EDUCATION.COLUMNS.items()
    }
    defaults |= {"Converted": "0", "Lead Number": "1", "Prospect ID": "a"}
    return ",".join((defaults | cells).values())


MAVEN_FILES = {
    "products.csv": "product,series,sales_price\nGTX Pro,GTX,4821\nMG Special,MG,55\n",
    "sales_teams.csv": (
        "sales_agent,manager,regional_office\n"
        "Ada Stone,Max Berg,North\nBen Wood,Max Berg,North\nCid Lake,Eve Hill,South\n"
    ),
    "accounts.csv": (
        "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
        "Alpha,technolgy,1996,1100.04,2822,United States,\n"
        "Beta,medical,1999,251.41,495,Philipines,Alpha\n"
    ),
    "sales_pipeline.csv": (
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "D1,Ada Stone,GTXPro,Alpha,Won,2016-10-20,2017-03-01,4700\n"
        "D2,Ben Wood,MG Special,Beta,Lost,2016-10-25,2017-03-11,0\n"
        "D3,Cid Lake,MG Special,,Engaging,2017-10-25,,\n"
        "D4,Cid Lake,GTX Pro,Beta,Prospecting,,,\n"
    ),
}


@tagged("post_install", "-at_install")
class TestLoadDataParsing(BaseCase):
    """The loader's reading of files, which needs no Odoo."""

    def _read(self, text, **columns):
        columns = columns or {"id": ROWS.required(ROWS.text), "n": ROWS.whole(0, 100)}
        content = text if isinstance(text, bytes) else text.encode()
        rows, complaints = ROWS.read(content, columns, unique=("id",))
        return [(line, tuple(v.values())) for line, v in rows], list(
            map(str, complaints)
        )

    def test_doctests(self):
        for name in ("rows", "x_education", "maven_crm", "table"):
            result = doctest.testmod(SCRIPT.part(DEV, name))
            self.assertFalse(result.failed, name)
            self.assertTrue(result.attempted, name)

    def test_good_rows_go_in_and_bad_ones_are_named(self):
        rows, complaints = self._read("id,n\na,1\nb,x\nc,1e9\nd,nan\n,5\ne,inf\nf,2\n")
        self.assertEqual(rows, [(2, ("a", 1)), (8, ("f", 2))])
        self.assertEqual(
            complaints,
            [
                "line 3: n: 'x' is not a number",
                "line 4: n: 1e9 is absurd: 0 to 100 was expected",
                "line 5: n: 'nan' is not a number",
                "line 6: id: empty",
                "line 7: n: inf is absurd: 0 to 100 was expected",
            ],
        )

    def test_all_that_is_wrong_with_a_row_is_said(self):
        _rows, complaints = self._read("id,n\n,x\n")
        self.assertEqual(complaints, ["line 2: id: empty; n: 'x' is not a number"])

    def test_repeated_id(self):
        rows, complaints = self._read("id,n\na,1\nb,1\na,2\n")
        self.assertEqual([line for line, _values in rows], [2, 3])
        self.assertEqual(complaints, ["line 4: id: 'a' again, first seen in line 2"])

    def test_missing_column(self):
        rows, complaints = self._read("id,m\na,1\n")
        self.assertFalse(rows)
        self.assertEqual(complaints, ["no column n: nothing of this file is loaded"])

    def test_empty_file(self):
        rows, complaints = self._read("")
        self.assertFalse(rows)
        self.assertIn("no column id, n", complaints[0])

    def test_too_few_and_too_many_cells(self):
        rows, complaints = self._read("id,n\na\nb,1,2\nc,3\n\n")
        self.assertEqual(rows, [(4, ("c", 3))])
        self.assertEqual(
            complaints,
            [
                "line 2: 1 cells, but the header has 2",
                "line 3: 3 cells, but the header has 2",
            ],
        )

    def test_wrong_encoding_costs_only_its_line(self):
        rows, complaints = self._read(
            "id,n\nä,1\n".encode() + "ö,2\n".encode("latin-1") + b"c,3\n"
        )
        self.assertEqual(rows, [(2, ("ä", 1)), (4, ("c", 3))])
        self.assertEqual(complaints, ["line 3: not written in UTF-8"])

    def test_marked_encodings(self):
        for encoding in ("utf-8-sig", "utf-16"):
            rows, complaints = self._read("id,n\nä,1\n".encode(encoding))
            self.assertEqual((rows, complaints), ([(2, ("ä", 1))], []), encoding)

    def test_open_quote_costs_only_its_line(self):
        rows, complaints = self._read(
            'id,n\n"a,1\n' + "".join(f"b{n},1\n" for n in range(20))
        )
        self.assertEqual(len(rows), 20)
        self.assertEqual(complaints, ["line 2: a quote is opened and never closed"])

    def test_quoted_cells_may_have_several_lines(self):
        rows, complaints = self._read('id,n\n"a\nb",1\nc,2\n')
        self.assertEqual((rows, complaints), ([(2, ("a\nb", 1)), (4, ("c", 2))], []))

    def test_select_and_empty_are_not_the_same(self):
        text = "\n".join(
            [
                HEADER,
                education_row(**{"Prospect ID": "a", "Specialization": "Select"}),
                education_row(
                    **{"Prospect ID": "b", "Lead Number": "2", "Specialization": ""}
                ),
            ]
        )
        leads, complaints = X_EDUCATION.parse(text.encode())
        self.assertFalse(complaints)
        self.assertEqual(leads[0]["custom"]["x_specialization"], "Select")
        self.assertNotIn("x_specialization", leads[1]["custom"])

    def test_select_is_no_number_and_no_yes(self):
        rows = [
            education_row(TotalVisits="Select"),
            education_row(**{"Do Not Email": "Select"}),
        ]
        leads, complaints = X_EDUCATION.parse("\n".join([HEADER, *rows]).encode())
        self.assertFalse(leads)
        self.assertEqual([complaint.line for complaint in complaints], [2, 3])

    def test_states_of_education(self):
        rows = [
            education_row(
                **{
                    "Prospect ID": f"p{n}",
                    "Lead Number": str(n),
                    "Converted": converted,
                }
            )
            for n, converted in ((1, "0"), (2, "1"), (3, "0"), (4, "0"), (5, "1"))
        ]
        leads, _complaints = X_EDUCATION.parse("\n".join([HEADER, *rows]).encode())
        states = [lead["state"] for lead in leads]
        self.assertEqual(states, ["lost", "won", "lost", "open", "won"])

    def _maven(self, **changed):
        files = {
            **MAVEN_FILES,
            **{f"{name}.csv": text for name, text in changed.items()},
        }
        company, complaints = MAVEN.parse(
            {name: text.encode() for name, text in files.items()}
        )
        return company, {
            name: list(map(str, found)) for name, found in complaints.items() if found
        }

    def test_maven_quirks_are_healed(self):
        company, complaints = self._maven()
        self.assertFalse(complaints)
        self.assertEqual(company.deals[0]["product"], "GTX Pro")
        self.assertEqual(company.accounts[0]["sector"], "technology")
        self.assertEqual(company.accounts[1]["office_location"], "Philippines")

    def test_maven_rows_that_point_nowhere(self):
        deals = MAVEN_FILES["sales_pipeline.csv"] + (
            "D5,Nobody,GTX Pro,,Engaging,,,\n"
            "D6,Ada Stone,Abacus,,Engaging,,,\n"
            "D7,Ada Stone,GTX Pro,Omega,Engaging,,,\n"
            "D8,Ada Stone,GTX Pro,Alpha,Won,2017-05-01,2017-01-01,5\n"
            "D9,Ada Stone,GTX Pro,Alpha,Won,2017-05-01,,\n"
            "D1,Ada Stone,GTX Pro,Alpha,Engaging,,,\n"
        )
        company, complaints = self._maven(sales_pipeline=deals)
        self.assertEqual(len(company.deals), 4)
        self.assertEqual(
            complaints["sales_pipeline.csv"],
            [
                "line 6: sales_agent: 'Nobody' is not in sales_teams.csv",
                "line 7: product: 'Abacus' is not in products.csv",
                "line 8: account: 'Omega' is not in accounts.csv",
                "line 9: close_date: 2017-01-01 is before engage_date 2017-05-01",
                "line 10: close_date: empty, but the deal is Won",
                "line 11: opportunity_id: 'D1' again, first seen in line 2",
            ],
        )

    def test_maven_circle_of_subsidiaries(self):
        accounts = MAVEN_FILES["accounts.csv"].replace(
            "United States,\n", "United States,Beta\n"
        )
        company, complaints = self._maven(accounts=accounts)
        self.assertEqual(len(complaints["accounts.csv"]), 2)
        self.assertFalse(company.accounts)


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
