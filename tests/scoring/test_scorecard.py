# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestScorecard(ScoringCommon):
    """What a scorecard is made of, which one is live, and who may change it."""

    def test_five_grades_by_default(self):
        rows = self._make_scorecard().grade_ids.sorted("grade")
        self.assertEqual(rows.mapped("grade"), [1, 2, 3, 4, 5])
        self.assertEqual(
            rows.mapped("band"), ["leave", "nurture", "nurture", "focus", "focus"]
        )
        self.assertEqual(rows.mapped("is_mql"), [False, False, False, True, True])
        self.assertEqual(rows.mapped("threshold"), [0, 20, 40, 60, 80])

    def test_one_live_scorecard(self):
        first = self._make_scorecard()
        self.assertTrue(first.live_from)
        second = self._make_scorecard()
        self.assertEqual((first.state, second.state), ("retired", "live"))
        self.assertTrue(first.live_until)
        first.state = "live"
        self.assertEqual((first.state, second.state), ("live", "retired"))
        self.assertFalse(first.live_until)
        first.active = False
        self.assertEqual(first.state, "retired")

    def test_one_live_scorecard_for_each_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        general = self._make_scorecard()
        own = self._make_scorecard(company_id=other.id)
        self.assertEqual((general.state, own.state), ("live", "live"))
        own.company_id = False
        self.assertEqual((general.state, own.state), ("retired", "live"))

    def test_two_live_scorecards_at_once(self):
        self._make_scorecard()
        draft = self._make_scorecard(state="draft")
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.env.cr.execute(
                "UPDATE crm_scorecard SET state = 'live' WHERE id = %s", draft.ids
            )

    def test_two_at_once_in_one_call(self):
        cards = self.env["crm.scorecard"].create(
            [{"name": "A", "state": "live"}, {"name": "B", "state": "live"}]
        )
        self.assertEqual(cards.mapped("state"), ["retired", "live"])

    def test_thresholds_in_order(self):
        scorecard = self._make_scorecard()
        by_grade = {row.grade: row for row in scorecard.grade_ids}
        with self.assertRaises(ValidationError):
            by_grade[3].threshold = 60
        with self.assertRaises(ValidationError):
            by_grade[3].threshold = float("nan")
        # together, in whatever order
        scorecard.grade_ids = [
            (1, by_grade[2].id, {"threshold": 90}),
            (1, by_grade[3].id, {"threshold": 91}),
            (1, by_grade[4].id, {"threshold": 92}),
            (1, by_grade[5].id, {"threshold": 93}),
        ]
        with self.assertRaises(ValidationError):
            scorecard.grade_ids = [(2, by_grade[2].id)]

    def test_points_are_numbers(self):
        for points in (float("inf"), float("nan"), 1e9):
            with self.subTest(points=points), self.assertRaises(ValidationError):
                self._make_scorecard(("Any", points, []))

    def test_bad_domains(self):
        for domain in ("[('gone', '=', 1)]", "[('name', 'like~', 1)]", "[(", "exit()"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self._make_scorecard({"name": "Bad", "points": 1, "domain": domain})

    def test_copy(self):
        scorecard = self._make_scorecard(("One", 20, []), ("Two", 30, []))
        group = self.env["crm.scorecard.group"].create(
            {"name": "Fit", "scorecard_id": scorecard.id, "max_points": 25}
        )
        scorecard.rule_ids[1].group_id = group
        copied = scorecard.copy()
        self.assertEqual(copied.state, "draft")
        self.assertEqual(copied.rule_ids.mapped("points"), [20, 30])
        self.assertEqual(copied.rule_ids[1].group_id, copied.group_ids)
        self.assertEqual(copied.group_ids.max_points, 25)
        self.assertFalse(copied.rule_ids[0].group_id)
        self.assertEqual(len(copied.grade_ids), 5)
        self.assertEqual(scorecard.group_ids, group)

    def test_group_of_another_scorecard(self):
        scorecard = self._make_scorecard(("One", 20, []))
        group = self.env["crm.scorecard.group"].create(
            {"name": "Fit", "scorecard_id": self._make_scorecard().id}
        )
        with self.assertRaises(ValidationError):
            scorecard.rule_ids.group_id = group

    def test_publish(self):
        self._make_leads(2)
        draft = self._make_scorecard(state="draft")
        draft.with_user(self.user_manager).action_publish()
        self.assertGreaterEqual(draft.rescore_remaining, 2)
        self.assertEqual(draft.state, "live")

    def test_rights(self):
        scorecard = self._make_scorecard(("One", 20, []))
        as_seller = scorecard.with_user(self.user_seller)
        self.assertEqual(as_seller.rule_ids.name, "One")
        for record in (as_seller, as_seller.rule_ids, as_seller.grade_ids):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.write({"name": "Mine"})
        with self.assertRaises(AccessError):
            as_seller.action_publish()
        as_manager = scorecard.with_user(self.user_manager)
        as_manager.rule_ids.points = 3
        as_manager.copy().unlink()

    def test_grade_log_is_read_only_and_private(self):
        self._make_scorecard()
        mine = self._make_lead(user_id=self.user_seller.id)
        theirs = self._make_lead(user_id=self.user_colleague.id)
        logs = (mine | theirs).grade_log_ids
        self.assertEqual(len(logs), 2)
        Log = self.env["crm.lead.grade.log"]
        domain = [("id", "in", logs.ids)]
        self.assertEqual(Log.with_user(self.user_seller).search(domain).lead_id, mine)
        self.assertEqual(len(Log.with_user(self.user_all).search(domain)), 2)
        with self.assertRaises(AccessError):
            logs[0].with_user(self.user_manager).write({"to_grade": 5})

    def test_explanation_is_for_those_who_may_read_the_lead(self):
        self._make_scorecard(("One", 20, []))
        theirs = self._make_lead(user_id=self.user_colleague.id)
        with self.assertRaises(AccessError):
            theirs.with_user(self.user_seller).get_grade_explanation()
