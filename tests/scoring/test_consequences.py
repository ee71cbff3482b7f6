# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...models.scoring.grading.questions import Questions
from ...models.scoring.judging.reviewer import Reviewer, has_dropped, is_chance
from ...models.scoring.judging.verdict import Verdict
from ...tools.bands import exceeded
from ...tools.discrimination import stability
from .test_honest import HonestCommon


@tagged("post_install", "-at_install")
class TestMeaning(HonestCommon):
    """What a rule means does not depend on bystanders, nor on itself."""

    def _property_leads(self, *values):
        self.team_north.lead_properties_definition = [
            {"name": "bb22", "type": "integer", "string": "Seats"},
        ]
        leads = self._make_leads(len(values), team_id=self.team_north.id)
        for lead, value in zip(leads, values, strict=True):
            lead.lead_properties = {"bb22": value}
        self.env.flush_all()
        return leads

    def test_a_property_that_is_not_filled_in(self):
        """Fault 5: it is no number, and 0 is not told from it."""
        leads = self._property_leads(False, 0, 5, 150)
        for operator, value, matched in (
            (">=", 100, [3]),
            (">", -1, [1, 2, 3]),
            ("<", 10, [1, 2]),
            ("=", False, [0, 1]),
            ("!=", False, [2, 3]),
            ("=", 5, [2]),
        ):
            with self.subTest(operator=operator, value=value):
                card = self._draft(
                    ("R", 10, [("lead_properties.bb22", operator, value)])
                )
                points = self.env["crm.score.engine"]._points(leads, card)
                hits = [n for n, lead in enumerate(leads) if points[lead.id]]
                self.assertEqual(hits, matched)

    def test_the_reason_names_the_property(self):
        """Fault 5: a reason is words, no Python object."""
        lead = self._property_leads(150)
        card = self._draft(("R", 10, [("lead_properties.bb22", ">=", 100)]))
        reason = self.env["crm.score.engine"]._explain(lead, card)[0]["reason"]
        self.assertEqual(reason, "Seats: 150")

    def test_circles_are_refused(self):
        """Fault 11: no rule reads what is found out with its help, through segments too."""
        for domain in (
            [("lead_grade", ">=", 4)],
            [("lead_points", ">", 1)],
            [("is_mql", "=", True)],
            [("partner_id.opportunity_ids", "any", [("lead_band", "=", "focus")])],
        ):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self._draft(("R", 10, domain))
        persona = self.env["crm.persona"].create({"name": "P"})
        with self.assertRaises(ValidationError):
            persona.criterion_ids = [
                (0, 0, {"name": "C", "domain": "[('persona_match', '>', 5)]"})
            ]
        with self.assertRaises(ValidationError):
            self.env["crm.qualifier"].create(
                {"name": "Q", "kind": "fact", "domain": "[('lead_grade', '>', 3)]"}
            )
        hot = self.env["crm.segment"].create(
            {"name": "Hot", "domain": "[('lead_grade', '>=', 4)]"}
        )
        with self.assertRaises(ValidationError):
            self._draft(("R", 10, [("segment_ids.name", "=", "Hot")]))
        hot.unlink()
        self._draft(("R", 10, [("segment_ids.name", "=", "Big")]))
        with self.assertRaises(ValidationError):
            self.env["crm.segment"].create(
                {"name": "Hot", "domain": "[('lead_grade', '>=', 4)]"}
            )

    def test_another_scorecard_is_no_trend(self):
        """Fault 25: a new scorecard makes no lead "Falling" that did nothing."""
        self._make_scorecard(("A", 85, []))
        lead = self._make_lead()
        self.env.flush_all()
        for table in ("crm_lead", "crm_lead_grade_log"):
            self.env.cr.execute(
                f"UPDATE {table} SET create_date = create_date - interval '5 day'"
                f" WHERE {'id' if table == 'crm_lead' else 'lead_id'} = %s",  # pylint: disable=sql-injection
                [lead.id],
            )
        self.env.invalidate_all()
        self._make_scorecard(("A", 25, []))
        self.env["crm.score.engine"]._score(lead)
        self.assertEqual(lead.lead_grade, 2)
        self.assertFalse(lead.grade_trend)


