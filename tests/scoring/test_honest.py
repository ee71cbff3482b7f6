# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import importlib
import importlib.util
import random
from datetime import timedelta
from pathlib import Path

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import tagged

from ...models.common.rule.rule_moment import at_moment
from ...models.common.rule.rule_set import rule_leads
from ...models.scoring.judging.verdict import Verdict
from ...models.scoring.learning.facts import Facts
from ...tools.bands import number_bands
from ...tools.scorecard import learn
from .common import ScoringCommon


class HonestCommon(ScoringCommon):
    """Closed leads with the moment of their close."""

    def _closed_leads(self, won, lost, days=200, age=30, **values):
        """Create closed leads, the won ones first, closed so many days ago.

        :param age: how many days before they were created.
        """
        leads = self._make_leads(won + lost, **{"type": "opportunity", **values})
        self.env.flush_all()
        closed = fields.Datetime.now() - timedelta(days)
        self.env.cr.execute(
            "UPDATE crm_lead SET active = (id = ANY(%s)), won_status = CASE WHEN id = ANY(%s)"
            " THEN 'won' ELSE 'lost' END, date_closed = %s, create_date = %s,"
            " write_date = %s WHERE id = ANY(%s)",
            (
                leads[:won].ids,
                leads[:won].ids,
                closed,
                closed - timedelta(age),
                closed,
                leads.ids,
            ),
        )
        self.env.invalidate_all()
        return leads.with_context(active_test=False), closed

    def _wrote(self, leads, moment):
        return self.env["crm.touchpoint"].create(
            [
                {
                    "lead_id": lead.id,
                    "kind": "email",
                    "direction": "in",
                    "occurred_on": moment,
                }
                for lead in leads
            ]
        )

    def _draft(self, *rules):
        return self._make_scorecard(*rules, state="draft")

    def _judge(self, card, leads):
        return card._evaluate([("id", "in", leads.ids)])


