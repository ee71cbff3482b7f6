# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import csv
import logging
import os
import unittest
from pathlib import Path

from odoo.tests import tagged

from .common import PersonaCommon

_logger = logging.getLogger(__name__)

# Custom field, its type, its column in the file. "Select" is a drop-down left alone: empty.
COLUMNS = (
    ("x_edu_origin", "char", "Lead Origin"),
    ("x_edu_occupation", "char", "What is your current occupation"),
    ("x_edu_specialization", "char", "Specialization"),
    ("x_edu_visits", "float", "TotalVisits"),
    ("x_edu_minutes", "integer", "Total Time Spent on Website"),
)
SEGMENTS = {
    "Form": (
        "[('x_edu_origin', '=', 'Lead Add Form')]",
        "x_edu_origin = 'Lead Add Form'",
    ),
    "Busy": (
        "[('x_edu_visits', '>=', 5), ('x_edu_minutes', '>', 600)]",
        "x_edu_visits >= 5 AND x_edu_minutes > 600",
    ),
    "Health or banking": (
        "['|', ('x_edu_specialization', 'ilike', 'health'),"
        " ('x_edu_specialization', 'ilike', 'banking')]",
        "x_edu_specialization ILIKE '%health%' OR x_edu_specialization ILIKE '%banking%'",
    ),
    "Unknown occupation": (
        "[('x_edu_occupation', '=', False)]",
        "COALESCE(x_edu_occupation, '') = ''",
    ),
    "Not landing page": (
        "[('x_edu_origin', '!=', 'Landing Page Submission')]",
        "x_edu_origin IS DISTINCT FROM 'Landing Page Submission'",
    ),
}
# Criteria as (weight, domain, SQL), and the match from which on a lead is the persona.
PERSONAS = {
    "Working professional": (
        60,
        (
            (
                3,
                "[('x_edu_occupation', '=', 'Working Professional')]",
                "x_edu_occupation = 'Working Professional'",
            ),
            (1, "[('x_edu_minutes', '>', 300)]", "x_edu_minutes > 300"),
            (
                1,
                "[('x_edu_specialization', '!=', False)]",
                "x_edu_specialization <> ''",
            ),
        ),
    ),
    "Job seeker": (
        50,
        (
            (
                2,
                "[('x_edu_occupation', 'in', ['Unemployed', 'Student'])]",
                "x_edu_occupation IN ('Unemployed', 'Student')",
            ),
            (1, "[('x_edu_visits', '>', 3)]", "x_edu_visits > 3"),
            (1, "[('x_edu_origin', '=', 'API')]", "x_edu_origin = 'API'"),
        ),
    ),
}


def _data_file():
    """Return the file of the data set, or None: it is no part of the repository."""
    root = Path(__file__).resolve().parents[2]
    given = os.environ.get("CRM_LEAD_DATA")
    folders = [Path(given)] if given else [root.parent / "shared" / "data"]
    return next(
        (
            file
            for folder in folders
            if (file := folder / "x_education" / "leads.csv").is_file()
        ),
        None,
    )


@tagged("post_install", "-at_install", "real_data")
class TestPersonaRealData(PersonaCommon):
    """Personas and segments on custom fields, on 6,468 real leads, against plain SQL."""

    @classmethod
    def setUpClass(cls):
        file = _data_file()
        if not file:
            _logger.warning(
                "SKIPPED: no real data; set CRM_LEAD_DATA to the folder that has it"
            )
            raise unittest.SkipTest("the data set x_education is not here")
        super().setUpClass()
        cls.env["ir.model.fields"].create(
            [
                {
                    "name": name,
                    "ttype": kind,
                    "model_id": cls.env["ir.model"]._get_id("crm.lead"),
                    "field_description": column,
                }
                for name, kind, column in COLUMNS
            ]
        )
        cls.leads = cls._load(file)

    @classmethod
    def _load(cls, file):
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        convert = {
            "char": str,
            "float": float,
            "integer": lambda text: int(float(text)),
        }
        vals_list = []
        for row in rows:
            vals = {"name": f"X Education {row['Lead Number']}", "user_id": False}
            for name, kind, column in COLUMNS:
                text = row[column].strip()
                if text and text != "Select":
                    vals[name] = convert[kind](text)
            vals_list.append(vals)
        Lead = cls.env["crm.lead"].with_context(
            crm_lead_management_skip=True, mail_create_nolog=True
        )
        return Lead.create(vals_list)

    def test_counts_agree_with_sql(self):
        self.assertEqual(len(self.leads), 6468)
        # Each persona's match in percent, as anybody would write it by hand.
        matches = {}
        for rank, (name, (threshold, criteria)) in enumerate(PERSONAS.items()):
            self.env["crm.persona"].create(
                {
                    "name": name,
                    "threshold": threshold,
                    "sequence": rank,
                    "criterion_ids": [
                        (0, 0, {"name": domain, "domain": domain, "weight": weight})
                        for weight, domain, _sql in criteria
                    ],
                }
            )
            total = sum(weight for weight, _domain, _sql in criteria)
            points = " + ".join(
                f"CASE WHEN {sql} THEN {weight} ELSE 0 END"
                for weight, _domain, sql in criteria
            )
            matches[name] = (f"100.0 * ({points}) / {total}", threshold)
        segments = self.env["crm.segment"].create(
            [
                {"name": name, "domain": domain}
                for name, (domain, _sql) in SEGMENTS.items()
            ]
        )
        for start in range(0, len(self.leads), 1000):
            self.env["crm.persona.matcher"]._match(self.leads[start : start + 1000])
        self.env.flush_all()
        for segment in segments:
            ours = len(
                self.leads.filtered(lambda lead, s=segment: s in lead.segment_ids)
            )
            theirs = self._count(SEGMENTS[segment.name][1])
            _logger.info("segment %s: %s leads", segment.name, ours)
            self.assertEqual(ours, theirs, segment.name)
            self.assertGreater(ours, 0)
        (pro, from_pro), (seeker, from_seeker) = matches.values()
        expected = {
            "Working professional": f"{pro} >= {from_pro} AND NOT"
            f" COALESCE({seeker} >= {from_seeker} AND {seeker} > {pro}, FALSE)",
            "Job seeker": f"{seeker} >= {from_seeker} AND NOT"
            f" COALESCE({pro} >= {from_pro} AND {pro} >= {seeker}, FALSE)",
        }
        for persona in self.env["crm.persona"].search([("name", "in", list(PERSONAS))]):
            ours = len(
                self.leads.filtered(lambda lead, p=persona: lead.persona_id == p)
            )
            _logger.info("persona %s: %s leads", persona.name, ours)
            self.assertEqual(ours, self._count(expected[persona.name]), persona.name)
            self.assertGreater(ours, 0)

    def _count(self, condition):
        """Return how many of the leads meet a condition, asking the table alone."""
        condition = condition.replace("%", "%%")
        self.env.cr.execute(
            f"SELECT count(*) FROM crm_lead WHERE id = ANY(%s) AND ({condition})",  # noqa: S608
            [self.leads.ids],
        )
        return self.env.cr.fetchone()[0]
