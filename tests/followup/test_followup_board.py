# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from itertools import combinations

from freezegun import freeze_time

from odoo.tests import tagged

from .common import MONDAY, FollowupCase

NOW = MONDAY + timedelta(days=8)
STATES = ("none", "planned", "today", "overdue")


@tagged("post_install", "-at_install")
class TestFollowupBoard(FollowupCase):
    """What the team board adds up, and the filters by the next step: as each lead says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bare = cls._lead_at(MONDAY)
        cls.clock = cls._lead_at(MONDAY)
        cls._column(cls.clock, response_deadline=NOW - timedelta(hours=1))
        cls.paused = cls._lead_at(MONDAY)
        cls._column(cls.paused, routing_paused_until=NOW + timedelta(hours=3))
        cls.own = cls._lead_at(MONDAY)
        cls.own.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=NOW.date() + timedelta(days=20),
            user_id=cls.user_colleague.id,
        )
        # Of two people, and of one of them two; the clock besides.
        cls.several = cls._lead_at(MONDAY)
        cls._column(cls.several, response_deadline=NOW - timedelta(hours=2))
        for user, key, hours in (
            (cls.user_seller, "a", -5),
            (cls.user_seller, "b", 10),
            (cls.user_colleague, "c", 5),
        ):
            cls._step(cls.several, user, key, NOW + timedelta(hours=hours))
        cls.later = cls._lead_at(MONDAY)
        cls._step(cls.later, cls.user_seller, "d", NOW + timedelta(days=9))
        cls.leads = (
            cls.bare | cls.clock | cls.paused | cls.own | cls.several | cls.later
        )

    @classmethod
    def _column(cls, lead, **values):
        lead.flush_recordset()
        for name, value in values.items():
            cls.env.cr.execute(
                f"UPDATE crm_lead SET {name} = %s WHERE id = %s", [value, lead.id]
            )
        lead.invalidate_recordset()

    @classmethod
    def _step(cls, lead, user, key, due_on):
        return cls.Step.create(
            {
                "lead_id": lead.id,
                "user_id": user.id,
                "key": f"{lead.id}:{key}",
                "duty": "touch",
                "kind": "periodic",
                "state": "planned",
                "due_on": due_on,
                "planned_on": MONDAY,
            }
        )

    def test_the_filters_say_what_each_lead_says(self):
        """All sets of states, and their opposites: one path counts, another one shows."""
        with freeze_time(NOW):
            for size in range(1, len(STATES) + 1):
                for states in combinations(STATES, size):
                    expected = self.leads.filtered(
                        lambda lead, states=states: lead.followup_state in states
                    )
                    for operator, wanted in (
                        ("in", expected),
                        ("not in", self.leads - expected),
                    ):
                        found = self.leads.search(
                            [
                                ("id", "in", self.leads.ids),
                                ("followup_state", operator, states),
                            ]
                        )
                        self.assertEqual(set(found), set(wanted), (operator, states))
            self.assertEqual(self.bare.followup_state, "none")
            self.assertEqual(self.clock.followup_state, "overdue")

    def test_the_filters_hold_wherever_they_stand(self):
        """Twice in a domain, and of the leads of other records: joined once, or looked up."""
        with freeze_time(NOW):
            self._step(self.bare, self.user_seller, "old", NOW - timedelta(hours=1))
            self.leads.invalidate_recordset()
            late = self.leads.filtered(lambda lead: lead.followup_state == "overdue")
            self.assertLessEqual(self.bare | self.clock, late)
            is_late = [("followup_state", "=", "overdue")]
            mine = [("id", "in", self.leads.ids)]
            both = ["|", *is_late, "!", *is_late]
            self.assertEqual(self.leads.search([*mine, *both]), self.leads)
            self.assertFalse(self.leads.search([*mine, *is_late, "!", *is_late]))
            touches = self.env["crm.touchpoint"]._record(
                [
                    {"lead_id": lead.id, "kind": "note", "occurred_on": MONDAY}
                    for lead in self.leads
                ]
            )
            found = touches.search(
                [
                    ("id", "in", touches.ids),
                    ("lead_id.followup_state", "=", "overdue"),
                ]
            )
            self.assertEqual(found.lead_id, late)
            self.assertEqual(self.leads.search([*mine, *is_late]), late)

    def test_a_lead_counts_once_for_each_person(self):
        cards = self.env["crm.followup.board"]
        people = self.user_seller | self.user_colleague
        with freeze_time(NOW):
            found = cards.search([("user_id", "in", people.ids)])
            mine, other = (
                found.filtered(lambda card, user=user: card.user_id == user)
                for user in people
            )
            self.assertEqual(mine.lead_count, len(self.leads))
            self.assertEqual(mine.none_count, 1)  # the bare one
            self.assertEqual(mine.waiting_count, 2)  # two clocks
            self.assertEqual(mine.overdue_count, 2)
            self.assertEqual(mine.due_count, 2)
            self.assertEqual((other.lead_count, other.none_count), (0, 0))
            self.assertEqual((other.due_count, other.overdue_count), (1, 0))

    def test_it_costs_the_same_for_more_leads(self):
        board = self.env["crm.followup.board"].with_user(self.user_manager)

        def look(size):
            leads = self.env["crm.lead"].concat(
                *(self._lead_at(MONDAY) for _number in range(size))
            )
            self._plan(leads, MONDAY)
            names = ["lead_count", "due_count", "none_count", "neglected_count"]
            return lambda: board.search([]).read(names)

        self.policy.neglect_days = 3
        self.assertSameQueryCount(look, 3, 40)
