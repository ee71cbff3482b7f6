# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
from collections import Counter
from datetime import datetime, timedelta

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import RoutingCommon

MONDAY = datetime(2030, 1, 7, 9, 0)


@tagged("post_install", "-at_install")
class TestFurtherOwners(RoutingCommon):
    """Whose lead it is, and what outlives its cause: cases that nobody had reported."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.env["res.company"].create({"name": "Company B"})
        cls.leads = cls.env["crm.lead"].with_user(cls.user_manager)

    def _new(self, **values):
        return self.leads.create(
            {"name": "New", "type": "opportunity", **values}
        ).sudo()

    def _waiting(self):
        """Return what the filter "Waiting for an Owner" shows."""
        view = self.env.ref("crm.view_crm_case_opportunities_filter")
        arch = self.env["crm.lead"].get_view(view.id, "search")["arch"]
        found = etree.fromstring(arch).xpath("//filter[@name='routing_waiting']")
        domain = ast.literal_eval(found[0].get("domain"))
        return self.env["crm.lead"].search(domain)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.env.invalidate_all()

    # === OWNERS WHO LEFT === #

    def test_who_is_archived_leaves_waiting_leads(self):
        """Kind of fault 15: most people who leave are archived, not deleted."""
        self._make_rule()
        gone = self.pool[0]
        lead, lost = (self._new(user_id=gone.id) for _n in range(2))
        lost.action_set_lost()
        gone.active = False
        self.assertTrue(lead.routing_waiting_since)
        self.assertFalse(lost.routing_waiting_since, "nobody works on it")
        self.assertIn(lead, self._waiting())
        gone.active = True
        self.assertFalse(lead.routing_waiting_since, "he is back")
        gone.active = False
        self._run_cron()
        self.assertIn(lead.user_id, self.pool[1:])
        self.assertFalse(lead.routing_waiting_since)

    def test_who_is_archived_where_nothing_is_routed(self):
        """Do no harm: without rules his leads are Odoo's own matter."""
        lead = self._new(user_id=self.pool[0].id)
        self.pool[0].active = False
        self.assertFalse(lead.routing_waiting_since)
        self.assertEqual(lead.user_id, self.pool[0])

    def test_a_restored_lead_of_who_left(self):
        """Kind of fault 12: its owner left while it was lost."""
        self._make_rule()
        lead = self._new(user_id=self.pool[0].id)
        lead.action_set_lost()
        self.pool[0].active = False
        lead.action_unarchive()
        lead.probability = 20
        self.assertTrue(lead.routing_waiting_since)
        self._run_cron()
        self.assertIn(lead.user_id, self.pool[1:])

    def test_the_person_of_a_rule_is_archived_and_comes_back(self):
        """Kind of fault 37: in memory both ways."""
        rule = self._make_rule(method="fixed", user_id=self.pool[0].id)
        for active in (True, False, True):
            self.pool[0].active = active
            lead = self._new()
            self.assertEqual(lead.user_id == self.pool[0], active)
            self.assertEqual(lead.routing_rule_id == rule, active)

    def test_the_team_of_a_rule_is_archived_and_comes_back(self):
        """Kind of fault 10: nobody while it is away, its members at once when it is back."""
        self._make_rule()
        for active in (True, False, True):
            self.team_pool.active = active
            self.assertEqual(self._new().user_id in self.pool, active)

    def test_who_looks_after_the_account_was_archived(self):
        """An account of somebody who left is nobody's: the next rule has its turn."""
        self._make_rule(method="account_owner", team_id=False, sequence=1)
        rest = self._make_rule(name="Rest", sequence=2)
        contact = self.env["res.partner"].create(
            {"name": "Person", "user_id": self.user_colleague.id}
        )
        self.user_colleague.active = False
        [lead] = self._make_waiting(partner_id=contact.id)
        log = self.engine._route(lead)
        self.assertEqual(log.rule_id, rest)
        self.assertIn(lead.user_id, self.pool)

    # === TWO COMPANIES === #

    def test_who_stands_in_works_in_another_company(self):
        """A substitute of company B gets no lead of A, however long the other is away."""
        dora = new_test_user(
            self.env,
            "lead_dora",
            "sales_team.group_sale_salesman",
            company_id=self.company_b.id,
            company_ids=self.company_b.ids,
        )
        self._make_rule(method="fixed", user_id=self.pool[0].id)
        self.company.lead_fallback_user_id = self.user_all
        self.members[0].routing_substitute_id = dora
        self.pool[0].out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        lead = self._new(company_id=self.company.id)
        self.assertEqual(lead.user_id, self.user_all)

    def test_a_lead_that_goes_to_a_company_without_response_times(self):
        """The clock of company A does not run for a lead of B."""
        self._make_rule()
        self.user_manager.company_ids += self.company_b
        self.pool.company_ids += self.company_b
        self.env["crm.routing.policy"].create(
            {"name": "A", "minutes": 60, "company_id": self.company.id}
        )
        lead = self._new(company_id=self.company.id)
        self.assertTrue(lead.routing_next_on)
        lead.write({"company_id": self.company_b.id, "team_id": False})
        self.assertFalse(lead.routing_next_on)
        self.assertFalse(lead.response_deadline)

    def test_a_lead_that_is_typed_in_is_of_the_company_of_who_tries(self):
        """A dry run in company B says nothing of A's fallback owner."""
        rule = self._make_rule(domain="[('expected_revenue', '>', 100)]")
        self.company.lead_fallback_user_id = self.user_all
        self.user_manager.company_ids += self.company_b
        trials = self.env["crm.routing.trial"].with_user(self.user_manager)
        for company, is_his in ((self.company, True), (self.company_b, False)):
            trial = trials.with_company(company).create(
                {"is_typed": True, "rule_ids": rule.ids}
            )
            trial.action_try()
            found = trial.line_ids.to_user_id
            self.assertEqual(found == self.user_all, is_his, company.name)

    def test_a_team_that_goes_to_another_company(self):
        """Kind of fault 2: warm in memory, its members get leads of A no longer."""
        self._make_rule()
        self.assertIn(self._new(company_id=self.company.id).user_id, self.pool)
        self.pool.company_ids += self.company_b
        self.user_manager.company_ids += self.company_b
        self.team_pool.company_id = self.company_b
        lead = self._new(company_id=self.company.id)
        self.assertTrue(lead.user_id or lead.routing_waiting_since)
        self.assertNotEqual(lead.team_id, self.team_pool)

    # === LIMITS === #

    def test_limits_hold_for_the_rows_of_an_import(self):
        """Kind of fault 23: twelve rows, four people, two a day; the rest is the leader's."""
        self._make_rule()
        self.members.routing_cap_day = 2
        leads = self.leads.with_context(import_file=True)
        result = leads.load(["name"], [[f"Row {number}"] for number in range(12)])
        rows = leads.browse(result["ids"]).sudo()
        owners = Counter(lead.user_id for lead in rows)
        self.assertEqual([owners[user] for user in self.pool], [2, 2, 2, 2])
        self.assertEqual(owners[self.user_manager], 4)

    def test_a_restored_lead_is_open_work_again(self):
        """Who may have one open lead has room while it is lost, and none when it is back."""
        self._make_rule(member_ids=self.members[0].ids)
        self.members[0].routing_cap_open = 1
        lead = self._new()
        self.assertEqual(lead.user_id, self.pool[0])
        self.assertEqual(self._new().user_id, self.user_manager)
        lead.action_set_lost()
        other = self._new()
        self.assertEqual(other.user_id, self.pool[0])
        other.action_set_lost()
        lead.action_unarchive()
        lead.probability = 20
        self.assertEqual(self._new().user_id, self.user_manager)

    # === RESTORED === #

    def test_a_pause_does_not_outlive_the_close(self):
        """Kind of fault 33: paused, lost, restored: the clock begins anew, without a pause."""
        self._make_rule()
        calendar = self.env["resource.calendar"].create({"name": "Always"})
        calendar.attendance_ids.unlink()
        self.members.routing_calendar_id = calendar
        self.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        with freeze_time(MONDAY):
            lead = self._new()
            lead._routing_pause("Holiday", MONDAY + timedelta(days=9))
            lead.action_set_lost()
        self.assertFalse(lead.routing_paused_until or lead.routing_pause_reason)
        with freeze_time(MONDAY + timedelta(days=1)):
            lead.action_unarchive()
            lead.probability = 20
        self.assertFalse(lead.routing_paused_until or lead.routing_pause_reason)
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(days=1, hours=1))

    def test_merged_into_a_lead_of_who_left(self):
        """Kind of fault 15: the one that stays has an owner who left; it waits."""
        self._make_rule()
        mine = self._new(user_id=self.pool[0].id, email_from="an@merge.example")
        other = self._new(user_id=self.pool[1].id, email_from="an@merge.example")
        self.pool[0].active = False
        merged = (mine | other).merge_opportunity(user_id=self.pool[0].id)
        self.assertTrue(merged.routing_waiting_since)
