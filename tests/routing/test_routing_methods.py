# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import RoutingCommon

MEASURE = "odoo.addons.crm_lead_management.models.routing.reading.measure"


@tagged("post_install", "-at_install")
class TestRoutingMethods(RoutingCommon):
    """How each method chooses among those who can take a lead."""

    def _owners(self, count, **values):
        logs = self.engine._route(self._make_waiting(count, **values))
        return Counter(log.to_user_id for log in logs)

    def _close(self, user, won, count=1, **values):
        """Create closed leads of a user."""
        leads = self._make_waiting(count, user_id=user.id, type="opportunity", **values)
        if won:
            leads.action_set_won()
        else:
            leads.action_set_lost()

    def test_weighted_by_share(self):
        self._make_rule(method="weighted")
        for member, share in zip(self.members, (4, 2, 1, 0), strict=True):
            member.routing_weight = share
        owners = self._owners(14)
        self.assertEqual([owners[user] for user in self.pool], [8, 4, 2, 0])
        log = self._last_log(self.env["crm.lead"].search([], limit=1))
        self.assertEqual(log.candidates[3]["reason"], "weight")

    def test_least_loaded_counts_open_leads_by_grade(self):
        self._make_rule(method="least_loaded")
        self._make_waiting(3, user_id=self.pool[0].id)
        self._make_waiting(1, user_id=self.pool[1].id)
        self._make_waiting(1, user_id=self.pool[2].id, lead_grade=5)
        lost = self._make_waiting(9, user_id=self.pool[3].id, type="opportunity")
        lost.action_set_lost()
        # Loads 3, 1, 6, 0: the next ones level them.
        owners = self._owners(5)
        self.assertEqual([owners[user] for user in self.pool], [0, 2, 0, 3])

    def test_who_returns_is_not_flooded(self):
        self._make_rule(method="least_loaded")
        for user in self.pool[1:]:
            self._make_waiting(9, user_id=user.id)
        now = fields.Datetime.now()
        self.pool[0].out_of_office_from = now - timedelta(days=30)
        self.pool[0].out_of_office_to = now - timedelta(hours=1)
        owners = self._owners(8)
        self.assertEqual(set(owners), set(self.pool))
        self.assertLessEqual(owners[self.pool[0]], 4)
        # After a week he is as free as he is.
        self.pool[0].out_of_office_to = now - timedelta(days=8)
        self.assertEqual(set(self._owners(3)), {self.pool[0]})

    def test_best_match_looks_at_similar_leads(self):
        industry, other = self.env["res.partner.industry"].create(
            [{"name": "Medicine"}, {"name": "Mining"}]
        )
        self._make_rule(method="best_match")
        self._close(self.pool[1], True, 5, industry_id=industry.id)
        self._close(self.pool[2], True, 1, industry_id=industry.id)
        self._close(self.pool[3], False, 5, industry_id=industry.id)
        self._close(self.pool[2], True, 5, industry_id=other.id)
        log = self.engine._route(self._make_waiting(industry_id=industry.id))
        self.assertEqual(log.to_user_id, self.pool[1])
        cases = {row["user_id"]: row["cases"] for row in log.candidates}
        self.assertEqual([cases[user.id] for user in self.pool], [0, 5, 1, 5])
        self.assertIn("5 similar closed leads", log.story)
        log = self.engine._route(self._make_waiting(industry_id=other.id))
        self.assertEqual(log.to_user_id, self.pool[2])

    def test_best_match_without_history_takes_turns(self):
        self._make_rule(method="best_match")
        self.assertEqual(set(self._owners(4).values()), {1})

    def test_capturer(self):
        rule = self._make_rule(method="capturer", team_id=False)
        lead = (
            self.env["crm.lead"]
            .with_user(self.user_all)
            .create({"name": "Entered"})
            .sudo()
        )
        self.assertEqual(lead.user_id, self.user_all)
        self.assertEqual(lead.routing_rule_id, rule)
        self.assertIn("entered", lead.routing_reason)

    def test_fixed_goes_to_the_substitute_of_who_is_away(self):
        self._make_rule(method="fixed", user_id=self.pool[0].id)
        self.members[0].routing_substitute_id = self.pool[1]
        self.members[1].routing_substitute_id = self.pool[2]
        # Substitutes in a circle.
        self.members[2].routing_substitute_id = self.pool[0]
        now = fields.Datetime.now()
        self.assertEqual(list(self._owners(1)), [self.pool[0]])
        self.pool[0].out_of_office_from = now - timedelta(days=1)
        self.assertEqual(list(self._owners(1)), [self.pool[1]])
        self.pool[1].active = False
        self.assertEqual(list(self._owners(1)), [self.pool[2]])
        self.pool[2].out_of_office_from = now - timedelta(days=1)
        log = self.engine._route(self._make_waiting())
        self.assertEqual(log.outcome, "nobody")
        self.assertEqual(len(log.candidates), 3)

    def test_a_pause_holds_for_a_person_too(self):
        self._make_rule(method="fixed", user_id=self.pool[0].id)
        self.members[0].routing_substitute_id = self.pool[1]
        self.members[0].assignment_optout = True
        log = self.engine._route(self._make_waiting())
        self.assertEqual(log.to_user_id, self.pool[1])
        self.assertEqual(log.candidates[0]["reason"], "paused")

    def test_juniors_get_their_share(self):
        self.members[0].routing_seniority = "1"
        self.members[1].routing_seniority = "3"
        self._make_rule(
            min_seniority="2", growth_share=20, coach_id=self.user_manager.id
        )
        logs = self.engine._route(self._make_waiting(20))
        owners = Counter(log.to_user_id for log in logs)
        self.assertEqual(owners[self.pool[0]], 4)
        log = logs.filtered(lambda log: log.to_user_id == self.pool[0])[0]
        self.assertEqual(log.outcome, "growth")
        self.assertIn(self.user_manager.partner_id, log.lead_id.message_partner_ids)
        self.assertEqual(
            {
                row["reason"]
                for row in logs[0].candidates
                if row["user_id"] == self.pool[0].id
            },
            {"seniority"},
        )

    def test_constant_number_of_queries_with_every_method(self):
        for sequence, method in enumerate(
            ("account_owner", "best_match", "least_loaded")
        ):
            self._make_rule(
                method=method,
                sequence=sequence,
                domain="[('expected_revenue', '>', 100)]"
                if method == "best_match"
                else "[]",
                match_industry=True,
            )
        self.members.routing_cap_open = 1000

        def run(size):
            leads = self._make_waiting(
                size, email_from="x@firm.example", expected_revenue=50
            )
            return lambda: self.engine._route(leads)

        self.assertSameQueryCount(run, 10, 100)
