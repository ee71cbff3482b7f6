# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestLeadGroup(PersonaCommon):
    """Personas and segments: their figures, and segments that keep themselves."""

    def _segment(self, domain="[]", **values):
        return self.env["crm.segment"].create(
            {"name": "Segment", "domain": domain, **values}
        )

    def test_a_segment_shows_its_leads_as_soon_as_it_is_saved(self):
        small = self._make_lead(company_size=2, city="Mecca")
        big = self._make_lead(company_size=80)
        lost = self._make_lead(company_size=80, active=False)
        segment = self._segment("[('company_size', '>', 50)]")
        self.assertEqual((big | lost | small).filtered("segment_ids"), big | lost)
        segment.domain = "[('city', '=', 'Mecca')]"
        self.assertEqual((big | lost | small).filtered("segment_ids"), small)

    def test_what_a_lead_is_linked_to_is_asked_only_where_there_is_any(self):
        """Most leads have no product and no segment; of those that have, all is as ever."""
        products = self.env["product.template"].create(
            [
                {"name": "Machine"},
                {"name": "Elsewhere", "company_id": self._other_company().id},
                {"name": "Archived", "active": False},
            ]
        )
        empty, linked, hidden = (
            self._make_lead(user_id=self.user_seller.id, product_ids=ids)
            for ids in ([], products.ids, products[1].ids)
        )
        self.env.flush_all()
        self.env.invalidate_all()
        leads = (empty + linked + hidden).with_user(self.user_seller)
        self.assertEqual(
            [lead.product_ids for lead in leads],
            [products.browse(), products[0], products.browse()],
        )
        self.env.invalidate_all()
        found = linked.with_context(active_test=False).product_ids
        self.assertEqual(set(found), set(products), "the superuser sees all")
        self.env.invalidate_all()
        self.assertTrue(empty.name, "read beforehand")
        with self.assertQueryCount(1):
            self.assertFalse(empty.product_ids)
            self.assertFalse(empty.segment_ids, "asked with the other")
        segment = self._segment(is_dynamic=False)
        empty.segment_ids = segment
        self.assertFalse(empty.product_ids)
        self.assertEqual(empty.segment_ids, segment, "what waits to be written stays")
        self.env.invalidate_all()
        self.assertFalse(empty.product_ids)
        self.assertEqual(empty.segment_ids, segment)

    def _other_company(self):
        return self.env["res.company"].create({"name": "Another one"})

    def test_what_depends_on_segments_follows(self):
        self._make_persona("Gulf", "[('segment_ids.name', '=', 'Segment')]")
        lead = self._make_lead(company_size=80)
        self.assertFalse(lead.persona_id)
        self._segment("[('company_size', '>', 50)]")
        self.assertEqual(lead.persona_id.name, "Gulf")

    def test_manual_segments_are_left_alone(self):
        # Its condition stays where a segment was kept by it before.
        manual = self._segment("[('company_size', '>', 50)]", is_dynamic=False)
        lead = self._make_lead(segment_ids=manual.ids)
        big = self._make_lead(company_size=80)
        self.assertFalse(big.segment_ids, "nobody put it there")
        dynamic = self._segment("[('company_size', '>', 50)]")
        lead.company_size = 80
        self.assertEqual(lead.segment_ids, manual | dynamic)
        lead.company_size = 1
        self.assertEqual(lead.segment_ids, manual)

    def test_a_segment_kept_by_a_rule_is_not_changed_by_hand(self):
        big = self._segment("[('company_size', '>', 50)]")
        manual = self._segment(is_dynamic=False)
        lead = self._make_lead(company_size=1)
        lead.segment_ids = big | manual
        self.assertEqual(lead.segment_ids, manual)
        lead.company_size = 80
        lead.segment_ids = False
        self.assertEqual(lead.segment_ids, big)

    def test_a_segment_of_one_company_holds_leads_of_that_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        ours = self._make_lead(company_id=self.company.id, user_id=False, team_id=False)
        theirs = self._make_lead(company_id=other.id, user_id=False, team_id=False)
        self._segment(company_id=other.id)
        self.assertFalse(ours.segment_ids)
        self.assertTrue(theirs.segment_ids)

    def test_figures_count_won_and_lost_leads_in_one_query(self):
        segment = self._segment(is_dynamic=False)
        empty = self._segment(is_dynamic=False)
        won_stage = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        values = {"type": "opportunity", "segment_ids": segment.ids}
        self._make_leads(2, **values)
        self._make_leads(3, **values, stage_id=won_stage.id, probability=100)
        self._make_leads(1, **values, active=False, probability=0)
        self.env.flush_all()
        (segment | empty).invalidate_recordset()
        segment.fetch(["name"])
        with self.assertQueryCount(1):
            figures = (segment.lead_count, segment.won_count, segment.closed_count)
        self.assertEqual(figures, (5, 3, 4))
        self.assertEqual(segment.won_rate, 0, "4 closed leads are too few for a rate")
        self.assertIn("too few", segment.won_summary)
        self.assertIn("no closed", empty.won_summary)
        self._make_leads(16, **values, active=False, probability=0)
        segment.invalidate_recordset()
        self.assertEqual(segment.won_rate, 15)
        self.assertIn("15 %", segment.won_summary)

    def test_a_salesperson_sees_figures_of_the_leads_he_may_see(self):
        segment = self._segment(is_dynamic=False)
        self._make_lead(segment_ids=segment.ids, user_id=self.user_seller.id)
        self._make_lead(segment_ids=segment.ids, user_id=self.user_colleague.id)
        self.assertEqual(segment.with_user(self.user_seller).lead_count, 1)
        self.assertEqual(segment.with_user(self.user_all).lead_count, 2)
        action = segment.with_user(self.user_seller).action_open_leads()
        found = (
            self.env["crm.lead"].with_user(self.user_seller).search(action["domain"])
        )
        self.assertEqual(len(found), 1)

    def test_merged_leads_are_in_the_segments_of_both(self):
        one, two = (
            self._segment(is_dynamic=False),
            self._segment(is_dynamic=False, sequence=20),
        )
        persona = self._make_persona("Guest")
        product = self.env["product.template"].create({"name": "Pump"})
        first = self._make_lead(
            type="opportunity",
            segment_ids=one.ids,
            request_note="A pump",
            user_id=False,
        )
        second = self._make_lead(
            type="opportunity",
            segment_ids=two.ids,
            persona_id=persona.id,
            product_ids=product.ids,
            request_note="Soon",
            company_size=7,
            user_id=False,
        )
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged.segment_ids, one | two)
        self.assertEqual(merged.persona_id, persona)
        self.assertTrue(merged.persona_is_manual)
        self.assertEqual(merged.product_ids, product)
        self.assertEqual(merged.company_size, 7)
        self.assertIn("A pump", merged.request_note)
        self.assertIn("Soon", merged.request_note)

    def test_selected_leads_are_put_into_manual_segments_and_taken_out(self):
        manual = self._segment(is_dynamic=False)
        dynamic = self._segment("[('company_size', '>', 50)]")
        leads = self._make_leads(2, user_id=self.user_seller.id)

        def assign(mode):
            self.env["crm.segment.assign"].with_user(self.user_seller).with_context(
                active_ids=leads.ids
            ).create(
                {"mode": mode, "segment_ids": (manual | dynamic).ids}
            ).action_apply()

        assign("add")
        self.assertEqual(leads.segment_ids, manual)
        assign("remove")
        self.assertFalse(leads.segment_ids)

    def test_leads_of_others_are_not_assigned(self):
        manual = self._segment(is_dynamic=False)
        lead = self._make_lead(user_id=self.user_colleague.id)
        wizard = self.env["crm.segment.assign"].with_user(self.user_seller)
        with self.assertRaises(AccessError):
            wizard.create(
                {"lead_ids": lead.ids, "mode": "add", "segment_ids": manual.ids}
            ).action_apply()
        self.assertFalse(lead.segment_ids)
