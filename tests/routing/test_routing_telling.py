# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingTelling(RoutingCommon):
    """What owners and managers are told, each in his language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.pool[0].lang = "ar_001"
        cls.rule = cls._make_rule(cls)
        cls.notices = (
            cls.env["mail.message"].search([], order="id desc", limit=1).id or 0
        )
        cls.leads = (
            cls.env["crm.lead"]
            .with_user(cls.user_manager)
            .with_context(tracking_disable=False)
        )

    def _told(self, user):
        return self.env["mail.message"].search(
            [
                ("id", ">", self.notices),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "=", user.partner_id.id),
            ]
        )

    def test_an_arabic_owner_reads_from_right_to_left(self):
        self.rule.write({"method": "fixed", "user_id": self.pool[0].id})
        self.leads.create([{"name": "One"}])
        notice = self._told(self.pool[0])
        self.assertIn('dir="rtl"', notice.body)
        self.assertIn("القاعدة", notice.body)
        self.rule.user_id = self.pool[1]
        self.leads.create([{"name": "Two", "phone": "+3225550100"}])
        notice = self._told(self.pool[1])
        self.assertIn('<div dir="ltr">', notice.body)
        self.assertIn("Why you", notice.body)
        self.assertIn('<span dir="ltr">+3225550100</span>', notice.body)

    def test_the_grade_comes_with_its_reasons(self):
        scorecard = self.env["crm.scorecard"].create({"name": "Card"})
        scorecard.rule_ids = [
            (
                0,
                0,
                {
                    "name": "Director",
                    "points": 80,
                    "domain": "[('function','=','CEO')]",
                },
            )
        ]
        scorecard.write({"state": "live"})
        course = scorecard.grade_ids.filtered(lambda row: row.grade == 5)
        course.advice = "Offer a visit"
        lead = self.leads.create([{"name": "One", "function": "CEO"}]).sudo()
        self.assertEqual(lead.lead_grade, 5)
        notice = self._told(lead.user_id)
        for text in ("Director +80", "Offer a visit"):
            self.assertIn(text, notice.body)

    def test_many_leads_make_one_message_per_owner(self):
        self.env["crm.routing.policy"].create({"name": "An hour"})
        leads = self.leads.create(
            [{"name": f"Lead {n}", "contact_name": f"Guest {n}"} for n in range(8)]
        ).sudo()
        for user in self.pool:
            notice = self._told(user)
            self.assertEqual(len(notice), 1)
            for lead in leads:
                self.assertEqual(lead.name in notice.body, lead.user_id == user)
        self.assertIn("أُسند", self._told(self.pool[0]).subject)
        self.assertIn("assigned to you", self._told(self.pool[1]).subject)
        other = leads.filtered(lambda lead: lead.user_id == self.pool[1])[0]
        self.assertIn(other.contact_name, self._told(self.pool[1]).body)
        self.assertIn("answer until", self._told(self.pool[1]).body)

    def test_alarms_speak_the_language_of_each_manager(self):
        self.members.assignment_optout = True
        self.team_pool.user_id = False
        self.user_manager.lang = "ar_001"
        self.env["crm.lead"].create([{"name": "Lost", "user_id": False}])
        self.assertIn("بلا مالك", self._told(self.user_manager).subject)
        others = self.env.ref("base.user_admin")
        self.assertIn("no owner", self._told(others).subject)
