# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import random
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.routing.deciding.methods import METHODS
from .common import RoutingCommon

LEADS = 50


@tagged("post_install", "-at_install")
class TestRoutingAgreement(RoutingCommon):
    """Over any rules, members and leads: the preview says what routing then does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.industries = cls.env["res.partner.industry"].create(
            [{"name": name} for name in ("Medicine", "Mining", "Music")]
        )
        cls.tags = cls.env["crm.tag"].create([{"name": "T1"}, {"name": "T2"}])
        cls.team_other = cls.env["crm.team"].create({"name": "Other team"})
        cls.others = cls.env["crm.team.member"].create(
            [
                {"crm_team_id": cls.team_other.id, "user_id": user.id}
                for user in (cls.pool[0], cls.user_all, cls.user_seller)
            ]
        )

    def _some(self, rng, records, share=0.5):
        return [(6, 0, [record.id for record in records if rng.random() < share])]

    def _shuffle_members(self, rng):
        now = fields.Datetime.now()
        for member in self.members + self.others:
            member.write(
                {
                    "assignment_optout": rng.random() < 0.1,
                    "assignment_max": rng.choice([0, 20, 60, 60]),
                    "assignment_domain": rng.choice(
                        ["[]", "[('expected_revenue', '>', 300)]"]
                    ),
                    "assignment_domain_preferred": rng.choice(
                        ["[]", "[]", "[('expected_revenue', '<', 400)]"]
                    ),
                    "routing_weight": rng.choice([0, 1, 1, 3]),
                    "routing_seniority": rng.choice(["1", "2", "3", False]),
                    "routing_industry_ids": self._some(rng, self.industries),
                    "routing_tag_ids": self._some(rng, self.tags),
                    "routing_cap_day": rng.choice([0, 0, 7]),
                    "routing_cap_week": rng.choice([0, 0, 20]),
                    "routing_cap_open": rng.choice([0, 0, 12]),
                    "routing_substitute_id": rng.choice(
                        [False, *(self.pool - member.user_id).ids]
                    ),
                }
            )
        away = rng.choice(self.pool)
        self.pool.out_of_office_from = False
        away.out_of_office_from = now - timedelta(days=1)

    def _shuffle_rules(self, rng, seed):
        self.env["crm.routing.rule"].search([]).active = False
        for sequence in range(rng.randint(3, 7)):
            method = METHODS[(seed + sequence) % len(METHODS)].key
            self._make_rule(
                name=f"Rule {sequence}",
                sequence=sequence,
                method=method,
                domain=rng.choice(
                    ["[]", f"[('expected_revenue', '>', {rng.randint(0, 900)})]"]
                ),
                team_id=rng.choice([self.team_pool, self.team_other]).id,
                extra_team_ids=self._some(rng, self.team_other + self.team_pool, 0.3),
                user_id=rng.choice(self.pool).id if method == "fixed" else False,
                match_industry=rng.random() < 0.2,
                match_tags=rng.random() < 0.2,
                min_seniority=rng.choice([False, False, "2", "3"]),
                in_hours_only=rng.random() < 0.1,
                respect_capacity=rng.random() < 0.3,
                growth_share=rng.choice([0, 50, 80]),
            )
        self.company.lead_fallback_user_id = rng.choice([False, self.user_manager.id])

    def _shuffle_leads(self, rng):
        leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        return leads.create(
            [
                {
                    "name": f"Lead {number}",
                    "user_id": rng.choice([False, *self.pool.ids]),
                    "team_id": rng.choice([False, self.team_other.id]),
                    "company_id": rng.choice([False, self.company.id]),
                    "expected_revenue": rng.randint(0, 1000),
                    "lead_grade": rng.randint(0, 5),
                    "industry_id": rng.choice([False, *self.industries.ids]),
                    "tag_ids": self._some(rng, self.tags, 0.3),
                    "email_from": f"x@firm{number % 9}.example",
                }
                for number in range(LEADS)
            ]
        ).with_context(crm_lead_management_skip=False)

    def _check(self, decision, log):
        for name in ("lead_id", "rule_id", "from_user_id", "to_user_id", "team_id"):
            self.assertEqual(decision[name] or False, log[name].id)
        for name in ("outcome", "reason", "candidates", "rules_tried"):
            # A field has no empty list.
            self.assertEqual(decision[name] or False, log[name] or False, name)
        self.assertEqual(json.loads(json.dumps(decision["facts"])), log.facts)
        self.assertEqual(log.lead_id.user_id, log.to_user_id)
        chosen = [c for c in log.candidates or [] if c["reason"] == "chosen"]
        if log.rule_id:
            self.assertEqual([c["user_id"] for c in chosen], log.to_user_id.ids)
        for candidate in log.candidates or []:
            self.assertTrue(candidate["reason"])
            self.assertEqual(
                candidate["passed"],
                not candidate["failed"] or candidate in chosen,
            )
        if not log.to_user_id:
            self.assertTrue(log.lead_id.routing_waiting_since)

    def _agree(self, seed):
        rng = random.Random(seed)
        self._shuffle_members(rng)
        self._shuffle_rules(rng, seed)
        leads = self._shuffle_leads(rng)
        previews = self.engine._preview(leads)
        self.assertEqual(self.engine._preview(leads), previews)
        logs = self.engine._route(leads)
        self.assertEqual(len(logs), LEADS)
        for decision, log in zip(previews, logs, strict=True):
            self._check(decision, log)
        return {decision["outcome"] for decision in previews}

    def test_preview_and_route_agree(self):
        outcomes = set()
        for seed in range(3 * len(METHODS)):
            with self.subTest(seed=seed):
                outcomes |= self._agree(seed)
        # The seeds meet every method, the juniors' share and what comes when nobody can.
        self.assertTrue(
            {"round_robin", "weighted", "least_loaded", "best_match"} <= outcomes,
            outcomes,
        )
        self.assertTrue({"account_owner", "fixed", "growth"} <= outcomes, outcomes)
        self.assertTrue(outcomes & {"fallback_company", "fallback_leader"}, outcomes)