@tagged("post_install", "-at_install")
class TestAsOfClose(HonestCommon):
    """Every closed lead is judged as of its own close."""

    def setUp(self):
        super().setUp()
        self.leads, self.closed = self._closed_leads(50, 50)
        self.won = self.leads[:50]

    def test_events_up_to_the_close(self):
        """Fault 1: what was written before the close counts, what came after does not."""
        card = self._draft(
            {
                "name": "Wrote in the last 30 days",
                "points": 60,
                "measure": "at_least",
                "event_days": 30,
                "event_direction": "in",
            }
        )
        events = self._wrote(self.won, self.closed - timedelta(2))
        self.assertEqual(self._judge(card, self.leads).auc, 1)
        events.write({"occurred_on": self.closed + timedelta(190)})
        self.env.flush_all()
        self.assertEqual(self._judge(card, self.leads).auc, 0.5)

    def test_ages_grace_and_decay(self):
        """Fault 1: ages are counted to the close of each lead, not to today."""
        self._wrote(self.won, self.closed - timedelta(10))
        silent = {
            "name": "Silent",
            "kind": "negative",
            "points": -10,
            "measure": "fewer",
            "event_count": 1,
            "event_days": 14,
        }
        spared = {**silent, "name": "Spared", "grace_days": 31}
        fading = {
            "name": "Fading",
            "points": 10,
            "measure": "at_least",
            "half_life": 10,
        }
        points = self.env["crm.score.engine"]._points
        for rule, won, lost in ((silent, 0, -10), (spared, 0, 0), (fading, 5, 0)):
            with self.subTest(rule=rule["name"]):
                found = points(self.leads, self._draft(rule))
                self.assertEqual(found[self.leads[0].id], won)
                self.assertEqual(found[self.leads[99].id], lost)

    def test_today_was_another_day(self):
        """Fault 1: "created in the last 40 days" means the days before the close."""
        old, _closed = self._closed_leads(1, 0, days=10, age=50)
        card = self._draft(
            ("New", 10, [("create_date", ">=", "today -40d")]),
            ("Inside", 1, [("tag_ids", "not any", [("create_date", ">", "now -1d")])]),
        )
        still = self._make_lead()
        points = self.env["crm.score.engine"]._points(self.leads | old | still, card)
        self.assertEqual(points[self.leads[0].id], 11)
        self.assertEqual(points[old.id], 1)
        self.assertEqual(points[still.id], 11)

    def test_moments_are_those_of_odoo(self):
        """Fault 1: words like "today" mean the same as Odoo reads them."""
        leads = rule_leads(self.env)
        now = fields.Datetime.now().replace(microsecond=0)
        with freeze_time(now):
            for text in (
                "today", "now", "-3d", "today -2w =monday", "today +sunday", "-1m =1d",
                "today =week_start", "now =5H", "=2m =1d -1y", "today -week_start",
            ):  # fmt: skip
                with self.subTest(text=text):
                    domain = Domain("create_date", ">=", text)
                    ours = at_moment(leads, domain, now).optimize_full(leads)
                    theirs = domain.optimize_full(leads)
                    self.assertEqual(str(ours.value), str(theirs.value))

    def test_facts_that_changed_afterwards(self):
        """Fault 1: a fact whose history is known counts as it was; else the verdict says so."""
        card = self._draft(
            ("Mail", 10, [("email_from", "!=", False)]),
            ("City", 5, [("city", "!=", False)]),
        )
        self.assertNotIn("history", self._judge(card, self.leads).verdict)
        lead = self.leads[0]
        field = self.env["ir.model.fields"]._get("crm.lead", "email_from")
        message = self.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": lead.id,
                "date": self.closed + timedelta(5),
                "tracking_value_ids": [
                    (0, 0, {"field_id": field.id, "old_value_char": "a@b.example"})
                ],
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET write_date = %s WHERE id = ANY(%s)",
            (self.closed + timedelta(9), self.leads[:7].ids),
        )
        judged = self._judge(card, self.leads)
        self.assertEqual(judged.n, 99)
        self.assertIn("1 were left out", judged.verdict)
        self.assertIn("6 were saved again", judged.verdict)
        self.assertIn("City", judged.verdict)
        facts = Facts(self.env).read(self.leads, ["email_from"])
        self.assertEqual(facts["email_from"][1][:2], ["a@b.example", None])
        self.assertTrue(message)

    def test_learning_and_judging_agree(self):
        """Fault 1: what was learned from events tells as much when it is judged."""
        self._wrote(self.won[:45], self.closed - timedelta(1))
        self._wrote(self.leads[50:58], self.closed - timedelta(1))
        self._wrote(self.leads[50:], self.closed + timedelta(1))
        card = self.env["crm.scorecard"]._suggest([("id", "in", self.leads.ids)])
        self.assertEqual(card.rule_ids.mapped("measure"), ["fewer"])
        points = self.env["crm.score.engine"]._points(self.leads, card)
        self.assertEqual(sum(map(bool, points.values())), 100 - 53)