@tagged("post_install", "-at_install")
class TestConsequences(HonestCommon):
    """A change has its consequence."""

    def _rescore(self):
        self.env["crm.score.engine"]._cron_score()

    def test_a_live_card_that_is_edited(self):
        """Fault 19: rules and grades that are edited reach the leads with the next run."""
        card = self._make_scorecard(("A", 30, []))
        lead = self._make_lead()
        self.assertEqual(lead.lead_grade, 2)
        self._rescore()
        card.rule_ids.points = 95
        self.assertTrue(card.rescore_remaining, "the form says how many are left")
        self._rescore()
        self.assertEqual((lead.lead_points, lead.lead_grade), (95, 5))
        card.grade_ids.filtered(lambda row: row.grade == 5).threshold = 99
        self._rescore()
        self.assertEqual(lead.lead_grade, 4)
        card.rule_ids.name = "Another name"
        card.invalidate_recordset()
        self.assertFalse(card.rescore_remaining, "words grade nobody")

    def test_a_pilot_that_is_retired(self):
        """Fault 19: its leads are graded by the live one again."""
        self._make_scorecard(("A", 30, []))
        pilot = self._make_scorecard(
            ("B", 95, []), state="pilot", pilot_team_ids=[(4, self.team_north.id)]
        )
        lead = self._make_lead(team_id=self.team_north.id)
        self.assertEqual(lead.lead_grade, 5)
        self._rescore()
        pilot.action_retire()
        self._rescore()
        self.assertEqual(lead.lead_grade, 2)

    def test_a_question_that_is_edited(self):
        """Fault 18: header and checklist say the same."""
        question = self.env["crm.qualifier"].create(
            {"name": "Seats", "kind": "number", "number_test": "min", "number_from": 10}
        )
        lead = self._make_lead()
        self.env["crm.qualifier.answer"].create(
            {"lead_id": lead.id, "qualifier_id": question.id, "value_number": 12}
        )
        self.assertEqual(lead.qualification_state, "passed")
        question.number_from = 20
        self.assertEqual(lead.qualifier_answer_ids.verdict, "fail")
        self.assertEqual(lead.qualification_state, "failed")

    def test_an_option_that_is_edited(self):
        """Fault 18: the verdict of an option, too."""
        question = self.env["crm.qualifier"].create(
            {
                "name": "Size",
                "kind": "choice",
                "option_ids": [(0, 0, {"name": "Big", "verdict": "pass"})],
            }
        )
        lead = self._make_lead()
        self.env["crm.qualifier.answer"].create(
            {
                "lead_id": lead.id,
                "qualifier_id": question.id,
                "option_id": question.option_ids.id,
            }
        )
        self.assertEqual(lead.qualification_state, "passed")
        question.option_ids.verdict = "fail"
        self.assertEqual(lead.qualification_state, "failed")

    def test_merging_keeps_the_grade_by_hand(self):
        """Fault 17: with its reason and its end."""
        self._make_scorecard(("A", 30, []))
        kept, other = self._make_lead(type="opportunity"), self._make_lead()
        until = fields.Date.today() + timedelta(9)
        other.write(
            {
                "grade_manual": 5,
                "grade_manual_reason": "CEO is a friend",
                "grade_manual_until": until,
            }
        )
        merged = (kept | other).merge_opportunity()
        self.assertEqual(merged.grade_manual, 5)
        self.assertEqual(merged.grade_manual_reason, "CEO is a friend")
        self.assertEqual(merged.grade_manual_until, until)
        self.assertEqual(merged.lead_grade, 5)

    def test_an_archived_persona(self):
        """Fault 25: open leads look for another one at once."""
        persona = self.env["crm.persona"].create(
            {
                "name": "Riyadh",
                "criterion_ids": [
                    (0, 0, {"name": "C", "domain": "[('city', '=', 'R')]"})
                ],
            }
        )
        lead = self._make_lead(city="R")
        self.assertEqual(lead.persona_id, persona)
        persona.active = False
        self.assertFalse(lead.persona_id)

    def test_an_editor_that_was_opened_is_no_note(self):
        """Fault 25: an empty paragraph is not known."""
        item = self.env["crm.info.item"].search([("field_name", "=", "description")])
        item = item or self.env["crm.info.item"].create(
            {"name": "Notes", "field_name": "description", "group": "supplementary"}
        )
        empty = self._make_lead(description="<p><br></p>")
        told = self._make_lead(description="<p>Wants a price</p>")
        self.assertLess(empty.info_completeness, told.info_completeness)
        self.assertTrue(item)


