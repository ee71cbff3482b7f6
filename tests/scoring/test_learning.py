# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestLearning(ScoringCommon):
    """Scorecards learned from closed leads, and judged by others."""

    def _closed(self, count, won, **values):
        """Create closed leads straight in the table, ``won`` of them won."""
        leads = self._make_leads(count, **values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET active = (id = ANY(%s)), won_status = CASE WHEN id = ANY(%s)"
            " THEN 'won' ELSE 'lost' END WHERE id = ANY(%s)",
            (leads[:won].ids, leads[:won].ids, leads.ids),
        )
        self.env.invalidate_all()
        return leads.with_context(active_test=False)

    def _history(self):
        """Create 200 closed leads: big ones are won, others mostly lost."""
        return self._closed(100, 80, company_size=500, city="A") | self._closed(
            100, 10, company_size=5, city="B", website="x.example.com"
        )

    def _suggest(self, leads, *excluded, **options):
        Scorecard = self.env["crm.scorecard"]
        return Scorecard._suggest([("id", "in", leads.ids)], excluded, **options)

    def test_suggest(self):
        leads = self._history()
        card = self._suggest(leads)
        self.assertEqual((card.state, card.training_count), ("draft", 200))
        self.assertEqual(len(card.grade_ids), 5)
        rules = {rule.name: rule for rule in card.rule_ids}
        self.assertIn("Employees 500 to 1000", rules)
        self.assertIn("100 of the leads", rules["Employees 500 to 1000"].note)
        self.assertIn("80 %", rules["Employees 500 to 1000"].note)
        self.assertEqual(
            {rule.points == int(rule.points) for rule in card.rule_ids}, {True}
        )
        again = self._suggest(leads)
        self.assertEqual(
            again.rule_ids.mapped("points"), card.rule_ids.mapped("points")
        )
        without = self._suggest(leads, "company_size")
        self.assertFalse([r for r in without.rule_ids if "company_size" in r.domain])

    def test_properties_and_events_are_facts_too(self):
        self.team_north.lead_properties_definition = [
            {
                "name": "aa11",
                "type": "selection",
                "string": "Budget",
                "selection": [["big", "Big budget"], ["small", "Small budget"]],
            },
            {"name": "bb22", "type": "integer", "string": "Seats"},
        ]
        won = self._closed(60, 48, team_id=self.team_north.id)
        lost = self._closed(60, 12, team_id=self.team_north.id)
        for leads, budget, seats in ((won, "big", 50), (lost, "small", 3)):
            leads.with_context(crm_lead_management_skip=True).write(
                {"lead_properties": {"aa11": budget, "bb22": seats}}
            )
        self.env["crm.touchpoint"]._record(
            [
                {"lead_id": lead.id, "kind": "web_visit", "direction": "in"}
                for lead in won[6:] | lost[:6]
            ]
        )
        self.env.flush_all()
        leads = won | lost
        for excluded, name, count in (
            (("touchpoint_ids", "lead_properties.bb22"), "Budget: ", 60),
            (("touchpoint_ids", "lead_properties.aa11"), "Seats ", 60),
            (("lead_properties",), "Website visit from the lead, at least 1", 60),
        ):
            with self.subTest(fact=name):
                card = self._suggest(leads, *excluded)
                self.assertEqual(len(card.rule_ids), 1, card.rule_ids.mapped("name"))
                self.assertTrue(card.rule_ids.name.startswith(name), card.rule_ids.name)
                points = self.env["crm.score.engine"]._points(leads, card)
                hits = [lead_id for lead_id, given in points.items() if given]
                self.assertEqual(len(hits), count)
                self.assertEqual(card._evaluate([("id", "in", leads.ids)])["n"], 0)
                other = self._closed(60, 30, team_id=self.team_north.id)
                judged = card._evaluate([("id", "in", (leads | other).ids)])
                self.assertEqual((judged.n, judged.n_won), (60, 30))

    def test_facts_that_leak_are_never_used(self):
        leads = self._history()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET probability = 100 WHERE id = ANY(%s)",
            (leads[:80].ids,),
        )
        self.env.invalidate_all()
        card = self._suggest(leads)
        text = " ".join(card.rule_ids.mapped("domain"))
        for name in ("probability", "stage_id", "active", "won_status", "date_closed"):
            self.assertNotIn(name, text)

    def test_a_fact_that_gives_the_outcome_away_is_named(self):
        won, lost = (
            self._closed(60, 60, city="Won Town"),
            self._closed(60, 0, city="Elsewhere"),
        )
        self._closed(40, 20, company_size=7)
        self.env.cr.execute(
            "UPDATE crm_lead SET company_size = id %% 2 * 50 WHERE id = ANY(%s)",
            ((won | lost).ids,),
        )
        with self.assertRaises(UserError):
            self._suggest(won | lost, "company_size")
        leads = won | lost | self._closed(60, 54, company_size=99)
        self.assertNotIn(
            "city", " ".join(self._suggest(leads).rule_ids.mapped("domain"))
        )

    def test_too_few_closed_leads(self):
        for count, won in ((0, 0), (1, 1), (1, 0), (60, 60), (60, 0), (49, 25)):
            leads = self._closed(count, won, company_size=5)
            with (
                self.subTest(count=count, won=won),
                self.assertRaises(UserError) as caught,
            ):
                self._suggest(leads)
            self.assertIn("too few", str(caught.exception))
            evaluation = self._make_scorecard(("Any", 9, []))._evaluate(
                [("id", "in", leads.ids)]
            )
            self.assertFalse(evaluation.is_conclusive)
            self.assertIn("too few", evaluation.verdict)
            self.assertEqual((evaluation.auc, evaluation.grade_ids.ids), (0, []))

    def test_one_value_for_all(self):
        leads = self._closed(60, 30, company_size=5)
        with self.assertRaises(UserError):
            self._suggest(leads)
        evaluation = self._make_scorecard(("Any", 9, []))._evaluate(
            [("id", "in", leads.ids)]
        )
        self.assertEqual(evaluation.auc, 0.5)
        self.assertIn("chance", evaluation.verdict)

    def test_strange_values(self):
        leads = self._history()
        self.env.cr.execute(
            "UPDATE crm_lead SET city = 'T' || id, expected_revenue = 'NaN',"
            " lead_points = 'Infinity' WHERE id = ANY(%s)",
            (leads.ids,),
        )
        self.env.invalidate_all()
        card = self._suggest(leads)
        self.assertNotIn("'city', 'in'", " ".join(card.rule_ids.mapped("domain")))
        evaluation = card._evaluate([("id", "in", leads.ids)])
        self.assertFalse(evaluation.is_conclusive, "all leads were learned from")
        self.assertIn("learned from", evaluation.verdict)

    def test_ten_thousand_distinct_texts(self):
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO crm_lead (name, type, active, won_status, city, function,"
                " create_date) SELECT 'T', 'lead', TRUE, CASE WHEN n %% 3 = 0 THEN 'won'"
                " ELSE 'lost' END, 'City ' || n, 'Job ' || n, now() at time zone 'UTC'"
                " FROM generate_series(1, 10000) AS n RETURNING id"
            )
        )
        self.env.invalidate_all()
        leads = self.env["crm.lead"].browse(row[0] for row in rows)
        with self.assertRaises(UserError) as caught:
            self._suggest(leads)
        self.assertIn("Nothing that is known", str(caught.exception))
        evaluation = self._make_scorecard(("Any", 9, []))._evaluate(
            [("id", "in", leads.ids)]
        )
        self.assertEqual((evaluation.n, evaluation.auc), (10000, 0.5))

    def test_evaluate(self):
        leads = self._history()
        card = self._make_scorecard(("Big", 85, [("company_size", ">", 100)]))
        draft = self._make_scorecard(
            ("Small", 85, [("company_size", "<", 100)]), state="draft"
        )
        good = card._evaluate([("id", "in", leads.ids)])
        self.assertEqual((good.n, good.n_won), (200, 90))
        self.assertAlmostEqual(good.base_rate, 0.45)
        self.assertGreater(good.auc, 0.8)
        self.assertLess(good.auc_low, good.auc)
        self.assertEqual(good.grade_ids.mapped("n"), [100, 0, 0, 0, 100])
        self.assertAlmostEqual(good.grade_ids[0].won_rate, 0.8)
        self.assertEqual((good.n_missed, good.n_wasted), (10, 20))
        self.assertEqual(len(good.missed_lead_ids), 10)
        self.assertFalse(good.auc_live, "it is the live one itself")
        self.assertGreater(good.auc_odoo, 0)
        bad = draft._evaluate([("id", "in", leads.ids)])
        self.assertLess(bad.auc, 0.2)
        self.assertAlmostEqual(bad.auc_live, good.auc)
        self.assertEqual(bad.curve["scorecard"][0][0], 0)

    def test_leaking_rules_are_named(self):
        card = self._make_scorecard(
            ("Sure", 85, [("probability", ">", 90)]), ("Fine", 5, [("city", "=", "A")])
        )
        warning = card._evaluate([("id", "in", self._history().ids)]).warning
        self.assertIn("Sure", warning)
        self.assertNotIn("Fine", warning)

    def test_holdout_by_time(self):
        leads = self._history()
        start = datetime(2024, 1, 1)
        for number, lead in enumerate(leads):
            day = number * 37
            self.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s",
                (start + timedelta(days=day % 100), lead.id),
            )
        self.env.invalidate_all()
        card = self._suggest(leads, holdout=0.3)
        trained = leads.browse(card.training_lead_ids)
        self.assertEqual(len(trained), 140)
        rest = leads - trained
        self.assertLessEqual(
            max(trained.mapped("create_date")), min(rest.mapped("create_date"))
        )
        self.assertEqual(card._evaluate([("id", "in", leads.ids)]).n, 60)

    def test_the_wizard_learns_and_judges(self):
        leads = self._history()
        wizard = (
            self.env["crm.scorecard.learn"]
            .with_user(self.user_manager)
            .create({"domain": repr([("id", "in", leads.ids)])})
        )
        self.assertEqual((wizard.closed_count, wizard.won_count), (200, 90))
        names = wizard.fact_ids.mapped("field_name")
        self.assertIn("company_size", names)
        self.assertNotIn("stage_id", names)
        wizard.fact_ids.filtered(lambda f: f.field_name == "city").leave_out = True
        card = self.env["crm.scorecard"].browse(wizard.action_learn()["res_id"])
        self.assertEqual((card.training_count, card.evaluation_ids.n), (140, 60))
        self.assertNotIn("city", " ".join(card.rule_ids.mapped("domain")))
        wizard.domain = "[(("
        with self.assertRaises(UserError):
            wizard.action_learn()

    def test_rights(self):
        leads = self._history()
        domain = [("id", "in", leads.ids)]
        Scorecard = self.env["crm.scorecard"]
        with self.assertRaises(AccessError):
            Scorecard.with_user(self.user_seller)._suggest(domain)
        card = Scorecard.with_user(self.user_manager)._suggest(domain, holdout=0.5)
        evaluation = card._evaluate(domain)
        self.assertEqual(evaluation.env.user, self.user_manager)
        self.assertEqual(evaluation.n, 100)
        for record in (evaluation, evaluation.grade_ids):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(self.user_seller).read(["n"])
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.write({"n": 3})
        with self.assertRaises(AccessError):
            card.with_user(self.user_seller)._evaluate(domain)
