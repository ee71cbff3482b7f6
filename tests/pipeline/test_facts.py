# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestFacts(PipelineCommon):
    """Moves by facts: each a switch of the company, off until somebody wants it."""

    def _lead(self, role="open", **values):
        values = {
            "user_id": self.user_seller.id,
            "company_id": self.company.id,
            **values,
        }
        return self._make_lead(
            stage_id=self.stages[role].id, type="opportunity", **values
        )

    def _touch(self, leads, **values):
        values = {"kind": "call", "direction": "out", "is_human": True, **values}
        self.env["crm.touchpoint"].with_user(self.user_seller)._record(
            [{"lead_id": lead.id, **values} for lead in leads]
        )

    # === FIRST CONTACT === #

    def test_off_by_default(self):
        lead = self._lead()
        self._touch(lead)
        self.assertEqual(lead.stage_id, self.stages["open"])

    def test_first_contact_moves_open_leads_only(self):
        self.company.lead_stage_by_contact = True
        lead, further = self._lead(), self._lead("nurturing")
        self._touch(lead + further)
        self.assertEqual(lead.stage_id, self.stages["contacted"])
        self.assertEqual(lead.stage_log_ids[0].reason, "First contact")
        self.assertEqual(lead.stage_log_ids[0].user_id, self.user_seller)
        self.assertEqual(further.stage_id, self.stages["nurturing"])

    def test_a_call_that_is_done_is_a_contact(self):
        self.company.lead_stage_by_contact = True
        lead = self._lead().with_user(self.user_seller)
        activity = lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.user_seller.id
        )
        self.assertEqual(lead.stage_id, self.stages["open"])
        activity.action_feedback(feedback="They want a roof")
        self.assertEqual(lead.stage_id, self.stages["contacted"])

    def test_only_a_persons_outbound_contact_counts(self):
        self.company.lead_stage_by_contact = True
        lead = self._lead()
        self._touch(lead, is_human=False)
        self._touch(lead, direction="in")
        self.assertEqual(lead.stage_id, self.stages["open"])

    def test_each_company_decides_for_itself(self):
        other = self.env["res.company"].create({"name": "Other"})
        other.lead_stage_by_contact = True
        lead = self._lead()
        self._touch(lead)
        self.assertEqual(lead.stage_id, self.stages["open"])

    def test_many_contacts_cost_a_constant_number_of_queries(self):
        self.company.lead_stage_by_contact = True
        mover = self.env["crm.pipeline.mover"]

        def run(size):
            leads = self._make_leads(
                size, stage_id=self.stages["open"].id, company_id=self.company.id
            )
            return lambda: mover._contacted(leads)

        self.assertSameQueryCount(run, 10, 100)

    # === UNQUALIFIED === #

    def test_a_misfit_is_proposed_to_the_owner_once(self):
        lead = self._lead("contacted")
        for _twice in range(2):
            lead._lead_propose_unqualified("Too small: <3 employees")
        self.assertEqual(lead.stage_id, self.stages["contacted"])
        self.assertEqual(len(lead.activity_ids), 1)
        self.assertEqual(lead.activity_ids.user_id, self.user_seller)
        self.assertIn("Too small: &lt;3 employees", lead.activity_ids.note)

    def test_a_misfit_moves_where_the_company_wants_it(self):
        self.company.lead_stage_unqualify = True
        lead, customer = self._lead("contacted"), self._lead("customer")
        (lead + customer)._lead_propose_unqualified("Too small")
        self.assertEqual(lead.stage_id, self.stages["unqualified"])
        self.assertEqual(lead.won_status, "lost")
        self.assertEqual(lead.stage_log_ids[0].reason, "Too small")
        self.assertEqual(customer.stage_id, self.stages["customer"])
        self.assertFalse(lead.activity_ids)

    def test_a_misfit_at_birth(self):
        """The engines run while the lead is created: its first stage is on record by then."""
        self.company.lead_stage_unqualify = True
        self.env["crm.qualifier"].create(
            {
                "name": "Size",
                "kind": "fact",
                "importance": "knock_out",
                "domain": "[('company_size', '>', 3)]",
                "on_mismatch": "fail",
            }
        )
        lead = self._lead(company_size=1)
        self.assertEqual(self._moves(lead), [(False, "open"), ("open", "unqualified")])
        self.assertEqual(lead.won_status, "lost")

    def test_the_button(self):
        lead = self._lead("contacted").with_user(self.user_seller)
        self.assertTrue(lead.can_unqualify)
        lead.action_set_unqualified()
        self.assertEqual(lead.stage_id, self.stages["unqualified"])
        self.assertFalse(lead.can_unqualify)

    # === ROTTING === #

    def test_leads_rot_where_the_company_wants_it(self):
        lead = self._make_lead(
            stage_id=self.stages["contacted"].id,
            company_id=self.company.id,
            user_id=self.user_seller.id,
            type="lead",
        )
        lead.date_last_stage_update = "2026-01-01 00:00:00"
        domain = [("is_rotting", "=", True), ("id", "=", lead.id)]
        self.env.cr.execute(
            "UPDATE crm_lead SET date_last_stage_update = now() - interval '9 d'"
        )
        self.env.invalidate_all()
        self.assertFalse(lead.is_rotting)
        self.assertFalse(self.env["crm.lead"].search(domain))
        self.company.lead_rotting = True
        self.env.invalidate_all()
        self.assertTrue(lead.is_rotting)
        self.assertEqual(self.env["crm.lead"].search(domain), lead)