@tagged("post_install", "-at_install")
class TestLeaks(HonestCommon):
    """What is known only after the outcome is refused in learning, and flagged in a card."""

    def test_bought_before_is_not_the_lead_itself(self):
        """Fault 2: outcomes by chance; the shipped starter tells nothing of them."""
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}"} for n in range(120)]
        )
        leads, closed = self._closed_leads(50, 70)
        for lead, partner in zip(leads, partners, strict=True):
            self.env.cr.execute(
                "UPDATE crm_lead SET partner_id = %s WHERE id = %s",
                [partner.id, lead.id],
            )
        self.env.invalidate_all()
        card = self.env.ref("crm_lead_management.crm_scorecard_starter")
        self.assertAlmostEqual(self._judge(card, leads).auc, 0.5)
        rule = self.env.ref("crm_lead_management.scorecard_rule_customer")
        matched = self.env["crm.scorecard.rule"]._rule_match
        rows = self.env["crm.scorecard.rule"]._scorecard_rows(rule.scorecard_id.id)
        rows = [row for row in rows if row.id == rule.id]
        again = self._make_lead(partner_id=partners[0].id)
        stranger = self._make_lead(partner_id=partners[100].id)
        later, _closed = self._closed_leads(1, 0, days=9, partner_id=partners[0].id)
        found = matched(leads | again | stranger | later, rows)
        self.assertEqual(
            {lead_id for lead_id, rules in found.items() if rules},
            {again.id, later.id},
            "of the same contact, and later than a deal that was won",
        )
        self.assertTrue(again.bought_before)
        self.assertFalse(leads[0].bought_before)

    def test_an_update_mends_what_nobody_changed(self):
        """Fault 2: databases that have the shipped rule get the mended one."""
        path = Path(__file__).parents[2] / "migrations/19.0.1.1.0/post-bought_before.py"
        spec = importlib.util.spec_from_file_location("post_bought_before", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        rule = self.env.ref("crm_lead_management.scorecard_rule_customer")
        for before, after in (
            (
                "[('partner_id.opportunity_ids','any',[('won_status','=','won')])]",
                "[('bought_before', '=', True)]",
            ),
            ("[('city', '=', 'Riyadh')]", "[('city', '=', 'Riyadh')]"),
        ):
            rule.domain = before
            script.migrate(self.env.cr, "19.0.1.0.0")
            self.env.invalidate_all()
            self.assertEqual(rule.domain, after)

    def test_along_the_whole_path(self):
        """Fault 2: an outcome is found anywhere on a path, inside any, and bookkeeping too."""
        for domain in (
            "[('partner_id.opportunity_ids', 'any', [('won_status', '=', 'won')])]",
            "[('partner_id.opportunity_ids.stage_id.is_won', '=', True)]",
            "[('stage_role', '=', 'customer')]",
            "[('stage_log_ids', '!=', False)]",
            "[('routing_hops', '>', 1)]",
            "[('dormancy_on', '!=', False)]",
            "[('partner_id.customer_rank', '>', 0)]"
            if "customer_rank" in self.env["res.partner"]._fields
            else "[('date_closed', '!=', False)]",
        ):
            with self.subTest(domain=domain):
                card = self._draft({"name": "R", "domain": domain})
                self.assertIn("R", Verdict(card).leaking()[0])
        fine = self._draft(
            ("A", 1, [("partner_id.country_id.code", "=", "SA")]),
            ("B", 1, [("team_id.name", "ilike", "north")]),
            ("C", 1, [("tag_ids", "any", [("name", "=", "x")])]),
        )
        self.assertFalse(any(Verdict(fine).leaking()))

    def test_a_rule_whose_leads_were_all_won(self):
        """Fault 2: found by what the data show."""
        leads, _closed = self._closed_leads(60, 60)
        leads[:30].with_context(crm_lead_management_skip=True).city = "Won Town"
        leads[80:].with_context(crm_lead_management_skip=True).city = "Mixed"
        leads[30:50].with_context(crm_lead_management_skip=True).city = "Mixed"
        card = self._draft(
            ("Telling", 9, [("city", "=", "Won Town")]),
            ("Fine", 9, [("city", "=", "Mixed")]),
        )
        warning = self._judge(card, leads).warning
        self.assertIn("Telling", warning)
        self.assertNotIn("Fine", warning)

    def test_in_the_language_of_who_reads_it(self):
        """Not of who judged: what it says, and what it warns of."""
        for code in ("ar_001", "tr_TR"):
            self.env["res.lang"]._activate_lang(code)
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [code]
            )
        leads, _closed = self._closed_leads(60, 60)
        leads[:30].with_context(crm_lead_management_skip=True).city = "Won Town"
        card = self._draft(("Telling", 9, [("city", "=", "Won Town")]))
        said = {}
        for judging in ("en_US", "ar_001"):
            for few in (False, True):
                judged = self._judge(
                    card.with_context(lang=judging), leads[:9] if few else leads
                )
                for name in ("verdict", "warning"):
                    for reading in ("en_US", "ar_001", "tr_TR"):
                        text = judged.with_context(lang=reading)[name]
                        said.setdefault((name, few, reading), set()).add(text)
        self.assertIn("Telling", *said["warning", False, "tr_TR"])
        for (name, few, reading), texts in said.items():
            with self.subTest(name, few=few, reading=reading):
                self.assertLessEqual(len(texts), 1, "whoever judged")
        for few in (False, True):
            texts = [
                said["verdict", few, code] for code in ("en_US", "ar_001", "tr_TR")
            ]
            self.assertEqual(len(set().union(*texts)), 3)

    def test_serial_numbers_and_amounts_of_the_close(self):
        """Fault 3: a serial number and an amount typed in when the deal is won are refused."""
        leads, _closed = self._closed_leads(150, 150)
        chance = random.Random(4)
        order = leads.ids
        won = set(leads[:150].ids)
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = CASE WHEN id = ANY(%s) THEN 'won' ELSE 'lost' END"
            " WHERE id = ANY(%s)",
            (
                [
                    i
                    for n, i in enumerate(order)
                    if chance.random() < (0.2 + 0.6 * n / 300)
                ],
                order,
            ),
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET company_size = 640000 + n, city = CASE WHEN won_status ="
            " 'won' AND n %% 3 = 0 OR n %% 7 = 0 THEN 'A' ELSE 'B' END, expected_revenue ="
            " CASE WHEN won_status = 'won' THEN 50 + n %% 30 WHEN n %% 9 = 0 THEN 500"
            " ELSE 0 END FROM unnest(%s) WITH ORDINALITY AS t(lead, n) WHERE id = lead",
            [order],
        )
        self.env.invalidate_all()
        self.assertTrue(won)
        card = self.env["crm.scorecard"]._suggest([("id", "in", order)])
        read = " ".join(card.rule_ids.mapped("domain"))
        self.assertIn("city", read)
        self.assertNotIn("company_size", read)
        self.assertNotIn("expected_revenue", read)
        self.assertIn("only count the leads", card.description)

    def test_bookkeeping_is_no_fact(self):
        """Fault 3: nothing that the addon notes itself, and one address once."""
        names = set(Facts(self.env).candidates())
        self.assertFalse(
            [n for n in names if n.startswith(("routing_", "dormancy_", "grade_"))]
        )
        self.assertFalse(names & {"email_normalized", "email_domain_criterion"})
        self.assertIn("email_from", names)

    def test_a_copy_knows_what_it_was_learned_from(self):
        """Fault 4: a new version is not judged by the leads that its rules come from."""
        leads, _closed = self._closed_leads(60, 60)
        leads[:50].with_context(crm_lead_management_skip=True).city = "A"
        leads[100:].with_context(crm_lead_management_skip=True).city = "A"
        card = self.env["crm.scorecard"]._suggest([("id", "in", leads.ids)])
        copy = self.env["crm.scorecard"].browse(card.action_new_version()["res_id"])
        self.assertEqual(copy.training_count, 120)
        self.assertEqual(self._judge(copy, leads).n, 0)


