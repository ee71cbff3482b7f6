# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..models.common.rule.rule_set import RuleSet
from ..models.nurture.running import checking, entering
from .common import LeadCommon

HUB = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestRuleMemory(LeadCommon):
    """Statements are put together once, for every way, and say what fresh ones say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scorecard = cls.env["crm.scorecard"].create(
            {"name": "Card", "state": "live"}
        )
        cls.leads = cls.env["crm.lead"].with_user(cls.user_all)

    def _rules(self, *rules):
        """Give the scorecard rules; each one's points tell it from the others."""
        self.scorecard.rule_ids = [
            (0, 0, {"name": f"rule {n}", "points": 2**n, **values})
            for n, values in enumerate(rules)
        ]

    def _points(self, **values):
        """Create a lead, and check its points against those of the lead in the database."""
        with self.assertNoLogs(HUB, "ERROR"):  # nothing had to be done again with care
            lead = self.leads.create({"name": "Lead", **values}).sudo()
        points = lead.lead_points
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.env["crm.score.engine"]._points(lead, self.scorecard)
        self.assertEqual(points, found[lead.id], values)
        self.assertEqual(lead.lead_points, points)
        return points

    def _touch(self, lead):
        """Have something happen with a lead."""
        call = {
            "lead_id": lead.id,
            "kind": "call",
            "direction": "out",
            "is_human": True,
        }
        return self.env["crm.touchpoint"]._record([call])

    def test_the_second_lead_finds_its_statements_ready(self):
        self._rules({"domain": "[('function', '=', 'CEO')]"})
        self.env["crm.routing.rule"].create(
            {"name": "all", "method": "fixed", "user_id": self.user_seller.id}
        )
        self._points(function="CEO")
        with patch.object(RuleSet, "compiled", side_effect=AssertionError):
            lead = self.leads.create({"name": "Next", "function": "CEO"}).sudo()
            self.assertEqual((lead.lead_points, lead.user_id), (1, self.user_seller))
            lead.function = "CFO"
            self.assertEqual(lead.lead_points, 0)
            self._touch(lead)
            self.env["crm.score.engine"]._score(lead)
            self.env["crm.score.engine"]._points(lead + lead.copy(), self.scorecard)

    def test_a_changed_rule_counts_at_once(self):
        self._rules({"domain": "[('function', '=', 'CEO')]"})
        self.assertEqual(self._points(function="CEO"), 1)
        self.scorecard.rule_ids.points = 9
        self.assertEqual(self._points(function="CEO"), 9)
        self.scorecard.rule_ids.domain = "[('function', '=', 'CFO')]"
        self.assertEqual(self._points(function="CEO"), 0)

    def test_texts_that_mean_something_to_a_database_driver(self):
        texts = [
            "100%",
            "%s",
            "%%",
            "%(ids)s",
            "O'Neill",
            'say "x"',
            "a\\b",
            "$1",
            "{x}",
        ]
        self._rules(*({"domain": repr([("function", "=", text)])} for text in texts))
        for n, text in enumerate(texts):
            self.assertEqual(self._points(function=text), 2**n)
        self.assertEqual(self._points(function="100"), 0)

    def test_events_of_a_lead_that_has_some_and_of_one_that_has_none(self):
        events = [
            {"measure": "at_least", "event_count": 2},
            {"measure": "at_least", "event_kind": "call", "event_days": 3},
            {"measure": "at_least", "points_per_event": True, "half_life": 5.0},
            {"measure": "fewer", "event_count": 1},
            {"measure": "fewer", "event_count": 3, "grace_days": 4},
        ]
        self._rules(*events)
        self.assertEqual(self._points(), 8)
        now = fields.Datetime.now()
        calls = [
            {"kind": "call", "direction": "in", "source": "test", "occurred_on": now}
        ] * 2

        def come_along(_station, leads, _moves, _state):
            """As a website does that knows the visitor: what he did comes with the lead."""
            touchpoints = leads.env["crm.touchpoint"].sudo()
            for lead in leads.sudo():
                touchpoints.create([{**call, "lead_id": lead.id} for call in calls])

        station = type(self.env["crm.pipeline.station"])
        with patch.object(station, "_on_moved", come_along):
            self.assertEqual(self._points(), 1 + 2 + 2 * 4)

    def test_a_rule_that_says_something_else_each_day(self):
        self._rules({"domain": "[('date_deadline', '<', 'today +3d')]"})
        for day, deadline, points in (
            ("2026-03-01", "2026-03-02", 1),
            ("2026-03-01", "2026-03-12", 0),
            ("2026-03-10", "2026-03-12", 1),
        ):
            with freeze_time(day):
                self.assertEqual(self._points(date_deadline=deadline), points)

    def test_of_all_leads_a_rule_that_speaks_of_today_and_of_others(self):
        """Saving a segment fills it; a track by rule takes in who matches."""
        partner = self.env["res.partner"].create({"name": "Ann", "ref": "mine"})
        lead = self._make_lead(partner_id=partner.id, type="opportunity")
        domain = "[('partner_id.create_date', '>=', 'today -9d'), ('partner_id.ref', '=', 'mine')]"
        segment = self.env["crm.segment"].create({"name": "New", "domain": domain})
        self.assertIn(segment, lead.segment_ids)
        track = self.env["crm.nurture.track"].create(
            {"name": "New", "entry": "rule", "domain": domain}
        )
        row = checking.row_of(track)
        self.assertEqual(entering.candidates(self.env, row), lead.ids)

    def test_what_waits_to_be_written_is_seen(self):
        """What Odoo computes, what an engine found, what a relation leads to."""
        country = self.env.ref("base.be")
        self._rules(
            {"domain": "[('email_normalized', '=', 'ann@trading.example')]"},
            {"domain": "[('won_status', '=', 'pending'), ('probability', '>=', 0)]"},
            {
                "domain": "[('prorated_revenue', '>=', 0), ('info_completeness', '>=', 0)]"
            },
            {"domain": f"[('country_id.code', '=', '{country.code}')]"},
            {"domain": "[('partner_id.name', '=', 'Ann'), ('tag_ids.name', '=', 'T')]"},
            {"domain": "[('stage_id.is_won', '=', False), ('user_id', '=', False)]"},
        )
        partner = self.env["res.partner"].create({"name": "Ann"})
        tag = self.env["crm.tag"].create({"name": "T"})
        self.assertEqual(self._points(user_id=False), 2 + 4 + 32)
        points = self._points(
            email_from="Ann <Ann@Trading.Example>",
            country_id=country.id,
            partner_id=partner.id,
            tag_ids=[(4, tag.id)],
            expected_revenue=10,
            user_id=False,
        )
        self.assertEqual(points, 63)
