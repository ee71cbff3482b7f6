# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ...const import FOLLOWUP_DUTIES
from ...models.common import contacts
from ...tools import contact
from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestFollowupAccounts(FollowupCase):
    """Who does what, what shows that it was done, and who owes what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Duty = cls.env["crm.followup.duty"]
        cls.team_north.company_id = cls.company

    def _matrix(self, **who):
        """Have the matrix name somebody for each step; the owner where nothing is said."""
        self.Duty.with_context(active_test=False).search([]).unlink()
        minutes = {"welcome": 30, "needs_call": 480, "offer": 1440, "after_offer": 1440}
        with freeze_time(MONDAY - DAY):
            return self.Duty.create(
                [
                    {
                        "code": code,
                        "minutes": minutes.get(code, 480),
                        **who.get(code, {"who": "owner"}),
                    }
                    for code, _label in FOLLOWUP_DUTIES
                ]
            )

    # === WHO === #

    def test_nobody_is_never_responsible(self):
        """All leads, all steps: a user that is there, whatever is missing."""
        self._matrix(welcome={"who": "person", "user_id": self.user_all.id})
        self.user_all.active = False
        owned = self._make_lead(user_id=self.user_seller.id)
        orphan = self._make_lead(user_id=False, team_id=self.team_north.id)
        nobody = self._make_lead(user_id=False, team_id=False)
        for code, _label in FOLLOWUP_DUTIES:
            found = self.accountant._responsible(owned | orphan | nobody, code)
            self.assertEqual(found[owned.id], self.user_seller.id, code)
            users = self.env["res.users"].browse(found.values())
            self.assertEqual(len(users.filtered("active")), len(users))
        self.assertEqual(
            self.accountant._responsible(orphan, "welcome")[orphan.id],
            self.company.lead_fallback_user_id.id or self.user_manager.id,
        )

    def test_nobody_of_another_company_is_responsible(self):
        """Whom the matrix names does not work in the lead's company any more: its owner."""
        self._matrix(offer={"who": "person", "user_id": self.user_colleague.id})
        lead = self._make_lead(
            user_id=self.user_seller.id,
            team_id=self.team_north.id,
            company_id=self.company.id,
        )
        found = self.accountant._responsible(lead, "offer")
        self.assertEqual(found[lead.id], self.user_colleague.id)
        other = self.env["res.company"].create({"name": "Other"})
        self.user_colleague.write(
            {"company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        found = self.accountant._responsible(lead, "offer")
        self.assertEqual(found[lead.id], self.user_seller.id)

    def test_the_row_of_the_team_goes_before_the_general_one(self):
        self._matrix(offer={"who": "person", "user_id": self.user_all.id})
        self.Duty.create(
            {"code": "offer", "team_id": self.team_north.id, "who": "leader"}
        )
        north = self._make_lead(user_id=self.user_seller.id, team_id=self.team_north.id)
        south = self._make_lead(user_id=self.user_seller.id, team_id=self.team_south.id)
        found = self.accountant._responsible(north | south, "offer")
        self.assertEqual(found[north.id], self.user_manager.id)
        self.assertEqual(found[south.id], self.user_all.id)

    def test_marketing_shares_evenly(self):
        people = self.user_all | self.user_colleague
        self._matrix(
            welcome={"who": "marketing", "group_user_ids": [(6, 0, people.ids)]}
        )
        leads = self._make_leads(6, user_id=self.user_seller.id)
        found = self.accountant._responsible(leads, "welcome")
        self.assertEqual(sorted(set(found.values())), sorted(people.ids))

    def test_the_grade_says_who_calls_and_within_what_time(self):
        """*Responsible* and *Answer Within* of a grade, where the matrix leaves it to them."""
        self.policy.active = False
        self._matrix(needs_call={"who": "grade", "minutes": 0})
        self.Duty.search([("code", "in", ("qualify", "welcome"))]).active = False
        lead = self._lead_at(MONDAY, team_id=self.team_north.id)
        grade = self.env["crm.scorecard.grade"].new(
            {"role": "leader", "response_minutes": 45}
        )
        engine = type(self.env["crm.score.engine"])
        with patch.object(
            engine, "_courses", lambda _self, leads: dict.fromkeys(leads.ids, grade)
        ):
            self._plan(lead, MONDAY)
            step = self.assertPlanned(lead, "needs_call")
            self.assertEqual(step.user_id, self.user_manager)
            self.assertEqual(step.due_on, MONDAY + timedelta(minutes=45))

    # === THE CHAIN === #

    def test_a_step_is_done_by_a_fact_and_the_next_one_begins(self):
        self.policy.active = False
        self._matrix()
        lead = self._lead_at(MONDAY)
        self._plan(lead, MONDAY + timedelta(minutes=5))
        step = self.assertPlanned(lead, "welcome")
        self.assertEqual(step.due_on, MONDAY + timedelta(minutes=30))
        # An automatic message counts here, and stops no clock.
        self._touch(
            lead, MONDAY + timedelta(minutes=20), "email", "out", None, is_human=False
        )
        self._plan(lead, MONDAY + timedelta(minutes=40))
        self.assertPlanned(lead, "needs_call")
        self.assertEqual(step.state, "done")
        # Nobody answers: nothing is done by trying.
        self._touch(lead, MONDAY + timedelta(hours=2), "call", "internal", "no_answer")
        self.assertPlanned(lead, "needs_call")
        self._touch(lead, MONDAY + timedelta(days=2), "call", "out", "talked")
        call = lead.followup_ids.filtered(lambda one: one.duty == "needs_call")
        self.assertEqual(call.state, "late")
        offer = self.assertPlanned(lead, "offer")
        self.assertEqual(
            offer.due_on, MONDAY + timedelta(days=4, hours=8)
        )  # three working days

    def test_a_lead_that_is_further_owes_nobody_a_welcome(self):
        self.policy.active = False
        self._matrix()
        lead = self._lead_at(MONDAY)
        self._plan(lead, MONDAY + timedelta(minutes=5))
        self.assertPlanned(lead, "welcome")
        self._touch(lead, MONDAY + timedelta(minutes=10), "call", "in", "talked")
        welcome = lead.followup_ids.filtered(lambda one: one.duty == "welcome")
        self.assertEqual(
            (welcome.state, welcome.reason), ("skipped", "already_further")
        )
        self.assertPlanned(lead, "offer")

    def test_after_the_win_somebody_cares(self):
        self.policy.active = False
        self._matrix(care={"who": "person", "user_id": self.user_all.id})
        lead = self._lead_at(MONDAY, team_id=self.team_north.id)
        self._touch(lead, MONDAY + timedelta(minutes=10))
        with freeze_time(MONDAY + DAY):
            lead.action_set_won()
        care = self.assertPlanned(lead, "care")
        self.assertEqual(care.user_id, self.user_all)
        self._touch(lead, MONDAY + 2 * DAY)
        self.assertIn(care.state, ("done", "late"))
        self.assertPlanned(lead)

    def test_by_word_is_by_word(self):
        self.policy.active = False
        self._matrix()
        lead = self._lead_at(MONDAY)
        self._plan(lead, MONDAY + timedelta(minutes=5))
        step = self.assertPlanned(lead, "welcome").with_user(self.user_seller)
        with freeze_time(MONDAY + timedelta(minutes=10)):
            step.action_done()
        self.assertEqual((step.state, step.by_word), ("done", True))
        self._plan(lead, MONDAY + DAY)
        self.assertPlanned(lead, "needs_call")
        with self.assertRaises(UserError):
            step.action_done()

    # === DEFECTS, NEGLECT, RISK === #

    def test_defects_are_counted(self):
        Lead = self.env["crm.lead"]
        late, fine = self._lead_at(MONDAY), self._lead_at(MONDAY)
        for lead in (late, fine):
            self._touch(lead, MONDAY + timedelta(hours=1))
        self._touch(fine, MONDAY + timedelta(days=7))
        orphan = self._lead_at(MONDAY, user_id=False)
        blank = self._lead_at(MONDAY)
        leads = late | fine | orphan | blank
        with freeze_time(MONDAY + timedelta(days=8)):
            found = self.accountant._defects([("id", "in", leads.ids)])
            self.assertEqual(found, late | orphan | blank)
            self.assertEqual(
                Lead.search(
                    [("id", "in", leads.ids), ("followup_state", "=", "overdue")]
                ),
                late,
            )
            none = [("id", "in", leads.ids), ("followup_state", "=", "none")]
            self.assertEqual(Lead.search(none), orphan | blank)
            self.assertEqual(late.followup_state, "overdue")
            self.assertEqual(blank.followup_state, "none")

    def test_neglect_counts_from_the_last_touch(self):
        self.policy.neglect_days = 14
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        for days, neglected in ((13, False), (15, True)):
            found = self.accountant._neglected(MONDAY + timedelta(days=days))
            self.assertEqual(lead in found, neglected)

    def test_money_at_risk(self):
        """10,000 at 30 %, of which 25 % are remembered: 2,250."""
        self.policy.min_days = 1
        lead = self._lead_at(MONDAY, type="opportunity", expected_revenue=10000)
        lead.probability = 30
        self._touch(lead, MONDAY)
        now = MONDAY + timedelta(days=6)
        self.assertAlmostEqual(self.accountant._risk(lead, now)[lead.id], 2250, -1)
        # Before its next touch nothing is at risk.
        self.assertEqual(self.accountant._risk(lead, MONDAY + DAY)[lead.id], 0)

    # === THE BOARD === #

    def test_each_number_opens_what_it_counts(self):
        self.policy.neglect_days = 6
        leads = self.env["crm.lead"]
        for number in range(6):
            lead = self._lead_at(
                MONDAY, type="opportunity", expected_revenue=1000 * number
            )
            if number:
                self._touch(lead, MONDAY + timedelta(hours=number))
            leads |= lead
        leads[5].user_id = self.user_colleague
        self._touch(leads[4], MONDAY + timedelta(days=7))
        with freeze_time(MONDAY + timedelta(days=8)):
            card = self.env["crm.followup.board"].search(
                [("user_id", "=", self.user_seller.id)]
            )
            for name, action in (
                ("lead_count", "leads"),
                ("due_count", "due"),
                ("overdue_count", "overdue"),
                ("none_count", "none"),
                ("neglected_count", "neglected"),
                ("owed_count", "on_time"),
            ):
                opened = getattr(card, f"action_open_{action}")()
                found = self.env[opened["res_model"]].search(opened["domain"])
                self.assertEqual(len(found), card[name], name)
            self.assertEqual(card.lead_count, 5)
            self.assertEqual(card.overdue_count, 3)
            self.assertEqual(card.none_count, 1)
            risk = self.accountant._risk(leads[:5])
            self.assertAlmostEqual(card.money_at_risk, sum(risk.values()), 2)

    def test_the_board_costs_the_same_for_2_and_50_people(self):
        board = self.env["crm.followup.board"]

        def look(size):
            users = self.env["res.users"].create(
                [
                    {
                        "name": f"Board {size} {number}",
                        "login": f"board_{uuid4()}",
                        "group_ids": [
                            (4, self.env.ref("sales_team.group_sale_salesman").id)
                        ],
                    }
                    for number in range(size)
                ]
            )
            for user in users:
                self._make_lead(user_id=user.id)
            domain = [("user_id", "in", users.ids)]
            return lambda: board.search(domain).read(
                ["lead_count", "neglected_count", "money_at_risk"]
            )

        self.assertSameQueryCount(look, 2, 50)

    def test_who_sees_whom(self):
        for user in (self.user_seller, self.user_colleague):
            self._make_lead(user_id=user.id)
        board = self.env["crm.followup.board"]
        seen = board.with_user(self.user_seller).search([]).user_id
        self.assertEqual(seen, self.user_seller)
        self.team_north.user_id = self.user_seller
        seen = board.with_user(self.user_seller).search([]).user_id
        self.assertEqual(seen, self.user_seller | self.user_colleague)
        card = board.with_user(self.user_colleague).search([])
        self.assertEqual(card.user_id, self.user_colleague)
        with self.assertRaises(AccessError):
            card.action_pause()
        card = board.with_user(self.user_seller).search(
            [("user_id", "=", self.user_colleague.id)]
        )
        card.action_pause()
        self.assertTrue(self.user_colleague.crm_team_member_ids.assignment_optout)

    def test_leads_without_owner_are_routed_from_the_board(self):
        leads = self._make_lead(user_id=False, company_id=self.company.id)
        leads |= self._make_lead(user_id=False, company_id=self.company.id)
        owned = self._make_lead(user_id=self.user_seller.id, company_id=self.company.id)
        self._make_lead(user_id=False, company_id=self.company.id).action_set_lost()
        self.env["crm.routing.rule"].create(
            {"name": "All", "method": "round_robin", "team_id": self.team_north.id}
        )
        board = self.env["crm.followup.board"]
        nobody = [("user_id", "=", False), ("company_id", "=", self.company.id)]
        self.assertFalse(board.with_user(self.user_seller).search(nobody))
        card = board.with_user(self.user_manager).search(nobody)
        opened = card.action_open_leads()
        found = self.env["crm.lead"].search(opened["domain"])
        self.assertEqual(len(found), card.lead_count)
        self.assertLessEqual(leads, found)
        card.action_route_now()
        self.assertTrue(all(lead.user_id for lead in leads))
        self.assertEqual(owned.user_id, self.user_seller)
        card = board.search([("user_id", "=", self.user_seller.id)])
        with self.assertRaises(UserError):
            card.action_route_now()

    # === ONE PLACE === #

    def test_what_landed_says_the_same_in_sql(self):
        lead = self._make_lead()
        Touchpoint = self.env["crm.touchpoint"]
        kinds = [key for key, _label in Touchpoint._fields["kind"].selection]
        outcomes = [key for key, _label in Touchpoint._fields["outcome"].selection]
        events = [
            (kind, direction, human, outcome)
            for kind in kinds
            for direction in ("in", "out", "internal")
            for human in (True, False)
            for outcome in (None, *outcomes)
        ]
        names = ("kind", "direction", "is_human", "outcome")
        touches = Touchpoint._record(
            [
                {"lead_id": lead.id, **dict(zip(names, one, strict=True))}
                for one in events
            ]
        )
        self.assertEqual(len(touches), len(events))
        for judge in ("is_landed", "is_attempt", "is_answer"):
            statement = SQL(
                "SELECT one.id FROM crm_touchpoint AS one WHERE one.lead_id = %s AND %s",
                lead.id,
                contacts.judged(self.env, judge, "one"),
            )
            found = {row[0] for row in self.env.execute_query(statement)}
            expected = {
                touch.id
                for touch, event in zip(touches, events, strict=True)
                if getattr(contact, judge)(*event)
            }
            self.assertEqual(found, expected, judge)
