# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import csv
import logging
import random

from odoo.exceptions import UserError
from odoo.tests import tagged

from . import maven_crm, x_education
from .common import ScoringCommon

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestRealData(ScoringCommon):
    """What is learned from real leads: no serial number, no amount of the close."""

    def _path(self):
        path = x_education.find()
        if not path:
            _logger.warning("Real data not found: nothing is learned from them")
            self.skipTest("no data")
        return path

    def _learned(self, leads, excluded=()):
        """Return a card learned from 70 % of leads, and how it does on the others."""
        ids = list(leads.ids)
        random.Random(7).shuffle(ids)
        cut = round(0.7 * len(ids))
        card = self.env["crm.scorecard"]._suggest([("id", "in", ids[:cut])], excluded)
        judged = card._evaluate([("id", "in", leads.ids)])
        _logger.info(
            "%s leads: AUC %.3f (%.3f to %.3f) with %s rules; Odoo %.3f. %s | %s",
            judged.n,
            judged.auc,
            judged.auc_low,
            judged.auc_high,
            len(card.rule_ids),
            judged.auc_odoo,
            card.description.replace("\n", " "),
            judged.warning,
        )
        return card, judged

    def test_x_education(self):
        """Fault 3: the serial number of the leads is refused, and is not missed."""
        path = self._path()
        self.addCleanup(self.registry.reset_changes)
        leads = x_education.load(self.env, path)
        with open(path, encoding="utf-8-sig", newline="") as file:
            numbers = [int(row["Lead Number"]) for row in csv.DictReader(file)]
        self.env.cr.execute(
            "UPDATE crm_lead SET company_size = number FROM unnest(%s, %s) AS t(id, number)"
            " WHERE crm_lead.id = t.id",
            [leads.ids, numbers],
        )
        self.env.invalidate_all()
        leaking = [x_education.field_name(column) for column in x_education.LEAKING]
        card, judged = self._learned(leads, leaking)
        read = " ".join(card.rule_ids.mapped("domain"))
        self.assertNotIn("company_size", read)
        self.assertIn("Employees", card.description)
        self.assertLessEqual(len(card.rule_ids), 35)
        self.assertGreaterEqual(judged.auc, 0.90)
        self.assertGreater(judged.auc, judged.auc_odoo)

    def test_maven_crm(self):
        """Fault 3: the amount of the deal is refused; the rest of these data tells little."""
        folder = self._path().parents[1] / "maven_crm"
        leads = maven_crm.load(self.env, folder)
        card = self.env["crm.scorecard"]
        try:
            card, judged = self._learned(leads)
        except UserError as error:
            self.assertIn("Nothing that is known", str(error))
            self.assertIn("Expected Revenue", str(error))
            _logger.info("maven_crm: %s", error)
            return
        self.assertNotIn("expected_revenue", " ".join(card.rule_ids.mapped("domain")))
        if judged.auc_odoo > max(judged.auc, 0.5):
            self.assertIn("Odoo's own", judged.verdict)
