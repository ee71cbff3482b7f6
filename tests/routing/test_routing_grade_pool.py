# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import new_test_user, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingGradePool(RoutingCommon):
    """Sales teams that the scorecard names for a grade; Odoo's priority filters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.experts = cls.env["res.users"]
        for number in range(2):
            cls.experts += new_test_user(
                cls.env, f"expert_{number}", "sales_team.group_sale_salesman"
            )
        cls.team_experts = cls.env["crm.team"].create({"name": "Experts"})
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.team_experts.id, "user_id": user.id}
                for user in cls.experts
            ]
        )
        cls.scorecard = cls.env["crm.scorecard"].create({"name": "Card"})
        cls.scorecard.grade_ids.filtered(
            lambda row: row.grade == 5
        ).pool_team_id = cls.team_experts
        cls.scorecard.write({"state": "live"})

    def _graded(self, grade, count=1):
        leads = self._make_waiting(count)
        self.env.cr.execute(
            "UPDATE crm_lead SET lead_grade = %s WHERE id = ANY(%s)", (grade, leads.ids)
        )
        leads.invalidate_recordset(["lead_grade"])
        return leads

    def test_the_team_of_the_grade_gets_its_leads_and_nobody_else_s(self):
        rule = self._make_rule(grade_pool=True)
        best, others = self._graded(5, 4), self._graded(3, 4)
        leads = best + others
        previews = self.engine._preview(leads)
        self.engine._route(leads)
        for lead, preview in zip(leads, previews, strict=True):
            self.assertEqual(preview["to_user_id"], lead.user_id.id)
        self.assertEqual(best.user_id, self.experts)
        self.assertEqual(best.team_id, self.team_experts)
        self.assertEqual(others.user_id, self.pool)
        self.assertEqual(others.team_id, self.team_pool)
        self.assertEqual(leads.routing_rule_id, rule)
        owners = [lead.user_id for lead in best]
        self.assertEqual([owners.count(user) for user in self.experts], [2, 2])
        self.assertIn("Experts", best[0].routing_log_id.reason)
        self.assertIn("of 2", best[0].routing_log_id.reason)

    def test_without_the_option_the_grade_s_team_is_left_alone(self):
        self._make_rule()
        best = self._graded(5, 2)
        self.engine._route(best)
        self.assertEqual(best.team_id, self.team_pool)

    def test_a_rule_that_chooses_from_no_team_knows_no_team_of_the_grade(self):
        """The option may have been set before the method was changed."""
        self._make_rule(
            grade_pool=True,
            method="fixed",
            user_id=self.pool[0].id,
            team_id=self.team_pool.id,
        )
        best = self._graded(5)
        self.engine._route(best)
        self.assertEqual((best.user_id, best.team_id), (self.pool[0], self.team_pool))

    def test_an_archived_team_of_the_grade_counts_as_none(self):
        self._make_rule(grade_pool=True)
        self.team_experts.active = False
        best = self._graded(5)
        self.engine._route(best)
        self.assertEqual(best.team_id, self.team_pool)

    def test_nobody_in_the_grade_s_team(self):
        self._make_rule(grade_pool=True)
        self._make_rule(name="Else")
        self.team_experts.crm_team_member_ids.assignment_optout = True
        best = self._graded(5)
        self.engine._route(best)
        log = best.routing_log_id
        self.assertEqual(log.rule_id.name, "Else")
        self.assertEqual(log.rules_tried[0]["reason"], "nobody")

    def test_the_main_team_as_the_grade_s_own(self):
        rule = self._make_rule(grade_pool=True)
        rule.extra_team_ids = self.team_experts
        self.scorecard.grade_ids.filtered(
            lambda row: row.grade == 5
        ).pool_team_id = self.team_pool
        best, others = self._graded(5, 8), self._graded(3, 12)
        self.engine._route(best + others)
        self.assertEqual(best.user_id, self.pool)
        self.assertEqual(others.user_id, self.pool + self.experts)

    def test_costs_the_same_for_any_number_of_leads(self):
        self._make_rule(grade_pool=True)
        best = self._graded(5, 110)
        self.assertSameQueryCount(
            lambda size: lambda: self.engine._preview(best[:size]), 10, 100
        )

    # === PRIORITY FILTER === #

    def test_members_who_prefer_a_lead_come_first(self):
        self._make_rule(respect_capacity=True)
        self.members.assignment_max = 30
        self.members[2].assignment_domain_preferred = "[('city', '=', 'Jeddah')]"
        there = self._make_waiting(3, city="Jeddah")
        elsewhere = self._make_waiting(4)
        self.engine._route(there + elsewhere)
        self.assertEqual(there.user_id, self.pool[2])
        self.assertEqual(elsewhere.user_id, self.pool)
        reasons = {
            row["user_id"]: row["reason"] for row in there[0].routing_log_id.candidates
        }
        self.assertEqual(reasons[self.pool[2].id], "chosen")
        self.assertEqual(reasons[self.pool[0].id], "preference")
        self.assertIn("prefer", there[0].routing_log_id.story)

    def test_a_full_member_is_not_preferred(self):
        self._make_rule(respect_capacity=True)
        self.members.assignment_max = 30
        self.members[2].write(
            {
                "assignment_domain_preferred": "[('city', '=', 'Jeddah')]",
                "assignment_max": 1,
            }
        )
        there = self._make_waiting(3, city="Jeddah")
        self.engine._route(there)
        self.assertEqual(there[0].user_id, self.pool[2])
        self.assertNotIn(self.pool[2], there[1:].user_id)

    def test_the_priority_filter_counts_where_the_rule_says_so(self):
        self._make_rule()
        self.members[2].assignment_domain_preferred = "[('city', '=', 'Jeddah')]"
        there = self._make_waiting(4, city="Jeddah")
        self.engine._route(there)
        self.assertEqual(there.user_id, self.pool)

    def test_a_broken_priority_filter_prefers_nothing(self):
        self._make_rule(respect_capacity=True)
        self.members.assignment_max = 30
        self.env.cr.execute(
            "UPDATE crm_team_member SET assignment_domain_preferred = %s WHERE id = %s",
            ("[('x_gone', '=', 1)]", self.members[2].id),
        )
        self.members.invalidate_recordset()
        leads = self._make_waiting(4)
        with self.assertLogs("odoo.addons.crm_lead_management", "WARNING"):
            self.engine._route(leads)
        self.assertEqual(leads.user_id, self.pool)

    # === REPLAY === #

    def test_a_replay_looks_at_working_hours_as_they_were(self):
        calendar = self.env["resource.calendar"].create({"name": "Week", "tz": "UTC"})
        self.members.routing_calendar_id = calendar
        self.pool.tz = "UTC"
        rule = self._make_rule(in_hours_only=True, active=False)
        leads = self._make_waiting(2)
        for lead, moment in zip(
            leads, ("2024-01-03 10:00:00", "2024-01-06 10:00:00"), strict=True
        ):
            self.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s", (moment, lead.id)
            )
        leads.invalidate_recordset(["create_date"])
        decisions = self.engine._preview(leads, rows=rule._as_rows(), replay=True)
        self.assertEqual(decisions[0]["rule_id"], rule.id, "a Wednesday")
        self.assertFalse(decisions[1]["rule_id"], "a Saturday")
