# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingUnlikeLeads(RoutingCommon):
    """Leads of one batch share judgements only where they are alike in all that counts."""

    def _route_each(self, leads, users, **options):
        """Route leads in one batch, both ways round, and expect these owners.

        The second order is that of leads whose judgement another one made first.
        """
        owners = dict(zip(leads, users, strict=True))
        for batch in (leads, leads[::-1]):
            decisions = self.engine._preview(batch, **options)
            self.assertEqual(
                [decision["to_user_id"] for decision in decisions],
                [owners[lead].id for lead in batch],
            )
        logs = self.engine._route(leads, **options)
        self.assertEqual([log.to_user_id for log in logs], list(users))
        return logs

    def test_different_exclusions(self):
        self._make_rule()
        leads = self._make_waiting(3)
        excluded = {
            leads[0].id: set((self.pool - self.pool[2]).ids),
            leads[1].id: set((self.pool - self.pool[1]).ids),
            leads[2].id: set((self.pool - self.pool[3]).ids),
        }
        logs = self._route_each(
            leads, self.pool[2] + self.pool[1] + self.pool[3], excluded=excluded
        )
        for log in logs:
            failed = [c["user_id"] for c in log.candidates if c["failed"]]
            self.assertEqual(set(failed), excluded[log.lead_id.id])

    def test_an_exclusion_and_none(self):
        self._make_rule(member_ids=[(6, 0, self.members[:2].ids)])
        first, second = leads = self._make_waiting(2)
        logs = self.engine._route(leads, excluded={second.id: {self.pool[0].id}})
        self.assertEqual(second.user_id, self.pool[1])
        self.assertNotIn("excluded", logs[0].judged[0]["filters"])
        self.assertEqual(first.user_id, self.pool[0])

    def test_different_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.pool[3].company_ids += other
        self._make_rule(member_ids=[(6, 0, self.members[2:].ids)])
        leads = self._make_waiting(2, company_id=other.id)
        leads += self._make_waiting(1, company_id=self.company.id)
        leads += self._make_waiting(1, company_id=False)
        logs = self.engine._route(leads)
        self.assertEqual(leads[:2].user_id, self.pool[3])
        self.assertEqual(
            [len([c for c in log.candidates if c["passed"]]) for log in logs],
            [1, 1, 2, 2],
        )
        self.assertEqual(
            ["company" in log.judged[0]["filters"] for log in logs],
            [True, True, True, False],
        )

    def test_a_team_of_one_company_takes_leads_that_have_none(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.pool.company_ids += other
        self.team_pool.company_id = self.company
        self.team_pool.user_id = False
        rule = self._make_rule()
        leads = self._make_waiting(1, company_id=False)
        leads += self._make_waiting(1, company_id=self.company.id)
        leads += self._make_waiting(1, company_id=other.id)
        logs = self.engine._route(leads)
        self.assertEqual([log.rule_id.id for log in logs], [rule.id, rule.id, False])
        self.assertEqual(logs[2].rules_tried[0]["reason"], "team_company")

    def test_different_skills(self):
        industries = self.env["res.partner.industry"].create(
            [{"name": name} for name in ("Medicine", "Mining")]
        )
        self.members[0].routing_industry_ids = industries[0]
        self.members[1].routing_industry_ids = industries[1]
        self._make_rule(match_industry=True)
        leads = self._make_waiting(industry_id=industries[0].id)
        leads += self._make_waiting(industry_id=industries[1].id)
        self._route_each(leads, self.pool[0] + self.pool[1])
        # A rule that does not ask for it judges them together.
        self.env["crm.routing.rule"].search([]).match_industry = False
        logs = self.engine._route(leads)
        self.assertEqual([len(log.candidates) for log in logs], [4, 4])
        self.assertEqual({c["passed"] for c in logs.mapped("candidates")[0]}, {True})

    def test_different_filters_of_members(self):
        self._make_rule(
            respect_capacity=True, member_ids=[(6, 0, self.members[:2].ids)]
        )
        self.members.assignment_max = 100
        self.members[0].assignment_domain = "[('expected_revenue', '>', 100)]"
        self.members[1].assignment_domain = "[('expected_revenue', '<', 100)]"
        leads = self._make_waiting(expected_revenue=50)
        leads += self._make_waiting(expected_revenue=5000)
        self._route_each(leads, self.pool[1] + self.pool[0])

    def test_different_preferences_of_members(self):
        self._make_rule(
            respect_capacity=True, member_ids=[(6, 0, self.members[:3].ids)]
        )
        self.members.assignment_max = 100
        for member, value in zip(self.members[:3], (0, 5000, 50), strict=True):
            prefers = f"[('expected_revenue', '=', {value})]"
            member.assignment_domain_preferred = prefers
        leads = self._make_waiting(expected_revenue=5000)
        leads += self._make_waiting(expected_revenue=0)
        leads += self._make_waiting(expected_revenue=50)
        logs = self._route_each(leads, self.pool[1] + self.pool[0] + self.pool[2])
        self.assertEqual(
            [row["reason"] for row in logs[0].candidates],
            ["preference", "chosen", "preference"],
        )

    def test_different_moments(self):
        """A dry run judges the working hours of each lead as of when it came in."""
        self._make_rule(in_hours_only=True, member_ids=[(6, 0, self.members[:2].ids)])
        calendars = self.env["resource.calendar"].create(
            [{"name": name, "tz": "UTC"} for name in ("Morning", "Evening")]
        )
        for calendar, start in zip(calendars, (8, 16), strict=True):
            calendar.attendance_ids.unlink()
            calendar.attendance_ids = [
                (
                    0,
                    0,
                    {
                        "name": day,
                        "dayofweek": day,
                        "hour_from": start,
                        "hour_to": start + 8,
                    },
                )
                for day in "0123456"
            ]
        self.members[0].routing_calendar_id = calendars[0]
        self.members[1].routing_calendar_id = calendars[1]
        self.pool.tz = "UTC"
        leads = self._make_waiting(2)
        self.env.flush_all()
        for lead, hour in zip(leads, (9, 17), strict=True):
            self.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s",
                [datetime(2024, 5, 6, hour), lead.id],
            )
        leads.invalidate_recordset()
        for batch in (leads, leads[::-1]):
            decisions = self.engine._preview(batch, replay=True)
            found = {one["lead_id"]: one["to_user_id"] for one in decisions}
            self.assertEqual(
                found, {leads[0].id: self.pool[0].id, leads[1].id: self.pool[1].id}
            )

    def test_different_creators_and_accounts(self):
        firms = self.env["res.partner"].create(
            [
                {"name": "A", "is_company": True, "user_id": self.pool[0].id},
                {"name": "B", "is_company": True, "user_id": self.pool[1].id},
            ]
        )
        self._make_rule(name="Known", method="account_owner", team_id=False, sequence=1)
        self._make_rule(name="Entered", method="capturer", team_id=False, sequence=2)
        leads = self._make_waiting(partner_id=firms[0].id)
        leads += self._make_waiting(partner_id=firms[1].id)
        for user in (self.user_all, self.user_manager):
            lead = leads.with_user(user).with_context(crm_lead_management_skip=True)
            leads += lead.create({"name": "Entered", "user_id": False}).sudo()
        leads = leads.browse(leads.ids).with_context(crm_lead_management_skip=False)
        users = self.pool[0] + self.pool[1] + self.user_all + self.user_manager
        logs = self._route_each(leads, users)
        # Two of the same account share what was judged, each with its own reason.
        self.assertEqual([len(log.candidates) for log in logs[:2]], [1, 1])
        self.assertIn("(A)", logs[0].reason)
        self.assertIn("(B)", logs[1].reason)

    def test_a_preview_that_needs_a_second_round(self):
        """Who fills up in the middle of a batch sends the rest on, with the turns going on."""
        self._make_rule(
            name="One", sequence=1, member_ids=[(6, 0, self.members[0].ids)]
        )
        self._make_rule(name="All", sequence=2, domain="[]")
        self.members[0].routing_cap_day = 2
        leads = self._make_waiting(9)
        previews = self.engine._preview(leads)
        self.assertEqual(self.engine._preview(leads), previews)
        logs = self.engine._route(leads)
        for name in ("outcome", "facts", "candidates", "rules_tried"):
            self.assertEqual(
                [one[name] for one in previews], [log[name] for log in logs], name
            )
        self.assertEqual(leads[:2].user_id, self.pool[0])
        self.assertEqual(
            [row["reason"] for row in logs[2].rules_tried], ["nobody", "chosen"]
        )
        self.assertEqual([log.facts["turn"] for log in logs[2:]], list(range(7)))

    def test_the_second_round_goes_on_where_the_first_one_ended(self):
        """Both rounds meet the same counter."""
        self._make_rule(
            name="Big", sequence=1, domain="[('expected_revenue', '>', 100)]"
        )
        limited = self._make_rule(
            name="Limited",
            sequence=2,
            domain="[('expected_revenue', '=', 7)]",
            team_id=self.team_south.id,
        )
        self._make_rule(name="Rest", sequence=3)
        self.team_south.crm_team_member_ids.routing_cap_open = 1
        leads = self._make_waiting(3, expected_revenue=7)
        leads += self._make_waiting(3, expected_revenue=500)
        previews = self.engine._preview(leads)
        logs = self.engine._route(leads)
        self.assertEqual(
            [(one["to_user_id"], one["facts"]["turn"]) for one in previews],
            [(log.to_user_id.id, log.facts["turn"]) for log in logs],
        )
        self.assertEqual(logs[0].rule_id, limited)
        # The big ones came first; those who were left went on after them.
        self.assertEqual([log.facts["turn"] for log in logs], [0, 3, 4, 0, 1, 2])

    def test_what_a_rule_for_one_person_gives_counts_for_the_rules_before_it(self):
        self._make_rule(
            name="Small", sequence=1, domain="[('expected_revenue', '<', 100)]"
        )
        self._make_rule(name="His", sequence=2, method="fixed", user_id=self.pool[0].id)
        self.members[0].routing_cap_day = 1
        leads = self._make_waiting(1, expected_revenue=500) + self._make_waiting(8)
        self.engine._route(leads)
        self.assertEqual(leads[0].user_id, self.pool[0])
        self.assertNotIn(self.pool[0], leads[1:].user_id)

    def test_who_came_back_a_week_ago(self):
        """The limits of being away and of having just returned, to the second."""
        now, second = fields.Datetime.now(), timedelta(seconds=1)
        user, pool = self.pool[0], self.env["crm.routing.pool"]
        user.out_of_office_from = now - timedelta(days=30)
        for until, away, returned in (
            (now + second, True, False),
            (now, True, True),
            (now - second, False, True),
            (now - timedelta(days=7) + second, False, True),
            (now - timedelta(days=7), False, False),
        ):
            user.out_of_office_to = until
            person = pool._chains({user.id}, now)[user.id][0]
            self.assertEqual("away" in person.blocked, away, until)
            self.assertEqual(person.returned, returned, until)
