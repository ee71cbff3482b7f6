# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter
from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RoutingCommon

MEASURE = "odoo.addons.crm_lead_management.models.routing.reading.measure"


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

    def test_who_left_the_team_is_no_candidate(self):
        """Mutant: an archived membership is none."""
        self._make_rule()
        self.members[0].active = False
        log, _reasons = self._reasons()
        ids = {row["user_id"] for row in log.candidates}
        self.assertEqual(ids, set(self.pool[1:].ids))

    def test_out_of_office_to_the_last_second(self):
        """Mutant: from the first moment to the last one, both included."""
        user, begin = self.pool[0], fields.Datetime.now()
        end = begin + timedelta(days=2)
        user.write({"out_of_office_from": begin, "out_of_office_to": end})
        pool = self.env["crm.routing.pool"]
        for moment, is_away in (
            (begin, True),
            (end, True),
            (end + timedelta(seconds=1), False),
        ):
            [person] = pool._chains([user.id], moment)[user.id]
            self.assertEqual("away" in person.blocked, is_away, moment)

    def test_every_filter_that_somebody_fails_is_on_record(self):
        industry = self.env["res.partner.industry"].create({"name": "Medicine"})
        self._make_rule(match_industry=True, min_seniority="2")
        self.members[0].write(
            {
                "assignment_optout": True,
                "routing_seniority": "1",
                "routing_cap_day": 1,
            }
        )
        self.pool[0].out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self._make_waiting(user_id=self.pool[0].id)
        self.members[1:].routing_industry_ids = industry
        log, reasons = self._reasons(industry_id=industry.id)
        self.assertEqual(
            log.candidates[0]["failed"], ["away", "paused", "industry", "seniority"]
        )
        self.assertEqual(reasons[0], "away")
        self.assertEqual({str(row["failed"]) for row in log.candidates[1:]}, {"[]"})
        self.assertEqual(
            log.judged[0]["filters"],
            [
                *("archived", "external", "paused", "away"),
                *(["leave"] if "hr.leave" in self.env else []),
                *("industry", "seniority", "cap_day"),
            ],
        )
        self.assertLess(len(str(log.judged)), 100 * len(log.candidates) + 100)
        story = html.fromstring(log.story)
        rows = story.xpath("//table/tbody/tr")
        self.assertEqual(len(rows), 4)
        crosses = rows[0].xpath(".//i[hasclass('fa-times')]/@title")
        self.assertEqual(len(crosses), 4)
        self.assertIn("Out of office", crosses)
        filters = len(log.judged[0]["filters"])
        checks = rows[1].xpath(".//i[hasclass('fa-check')]")
        self.assertEqual(len(checks), filters)
        self.assertEqual(len(story.xpath("//thead//th")), filters + 2)
        chosen = story.xpath("//tr[hasclass('table-success')]/th/span/text()")
        self.assertEqual(chosen, [log.to_user_id.name])
        self.assertIn("Turn number", log.story)

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

    def test_preview_and_route_agree_where_members_fill_up(self):
        self._make_rule(
            name="Limited", domain="[('expected_revenue', '>', 100)]", sequence=1
        )
        rest = self._make_rule(name="Rest", sequence=2)
        rest.member_ids = self.members[1:]
        self.members[0].routing_cap_day = 1
        self.members[1:].routing_cap_open = 3
        leads = self._make_waiting(5) + self._make_waiting(7, expected_revenue=500)
        preview = self.engine._preview(leads)
        logs = self.engine._route(leads)
        self.assertEqual(
            [d["to_user_id"] for d in preview], [log.to_user_id.id for log in logs]
        )
        self.assertEqual(
            [d["rule_id"] for d in preview], [log.rule_id.id for log in logs]
        )
        self.assertEqual(
            [d["candidates"] for d in preview], [log.candidates for log in logs]
        )
        self.assertEqual(
            [d["facts"].get("turn") for d in preview],
            [log.facts.get("turn") for log in logs],
        )

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

    def test_odoo_s_own_filter_of_a_member(self):
        rule = self._make_rule(respect_capacity=True)
        self.members[:3].assignment_domain = "[('expected_revenue', '>', 100)]"
        log, reasons = self._reasons()
        self.assertEqual(log.to_user_id, self.pool[3])
        self.assertEqual(reasons, ["domain"] * 3 + ["chosen"])
        self.assertNotIn("domain", self._reasons(expected_revenue=500)[1])
        rule.respect_capacity = False
        self.assertNotIn("domain", self._reasons()[1])

    def test_a_broken_filter_of_a_member_refuses_nothing(self):
        self._make_rule(respect_capacity=True)
        self.env.flush_all()
        for broken in (
            "[('gone', '=', 1)]",
            "[('company_size', 'in', ['many'])]",
            "[(",
        ):
            self.env.cr.execute(
                "UPDATE crm_team_member SET assignment_domain = %s WHERE crm_team_id = %s",
                [broken, self.team_pool.id],
            )
            self.env.invalidate_all()
            with mute_logger(MEASURE, "odoo.sql_db"):
                self.assertIn(self._reasons()[0].to_user_id, self.pool)

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

    def test_working_now_in_two_companies(self):
        """A holiday of company B is one for who works there, not for his colleagues."""
        self._make_rule(in_hours_only=True)
        other = self.env["res.company"].create({"name": "Company B"})
        day = self.env["resource.calendar"].create(
            {"name": "Always", "tz": "UTC", "company_id": False, "attendance_ids": []}
        )
        day.attendance_ids = [
            (5, 0, 0),
            *(
                (0, 0, {"name": n, "dayofweek": n, "hour_from": 0, "hour_to": 24})
                for n in "0123456"
            ),
        ]
        now = fields.Datetime.now()
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday of B",
                "date_from": now - timedelta(days=1),
                "date_to": now + timedelta(days=1),
            }
        )
        holiday.company_id = other
        self.members.routing_calendar_id = day
        self.pool[1].company_ids += other
        _log, reasons = self._reasons()
        self.assertEqual(reasons.count("hours"), 1)
        self.assertEqual(reasons[1], "hours")
        holiday.company_id = self.company
        log, reasons = self._reasons()
        self.assertEqual(reasons, ["hours"] * 4)
        self.assertFalse(log.rule_id)

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
