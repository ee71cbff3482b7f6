# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

from odoo.tests import tagged

from .common import RoutingCommon

# What Odoo computes at the very moment, or from the owner's turn.
OF_THE_MOMENT = {"date_last_stage_update", "date_open", "user_id", "duration_tracking"}


@tagged("post_install", "-at_install")
class TestRoutingNewLead(RoutingCommon):
    """A routed lead is as if it had been created with its owner; its owner is told as by Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._make_rule(cls)
        cls.leads = (
            cls.env["crm.lead"]
            .with_user(cls.user_manager)
            .with_context(tracking_disable=False)
        )

    # === VALUES === #

    def _check_values(self, **values):
        """Compare a routed lead with one that Odoo creates for the same owner."""
        values = {
            "name": "One",
            "email_from": "ann@trading.example",
            "expected_revenue": 1000,
            "recurring_revenue": 60,
            **values,
        }
        lead = self.leads.create(values).sudo()
        self.assertIn(lead.user_id, self.pool)
        owner = {"user_id": lead.user_id.id, "team_id": lead.team_id.id}
        by_odoo = (
            self.leads.with_context(crm_lead_management_skip=True)
            .create({**values, **owner})
            .sudo()
        )
        self.env.flush_all()
        self.env.invalidate_all()
        for name, field in self.leads._fields.items():
            if field.store and field.compute and name not in OF_THE_MOMENT:
                self.assertEqual(lead[name], by_odoo[name], name)
        return lead

    def test_the_team_that_all_leads_go_to(self):
        self.assertEqual(self._check_values().team_id, self.team_pool)

    def test_a_team_that_the_rule_brings(self):
        other = self.env["crm.team"].create({"name": "Other"})
        self._make_rule(team_id=other.id, domain="[('id', '=', 0)]")
        self.assertEqual(self._check_values(team_id=other.id).team_id, self.team_pool)

    def test_a_team_with_stages_of_its_own(self):
        other = self.env["crm.team"].create({"name": "Other"})
        self._make_rule(team_id=other.id, domain="[('id', '=', 0)]")
        stage, _stage_of_other = self.env["crm.stage"].create(
            [
                {"name": "Own", "team_ids": [(6, 0, team.ids)], "sequence": -1}
                for team in (self.team_pool, other)
            ]
        )
        lead = self._check_values(team_id=other.id)
        self.assertEqual(lead.stage_id, stage)

    def test_a_team_with_statistics_of_its_own(self):
        other = self.env["crm.team"].create({"name": "Other"})
        self._make_rule(team_id=other.id, domain="[('id', '=', 0)]")
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.env["crm.lead.scoring.frequency"].create(
            [
                {
                    "variable": "stage_id",
                    "value": each.id,
                    "won_count": 3,
                    "lost_count": lost,
                    "team_id": team.id if team else False,
                }
                for team, lost in ((self.team_pool, 9), (None, 1))
                for each in (stage, won)
            ]
        )
        lead = self._check_values(team_id=other.id, stage_id=stage.id)
        self.assertGreater(lead.probability, 0)

    # === NOTIFICATION === #

    def _notice(self, lead):
        return self.env["mail.message"].search(
            [
                ("message_type", "=", "user_notification"),
                ("model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
            ]
        )

    def _check_notice(self, lead):
        """Compare the notification with what Odoo would look up for it now."""
        notice = self._notice(lead)
        author = self.user_manager.partner_id
        sender = lead.sudo().with_user(self.user_manager).sudo()
        expected = sender._notify_get_reply_to(
            default=notice.email_from, author_id=author.id
        )
        self.assertEqual(notice.author_id, author)
        self.assertEqual(notice.reply_to, expected[lead.id])
        domains = sender._mail_get_alias_domains(default_company=sender.env.company)
        self.assertEqual(notice.record_alias_domain_id, domains[lead.id])
        self.assertEqual(notice.record_company_id, lead.sudo().company_id)

    def _create(self, **values):
        return self.leads.create({"name": "One", **values})

    def _aliases(self):
        """Give the company and the teams addresses of their own."""
        domain = self.env["mail.alias.domain"].create(
            {"name": "leads.example", "catchall_alias": "catchall"}
        )
        self.company.alias_domain_id = domain
        for team in self.env["crm.team"].search([]):
            team.write({"alias_name": f"team{team.id}", "alias_domain_id": domain.id})

    def test_answers_go_where_odoo_would_have_them_go(self):
        self._aliases()
        self._check_notice(self._create())

    def test_also_where_the_rule_gives_it_to_another_team(self):
        other = self.env["crm.team"].create({"name": "Other"})
        self._make_rule(team_id=other.id, domain="[('id', '=', 0)]")
        self._aliases()
        lead = self._create(team_id=other.id)
        self.assertEqual(lead.sudo().team_id, self.team_pool)
        self._check_notice(lead)

    def test_each_lead_has_its_own(self):
        first, second = self._create(), self._create()
        self.assertEqual(self._notice(first).res_id, first.id)
        self.assertEqual(self._notice(second).res_id, second.id)
        self._check_notice(second)
