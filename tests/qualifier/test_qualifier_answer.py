# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import QualifierCommon


@tagged("post_install", "-at_install")
class TestQualifierAnswer(QualifierCommon):
    def _answers(self, lead):
        return (
            self.env["crm.qualifier.answer"]
            .with_context(active_test=False)
            .search([("lead_id", "=", lead.id)])
        )

    def test_yes_and_no(self):
        question = self._question("yes_no")
        lead = self._make_lead(user_id=self.user_seller.id).with_user(self.user_seller)
        self.assertEqual(lead.qualification_state, "open")
        checklist = lead.action_answer_qualifier(question.id, "yes")
        self.assertEqual(checklist["state"], "passed")
        self.assertEqual(lead.qualification_state, "passed")
        row = self._row(lead, question)
        self.assertEqual(row["mark"], "pass")
        self.assertEqual(row["answer"]["user"], self.user_seller.name)
        lead.action_answer_qualifier(question.id, False)
        self.assertEqual(lead.qualification_state, "failed")
        self.assertIn("No", self._row(lead, question)["reason"])
        question.pass_answer = "no"
        self.env["crm.qualifier.engine"]._qualify(lead)
        self.assertEqual(lead.qualification_state, "passed")

    def test_choice_uses_the_verdict_of_the_option(self):
        question = self._question(
            "choice", [("Good", "pass"), ("Unsure", "open"), ("Bad", "fail")]
        )
        lead = self._make_lead()
        for option, state in zip(
            question.option_ids, ("passed", "open", "failed"), strict=True
        ):
            lead.action_answer_qualifier(question.id, option.id)
            self.assertEqual(lead.qualification_state, state)

    def test_number(self):
        question = self._question(
            "number", number_test="between", number_from=5, number_to=10
        )
        lead = self._make_lead()
        for number, state in (
            ("5", "passed"),
            (10, "passed"),
            (10.5, "failed"),
            (0, "failed"),
        ):
            lead.action_answer_qualifier(question.id, number)
            self.assertEqual(lead.qualification_state, state, number)
        question.number_test = "max"
        lead.action_answer_qualifier(question.id, -3)
        self.assertEqual(lead.qualification_state, "passed")

    def test_date_and_text(self):
        today = fields.Date.today()
        date = self._question("date", date_days=30)
        text = self._question("text")
        lead = self._make_lead()
        lead.action_answer_qualifier(text.id, "  They rent. ")
        self.assertEqual(self._row(lead, text)["answer"]["value"], "They rent.")
        for days, mark in ((30, "pass"), (31, "fail")):
            lead.action_answer_qualifier(date.id, str(today + timedelta(days=days)))
            self.assertEqual(self._row(lead, date)["mark"], mark)

    def test_bad_answers_are_refused(self):
        choice = self._question("choice", [("Good", "pass")])
        other = self._question("choice", [("Elsewhere", "pass")])
        number, date = self._question("number"), self._question("date")
        fact = self._fact("[('company_size', '>', 1)]")
        lead = self._make_lead()
        for question, value in (
            (choice, other.option_ids.id),
            (choice, "many"),
            (number, "many"),
            (number, float("nan")),
            (date, "soon"),
            (date, "0001-01-01"),
            (fact, "yes"),
        ):
            with (
                self.subTest(question=question.kind, value=value),
                self.cr.savepoint(),
                self.assertRaises(ValidationError),
            ):
                lead.action_answer_qualifier(question.id, value)
        with self.assertRaises(UserError):
            lead.action_answer_qualifier(2**30, "yes")
        self.assertFalse(self._answers(lead))

    def test_a_choice_needs_options(self):
        with self.assertRaises(ValidationError):
            self._question("choice")

    def test_earlier_answers_are_the_log(self):
        question = self._question("yes_no")
        lead = self._make_lead(user_id=self.user_seller.id)
        lead.with_user(self.user_seller).action_answer_qualifier(question.id, "yes")
        lead.with_user(self.user_all).action_answer_qualifier(question.id, "no")
        lead.with_user(self.user_all).action_answer_qualifier(
            question.id, "no"
        )  # says nothing new
        log = self._answers(lead).sorted("id")
        self.assertEqual(log.mapped("value_yes_no"), ["yes", "no"])
        self.assertEqual(log.mapped("active"), [False, True])
        self.assertEqual(log.user_id, self.user_seller + self.user_all)
        self.assertEqual(lead.qualifier_answer_ids, log[1])
        with self.assertRaises(UserError):
            log[0].with_user(self.user_manager).value_yes_no = "no"

    def test_of_two_answers_given_at_once_the_last_counts(self):
        question = self._question("yes_no")
        lead = self._make_lead()
        answers = self.env["crm.qualifier.answer"].create(
            [
                {"lead_id": lead.id, "qualifier_id": question.id, "value_yes_no": value}
                for value in ("no", "yes")
            ]
        )
        self.assertEqual(answers.mapped("active"), [False, True])
        self.assertEqual(lead.qualification_state, "passed")

    def test_a_changed_row_keeps_what_it_said_in_the_log(self):
        """Editing the row that counts, as an import by external id does."""
        question = self._question("yes_no")
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, "yes")
        answer = lead.qualifier_answer_ids
        answer.with_user(self.user_all).value_yes_no = "no"
        self.assertEqual(lead.qualification_state, "failed")
        log = self._answers(lead) - answer
        self.assertEqual((log.value_yes_no, log.active), ("yes", False))
        self.assertEqual(answer.user_id, self.user_all)

    def test_taking_an_answer_back(self):
        question = self._question("number")
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, 3)
        lead.action_answer_qualifier(question.id, "")
        self.assertEqual(lead.qualification_state, "open")
        self.assertFalse(lead.qualifier_answer_ids)
        self.assertEqual(len(self._answers(lead)), 1)

    def test_deleting_an_answer_evaluates_the_lead(self):
        question = self._question("yes_no")
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, "yes")
        lead.qualifier_answer_ids.unlink()
        self.assertEqual(lead.qualification_state, "open")

    def test_answers_can_be_imported_and_exported(self):
        question = self._question(
            "choice", [("Good", "pass"), ("Bad", "fail")], name="Mood"
        )
        lead = self._make_lead(name="Imported one")
        result = self.env["crm.qualifier.answer"].load(
            ["lead_id", "qualifier_id", "option_id"],
            [["Imported one", "Mood", "Bad"], ["Imported one", "Mood", "Good"]],
        )
        self.assertFalse([m for m in result["messages"] if m["type"] == "error"])
        self.assertEqual(lead.qualifier_answer_ids.option_id.name, "Good")
        self.assertEqual(len(self._answers(lead)), 2)
        self.assertEqual(lead.qualification_state, "passed")
        rows = lead.qualifier_answer_ids.export_data(
            ["qualifier_id", "option_id", "verdict"]
        )
        self.assertEqual(rows["datas"], [[question.name, "Good", "Passed"]])

    def test_answers_can_be_read_by_rules_of_all_kinds(self):
        question = self._question("yes_no")
        self.env["crm.segment"].create(
            {
                "name": "Said yes",
                "domain": repr(
                    [
                        (
                            "qualifier_answer_ids",
                            "any",
                            [
                                ("qualifier_id", "=", question.id),
                                ("value_yes_no", "=", "yes"),
                            ],
                        )
                    ]
                ),
            }
        )
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, "no")
        lead._lead_evaluate(None)
        self.assertFalse(lead.segment_ids)
        lead.action_answer_qualifier(question.id, "yes")
        self.assertEqual(lead.segment_ids.name, "Said yes")

    def test_rights_follow_those_of_the_lead(self):
        question = self._question("yes_no")
        mine = self._make_lead(user_id=self.user_seller.id)
        theirs = self._make_lead(user_id=self.user_colleague.id)
        mine.action_answer_qualifier(question.id, "yes")
        theirs.action_answer_qualifier(question.id, "yes")
        answers = mine.qualifier_answer_ids + theirs.qualifier_answer_ids
        Answer = self.env["crm.qualifier.answer"]
        self.assertEqual(
            Answer.with_user(self.user_seller).search([("id", "in", answers.ids)]),
            mine.qualifier_answer_ids,
        )
        self.assertEqual(
            Answer.with_user(self.user_all).search_count([("id", "in", answers.ids)]), 2
        )
        with self.assertRaises(AccessError):
            theirs.with_user(self.user_seller).action_answer_qualifier(
                question.id, "no"
            )
        with self.assertRaises(AccessError):
            Answer.with_user(self.user_seller).create(
                {
                    "lead_id": theirs.id,
                    "qualifier_id": question.id,
                    "value_yes_no": "no",
                }
            )
        with self.assertRaises(AccessError):
            mine.qualifier_answer_ids.with_user(self.user_seller).unlink()
        with self.assertRaises(AccessError):
            question.with_user(self.user_seller).name = "Mine"
        with self.assertRaises(AccessError):
            self._question("choice", [("A", "pass")]).option_ids.with_user(
                self.user_seller
            ).verdict = "fail"
        stranger = new_test_user(self.env, "lead_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            mine.with_user(stranger).action_answer_qualifier(question.id, "no")

    def test_rights_between_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        question = self._question("yes_no")
        foreign = self._make_lead(company_id=other.id, user_id=False, team_id=False)
        foreign.action_answer_qualifier(question.id, "yes")
        found = self.env["crm.qualifier.answer"].with_user(self.user_manager).search([])
        self.assertNotIn(foreign.qualifier_answer_ids, found)
        hidden = self._question("yes_no", company_id=other.id)
        Qualifier = self.env["crm.qualifier"].with_user(self.user_manager)
        self.assertNotIn(hidden, Qualifier.search([]))

    def test_a_question_that_was_answered_is_archived_not_deleted(self):
        question = self._question("yes_no")
        lead = self._make_lead()
        lead.action_answer_qualifier(question.id, "no")
        with (
            self.cr.savepoint(),
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
        ):
            question.unlink()
        question.active = False
        self.env["crm.qualifier.engine"]._qualify(lead)
        self.assertEqual(lead.qualification_state, "passed")

    def test_a_lead_that_is_not_saved_yet_shows_the_questions(self):
        question = self._question("yes_no")
        new = self.env["crm.lead"].with_user(self.user_seller).new({"name": "New"})
        self.assertEqual(self._row(new, question)["mark"], "open")
        form = Form(self.env["crm.lead"].with_user(self.user_seller))
        form.name = "New"
        self.assertEqual(form.save().qualification_state, "open")
