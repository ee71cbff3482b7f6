# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random
from datetime import datetime, timedelta

import pytz
from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import MONDAY, FollowupCase

COLUMNS = (
    "next_touch_on",
    "last_contact_on",
    "last_touch_on",
    "contact_count",
    "retention_k",
)
DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestFollowupEngine(FollowupCase):
    """One date for each lead, from its touchpoints alone."""

    def _columns(self, lead):
        lead.invalidate_recordset()
        return tuple(lead[name] for name in COLUMNS)

    def _office(self, moment):
        """Return the first moment of the office hours in Brussels from another on."""
        zone = pytz.timezone("Europe/Brussels")
        here = pytz.utc.localize(moment).astimezone(zone)
        while not (here.weekday() < 5 and 9 <= here.hour < 17):
            here = zone.normalize(here + timedelta(hours=1)).replace(minute=0, second=0)
        return here.astimezone(pytz.utc).replace(tzinfo=None)

    # === THE CURVE === #

    def test_intervals_grow_as_in_the_example(self):
        """3.00, 3.75, 4.69 ... days: next.md 7.1, on a lead."""
        lead, moment = self._lead_at(MONDAY), MONDAY + timedelta(hours=2)
        for days in (3.0, 3.75, 4.6875, 5.859375, 7.32421875):
            self._touch(lead, moment)
            expected = self._office(moment + timedelta(days=days))
            gap = abs(lead.next_touch_on - expected)
            self.assertLess(gap, timedelta(seconds=2), days)
            moment = lead.next_touch_on
        self.assertEqual(lead.contact_count, 5)

    def test_five_mails_on_one_day_are_one_repetition(self):
        lead = self._lead_at(MONDAY)
        for hour in range(5):
            self._touch(lead, MONDAY + timedelta(hours=hour), "email", "in", None)
        self.assertEqual(lead.contact_count, 1)
        self.assertEqual(lead.last_contact_on, MONDAY + timedelta(hours=4))

    def test_what_does_not_land_moves_k_not_at_all(self):
        """An out-of-office reply, a no-show, an unanswered call, a mail that did not leave."""
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        before = self._columns(lead)
        self._touch(lead, MONDAY + DAY, "email", "in", None, is_human=False)
        self._touch(lead, MONDAY + DAY, "email", "out", "failed")
        self.assertEqual(self._columns(lead), before)
        for days, event in enumerate(
            (("meeting", "internal", "no_show"), ("call", "internal", "no_answer")), 2
        ):
            self._touch(lead, MONDAY + timedelta(days=days), *event)
            self.assertEqual(lead.retention_k, before[4])
            self.assertEqual(lead.last_contact_on, before[1])
            # The date moves by the same interval.
            expected = self._office(MONDAY + timedelta(days=days + 3))
            self.assertEqual(lead.next_touch_on, expected)
        self.assertEqual(lead.attempt_count, 2)

    def test_the_order_of_events_does_not_matter(self):
        events = [
            (MONDAY + timedelta(days=number * 1.7), kind)
            for number, kind in enumerate(
                [
                    ("call", "out", "talked"),
                    ("email", "out", None),
                    ("email", "in", None),
                    ("call", "internal", "no_answer"),
                    ("meeting", "internal", "held"),
                    ("meeting", "internal", "no_show"),
                ]
                * 2
            )
        ]
        found = set()
        for seed in range(4):
            lead = self._lead_at(MONDAY - DAY)
            random.Random(seed).shuffle(events)
            now = MONDAY + timedelta(days=40)
            with freeze_time(now):
                for moment, (kind, direction, outcome) in events:
                    self.env["crm.touchpoint"]._record(
                        [
                            {
                                "lead_id": lead.id,
                                "kind": kind,
                                "direction": direction,
                                "outcome": outcome,
                                "is_human": True,
                                "occurred_on": moment,
                            }
                        ]
                    )
            found.add(self._columns(lead))
        self.assertEqual(len(found), 1)

    def test_the_columns_can_be_thrown_away(self):
        leads = self.env["crm.lead"]
        for number in range(3):
            lead = self._lead_at(MONDAY)
            for day in range(number):
                self._touch(lead, MONDAY + timedelta(days=day, hours=1))
            leads |= lead
        now = MONDAY + timedelta(days=10)
        self._plan(leads, now)
        before = [self._columns(lead) for lead in leads]
        leads.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead SET next_touch_on = NULL, last_contact_on = NULL,"
            " last_touch_on = NULL, contact_count = NULL, retention_k = NULL WHERE id = ANY(%s)",
            [leads.ids],
        )
        leads.invalidate_recordset()
        self.assertEqual(self._plan(leads, now), 3)
        self.assertEqual([self._columns(lead) for lead in leads], before)
        self.assertEqual(self._plan(leads, now), 0)

    def test_events_in_the_future_count_once_they_are_past(self):
        lead = self._lead_at(MONDAY)
        with freeze_time(MONDAY):
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "call",
                        "direction": "out",
                        "outcome": "talked",
                        "is_human": True,
                        "occurred_on": MONDAY + timedelta(days=5),
                    }
                ]
            )
        self._plan(lead, MONDAY + DAY)
        self.assertFalse(lead.last_contact_on)
        self._plan(lead, MONDAY + timedelta(days=6))
        self.assertEqual(lead.last_contact_on, MONDAY + timedelta(days=5))

    def test_retention_can_be_searched(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY)
        with freeze_time(MONDAY + timedelta(days=6)):
            self.assertAlmostEqual(lead.retention, 0.25, 3)
            Lead = self.env["crm.lead"]
            self.assertIn(lead, Lead.search([("retention", "<", 0.26)]))
            self.assertNotIn(lead, Lead.search([("retention", "<", 0.24)]))
            self.assertIn(lead, Lead.search([("retention", ">", 0.24)]))
            never = self._lead_at(MONDAY)
            self.assertIsNone(self.engine._retention(never)[never.id])
            self.assertNotIn(never, Lead.search([("retention", "<", 0.99)]))

    # === WORKING TIME === #

    def test_friday_evening_plus_a_day(self):
        """In Brussels it is Monday at 9; in Riyadh, where Sunday is a day of work, Sunday."""
        self.policy.write({"first_days": 1, "factor": 1})
        lead = self._lead_at(MONDAY)
        friday = datetime(2026, 3, 6, 16, 30)  # 17:30 in Brussels
        self._touch(lead, friday)
        self.assertEqual(lead.next_touch_on, datetime(2026, 3, 9, 8, 0))
        calendar = self._calendar("Asia/Riyadh", (6, 0, 1, 2, 3))
        self.company.resource_calendar_id = calendar
        self.user_seller.tz = "Asia/Riyadh"
        self._plan(lead, friday)
        self.assertEqual(lead.next_touch_on, datetime(2026, 3, 8, 6, 0))

    def test_both_changes_of_the_clock(self):
        """9 in the morning in Brussels is 7 in UTC in summer, and 8 in winter."""
        self.policy.write({"first_days": 1, "factor": 1})
        for friday, monday in (
            (datetime(2026, 3, 27, 18), datetime(2026, 3, 30, 7)),
            (datetime(2026, 10, 23, 18), datetime(2026, 10, 26, 8)),
        ):
            lead = self._lead_at(friday - DAY)
            self._touch(lead, friday)
            self.assertEqual(lead.next_touch_on, monday)

    def test_an_owner_without_calendar_or_zone(self):
        self.company.resource_calendar_id = False
        self.user_seller.tz = False
        self.user_seller.resource_ids.calendar_id = False
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY)
        self.assertEqual(lead.next_touch_on, MONDAY + timedelta(days=3))

    # === THE LEDGER === #

    def test_a_contact_does_the_step_and_the_next_one_is_planned(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        step = self.assertPlanned(lead, "touch")
        self.assertEqual(step.user_id, self.user_seller)
        self.assertEqual(step.due_on.date(), lead.next_touch_on.date())
        self.assertEqual(step.due_on.hour, 16)  # the end of his day
        self._touch(lead, step.due_on - timedelta(hours=2))
        self.assertEqual(self._states(lead), [("touch", "done"), ("touch", "planned")])
        step = self.assertPlanned(lead, "touch")
        self._touch(lead, step.due_on + timedelta(hours=20))
        self.assertEqual(
            self._states(lead),
            [("touch", "done"), ("touch", "late"), ("touch", "planned")],
        )
        done = lead.followup_ids.filtered(lambda one: one.state == "late")
        self.assertEqual(done.done_by_id, self.user_seller)

    def test_planning_twice_writes_nothing(self):
        leads = self.env["crm.lead"]
        for _number in range(3):
            leads |= self._lead_at(MONDAY)
        now = MONDAY + timedelta(days=2)
        self.assertEqual(self._plan(leads, now), 3)
        self.env.flush_all()
        before = self.Step.search_count([])
        for later in (0, 1, 5):
            self.assertEqual(self._plan(leads, now + timedelta(hours=later)), 0)
        self.assertEqual(self.Step.search_count([]), before)

    def test_nothing_is_late_when_it_is_planned(self):
        lead = self._lead_at(MONDAY - timedelta(days=200))
        with freeze_time(MONDAY):
            self.env["crm.followup.policy"].search([]).active = False
        self._touch(lead, MONDAY - timedelta(days=100))
        self.policy.active = True
        self._plan(lead, MONDAY)
        self.assertLess(lead.next_touch_on, MONDAY)
        step = self.assertPlanned(lead, "touch")
        self.assertGreater(step.due_on, MONDAY)
        due = step.due_on
        self._plan(lead, MONDAY + timedelta(days=10))
        self.assertEqual(self.assertPlanned(lead, "touch").due_on, due)

    def test_handing_over_nobody_is_born_late_and_nobody_sheds_lateness(self):
        late, soon = self._lead_at(MONDAY), self._lead_at(MONDAY)
        for lead in (late, soon):
            self._touch(lead, MONDAY + timedelta(hours=1))
        now = MONDAY + timedelta(days=8)
        self._touch(soon, now - timedelta(days=2))
        due = self.assertPlanned(soon, "touch").due_on
        with freeze_time(now):
            (late | soon).user_id = self.user_colleague
        self.assertEqual(
            self._states(late), [("touch", "missed"), ("touch", "planned")]
        )
        step = self.assertPlanned(late, "touch")
        self.assertEqual(step.user_id, self.user_colleague)
        self.assertGreater(step.due_on, now)
        missed = late.followup_ids - step
        self.assertEqual((missed.user_id, missed.reason), (self.user_seller, "handed"))
        self.assertEqual(
            self._states(soon),
            [("touch", "late"), ("touch", "cancelled"), ("touch", "planned")],
        )
        self.assertEqual(self.assertPlanned(soon, "touch").due_on, due)

    def test_merging_keeps_all(self):
        first, second = self._lead_at(MONDAY), self._lead_at(MONDAY)
        self._touch(first, MONDAY + timedelta(hours=1))
        self._touch(second, MONDAY + timedelta(days=1))
        due = self.assertPlanned(first, "touch").due_on
        steps = (first | second).followup_ids
        with freeze_time(MONDAY + timedelta(days=2)):
            lead = (first | second).merge_opportunity()
        self.assertLess(steps, lead.followup_ids)
        self.assertEqual(set(steps.mapped("state")), {"done", "cancelled"})
        self.assertEqual(lead.contact_count, 2)
        self.assertEqual(lead.last_contact_on, MONDAY + timedelta(days=1))
        step = self.assertPlanned(lead, "touch")
        self.assertGreaterEqual(step.due_on, due)

    def test_a_closed_lead_has_no_steps(self):
        lost, won = self._lead_at(MONDAY), self._lead_at(MONDAY)
        for lead in (lost, won):
            self._touch(lead, MONDAY + timedelta(hours=1))
        with freeze_time(MONDAY + timedelta(days=1)):
            lost.action_set_lost()
        with freeze_time(MONDAY + timedelta(days=30)):
            won.action_set_won()
        self.assertEqual(self._states(lost), [("touch", "cancelled")])
        self.assertEqual(self._states(won), [("touch", "missed")])
        with freeze_time(MONDAY + timedelta(days=31)):
            lost.toggle_active()
        self.assertPlanned(lost, "touch")

    def test_a_plan_of_a_person_beats_the_curve(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        self.assertPlanned(lead, "touch")
        with freeze_time(MONDAY + timedelta(hours=2)):
            activity = lead.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=(MONDAY + timedelta(days=20)).date(),
                summary="After the fair",
                user_id=self.user_seller.id,
            )
            self.assertPlanned(lead)
            self.assertEqual(lead.next_step, "After the fair")
            self.assertEqual(lead.followup_state, "planned")
            activity.action_done()
        self.assertPlanned(lead, "touch")

    def test_who_writes_again_is_to_be_answered(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        self._touch(lead, MONDAY + timedelta(days=1), "email", "in", None)
        steps = self.assertPlanned(lead, "touch", "answer")
        answer = steps.filtered(lambda step: step.duty == "answer")
        self.assertEqual(answer.due_on, MONDAY + timedelta(days=1, hours=8))
        self._touch(lead, MONDAY + timedelta(days=1, hours=2), "email", "out", None)
        self.assertEqual(answer.state, "done")

    def test_nobody_answers_and_somebody_decides(self):
        self.policy.write({"max_attempts": 3, "then_action": "leader"})
        lead = self._lead_at(MONDAY, team_id=self.team_north.id)
        for day in range(3):
            self.assertFalse(
                lead.followup_ids.filtered(lambda one: one.duty == "decide")
            )
            self._touch(
                lead, MONDAY + timedelta(days=day), "call", "internal", "no_answer"
            )
        step = self.assertPlanned(lead, "decide")
        self.assertEqual(step.user_id, self.user_manager)

    # === THE CLOCK === #

    def test_the_clock_finds_new_leads_and_hands_out_what_is_due(self):
        lead = self._lead_at(MONDAY)
        self.assertFalse(lead.followup_ids)
        self._cron(MONDAY + timedelta(hours=1))
        step = self.assertPlanned(lead, "touch")
        self.assertFalse(step.activity_id)
        self._cron(step.due_on - timedelta(hours=3))
        self.assertEqual(step.activity_id.user_id, self.user_seller)
        self.assertEqual(step.activity_id.date_deadline, step.due_on.date())

    def test_creating_a_lead_costs_no_statement_more(self):
        values = {"name": "New", "user_id": self.user_seller.id}

        def create(_size):
            return lambda: self.env["crm.lead"].create(dict(values))

        counts = []
        for active in (True, False):
            self.policy.active = active
            create(1)()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            create(1)()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_idle_it_costs_two_queries(self):
        self.engine._cron_run()
        self.env.flush_all()
        with freeze_time(datetime(2000, 1, 1)), self.assertQueryCount(2):
            self.engine._cron_run()

    def test_an_absent_owner_is_stood_in_for(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY)
        step = self.assertPlanned(lead, "touch")
        self.user_seller.crm_team_member_ids.routing_substitute_id = self.user_colleague
        self.user_seller.out_of_office_from = MONDAY + timedelta(days=2)
        self.user_seller.out_of_office_to = MONDAY + timedelta(days=9)
        self._cron(step.due_on - timedelta(hours=3))
        self.assertEqual(step.user_id, self.user_seller)
        self.assertEqual(step.acting_user_id, self.user_colleague)
        self.assertEqual(step.activity_id.user_id, self.user_colleague)

    def test_the_activity_and_the_ledger_agree(self):
        leads = self.env["crm.lead"]
        for _number in range(3):
            lead = self._lead_at(MONDAY)
            self._touch(lead, MONDAY)
            leads |= lead
        now = leads[0].followup_ids.due_on - timedelta(hours=3)
        self._cron(now)
        with freeze_time(now):
            done, gone, moved = (lead.followup_ids for lead in leads)
            done.activity_id.action_feedback(feedback="Sent the list")
            gone.activity_id.unlink()
            moved.activity_id.date_deadline = (now + timedelta(days=4)).date()
        self.assertEqual((done.state, done.by_word), ("done", True))
        self.assertEqual(done.note_after, "Sent the list")
        self.assertEqual((gone.state, gone.reason), ("skipped", "activity_cancelled"))
        moved = moved.lead_id.followup_ids.filtered(lambda one: one.state == "planned")
        self.assertEqual(moved.due_on.date(), (now + timedelta(days=4)).date())

    # === BAD INPUT === #

    def test_numbers_that_cannot_be(self):
        for values in (
            {"threshold": 0},
            {"threshold": 1},
            {"threshold": float("nan")},
            {"threshold": -0.5},
            {"factor": 0},
            {"factor": 1.5},
            {"first_days": 0},
            {"min_days": 10, "max_days": 5},
            {"max_days": float("inf")},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(ValidationError) as caught,
            ):
                self._policy(name="Wrong numbers", **values)
            self.assertIn("Wrong numbers", str(caught.exception))

    def test_equal_queries_for_10_and_100(self):
        def plan(size):
            leads = self._make_leads(size, user_id=self.user_seller.id)
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "email",
                        "direction": "in",
                        "is_human": True,
                    }
                    for lead in leads
                ]
            )
            return lambda: self.engine._plan(leads)

        self.assertSameQueryCount(plan, 10, 100)
