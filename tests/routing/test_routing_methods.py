# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import RoutingCommon


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


@tagged("post_install", "-at_install")
class TestRoutingFilters(RoutingCommon):
    """Who can take a lead under a rule."""

    def _reasons(self, **values):
        log = self.engine._route(self._make_waiting(**values))
        return log, [row["reason"] for row in log.candidates][:4]

    def test_skills(self):
        arabic = self.env["res.lang"]._activate_lang("ar_001")
        industry = self.env["res.partner.industry"].create({"name": "Medicine"})
        product = self.env["product.template"].create({"name": "Scanner"})
        tag = self.env["crm.tag"].create({"name": "Migration"})
        self._make_rule(
            match_language=True,
            match_industry=True,
            match_product=True,
            match_tags=True,
        )
        self.members[0].routing_lang_ids = arabic
        self.members[1].routing_industry_ids = industry
        self.members[2].routing_product_ids = product
        self.members[3].routing_tag_ids = tag
        for values, owner, reason in (
            ({"lang_id": arabic.id}, self.pool[0], "language"),
            ({"industry_id": industry.id}, self.pool[1], "industry"),
            ({"product_ids": [(6, 0, product.ids)]}, self.pool[2], "product"),
            ({"tag_ids": [(6, 0, tag.ids)]}, self.pool[3], "tags"),
        ):
            log, reasons = self._reasons(**values)
            self.assertEqual(log.to_user_id, owner)
            self.assertEqual(reasons.count(reason), 3)
        # What the lead does not say asks nothing of anybody.
        self.assertNotIn("language", self._reasons()[1])
        log, _reasons = self._reasons(
            industry_id=industry.id, tag_ids=[(6, 0, tag.ids)]
        )
        self.assertFalse(log.rule_id)

    def test_limits_hold_within_a_batch(self):
        self._make_rule(name="Limited")
        self._make_rule(name="Rest", team_id=self.team_south.id, sequence=20)
        self.members.routing_cap_day = 2
        logs = self.engine._route(self._make_waiting(10))
        owners = Counter(log.to_user_id for log in logs)
        self.assertEqual([owners[user] for user in self.pool], [2, 2, 2, 2])
        self.assertEqual(owners[self.user_all], 2)
        full = [
            row["reason"] for row in logs[-1].candidates if row["rule"] == "Limited"
        ]
        self.assertEqual(full, ["cap_day"] * 4)

    def test_junk_that_was_archived_counts_back(self):
        self._make_rule()
        self.members.routing_cap_day = 1
        logs = self.engine._route(self._make_waiting(4))
        self.assertEqual(self.engine._route(self._make_waiting()).rule_id.id, False)
        logs[2].lead_id.active = False
        log = self.engine._route(self._make_waiting())
        self.assertEqual(log.to_user_id, logs[2].to_user_id)

    def test_open_leads_and_capacity(self):
        self._make_rule(respect_capacity=True)
        self.members[0].routing_cap_open = 2
        self._make_waiting(2, user_id=self.pool[0].id)
        self.members[1].assignment_max = 0
        _log, reasons = self._reasons()
        self.assertEqual(reasons[:2], ["cap_open", "cap_month"])

    def test_seniority(self):
        self._make_rule(min_seniority="3")
        self.members[3].routing_seniority = "3"
        log, reasons = self._reasons()
        self.assertEqual(log.to_user_id, self.pool[3])
        self.assertEqual(reasons, ["seniority"] * 3 + ["chosen"])

    def test_working_now(self):
        self._make_rule(in_hours_only=True)
        never, day = self.env["resource.calendar"].create(
            [{"name": "Day", "tz": "UTC"}, {"name": "Without hours", "tz": "UTC"}]
        )
        day.attendance_ids.unlink()
        # A calendar whose only hours are in another part of the week.
        tomorrow = (fields.Datetime.now() + timedelta(days=2)).weekday()
        never.attendance_ids.unlink()
        never.attendance_ids = [
            (
                0,
                0,
                {"name": "x", "dayofweek": str(tomorrow), "hour_from": 8, "hour_to": 9},
            )
        ]
        self.members[:3].routing_calendar_id = never
        self.members[3].routing_calendar_id = day
        log, reasons = self._reasons()
        self.assertEqual(log.to_user_id, self.pool[3])
        self.assertEqual(reasons, ["hours"] * 3 + ["chosen"])

    def test_some_members_of_several_teams(self):
        self._make_rule(
            extra_team_ids=[(6, 0, self.team_south.ids)],
            member_ids=[
                (6, 0, (self.members[0] + self.team_south.crm_team_member_ids).ids)
            ],
        )
        logs = self.engine._route(self._make_waiting(4))
        owners = Counter(log.to_user_id for log in logs)
        self.assertEqual(owners, {self.pool[0]: 2, self.user_all: 2})
        for log in logs:
            team = self.team_pool if log.to_user_id == self.pool[0] else self.team_south
            self.assertEqual(log.lead_id.team_id, team)


