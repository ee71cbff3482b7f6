# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
import random

from odoo.tests import tagged

from ...models.scoring.learning.facts import Facts
from ...tools import naive_bayes
from ...tools.discrimination import auc
from . import x_education
from .common import ScoringCommon

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestXEducation(ScoringCommon):
    """A scorecard learned from 70 % of real leads, and judged by the other 30 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = x_education.find()
        if not path:
            _logger.warning(
                "X Education data not found: a scorecard is not tried on real leads"
            )
            cls.skipTest(cls, "no data")
        cls.addClassCleanup(cls.registry.reset_changes)
        cls.leads = x_education.load(cls.env, path)
        ids = list(cls.leads.ids)
        random.Random(7).shuffle(ids)
        cut = round(0.7 * len(ids))
        cls.train, cls.judged = ids[:cut], ids[cut:]
        cls.leaking = [x_education.field_name(column) for column in x_education.LEAKING]

    def test_learned_rules_beat_naive_bayes(self):
        card = self.env["crm.scorecard"]._suggest(
            [("id", "in", self.train)], self.leaking
        )
        self.assertEqual(card.state, "draft")
        self.assertLessEqual(len(card.rule_ids), 35)
        self.assertTrue(all(rule.points == int(rule.points) for rule in card.rule_ids))
        read = {
            name
            for rule in card.rule_ids
            for name in self.leaking
            if name in rule.domain
        }
        self.assertFalse(read)

        judged = self.leads.browse(self.judged)
        won = [status == "won" for status in judged.mapped("won_status")]
        points = self.env["crm.score.engine"]._points(judged, card)
        area, error = auc([points[lead_id] for lead_id in judged.ids], won)
        odoo = self._naive_bayes(won)
        _logger.info(
            "X Education, 70/30: AUC %.3f (standard error %.3f) with %s rules; naive Bayes %.3f",
            area,
            error,
            len(card.rule_ids),
            odoo,
        )
        self.assertGreaterEqual(area, 0.90)
        self.assertGreater(area, odoo + 0.05)

        evaluation = card._evaluate([("id", "in", self.leads.ids)])
        self.assertEqual(
            evaluation.n, len(judged), "leads learned from must not be judged"
        )
        self.assertAlmostEqual(evaluation.auc, area, places=3)
        self.assertGreater(evaluation.capture, 0.4)
        rates = evaluation.grade_ids.mapped("won_rate")
        self.assertEqual(rates, sorted(rates, reverse=True))

        # every kind of learned rule matches exactly the leads that it was learned from
        train = self.leads.browse(self.train)
        matched = self.env["crm.scorecard.rule"]._rule_match(
            train, self.env["crm.scorecard.rule"]._scorecard_rows(card.id)
        )
        for rule in card.rule_ids:
            hits = sum(rule.id in found for found in matched.values())
            self.assertIn(f"{hits} of the leads", rule.note, rule.name)

        # live, the explanation of each lead of all sums to its points
        card.state = "live"
        scored = self.env["crm.score.engine"]._score(self.leads)
        self.assertEqual(scored, len(self.leads))
        self.assertExplained(self.leads)

    def test_leaking_facts_are_left_out_or_named(self):
        card = self.env["crm.scorecard"]._suggest([("id", "in", self.train)])
        used = {
            name
            for rule in card.rule_ids
            for name in self.leaking
            if name in rule.domain
        }
        self.assertNotIn(x_education.field_name("Tags"), used)
        self.assertIn("Tags", card.description)

    def _naive_bayes(self, won):
        facts = Facts(self.env)
        names = [n for n in facts.candidates(self.leaking) if n.startswith("x_")]
        names = [n for n in names if self.leads._fields[n].type == "char"]

        def values(ids):
            read = facts.read(self.leads.browse(ids), names)
            return {key: column for key, (_kind, column) in read.items()}

        train_won = [
            s == "won" for s in self.leads.browse(self.train).mapped("won_status")
        ]
        counts = naive_bayes.frequencies(values(self.train), train_won)
        return auc(naive_bayes.probabilities(counts, values(self.judged)), won)[0]
