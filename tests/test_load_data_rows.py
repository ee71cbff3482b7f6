# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import doctest
import importlib.util
from pathlib import Path

from odoo.tests import BaseCase, tagged

DEV = Path(__file__).parents[1] / "dev"


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
