# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestDormancy(PipelineCommon):
    """The ladder that silent customers go down, and how they come back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Step = cls.env["crm.stage.dormancy"]
        cls.Step.search([]).active = False
        cls.now = fields.Datetime.now()
        cls.kind = cls.env.ref("crm_lead_management.mail_activity_type_dormant")

    def _step(self, days, action="activity", **values):
        values = {"name": f"Step {days}", "days": days, "action": action, **values}
        return self.Step.with_user(self.user_manager).create(values)

    def _customer(self, days, **values):
        """Return a customer who was won so many days ago."""
        lead = self._make_lead(
            stage_id=self.stages["customer"].id,
            user_id=self.user_seller.id,
            company_id=self.company.id,
            type="opportunity",
            **values,
        )
        lead.date_closed = self.now - timedelta(days=days)
        return lead

    def _touch(self, lead, days, **values):
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": self.now - timedelta(days=days),
                    **values,
                }
            ]
        )

    def _run(self, days_later=0):
        due = self.Step._due(self.now + timedelta(days=days_later, minutes=1))
        for lead_id, step_id in due:
            self.Step.browse(step_id)._take(self.env["crm.lead"].browse(lead_id))
        return due

    def test_ships_switched_off_and_asks_nothing(self):
        self._customer(400)
        self.env.flush_all()
        with self.assertQueryCount(1):  # the steps; no query over the leads
            self.assertFalse(self.Step._due())

    def test_the_last_step_reached_is_taken_once(self):
        self._step(30)
        step = self._step(60)
        lead, fresh = self._customer(70), self._customer(10)
        self.assertEqual(self._run(), [(lead.id, step.id)])
        self.assertEqual(lead.activity_ids.activity_type_id, self.kind)
        self.assertEqual(lead.activity_ids.user_id, self.user_seller)
        self.assertFalse(fresh.activity_ids)
        self.assertFalse(self._run())

    def test_at_the_very_moment(self):
        """Mutant: silent for exactly so many days, and a second less."""
        step, lead = self._step(30), self._customer(30)
        self.assertFalse(self.Step._due(self.now - timedelta(seconds=1)))
        self.assertEqual(self.Step._due(self.now), [(lead.id, step.id)])

    def test_down_the_ladder_to_inactive(self):
        self._step(30)
        self._step(90, "inactive")
        lead = self._customer(40)
        closed = lead.date_closed
        self._run()
        self.assertEqual(lead.stage_id, self.stages["customer"])
        self._run(days_later=60)
        self.assertEqual(lead.stage_id, self.stages["inactive"])
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(lead.date_closed, closed)
        self.assertEqual(lead.stage_log_ids[0].reason, "Step 90")
        lead.action_set_won()
        self.assertEqual(lead.stage_id, self.stages["customer"], "The way back.")

    def test_a_contact_begins_the_ladder_anew(self):
        step = self._step(30)
        lead = self._customer(100)
        self._touch(lead, 40)
        self._run()
        self._touch(lead, -1)  # tomorrow
        self.assertFalse(self._run(days_later=20))
        self.assertEqual(self._run(days_later=32), [(lead.id, step.id)])

    def test_what_counts_as_heard(self):
        lead = self._customer(100)
        self._touch(lead, 5)
        contact = self._step(30, basis="contact")
        self.assertFalse(self._run())
        contact.active = False
        order = self._step(30, basis="order")
        self.assertEqual(self._run(), [(lead.id, order.id)])
        machine = self._customer(100)
        self._touch(machine, 5, is_human=False)
        order.active, contact.active = False, True
        self.assertEqual(self._run(), [(machine.id, contact.id)])

    def test_per_company_and_stage(self):
        other = self.env["res.company"].create({"name": "Other"})
        step = self._step(30)
        step.sudo().company_id = other
        lead = self._customer(100)
        self.assertFalse(self._run())
        step.sudo().company_id = self.company
        step.stage_id = self.stages["customer"].copy({"lead_role": "customer"})
        self.assertFalse(self._run())
        step.stage_id = self.stages["customer"]
        self.assertEqual(self._run(), [(lead.id, step.id)])

    def test_only_customers(self):
        self._step(30, "inactive")
        lead = self._make_lead(stage_id=self.stages["qualified"].id)
        lead.date_closed = self.now - timedelta(days=100)
        self.assertFalse(self._run())

    def test_the_cron_runs_while_a_step_is_on(self):
        cron = self.env.ref("crm_lead_management.ir_cron_dormancy")
        self.assertFalse(cron.active)
        step = self._step(30)
        self.assertTrue(cron.active)
        step.active = False
        self.assertFalse(cron.active)

    def test_a_step_says_how_many_are_due(self):
        self._customer(100)
        step = self._step(30, active=False)
        self.assertEqual(step.due_count, 1)

    def test_the_cron(self):
        self._step(30)
        lead = self._customer(100)
        with self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_dormancy").method_direct_trigger()
        self.assertEqual(lead.activity_ids.activity_type_id, self.kind)

    def test_access(self):
        step = self._step(30)
        step.with_user(self.user_seller).read(["days"])
        for operation in ("create", "write", "unlink"):
            self.assertFalse(step.with_user(self.user_seller).has_access(operation))
