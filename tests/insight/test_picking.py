# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestPicking(LeadCommon):
    """R253, R254: who lets leads of a low grade wait, beside his team; for two eyes only."""

    def _given(self, user, grade, count, late, by_rule=True, days=3, untouched=False):
        """Have leads of a grade been given to somebody; so many were answered late."""
        now = fields.Datetime.now()
        rule = self.env["crm.routing.rule"].search([("name", "=", "Watch")], limit=1)
        rule = rule or self.env["crm.routing.rule"].create(
            {"name": "Watch", "active": False, "team_id": self.team_north.id}
        )
        leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        leads = leads.create(
            [
                {"name": f"L{n}", "user_id": user.id, "team_id": self.team_north.id}
                for n in range(count)
            ]
        )
        self.env["crm.lead.routing.log"].create(
            [
                {
                    "lead_id": lead.id,
                    "to_user_id": user.id,
                    "rule_id": by_rule and rule.id,
                    "mode": "auto" if by_rule else "manual",
                    "team_id": self.team_north.id,
                }
                for lead in leads
            ]
        )
        self.env.flush_all()
        deadline = now - timedelta(days=days)
        for place, lead in enumerate(leads):
            hours = 5 if place < late else -1
            answered = None if untouched else deadline + timedelta(hours=hours)
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET lead_grade = %s, response_deadline = %s,"
                    " first_response_on = %s WHERE id = %s",
                    grade,
                    deadline,
                    answered,
                    lead.id,
                )
            )
        self.env.invalidate_all()
        return leads

    def _row(self, user=None, reader=None):
        watch = self.env["crm.picking.watch"]
        watch = watch.with_user(reader) if reader else watch
        return watch.search([("user_id", "=", (user or self.user_seller).id)])

    def test_a_picker(self):
        self._given(self.user_seller, 1, 30, 18)
        self._given(self.user_seller, 5, 30, 2)
        self._given(self.user_colleague, 2, 60, 6)
        row = self._row()
        self.assertEqual(
            (row.low_count, row.low_late, row.high_count, row.high_late),
            (30, 18, 30, 2),
        )
        self.assertEqual((row.team_low_count, row.team_low_late), (60, 6))
        self.assertTrue(row.is_flagged)
        self.assertIn("Worth a talk", row.finding)
        self.assertIn("experiment", row.remedy)
        other = self._row(self.user_colleague)
        self.assertFalse(other.is_flagged or other.remedy)
        self.assertIn("Too few", other.finding)

    def test_who_is_late_with_all_does_not_pick(self):
        self._given(self.user_seller, 1, 30, 18)
        self._given(self.user_seller, 5, 30, 17)
        self._given(self.user_colleague, 2, 60, 6)
        self.assertEqual(self._row().finding, "Nothing unusual.")

    def test_each_by_its_own_deadline(self):
        """To answer a 5 at once, and a 1 within its day, is his duty."""
        self._given(self.user_seller, 1, 30, 0)
        self._given(self.user_seller, 5, 30, 0)
        self._given(self.user_colleague, 1, 30, 0)
        row = self._row()
        self.assertFalse(row.low_late or row.is_flagged)

    def test_what_does_not_count(self):
        """By hand, of another grade, or of long ago: nobody picked it."""
        self._given(self.user_seller, 1, 3, 3, by_rule=False)
        self._given(self.user_seller, 3, 3, 3)
        old = self._given(self.user_seller, 1, 3, 3)
        self.env.cr.execute(
            "UPDATE crm_lead_routing_log SET create_date = create_date -"
            " interval '70 days' WHERE lead_id = ANY(%s)",
            [old.ids],
        )
        self._given(self.user_seller, 1, 2, 0, untouched=True)
        self._given(self.user_seller, 1, 4, 0, days=-1, untouched=True)
        row = self._row()
        self.assertEqual((row.low_count, row.low_late, row.low_untouched), (2, 2, 2))

    def test_by_the_company_of_the_lead(self):
        """A team without a company: each company's leads are compared among themselves."""
        second = self.env["res.company"].create({"name": "Second"})
        self.user_seller.company_ids += second
        self.assertFalse(self.team_north.company_id)
        self._given(self.user_seller, 1, 3, 2)
        theirs = self._given(self.user_seller, 1, 4, 4)
        of_others = self._given(self.user_colleague, 2, 5, 1)
        both = theirs.ids + of_others[:2].ids
        self.env.cr.execute(
            "UPDATE crm_lead SET company_id = %s WHERE id = ANY(%s)", [second.id, both]
        )
        self.env.invalidate_all()
        rows = self._row()
        self.assertEqual(
            {row.company_id: (row.low_count, row.team_low_count) for row in rows},
            {self.company: (3, 3), second: (4, 2)},
        )
        here = self.env["crm.picking.watch"].with_user(self.user_seller)
        here = here.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(here.search([]).mapped("low_count"), [3])
        self.assertEqual(len(rows.read(["company_id", "low_late"])), 2)

    def test_for_the_person_and_his_leader_alone(self):
        self._given(self.user_seller, 1, 3, 3)
        self._given(self.user_colleague, 1, 3, 3)
        self.team_north.user_id = self.user_all
        for reader, sees in (
            (self.user_seller, True),
            (self.user_colleague, False),
            (self.user_all, True),
            (self.user_manager, False),
        ):
            self.assertEqual(bool(self._row(reader=reader)), sees, reader.login)
        with self.assertRaises(AccessError):
            self._row().with_user(self.user_manager).read(["low_late"])
        with self.assertRaises(AccessError):
            self._row().with_user(self.user_seller).action_begin_experiment()

    def _by_hand(self, user, grade, count):
        """Have somebody have taken leads of a grade for himself."""
        leads = self._given(user, grade, count, 0, by_rule=False)
        self.env.cr.execute(
            "UPDATE crm_lead_routing_log SET create_uid = to_user_id"
            " WHERE lead_id = ANY(%s)",
            [leads.ids],
        )
        self.env.invalidate_all()

    def _drop(self, leads):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = 'lost', active = false"
            " WHERE id = ANY(%s)",
            [leads.ids],
        )
        self.env.invalidate_all()

    def test_drops_by_grade(self):
        """R254: low grades are thrown away without anybody having reached out."""
        low = self._given(self.user_seller, 1, 30, 0)
        self._given(self.user_seller, 5, 30, 0)
        others = self._given(self.user_colleague, 2, 60, 0)
        self._drop(low[:20])
        self._drop(others[:6])
        row = self._row()
        self.assertEqual(
            (row.low_given, row.low_dropped, row.high_given, row.high_dropped),
            (30, 20, 30, 0),
        )
        self.assertEqual((row.team_low_given, row.team_low_dropped), (60, 6))
        self.assertTrue(row.is_flagged)
        self.assertIn("dropped without any contact", row.finding)
        # Whoever was called first was not thrown away.
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "is_human": True,
                    "outcome": "no_answer" if lead == low[0] else "talked",
                    "occurred_on": fields.Datetime.now() - timedelta(days=4),
                }
                for lead in low[:15]
            ]
        )
        self.env.invalidate_all()
        row = self._row()
        self.assertEqual((row.low_dropped, row.is_flagged), (5, False))

    def test_claims_by_grade(self):
        """R254: high grades are taken by hand, low ones come by the rules only."""
        self._given(self.user_seller, 1, 30, 0)
        self._given(self.user_seller, 5, 10, 0)
        self._by_hand(self.user_seller, 5, 25)
        self._by_hand(self.user_seller, 1, 1)
        self._given(self.user_colleague, 5, 40, 0)
        self._by_hand(self.user_colleague, 5, 4)
        row = self._row()
        self.assertEqual((row.high_claimed, row.low_claimed), (25, 1))
        self.assertEqual((row.team_high_claimed, row.team_high_given), (4, 40))
        self.assertTrue(row.is_flagged)
        self.assertIn("taken by hand", row.finding)
        # What a colleague gave to him he did not take.
        self._given(self.user_seller, 5, 9, 0, by_rule=False)
        self.assertEqual(self._row().high_claimed, 25)

    def _amounts(self, leads, sooner):
        """Give leads amounts, and answers within ten days, the bigger the ``sooner``."""
        self.env.flush_all()
        given = fields.Datetime.now() - timedelta(days=20)
        for place, lead in enumerate(leads):
            rank = len(leads) - place if sooner else (place * 7) % len(leads)
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET expected_revenue = %s, response_deadline = %s,"
                    " first_response_on = %s WHERE id = %s",
                    100 * (place + 1),
                    given + timedelta(days=10),
                    given + timedelta(hours=rank),
                    lead.id,
                )
            )
        self.env.cr.execute(
            "UPDATE crm_lead_routing_log SET create_date = %s WHERE lead_id = ANY(%s)",
            [given, leads.ids],
        )
        self.env.invalidate_all()

    def test_amounts(self):
        """R254: the bigger the amount, the sooner the answer; nobody is late."""
        mine = self._given(self.user_seller, 3, 30, 0)
        others = self._given(self.user_colleague, 3, 40, 0)
        self._amounts(mine, sooner=True)
        self._amounts(others, sooner=False)
        row = self._row()
        self.assertEqual((row.amount_count, row.team_amount_count), (30, 40))
        self.assertAlmostEqual(row.amount_rank, -1)
        self.assertGreater(row.team_amount_rank, -0.4)
        self.assertTrue(row.is_flagged)
        self.assertIn("the bigger the amount", row.finding)
        # Where all do so it is the team's way.
        self._amounts(others, sooner=True)
        self.assertFalse(self._row().is_flagged)

    def test_statements_do_not_grow(self):
        self._given(self.user_seller, 1, 5, 2)
        self.env.invalidate_all()
        few = self._count()
        for user in (self.user_colleague, self.user_all, self.user_manager):
            self._given(user, 2, 25, 3)
        self.env.invalidate_all()
        self.assertEqual(self._count(), few)

    def _count(self):
        before = self.env.cr.sql_log_count
        self.env["crm.picking.watch"].search([]).mapped("finding")
        return self.env.cr.sql_log_count - before
