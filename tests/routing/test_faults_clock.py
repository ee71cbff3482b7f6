# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ...models.common.working_hours import WorkingHours
from .common import RoutingCommon

MONDAY = datetime(2030, 1, 7, 9, 0)


@tagged("post_install", "-at_install")
class TestFaultsClock(RoutingCommon):
    """What was planned on a lead ends with its cause (K2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create({"name": "Always"})
        cls.calendar.attendance_ids.unlink()
        cls.members.routing_calendar_id = cls.calendar
        cls.policy = cls.env["crm.routing.policy"].create(
            {"name": "1 h", "minutes": 60}
        )
        cls.ladder = cls.env["crm.routing.ladder"]
        cls._make_rule(cls)

    def _new(self, when=MONDAY, **values):
        with freeze_time(when):
            leads = self.env["crm.lead"].with_user(self.user_manager)
            return leads.create({"name": "x", "type": "opportunity", **values}).sudo()

    def _run(self, when):
        """Let the cron do all that is due, as often as it finds something."""
        with freeze_time(when):
            domain = self.env["crm.routing.clock"]._due_domain(when)
            for _n in range(4):
                leads = self.env["crm.lead"].search(domain)
                self.ladder._do_steps(leads)
        self.env.invalidate_all()

    def test_a_policy_that_is_no_more_stops(self):
        """Fault 5: archived or deleted."""
        for how in ("archive", "delete"):
            with self.subTest(how=how):
                policy = self.env["crm.routing.policy"].create(
                    {"name": "Mine", "minutes": 60, "sequence": 1}
                )
                self.policy.active = False
                lead = self._new()
                owner = lead.user_id
                self.assertTrue(lead.routing_next_on)
                if how == "archive":
                    policy.active = False
                else:
                    policy.unlink()
                self.assertFalse(lead.routing_next_on)
                self.assertFalse(lead.response_deadline)
                self._run(MONDAY + timedelta(hours=5))
                self.assertEqual(lead.user_id, owner)
                self.policy.active = True

    def test_a_step_that_was_left_on_a_closed_lead_is_not_done(self):
        """K2: whatever the row says; it is asked for again before anything is done."""
        due = self.env["crm.routing.clock"]._due_domain
        later = MONDAY + timedelta(hours=5)
        for close in (
            lambda lead: lead.action_set_won(),
            lambda lead: lead.action_set_lost(),
            lambda lead: lead.write({"user_id": False}),
            lambda lead: lead.write({"active": False}),
            lambda lead: self.env.cr.execute(
                "UPDATE crm_lead SET first_response_on = %s WHERE id = %s",
                [MONDAY, lead.id],
            ),
        ):
            lead = self._new()
            mine = due(later) & fields.Domain("id", "=", lead.id)
            self.assertTrue(self.env["crm.lead"].search(mine))
            close(lead)
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE crm_lead SET routing_next_on = %s, routing_policy_id = %s"
                " WHERE id = %s",
                [MONDAY, self.policy.id, lead.id],
            )
            self.env.invalidate_all()
            leads = self.env["crm.lead"].with_context(active_test=False)
            self.assertFalse(leads.search(mine))

    def test_a_step_of_a_policy_that_is_off_is_not_done(self):
        """K2, mutant: whatever switched it off, past its model."""
        lead = self._new()
        later = MONDAY + timedelta(hours=5)
        mine = self.env["crm.routing.clock"]._due_domain(later)
        mine &= fields.Domain("id", "=", lead.id)
        self.assertTrue(self.env["crm.lead"].search(mine))
        self.env.cr.execute(
            "UPDATE crm_routing_policy SET active = FALSE WHERE id = %s",
            [self.policy.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.env["crm.lead"].search(mine))

    def test_another_policy_takes_over(self):
        """Fault 5: where one is switched off and another matches, that one counts."""
        first = self.env["crm.routing.policy"].create(
            {"name": "First", "minutes": 10, "sequence": 1}
        )
        lead = self._new()
        self.assertEqual(lead.routing_policy_id, first)
        with freeze_time(MONDAY + timedelta(minutes=5)):
            first.active = False
        self.assertEqual(lead.routing_policy_id, self.policy)
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(minutes=65))

    def test_closing_stops_and_restoring_begins_anew(self):
        """Faults 12 and C13; A15: nothing is due for a lost lead."""
        lead = self._new()
        owner = lead.user_id
        lead.action_set_lost()
        self.assertFalse(lead.routing_next_on)
        later = MONDAY + timedelta(days=60)
        with freeze_time(later):
            lead.action_unarchive()
            lead.probability = 20
        self.assertEqual(lead.response_deadline, later + timedelta(hours=1))
        self._run(later + timedelta(minutes=5))
        self.assertEqual(lead.user_id, owner)

    def test_archived_and_won_leads_have_no_deadline(self):
        """Mutants: each state has the case that it excludes."""
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        archived, closed = self._make_waiting(2, type="opportunity")
        archived.active = False
        closed.stage_id = won
        for lead in (archived, closed):
            lead.with_user(self.user_manager).user_id = self.user_seller
            self.assertFalse(lead.response_deadline)
            lead.user_id = self.user_seller
            self.env["crm.routing.clock"]._start(lead)
            self.assertFalse(lead.response_deadline)

    def test_answered_before_it_was_a_lead(self):
        """Smaller things of routing: an earlier talk is an answer from when it came in."""
        lead = self._new()
        lead.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s", [MONDAY, lead.id]
        )
        lead.invalidate_recordset()
        with freeze_time(MONDAY + timedelta(minutes=5)):
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "call",
                        "direction": "out",
                        "is_human": True,
                        "outcome": "talked",
                        "occurred_on": MONDAY - timedelta(days=3),
                    }
                ]
            )
        self.assertEqual(lead.first_response_on, MONDAY)
        self.assertFalse(lead.routing_next_on)

    def test_an_outage_does_not_jump(self):
        """D16: one step a lead and run; nobody loses a lead because a server stood still."""
        leads = self.env["crm.lead"].concat(*(self._new() for _n in range(8)))
        owners = leads.mapped("user_id")
        back = MONDAY + timedelta(days=7)
        before = [lead.user_id for lead in leads]
        self._run(back)
        self.assertEqual([lead.user_id for lead in leads], before)
        self.assertEqual(set(leads.mapped("routing_next_step")), {"warn"})
        self.assertGreater(min(leads.mapped("routing_next_on")), back)
        self.assertTrue(owners)

    def test_an_outage_before_the_last_step(self):
        """D16: a re-routing that is overdue for days is announced once more."""
        lead = self._new()
        owner = lead.user_id
        self._run(MONDAY + timedelta(minutes=31))
        self._run(MONDAY + timedelta(minutes=61))
        self.assertEqual(lead.routing_next_step, "reroute")
        back = MONDAY + timedelta(days=7)
        self._run(back)
        self.assertEqual(lead.user_id, owner)
        self.assertGreater(lead.routing_next_on, back)
        self._run(back + timedelta(hours=1))
        self.assertNotEqual(lead.user_id, owner)

    def test_overdue_for_exactly_as_long_as_is_waited_for(self):
        """D16, mutant: two hours are the owner's lateness, a second more is a standstill."""
        for more, is_moved in ((0, True), (1, False)):
            with self.subTest(more=more):
                lead = self._new()
                owner = lead.user_id
                self._run(MONDAY + timedelta(minutes=31))
                self._run(MONDAY + timedelta(minutes=61))
                due = lead.routing_next_on
                self.assertEqual(due, MONDAY + timedelta(minutes=90))
                with freeze_time(due + timedelta(hours=2, seconds=more)):
                    self.ladder._do_steps(lead)
                self.env.invalidate_all()
                self.assertEqual(lead.user_id != owner, is_moved)

    def test_two_steps_at_the_same_moment(self):
        """D16, mutant: what is due at the very moment comes with another run."""
        lead = self._new()
        moment = MONDAY + timedelta(minutes=60)
        self._run(moment)
        self.assertEqual(lead.routing_next_step, "warn")
        self.assertEqual(lead.routing_next_on, moment + timedelta(minutes=30))

    def test_an_owner_who_is_found_again_gets_a_deadline(self):
        """Mutant of the writer: by itself routing starts the clock of who keeps his lead."""
        self.members[1:].assignment_optout = True
        for mode, has_one in (("auto", True), ("manual", False)):
            with self.subTest(mode=mode), freeze_time(MONDAY):
                lead = self._make_waiting(user_id=self.pool[0].id)
                self.engine._route(lead, mode=mode)
                self.assertEqual(lead.user_id, self.pool[0])
                self.assertEqual(bool(lead.response_deadline), has_one)

    def test_the_last_step_asks_what_the_fallback_asks(self):
        """Fault 11: no leader of another company, nobody who may not open it."""
        company = self.env["res.company"].create({"name": "Company B"})
        dora, boss = (
            new_test_user(
                self.env,
                login,
                "sales_team.group_sale_salesman",
                company_id=company.id,
                company_ids=company.ids,
            )
            for login in ("lead_dora", "lead_boss")
        )
        team = self.env["crm.team"].create(
            {"name": "Shared", "user_id": self.user_manager.id, "company_id": False}
        )
        lead = self._make_waiting(
            user_id=dora.id, team_id=team.id, company_id=company.id
        )
        self.ladder._to_leader(lead)
        self.assertEqual((lead.user_id, lead.company_id), (dora, company))
        company.lead_fallback_user_id = boss
        self.ladder._to_leader(lead)
        self.assertEqual((lead.user_id, lead.company_id), (boss, company))
        self.assertIn("fallback owner", self._last_log(lead).reason)

    # === PAUSES === #

    def test_a_pause_has_an_end_of_its_own(self):
        """Fault 33: over, it leaves no sign; a new owner has none."""
        lead = self._new()
        until = MONDAY + timedelta(days=5)
        with freeze_time(MONDAY + timedelta(minutes=10)):
            lead._routing_pause("Holiday", until)
        self.assertEqual(lead.routing_paused_until, until)
        self.assertEqual(lead.response_deadline, until + timedelta(hours=1))
        with freeze_time(until + timedelta(minutes=1)), self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(lead.routing_paused_until or lead.routing_pause_reason)
        with freeze_time(until):
            lead._routing_pause("Again", until + timedelta(days=1))
            lead.with_user(self.user_manager).user_id = self.user_seller
        self.assertFalse(lead.routing_paused_until or lead.routing_pause_reason)
        self.assertEqual(lead.routing_clock_on, until)

    def test_an_answer_ends_the_pause(self):
        """Fault 33."""
        lead = self._new()
        with freeze_time(MONDAY):
            lead._routing_pause("Holiday", MONDAY + timedelta(days=1))
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "is_human": True,
                    "occurred_on": MONDAY,
                }
            ]
        )
        self.assertFalse(lead.routing_paused_until or lead.routing_next_on)

    def test_there_must_be_a_pause_to_end(self):
        """Faults 32, 33: no new deadline for a late lead by RPC; and no pause for ten years."""
        lead = self._new()
        deadline = lead.response_deadline
        with self.assertRaises(UserError):
            lead.with_user(lead.user_id).action_end_routing_pause()
        self.assertEqual(lead.response_deadline, deadline)
        pauses = self.env["crm.routing.pause"].with_user(lead.user_id)
        pause = pauses.create(
            {
                "lead_id": lead.id,
                "reason": "Later",
                "until": fields.Datetime.now() + timedelta(days=3650),
            }
        )
        with self.assertRaises(UserError):
            pause.action_pause()

    # === MUTANTS === #

    def test_who_keeps_a_lead_keeps_its_deadline(self):
        """Mutant of the writer: routed by hand, and found again: no new clock."""
        self.members[1:].assignment_optout = True
        lead = self._new()
        deadline, step = lead.response_deadline, lead.routing_next_on
        with freeze_time(MONDAY + timedelta(minutes=20)):
            lead.with_user(self.user_manager).action_route()
        self.assertEqual(lead.user_id, self.pool[0])
        self.assertEqual(
            (lead.response_deadline, lead.routing_next_on), (deadline, step)
        )

    def test_a_lead_that_somebody_writes_is_left_out(self):
        """Mutant of the ladder: the row lock."""
        leads = self._new() + self._new()
        busy, model = leads[0], type(leads)
        lock = model.try_lock_for_update

        def but_one(records, *args, **kwargs):
            return lock(records, *args, **kwargs) - busy.with_env(records.env)

        self.patch(model, "try_lock_for_update", but_one)
        with (
            freeze_time(MONDAY + timedelta(minutes=31)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(leads.mapped("routing_next_step"), ["remind", "warn"])

    # === SET ASIDE (R018) === #

    def test_leads_that_do_not_fit_are_set_aside(self):
        """R018: no turn, no clock, an owner nevertheless; and a way back."""
        self.company.lead_fallback_user_id = self.user_manager
        question = self.env["crm.qualifier"].create(
            {"name": "Budget", "kind": "yes_no", "question": "Is there a budget?"}
        )
        question.importance = "knock_out"
        [lead] = self._make_waiting()
        lead.action_answer_qualifier(question.id, False)
        self.assertEqual(lead.qualification_state, "failed")
        for switch, owners in ((True, self.user_manager), (False, self.pool)):
            self.company.lead_set_aside = switch
            self.engine._route(lead)
            self.assertIn(lead.user_id, owners)
            self.assertEqual(bool(lead.response_deadline), not switch)
        self.company.lead_set_aside = True
        self.engine._route(lead)
        self.assertEqual(self._last_log(lead).outcome, "set_aside")
        self.assertIn("set aside", self._last_log(lead).reason)
        lead.action_answer_qualifier(question.id, True)
        self.env.cr.precommit.run()
        self.assertIn(lead.user_id, self.pool)

    # === WORKING TIME === #

    def test_flexible_hours_are_whole_weekdays(self):
        """Fault 27: nobody is at work on a Sunday night, and nothing is due then."""
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Flexible",
                "tz": "Europe/Brussels",
                "flexible_hours": True,
                "hours_per_day": 8,
                "full_time_required_hours": 40,
            }
        )
        hours = WorkingHours(self.env, calendar.id, "Europe/Brussels", ())
        sunday = datetime(2027, 6, 6, 1, 0)
        self.assertFalse(hours.is_open(sunday))
        self.assertEqual(hours.after(sunday, 60), datetime(2027, 6, 6, 23, 0))
        self.assertTrue(hours.is_open(datetime(2027, 6, 7, 1, 0)))

    def test_holidays_of_other_companies(self):
        """Fault 27: those of the person's own companies count."""
        company = self.env["res.company"].create({"name": "Company B"})
        calendar = self.env["resource.calendar"].create(
            {"name": "Shared", "tz": "UTC", "company_id": False}
        )
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday of B",
                "calendar_id": False,
                "date_from": datetime(2027, 6, 1),
                "date_to": datetime(2027, 6, 1, 23, 59),
            }
        )
        leave.company_id = company
        tuesday, moments = datetime(2027, 6, 1, 8, 0), {}
        for one in (self.company, company):
            hours = WorkingHours(self.env, calendar.id, "UTC", one.ids)
            moments[one] = hours.after(tuesday, 60).day
        self.assertEqual(list(moments.values()), [1, 2])

    def test_a_holiday_that_is_entered_late(self):
        """D19: deadline and steps move with it, and back where it is deleted."""
        company = self.company
        tuesday = "2027-06-01 08:00:00"
        self.members.routing_calendar_id = company.resource_calendar_id
        self.pool.tz = "UTC"
        with freeze_time(tuesday):
            lead = self._new(tuesday)
            deadline, step = lead.response_deadline, lead.routing_next_on
            holiday = self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "company_id": company.id,
                    "date_from": "2027-06-01 00:00:00",
                    "date_to": "2027-06-01 23:59:59",
                }
            )
            self.assertEqual(lead.response_deadline - deadline, timedelta(days=1))
            self.assertEqual(lead.routing_next_on - step, timedelta(days=1))
            holiday.unlink()
            self.assertEqual(lead.response_deadline, deadline)

    def test_absent_when_the_work_is_due(self):
        """C65: on a Sunday nobody gets a lead who is away from Monday on."""
        office = self.env["resource.calendar"].create({"name": "Office", "tz": "UTC"})
        self.members.routing_calendar_id = office
        sunday = datetime(2030, 1, 6, 12, 0)
        self.pool[1:].out_of_office_from = datetime(2030, 1, 7, 6, 0)
        self.pool[1:].out_of_office_to = datetime(2030, 1, 9)
        self.env["crm.routing.rule"].search([]).in_hours_only = False
        with freeze_time(sunday):
            previews = self.engine._preview(self._make_waiting(3))
        self.assertEqual({one["to_user_id"] for one in previews}, {self.pool[0].id})
        with freeze_time(datetime(2030, 1, 4, 9, 0)):
            previews = self.engine._preview(self._make_waiting(4))
        self.assertEqual({one["to_user_id"] for one in previews}, set(self.pool.ids))