@tagged("post_install", "-at_install")
class TestNoise(HonestCommon):
    """Noise is no rule, and no verdict."""

    def test_outcomes_by_chance_teach_nothing(self):
        """Fault 14: "nothing tells" in at least 95 of 100 trials, at 100, 300 and 1,000."""
        for n in (100, 300, 1000):
            taught = 0
            for trial in range(100):
                chance = random.Random(1000 * n + trial)
                won = [chance.random() < 0.4 for _lead in range(n)]
                facts = {
                    f"category {number}": (
                        "category",
                        [chance.choice("abcdefgh"[: 2 + number % 7]) for _lead in won],
                    )
                    for number in range(25)
                }
                for number in range(5):
                    values = [chance.lognormvariate(3, 1) for _lead in won]
                    facts[f"number {number}"] = ("number", values)
                taught += bool(learn(facts, won))
            with self.subTest(n=n, taught=taught):
                self.assertLessEqual(taught, 5)

    def test_years_and_prices_are_told_apart(self):
        """Fault 15: cuts fit the spread."""
        for low, step in ((2001, 1), (100000, 200)):
            values = [low + step * (number % 24) for number in range(480)]
            won = [number % 24 >= 12 for number in range(480)]
            found = number_bands(values, won)
            with self.subTest(low=low):
                self.assertEqual([band.n for band in found], [240, 240])
                self.assertEqual([band.won for band in found], [0, 240])

    def test_a_perfect_card_on_few_leads(self):
        """Fault 23: ten of each warrant no certainty."""
        leads, _closed = self._closed_leads(25, 25)
        leads[:25].with_context(crm_lead_management_skip=True).city = "A"
        judged = self._judge(self._draft(("A", 9, [("city", "=", "A")])), leads)
        self.assertEqual(judged.auc, 1)
        self.assertTrue(0.7 < judged.auc_low < 0.99, judged.auc_low)

    def test_drift_of_won_rates(self):
        """Fault 23: a grade with older leads only says nothing; noise is no drift."""
        card = self._draft(("A", 90, [("city", "=", "A")]))
        leads, _closed = self._closed_leads(20, 20)
        newer, _closed = self._closed_leads(12, 28, days=10)
        leads[:15].with_context(crm_lead_management_skip=True).city = "A"
        # Of grade 1 older ones were won in 20, newer in 30 of 100.
        self.assertEqual(self._judge(card, leads | newer).calibration_error, 0)
        newer[12:36].with_context(crm_lead_management_skip=True).city = "B"
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = 'won' WHERE id = ANY(%s)",
            [newer[12:36].ids],
        )
        self.env.invalidate_all()
        drift = self._judge(card, leads | newer).calibration_error
        self.assertGreater(drift, 0.4, "90 of 100 is no chance")


