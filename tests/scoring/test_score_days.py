# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import ScoringCommon

UNTIL = date(2031, 3, 5)


@tagged("post_install", "-at_install")
class TestScoreDays(ScoringCommon):
    """The last day of a grade by hand, the day after; and what an explanation may show."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls._make_scorecard(("Big", 90, [("company_size", ">", 9)]))
        cls.engine = cls.env["crm.score.engine"]

    def _by_hand(self):
        values = {"grade_manual": 4, "grade_manual_reason": "Met them"}
        return self._make_lead(**values, grade_manual_until=UNTIL)

    def test_a_grade_by_hand_holds_on_its_last_day(self):
        with freeze_time("2031-03-01 12:00:00"):
            lead = self._by_hand()
            self.assertEqual(lead.lead_grade, 4)
        for moment, grade in (
            ("2031-03-05 00:00:00", 4),
            ("2031-03-05 23:59:59", 4),
            ("2031-03-06 00:00:00", 1),
        ):
            with freeze_time(moment):
                self.engine._score(lead)
                self.assertEqual(lead.lead_grade, grade, moment)

    def test_the_clock_ends_it_on_the_day_after(self):
        with freeze_time("2031-03-01 12:00:00"):
            lead, other = self._by_hand(), self._make_lead()
        for moment, changed in (
            ("2031-03-05 23:00:00", 0),
            ("2031-03-06 00:30:00", 1),
            ("2031-03-06 01:30:00", 0),
        ):
            with freeze_time(moment):
                self.assertEqual(self.engine._cron_score(), changed, moment)
        self.assertEqual((lead.lead_grade, other.lead_grade), (1, 1))

    def test_a_grade_by_hand_without_an_end_holds(self):
        lead = self._make_lead(grade_manual=4, grade_manual_reason="Met them")
        with freeze_time("2099-01-01"):
            self.engine._cron_score()
            self.engine._score(lead)
        self.assertEqual(lead.lead_grade, 4)

    def test_a_grade_by_hand_on_a_restored_lead(self):
        """It holds until its day, also for a lead that was lost in between; not after it."""
        with freeze_time("2031-03-01 12:00:00"):
            lead, late = self._by_hand(), self._by_hand()
            (lead + late).action_set_lost()
        with freeze_time("2031-03-04 12:00:00"):
            self.engine._cron_score()
            lead.action_unarchive()
            self.assertEqual((lead.lead_grade, lead.grade_manual), (4, 4))
        with freeze_time("2031-03-07 12:00:00"):
            self.engine._cron_score()
            late.action_unarchive()
            self.engine._cron_score()
            self.assertEqual((lead.lead_grade, late.lead_grade), (1, 1))

    def test_who_may_not_read_a_field_does_not_read_its_value(self):
        field = self.env["crm.lead"]._fields["function"]
        self.patch(field, "groups", "sales_team.group_sale_manager")
        domain = [("function", "=", "secret"), ("city", "=", "Gent")]
        self.card.rule_ids.domain = repr(domain)
        lead = self._make_lead(function="secret", city="Gent")
        lead.user_id = self.user_seller
        self.assertEqual(lead.lead_points, 90)
        for user, is_shown in ((self.user_manager, True), (self.user_seller, False)):
            mine = lead.with_user(user)
            (part,) = mine.env["crm.score.engine"]._explain(mine)
            self.assertEqual(part["points"], 90)
            self.assertIn("Gent", part["reason"])
            self.assertEqual("secret" in part["reason"], is_shown)
            self.assertEqual("Position" in part["reason"], is_shown)
