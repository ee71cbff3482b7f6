# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import new_test_user, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingPrivacy(RoutingCommon):
    """Alarms, reasons and reports name nothing that their reader may not see."""

    def test_the_alarm_is_one_per_reader(self):
        """Routing 30: it named leads of other companies."""
        far = self.env["res.company"].create({"name": "Far"})
        manager_far = new_test_user(
            self.env,
            "lead_far_boss",
            "sales_team.group_sale_manager",
            company_id=far.id,
            company_ids=[(6, 0, far.ids)],
        )
        near_lead = self._make_waiting(name="NEAR", company_id=self.company.id)
        far_lead = self._make_waiting(name="SECRET", company_id=far.id)
        near_lead.name, far_lead.name = "NEAR", "SECRET"
        both = (near_lead | far_lead).sudo()
        self.env["crm.routing.teller"]._raise_alarm(both)

        def told(user):
            return self.env["mail.message"].search(
                [
                    ("message_type", "=", "user_notification"),
                    ("partner_ids", "in", user.partner_id.ids),
                ],
                order="id desc",
                limit=1,
            )

        near, distant = told(self.user_manager), told(manager_far)
        self.assertIn("NEAR", near.body)
        self.assertNotIn("SECRET", near.body)
        self.assertEqual(near.subject, "A lead has no owner")
        self.assertIn("SECRET", distant.body)
        self.assertNotIn("NEAR", distant.body)

    def test_a_reason_names_no_lead(self):
        """Routing 31, C43: the title of a lead that the reader may not see."""
        self._make_rule(method="account_owner", sequence=1)
        anna, bert = self.pool[0], self.pool[1]
        secret = self._make_waiting(
            user_id=anna.id,
            email_from="boss@acme-corp.example",
            phone="+32470123456",
        )
        secret.name = "SECRET takeover"
        self.members[0].write(
            {"assignment_optout": True, "routing_substitute_id": bert.id}
        )
        for values in (
            {"email_from": "joe@acme-corp.example"},
            {"phone": "+32470123456"},
        ):
            new = self.env["crm.lead"].create({"name": "New", **values})
            log = self._last_log(new)
            self.assertEqual(new.user_id, bert)
            self.assertFalse(secret.with_user(bert).has_access("read"))
            self.assertNotIn("SECRET", f"{log.reason} {log.facts} {log.judged}")

    def test_the_report_names_no_lead_of_others(self):
        """A11: names, grades and revenue of colleagues' leads."""
        self._make_rule()
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Lead {n}", "expected_revenue": 7777777, "user_id": False}
                for n in range(4)
            ]
        )
        self.env.flush_all()
        report = self.env["crm.routing.report"]
        for user in self.pool:
            rows = report.with_user(user).search([("user_id", "=", user.id)])
            mine = leads.filtered(lambda lead, user=user: lead.user_id == user)
            self.assertEqual(len(rows), 4, "his share of what was handed out stays")
            self.assertEqual(rows.lead_id, mine)
            others = rows.filtered(lambda row: not row.lead_id)
            self.assertEqual(len(others), 4 - len(mine))
            self.assertFalse(any(others.mapped("expected_revenue")))
            self.assertFalse(any(others.mapped("lead_grade")))
        rows = report.with_user(self.user_manager).search(
            [("lead_id", "in", leads.ids)]
        )
        self.assertEqual(len(rows), 16)