@tagged("post_install", "-at_install")
class TestBigAndScope(HonestCommon):
    """Many leads, several currencies, and the leads that a card is about."""

    def test_evaluation_reads_no_records(self):
        """Fault 20: closed leads are read as plain values, and a sample of very many."""
        leads, _closed = self._closed_leads(30, 30)
        card = self._draft(("A", 9, [("city", "=", "A")]))
        self.env.invalidate_all()
        self._judge(card, leads)
        self.assertFalse(self.env.cache.get_records(leads, leads._fields["name"]))
        module = "odoo.addons.crm_lead_management.models.scoring.judging.judge"
        self.patch(importlib.import_module(module), "MOST_CLOSED", 55)
        judged = self._judge(card, leads)
        self.assertEqual(judged.n, 55)
        self.assertIn("55 of 60", judged.verdict)

    def test_revenue_in_one_currency(self):
        """Fault 21: yen are not added to dollars."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": yen.id, "name": "2020-01-01", "rate": 150.0}
        )
        tokyo = self.env["res.company"].create({"name": "Tokyo", "currency_id": yen.id})
        here, _closed = self._closed_leads(20, 20, expected_revenue=100000)
        there, _closed = self._closed_leads(20, 20, company_id=tokyo.id, team_id=False)
        self.env.cr.execute(
            "UPDATE crm_lead SET expected_revenue = 100000 WHERE id = ANY(%s)",
            [there.ids],
        )
        here[:20].with_context(crm_lead_management_skip=True).city = "A"
        card = self._draft(("A", 90, [("city", "=", "A")]))
        judged = self._judge(card, here | there)
        self.assertGreater(judged.capture_revenue, 0.75)

    def test_a_card_is_judged_by_its_own_leads(self):
        """Fault 22: the general card is not judged by leads of a company with its own."""
        other = self.env["res.company"].create({"name": "Other"})
        self._make_scorecard(("B", 9, []), company_id=other.id)
        card = self._draft(("A", 9, [("city", "=", "A")]))
        theirs, _closed = self._closed_leads(40, 40, company_id=other.id, team_id=False)
        ours, _closed = self._closed_leads(30, 30)
        self.assertEqual(self._judge(card, theirs | ours).n, 60)
        pilot = self._draft(("A", 9, [("city", "=", "A")]))
        pilot.write({"pilot_team_ids": [(4, self.team_north.id)], "state": "pilot"})
        self.env.cr.execute(
            "UPDATE crm_lead SET team_id = CASE WHEN id = ANY(%s) THEN %s END WHERE id ="
            " ANY(%s)",
            [ours[:12].ids, self.team_north.id, ours.ids],
        )
        self.env.invalidate_all()
        self.assertEqual(self._judge(pilot, theirs | ours).n, 12)

    def test_nothing_to_judge(self):
        """Bad input: no leads, two leads, a company without any."""
        card = self._draft(("A", 9, []))
        self.assertIn("too few", self._judge(card, self.env["crm.lead"]).verdict)
        leads, _closed = self._closed_leads(1, 1)
        self.assertIn("too few", self._judge(card, leads).verdict)
        with self.assertRaises(UserError):
            self.env["crm.scorecard"]._suggest([("id", "in", leads.ids)])
