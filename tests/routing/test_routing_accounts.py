# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

from odoo.tests import tagged

from .common import RoutingCommon

MEASURE = "odoo.addons.crm_lead_management.models.routing.reading.measure"


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

    def test_the_lead_becomes_the_team_s_of_its_owner(self):
        self._make_rule(method="account_owner", team_id=self.team_north.id)
        self.contact.user_id = self.user_all
        log = self._route(partner_id=self.contact.id)
        self.assertEqual(log.lead_id.team_id, self.team_south)

    def test_the_owner_of_another_lead(self):
        self._make_rule(method="account_owner", team_id=False)
        self._make_waiting(
            partner_id=self.group.id, user_id=self.pool[3].id, type="opportunity"
        )
        log = self._route(partner_id=self.contact.id)
        self.assertEqual((log.to_user_id, log.facts["how"]), (self.pool[3], "account"))

    def test_who_had_a_lead_that_is_lost_looks_after_nothing(self):
        """Mutant: an archived lead says nothing of who has the account; a won one does."""
        self._make_rule(method="account_owner", team_id=False)
        lead = self._make_waiting(
            partner_id=self.group.id, user_id=self.pool[3].id, type="opportunity"
        )
        lead.action_set_lost()
        log = self._route(partner_id=self.contact.id)
        self.assertNotEqual(log.to_user_id, self.pool[3])
        lead.action_unarchive()
        lead.action_set_won()
        log = self._route(partner_id=self.contact.id)
        self.assertEqual(log.to_user_id, self.pool[3])

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

    def test_a_lead_without_a_company_meets_only_those_of_its_own(self):
        """Fault 31: accounts crossed companies where one of the two leads had none."""
        self._make_rule(method="account_owner", team_id=False)
        far = self.env["res.company"].create({"name": "Far"})
        stranger = self.pool[3]
        stranger.sudo().write({"company_ids": [(4, far.id)], "company_id": far.id})
        self._make_waiting(
            email_from="a@firm-two.test", user_id=stranger.id, company_id=far.id
        )
        lead = self._make_waiting(email_from="b@firm-two.test", company_id=False)
        lead.team_id = False
        owners = self.env["crm.routing.account"]._owners(lead)
        self.assertFalse(owners)
        lead.company_id = far
        owners = self.env["crm.routing.account"]._owners(lead)
        self.assertEqual(owners[lead.id][0], stranger.id)