@tagged("post_install", "-at_install")
class TestReviewIsFair(HonestCommon):
    """The monthly review: its own leads, plain texts, drift that is more than chance."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def test_other_companies_and_html(self):
        """Fault 7: no lead of another company is named; what strangers write is text."""
        other = self.env["res.company"].create({"name": "Other"})
        self._make_scorecard(("B", 9, []), company_id=other.id)
        card = self._make_scorecard(
            ("A", 9, []),
            company_id=self.env.company.id,
            user_ids=[(4, self.user_manager.id)],
        )
        for name, company in (
            ("Theirs", other),
            ("<a href='x'>Ours</a>", self.env.company),
        ):
            lead = self._make_lead(
                name=name, type="opportunity", company_id=company.id, team_id=False
            )
            lead.write({"user_id": False, "company_id": company.id})
            lead.action_set_won()
            self.assertEqual(lead.company_id, company)
        findings = Reviewer(card).review(self.now + timedelta(minutes=1))
        text = " ".join(findings)
        self.assertNotIn("Theirs", text)
        self.assertIn("Ours", text)
        Reviewer(card).tell(findings)
        self.assertNotIn("<a href", card.activity_ids.note)
        self.assertIn("Ours", card.activity_ids.note)

    def test_compared_with_the_day_of_publishing(self):
        """Fault 7: slow decay is told, though no month is worse than the one before."""
        card = self._make_scorecard(("A", 9, []))
        Evaluation = self.env["crm.scorecard.evaluation"].sudo()

        def judged(auc):
            return Evaluation.create(
                {
                    "scorecard_id": card.id,
                    "is_conclusive": True,
                    "auc": auc,
                    "auc_low": auc - 0.04,
                    "auc_high": auc + 0.04,
                }
            )

        first = judged(0.9)
        later = [judged(0.9 - 0.04 * month) for month in range(1, 7)]
        for number, row in enumerate([first, *later]):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE crm_scorecard_evaluation SET create_date = %s WHERE id = %s",
                (card.live_from + timedelta(30 * number - 1), row.id),
            )
        self.env.invalidate_all()
        self.assertEqual(card._first_evaluation(), first)
        self.assertFalse(has_dropped(first, later[0]), "as chance would have it")
        self.assertTrue(has_dropped(first, later[5]))

    def test_drift_is_more_than_chance(self):
        """Fault 7: where nothing drifts, hardly any month says so, however few leads."""
        for n in (30, 50, 100):
            said = 0
            for month in range(300):
                chance = random.Random(1000 * n + month)
                before = dict.fromkeys(range(1, 6), 0)
                after = dict(before)
                for counts, total in ((before, 500), (after, n)):
                    for grade in chance.choices(
                        range(1, 6), (20, 25, 25, 20, 10), k=total
                    ):
                        counts[grade] += 1
                drift = stability(before, after)
                said += drift >= 0.2 and not is_chance(drift, before, after)
            with self.subTest(n=n, said=said):
                self.assertLessEqual(said, 9)
        far = stability({1: 20, 5: 20}, {1: 2, 5: 38})
        self.assertFalse(is_chance(far, {1: 20, 5: 20}, {1: 2, 5: 38}))
        self.assertAlmostEqual(exceeded(0, 4), 1)


@tagged("post_install", "-at_install")
class TestReasons(HonestCommon):
    """Why this grade, and what to ask next: what is said is true."""

    def test_the_records_that_match_are_named(self):
        """UX A4: of several records those that the rule means, with their dates."""
        lead = self._make_lead(type="opportunity")
        Event = self.env["calendar.event"].with_context(no_mail_to_attendees=True)
        for name in ("Offer sent", "Tasting at their place", "Asks about the plan"):
            Event.create(
                {
                    "name": name,
                    "opportunity_id": lead.id,
                    "start": "2026-05-04 08:00:00",
                    "stop": "2026-05-04 09:00:00",
                }
            )
        for domain in (
            [("calendar_event_ids.name", "ilike", "tasting")],
            [("calendar_event_ids", "any", [("name", "ilike", "tasting")])],
        ):
            card = self._draft(("Tasted", 15, domain))
            reason = self.env["crm.score.engine"]._explain(lead, card)[0]["reason"]
            with self.subTest(domain=domain):
                self.assertIn("Tasting at their place (05/04/2026)", reason)
                self.assertNotIn("Offer sent", reason)
                self.assertNotIn("plan", reason)

    def test_what_an_answer_would_bring(self):
        """Fault 24: by simulation, with the limits of groups, and with computed fields."""
        card = self._make_scorecard(
            ("Phone is right", 10, [("phone_state", "=", "correct")]),
            ("Job", 30, [("function", "ilike", "chief")]),
            ("Not reachable", -5, [("phone", "=", False), ("email_from", "=", False)]),
            ("From Spain", 7, [("country_id.code", "=", "ES")]),
        )
        group = self.env["crm.scorecard.group"].create(
            {"name": "G", "scorecard_id": card.id, "max_points": 5}
        )
        card.rule_ids.filtered(lambda rule: rule.name == "Job").group_id = group
        lead = self._make_lead()
        self.assertEqual(lead.lead_points, -5)
        gains = Questions(lead).values()
        self.assertEqual(
            gains, {"phone": 15, "function": 5, "email_from": 5, "country_id": 7}
        )
        lead.phone = "+12025550123"
        self.assertEqual(lead.lead_points, 10, "as promised")

    def test_what_is_kept_of_an_answer_is_what_the_lead_would_say(self):
        """What a rule says of a value alone is kept: the same as tried on the lead itself."""
        country = self.env.ref("base.es")
        product = self.env["product.template"].create({"name": "Machine"})
        self._make_scorecard(
            ("Chief", 30, [("function", "ilike", "chief")]),
            ("No student", -20, [("function", "=ilike", "student")]),
            ("Chief of Ghent", 9, [("function", "=", "chief"), ("city", "=", "Ghent")]),
            ("Big", 15, [("company_size", ">=", 100)]),
            ("Not tiny", 5, ["!", ("company_size", "<", 3)]),
            ("Spain", 7, [("country_id", "in", country.ids)]),
            ("Spain by name", 3, [("country_id", "ilike", "Spain")]),
            ("No country", -4, [("country_id", "=", False)]),
            ("Wants something", 6, [("product_ids", "!=", False)]),
            ("Wants the machine", 8, [("product_ids", "in", product.ids)]),
            ("Soon", 2, [("date_deadline", ">=", "today")]),
            ("Writes", 4, [("preferred_channel", "=", "email")]),
        )
        leads = (
            self._make_lead(),
            self._make_lead(city="Ghent"),
            self._make_lead(function="chief", company_size=2),
            self._make_lead(country_id=country.id, product_ids=product.ids),
        )
        Rule = type(self.env["crm.scorecard.rule"])
        for lead in leads:
            kept = Questions(lead).values()
            with patch.object(Rule, "_rule_holds_for", lambda *_: None):
                tried = Questions(lead).values()
            with self.subTest(lead=lead.id):
                self.assertTrue(kept)
                self.assertEqual(kept, tried)
                names = {"function", "company_size"}
                self.assertEqual(
                    Questions(lead).values(names),
                    {name: kept[name] for name in names & kept.keys()},
                )

    def test_what_is_kept_of_an_answer_goes_with_the_rule(self):
        card = self._make_scorecard(("Job", 30, [("function", "ilike", "chief")]))
        lead = self._make_lead()
        self.assertEqual(Questions(lead).values(), {"function": 30})
        card.rule_ids.domain = (
            "[('function', 'ilike', 'chief'), ('city', '=', 'Ghent')]"
        )
        self.assertEqual(Questions(lead).values(), {})

    def test_unknown_is_not_bad(self):
        """UX A8: a lead of which little is known is not left, and nobody gives it up."""
        card = self._make_scorecard(
            ("Nothing known", -40, [("email_from", "=", False)])
        )
        card.grade_ids.filtered(
            lambda row: row.grade == 1
        ).advice = "Spend no time on it."
        self.env["crm.info.item"].search([]).active = False
        for name, weight in (("city", 70), ("function", 29), ("website", 1)):
            self.env["crm.info.item"].create(
                {"name": name, "field_name": name, "weight": weight}
            )
        lead = self._make_lead(function="CEO")
        self.assertEqual((lead.lead_grade, lead.lead_band), (1, "nurture"))
        advice = lead.get_grade_explanation()["advice"]
        self.assertIn("provisional", advice)
        self.assertIn("Email", advice)
        self.assertNotIn("no time", advice)
        lead.website = "https://a.example"
        self.assertEqual(lead.info_completeness, 30)
        self.assertEqual((lead.lead_grade, lead.lead_band), (1, "leave"))
        self.assertEqual(lead.get_grade_explanation()["advice"], "Spend no time on it.")
        lead.website = False
        self.env.company.lead_known_least = 0
        self.env["crm.score.engine"]._score(lead)
        self.assertEqual(lead.lead_band, "leave", "the company's choice")


@tagged("post_install", "-at_install")
class TestOtherFaults(HonestCommon):
    """Smaller ones, each with its number."""

    def test_a_card_from_a_file(self):
        """Fault 25, C44: no foreign ids, and nothing that is live is retired."""
        live = self._make_scorecard(("A", 30, []))
        self.env["crm.scorecard"].with_context(import_file=True).load(
            ["name", "state", "rule_ids/name", "rule_ids/domain"],
            [
                ["From elsewhere", "live", "Tagged", "[('tag_ids', 'in', [8])]"],
                ["", "", "Inside", "[('tag_ids', 'any', [('id', '=', 8)])]"],
                [
                    "",
                    "",
                    "Fine",
                    "[('tag_ids.name', '=', 'VIP'), ('company_size', '>', 5)]",
                ],
            ],
        )
        card = self.env["crm.scorecard"].search([("name", "=", "From elsewhere")])
        self.assertEqual((card.state, live.state), ("draft", "live"))
        rules = card.with_context(active_test=False).rule_ids
        self.assertEqual(len(rules), 3)
        self.assertEqual(card.rule_ids.mapped("name"), ["Fine"])
        self.assertIn("number", (rules - card.rule_ids)[0].broken_reason)

    def test_the_verdict_says_that_odoo_knows_better(self):
        """It must show: a card that is worse than Odoo's own probability says so."""
        vals = {
            "auc": 0.7,
            "auc_low": 0.6,
            "auc_high": 0.8,
            "auc_odoo": 0.72,
            "capture": 0.4,
            "capture_possible": 1,
            "n_missed": 1,
            "n_wasted": 1,
        }
        card = self._draft(("A", 9, []))
        self.assertIn("Odoo's own", Verdict(card).text(vals))
        self.assertNotIn("Odoo's own", Verdict(card).text({**vals, "auc_odoo": 0.6}))
        # a mutant: an area above a half whose low end is below it is no verdict
        self.assertIn("chance", Verdict(card).text({**vals, "auc_low": 0.45}))

    def test_a_pilot_compares_its_groups(self):
        """Status 22: were the leads of the pilot won more often than the others."""
        pilot = self._make_scorecard(
            ("A", 30, []), state="pilot", pilot_team_ids=[(4, self.team_north.id)]
        )
        self._make_lead(team_id=self.team_north.id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead_grade_log SET create_date = create_date - interval '300 day'"
        )
        self.env.invalidate_all()
        leads, _closed = self._closed_leads(60, 60, days=20)
        theirs = leads[:50] | leads[60:70]
        self.env.cr.execute(
            "UPDATE crm_lead SET team_id = CASE WHEN id = ANY(%s) THEN %s END WHERE id ="
            " ANY(%s)",
            [theirs.ids, self.team_north.id, leads.ids],
        )
        self.env.invalidate_all()
        verdict = self._judge(pilot, leads).verdict
        self.assertIn("83 % of its 60", verdict)
        self.assertIn("more than chance", verdict)
        # As experiments are compared: R261, by the same statistics.
        self.assertIn("likely +51 to +77 points", verdict)

    def test_setting_the_grade_by_hand(self):
        """UX A12: it opens with the present grade, and ends in 30 days."""
        self._make_scorecard(("A", 60, []))
        lead = self._make_lead()
        Wizard = self.env["crm.lead.grade.manual"]
        wizard = Wizard.with_context(**lead.action_set_grade()["context"]).create({})
        self.assertEqual(wizard.grade, "4")
        self.assertEqual((wizard.until - fields.Date.today()).days, 30)

    def test_odd_answers(self):
        """Fault 25: an answer that does not fit is said to be none, whatever it is."""
        Question, lead = self.env["crm.qualifier"], self._make_lead()
        yes_no = Question.create({"name": "Y", "kind": "yes_no"})
        number = Question.create({"name": "N", "kind": "number"})
        choice = Question.create(
            {"name": "C", "kind": "choice", "option_ids": [(0, 0, {"name": "O"})]}
        )
        prepare = self.env["crm.qualifier.answer"]._prepare_values
        for question, value in (
            (yes_no, "maybe"),
            (yes_no, 2),
            (yes_no, []),
            (number, "  "),
            (number, 10**30),
            (number, float("nan")),
            (choice, 99999999),
        ):
            with self.subTest(value=value), self.assertRaises(ValidationError):
                prepare(question, value)
        self.assertEqual(prepare(yes_no, True), {"value_yes_no": "yes"})
        self.assertTrue(lead)
