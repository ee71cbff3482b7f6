# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingMatcher(RoutingCommon):
    """Ready-made conditions of routing rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["crm.routing.rule"].create(
            {"name": "Match", "team_id": cls.team_pool.id, "active": False}
        )
        cls.saudi, cls.emirates = cls.env.ref("base.sa"), cls.env.ref("base.ae")
        cls.leads = cls._make_leads(3, user_id=cls.user_all.id)

    def _open(self):
        action = self.rule.with_user(self.user_manager).action_choose_conditions()
        return Form(
            self.env[action["res_model"]]
            .with_user(self.user_manager)
            .with_context(**action["context"])
        )

    def _matching(self):
        matched = self.rule._rule_match(self.leads, self.rule._as_rows())
        return self.leads.filtered(lambda lead: matched[lead.id])

    def _assert_only(self, lead, **values):
        """The condition matches the one lead that has the values, and no other."""
        for name, value in values.items():
            lead[name] = value
        self.assertEqual(self._matching(), lead)

    def _set(self, **values):
        """Fill in the dialog, and apply it."""
        form = self._open()
        for name, value in values.items():
            if name.endswith("_ids"):
                for record in value:
                    getattr(form, name).add(record)
            else:
                setattr(form, name, value)
        form.save().action_apply()

    def test_each_matcher(self):
        tag = self.env["crm.tag"].create({"name": "Accounting"})
        source = self.env["utm.source"].create({"name": "Fair"})
        industry = self.env["res.partner.industry"].search([], limit=1)
        category = self.env["product.category"].create({"name": "Machines"})
        product = self.env["product.template"].create(
            {"name": "Press", "categ_id": category.id}
        )
        state = self.env["res.country.state"].search([], limit=1)
        segment = self.env["crm.segment"].create(
            {"name": "Hotels", "domain": "[('contact_name', '=', 'Guest')]"}
        )
        arabic = self.env.ref("base.lang_ar")
        arabic.active = True
        for matcher, fact in (
            ({"country_ids": self.saudi}, {"country_id": self.saudi.id}),
            ({"state_ids": state}, {"state_id": state.id}),
            ({"zip_from": "10000", "zip_to": "19999"}, {"zip": "12345"}),
            ({"industry_ids": industry}, {"industry_id": industry.id}),
            ({"product_ids": product}, {"product_ids": product.ids}),
            ({"category_ids": category}, {"product_ids": product.ids}),
            ({"segment_ids": segment}, {"contact_name": "Guest"}),
            ({"tag_ids": tag}, {"tag_ids": tag.ids}),
            ({"source_ids": source}, {"source_id": source.id}),
            ({"lang_ids": arabic}, {"lang_id": arabic.id}),
            ({"value_from": 1000, "value_to": 2000}, {"expected_revenue": 1500}),
            ({"size_from": 50, "size_to": 99}, {"company_size": 60}),
        ):
            with self.subTest(matcher=list(matcher)):
                self.rule.domain = "[]"
                self._set(**matcher)
                name = next(iter(fact))
                before = {lead: lead[name] for lead in self.leads}
                self._assert_only(self.leads[1], **fact)
                for lead in self.leads:
                    lead[name] = before[lead]

    def test_grades(self):
        self._set(grade_from="4", grade_to="5")
        for lead, grade in zip(self.leads, (3, 4, 5), strict=True):
            self.env.cr.execute(
                "UPDATE crm_lead SET lead_grade = %s WHERE id = %s", (grade, lead.id)
            )
        self.leads.invalidate_recordset(["lead_grade"])
        self.assertEqual(self._matching(), self.leads[1:])

    def test_shows_what_it_knows_and_keeps_the_rest(self):
        self.rule.domain = (
            "[('country_id.code', 'in', ['SA', 'AE']), ('lead_grade', '>=', 3),"
            " ('name', 'ilike', 'hotel')]"
        )
        form = self._open()
        self.assertEqual(
            set(form.country_ids.ids), set((self.saudi + self.emirates).ids)
        )
        self.assertEqual(form.grade_from, "3")
        form.country_ids.remove(self.emirates.id)
        form.save().action_apply()
        self.leads[0].write({"name": "Grand Hotel", "country_id": self.saudi.id})
        self.leads[1].write({"name": "Grand Hotel", "country_id": self.emirates.id})
        self.env.cr.execute("UPDATE crm_lead SET lead_grade = 4")
        self.leads.invalidate_recordset()
        self.assertEqual(self._matching(), self.leads[0])
        self.assertIn("hotel", self.rule.domain)

    def test_alternatives_stay_as_they_are(self):
        text = "['|', ('name', '=', 'Lead 0'), ('country_id', 'in', [%s])]"
        self.rule.domain = text % self.saudi.id
        self.assertFalse(self._open().country_ids.ids)
        self._set(zip_from="1")
        self.leads[0].zip = "12"
        self.leads[1].write({"zip": "12", "country_id": self.emirates.id})
        self.leads[2].write({"zip": False, "country_id": self.saudi.id})
        self.assertEqual(self._matching(), self.leads[0])

    def test_nothing_filled_in_means_all(self):
        self._set()
        self.assertEqual(self.rule.domain, "[]")

    def test_is_for_managers(self):
        with self.assertRaises(AccessError):
            self.env["crm.routing.matcher"].with_user(self.user_all).create(
                {"rule_id": self.rule.id}
            )

    def test_the_form_says_who_could_get_leads(self):
        self.assertIn(": 4", self.rule.pool_note)
        self.members[0].assignment_optout = True
        self.rule.invalidate_recordset()
        self.assertIn("3 of 4", self.rule.pool_note)
        self.members.assignment_optout = True
        self.rule.invalidate_recordset()
        self.assertTrue(self.rule.pool_is_empty)
        self.rule.write({"method": "account_owner"})
        self.assertFalse(self.rule.pool_note)
