# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter

from odoo.tests import new_test_user, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingTurns(RoutingCommon):
    """Turns belong to pools: who shares the leads, by whatever rule they came."""

    def _owners(self, leads):
        """Route leads one by one, as they come in, and count them by owner."""
        for lead in leads:
            self.engine._route(lead)
        return Counter(leads.user_id.browse(lead.user_id.id) for lead in leads)

    def _assert_even(self, owners, users):
        counts = [owners[user] for user in users]
        self.assertLessEqual(max(counts) - min(counts), 1, counts)
        self.assertEqual(sum(owners.values()), sum(counts))

    def test_two_rules_share_the_turns_of_their_pool(self):
        big = self._make_rule(
            name="Big", sequence=1, domain="[('expected_revenue', '>', 100)]"
        )
        self._make_rule(name="Rest", sequence=2)
        # Three big ones, two others, and so on: each rule alone would start anew.
        leads = self._make_waiting(18)
        for position, lead in enumerate(leads):
            lead.expected_revenue = 500 if position % 5 < 3 else 5
        self._assert_even(self._owners(leads), self.pool)
        self.assertEqual(len(leads.filtered(lambda x: x.routing_rule_id == big)), 12)

    def test_one_batch_over_two_rules(self):
        self._make_rule(
            name="Big", sequence=1, domain="[('expected_revenue', '>', 100)]"
        )
        self._make_rule(name="Rest", sequence=2)
        leads = self._make_waiting(5, expected_revenue=500) + self._make_waiting(5)
        logs = self.engine._route(leads)
        self._assert_even(Counter(log.to_user_id for log in logs), self.pool)
        # The rules came one after the other, and the turns went on.
        self.assertEqual([log.facts["turn"] for log in logs], list(range(10)))

    def test_the_main_team_does_not_matter(self):
        user = new_test_user(self.env, "lead_turn_x", "sales_team.group_sale_salesman")
        other = self.env["crm.team"].create({"name": "Other"})
        self.env["crm.team.member"].create(
            {"crm_team_id": other.id, "user_id": user.id}
        )
        first = self._make_rule(
            name="One",
            sequence=1,
            domain="[('expected_revenue', '>', 100)]",
            extra_team_ids=[(6, 0, other.ids)],
        )
        second = self._make_rule(
            name="Two",
            sequence=2,
            team_id=other.id,
            extra_team_ids=[(6, 0, self.team_pool.ids)],
        )
        self.assertEqual(first.source["pool"], second.source["pool"])
        leads = self._make_waiting(7)
        leads[::2].expected_revenue = 500
        self._assert_even(self._owners(leads), self.pool + user)

    def test_other_members_are_another_pool(self):
        rule = self._make_rule(name="All")
        some = self._make_rule(
            name="Some", member_ids=[(6, 0, (self.members[1] + self.members[0]).ids)]
        )
        same = self._make_rule(
            name="Same", member_ids=[(6, 0, (self.members[0] + self.members[1]).ids)]
        )
        self.assertNotEqual(rule.source["pool"], some.source["pool"])
        self.assertEqual(some.source["pool"], same.source["pool"])

    def test_leads_for_specialists_do_not_fall_to_one_of_them(self):
        """Every second lead asks for a skill that two of four have."""
        industry = self.env["res.partner.industry"].create({"name": "Medicine"})
        self.members[:2].routing_industry_ids = industry
        self._make_rule(match_industry=True)
        leads = self._make_waiting(16)
        leads[::2].industry_id = industry
        self._owners(leads)
        special = Counter(lead.user_id for lead in leads[::2])
        self._assert_even(special, self.pool[:2])
        rest = Counter(lead.user_id for lead in leads[1::2])
        self._assert_even(rest, self.pool)

    def test_the_share_of_juniors_takes_no_turns_from_the_others(self):
        """A fifth of the leads for juniors, five others: none of them is passed over."""
        junior = new_test_user(
            self.env, "lead_turn_j", "sales_team.group_sale_salesman"
        )
        fifth = new_test_user(self.env, "lead_turn_5", "sales_team.group_sale_salesman")
        for user in (fifth, junior):
            self.env["crm.team.member"].create(
                {
                    "crm_team_id": self.team_pool.id,
                    "user_id": user.id,
                    "routing_seniority": "1" if user == junior else "3",
                }
            )
        self.members.routing_seniority = "3"
        self._make_rule(min_seniority="3", growth_share=20)
        leads = self._make_waiting(25)
        owners = self._owners(leads)
        self.assertEqual(owners.pop(junior), 5)
        self._assert_even(owners, self.pool + fifth)

    def test_who_comes_back_gets_his_share_not_the_backlog(self):
        self._make_rule()
        self.members[0].assignment_optout = True
        owners = self._owners(self._make_waiting(9))
        self._assert_even(owners, self.pool[1:])
        self.members[0].assignment_optout = False
        self._assert_even(self._owners(self._make_waiting(8)), self.pool)

    def test_a_preview_takes_no_turn(self):
        self._make_rule()
        leads = self._make_waiting(6)
        first = [d["to_user_id"] for d in self.engine._preview(leads)]
        self.assertEqual([d["to_user_id"] for d in self.engine._preview(leads)], first)
        self.assertEqual(self.engine._route(leads).mapped("to_user_id").ids, first[:4])

    def test_a_fixed_rule_needs_no_turn(self):
        self._make_rule(method="fixed", user_id=self.pool[0].id)
        log = self.engine._route(self._make_waiting())
        self.assertIsNone(log.facts["turn"])