@tagged("post_install", "-at_install")
class TestRoutingAccounts(RoutingCommon):
    """Leads of known accounts go to who looks after them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.group = Partner.create({"name": "Group", "is_company": True})
        cls.branch = Partner.create(
            {"name": "Branch", "is_company": True, "parent_id": cls.group.id}
        )
        cls.contact = Partner.create({"name": "Person", "parent_id": cls.branch.id})

    def _route(self, **values):
        return self.engine._route(self._make_waiting(**values))

    def test_the_salesperson_of_the_parent_company(self):
        rule = self._make_rule(method="account_owner", team_id=False)
        self.group.user_id = self.pool[2]
        # Odoo hands the salesperson down to contacts that are created later, not to these.
        (self.branch + self.contact).user_id = False
        log = self._route(partner_id=self.contact.id)
        self.assertEqual((log.to_user_id, log.rule_id), (self.pool[2], rule))
        self.assertIn("Group", log.reason)
        self.branch.user_id = self.pool[1]
        self.assertEqual(
            self._route(partner_id=self.contact.id).to_user_id, self.pool[1]
        )

    def test_the_owner_of_another_lead(self):
        self._make_rule(method="account_owner", team_id=False)
        self._make_waiting(
            partner_id=self.group.id, user_id=self.pool[3].id, type="opportunity"
        )
        log = self._route(partner_id=self.contact.id)
        self.assertEqual((log.to_user_id, log.facts["how"]), (self.pool[3], "account"))

    def test_mail_domain_but_not_free_mail(self):
        self._make_rule(method="account_owner", team_id=False)
        self._make_waiting(email_from="a@firm-one.test", user_id=self.pool[1].id)
        self._make_waiting(email_from="a@gmail.com", user_id=self.pool[2].id)
        log = self._route(email_from="b@firm-one.test")
        self.assertEqual((log.to_user_id, log.facts["how"]), (self.pool[1], "domain"))
        log = self._route(email_from="b@gmail.com")
        self.assertFalse(log.rule_id)
        self.assertEqual(log.rules_tried[0]["reason"], "no_account")
        self.assertEqual(self._route(email_from="a@gmail.com").to_user_id, self.pool[2])

    def test_phone(self):
        self._make_rule(method="account_owner", team_id=False)
        belgium = self.env.ref("base.be").id
        self._make_waiting(
            phone="0485112233", country_id=belgium, user_id=self.pool[1].id
        )
        log = self._route(phone="+32 485 11 22 33")
        self.assertEqual((log.to_user_id, log.facts["how"]), (self.pool[1], "phone"))

    def test_the_substitute_then_the_next_rule(self):
        self._make_rule(method="account_owner", team_id=False, sequence=1)
        rest = self._make_rule(name="Rest", sequence=2)
        self.contact.user_id = self.pool[0]
        self.pool[0].active = False
        self.assertEqual(self._route(partner_id=self.contact.id).rule_id, rest)
        self.members[0].routing_substitute_id = self.pool[3]
        log = self._route(partner_id=self.contact.id)
        self.assertEqual(log.to_user_id, self.pool[3])
        self.assertIn(self.pool[0].name, log.reason)

    def test_not_across_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._make_rule(method="account_owner", team_id=False)
        self.pool[1].company_ids += other
        self._make_waiting(
            email_from="a@firm-two.test", user_id=self.pool[1].id, company_id=other.id
        )
        log = self._route(email_from="b@firm-two.test", company_id=self.company.id)
        self.assertFalse(log.rule_id)
