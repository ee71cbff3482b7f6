# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LeadCommon

LOGGER = "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"


@tagged("post_install", "-at_install")
class TestRuleMixin(LeadCommon):
    """How rules are written, validated, answered and switched off; on market segments."""

    def _segment(self, domain, **values):
        return (
            self.env["crm.segment"]
            .with_user(self.user_manager)
            .create({"name": "Segment", "domain": domain, **values})
        )

    def test_bad_domains_are_refused_by_name_and_part(self):
        for domain, part in (
            ("[('no_such_field', '=', 1)]", "no_such_field"),
            ("[('user_id.no_such_field', '=', 1)]", "no_such_field"),
            ("[('name', 'resembles', 'x')]", "resembles"),
            ("[('expected_revenue', '>', 'much')]", "expected_revenue"),
            ("[('name', '=',", "name"),
            ("__import__('os').system('true')", "__import__"),
            ("[('user_id', '=', uid)]", "uid"),
            ("{'name': 1}", "name"),
            ("'name'", "name"),
        ):
            with self.subTest(domain=domain), self.cr.savepoint():
                with self.assertRaises(ValidationError) as caught:
                    self._segment(domain, name="My rule")
                self.assertIn("My rule", str(caught.exception))
                self.assertIn(part, str(caught.exception))
        self.assertFalse(self.env["crm.segment"].search([("name", "=", "My rule")]))

    def test_a_rule_agrees_with_search(self):
        leads = self._make_lead(
            email_from="a@x.example", expected_revenue=5, phone="+3225550100"
        )
        leads += self._make_lead(country_id=self.env.ref("base.sa").id)
        leads += self._make_lead(
            tag_ids=[(0, 0, {"name": "Vip"})], user_id=self.user_seller.id, active=False
        )
        for domain in (
            [("email_from", "!=", False)],
            [("expected_revenue", ">", 4)],
            [("expected_revenue", "<", 4)],
            [("country_id.code", "in", ["SA", "AE"])],
            ["!", ("country_id.code", "in", ["SA", "AE"])],
            [("tag_ids.name", "ilike", "vip")],
            [("tag_ids", "=", False)],
            [("user_id.login", "=", "lead_seller")],
            [("create_date", ">=", "today -1d")],
            ["|", ("phone_sanitized", "!=", False), ("active", "=", False)],
            [("is_blacklisted", "=", False)],
            [],
        ):
            with self.subTest(domain=domain):
                segment = self._segment(repr(domain))
                found = leads.with_context(active_test=False).search(
                    [("id", "in", leads.ids), *domain]
                )
                matched = self.env["crm.segment"]._rule_match(leads)
                self.assertEqual(
                    {lead for lead, rules in matched.items() if segment.id in rules},
                    set(found.ids),
                )

    def test_custom_fields_and_properties_can_be_read(self):
        self.env["ir.model.fields"].create(
            {
                "name": "x_floors",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "field_description": "Floors",
                "ttype": "integer",
            }
        )
        self.team_north.lead_properties_definition = [
            {"name": "roof", "string": "Roof", "type": "char"}
        ]
        custom = self._segment("[('x_floors', '>=', 3)]")
        prop = self._segment("[('lead_properties.roof', '=', 'flat')]")
        lead = self._make_lead(
            x_floors=4,
            team_id=self.team_north.id,
            user_id=False,
            lead_properties={"roof": "flat"},
        )
        self.assertEqual(lead.segment_ids, custom + prop)
        lead.x_floors = 1
        self.assertEqual(lead.segment_ids, prop)

    def test_properties_that_are_numbers(self):
        """1 is not "filled in", 0 is not told from "not filled in", and 2.0 is 2."""
        self.team_north.lead_properties_definition = [
            {"name": "floors", "string": "Floors", "type": "integer"}
        ]
        leads = {
            floors: self._make_lead(
                team_id=self.team_north.id,
                user_id=False,
                lead_properties={"floors": floors} if floors is not None else {},
            )
            for floors in (None, 0, 1, 2, 3)
        }
        for condition, expected in (
            (("=", 1), {1}),
            (("!=", 1), {None, 0, 2, 3}),
            (("=", 2.0), {2}),
            (("!=", 2), {None, 0, 1, 3}),
            (("=", 0), {None, 0}),
            (("!=", 0), {1, 2, 3}),
            (("=", False), {None, 0}),
            (("!=", False), {1, 2, 3}),
            (("in", [1, 3]), {1, 3}),
            (("in", [0, 1]), {None, 0, 1}),
            (("not in", [1, 3]), {None, 0, 2}),
            ((">=", 1), {1, 2, 3}),
            (("<", 1), {0}),
        ):
            with self.subTest(condition=condition):
                segment = self._segment(repr([("lead_properties.floors", *condition)]))
                found = {
                    floors
                    for floors, lead in leads.items()
                    if segment in self._segments_of(lead)
                }
                self.assertEqual(found, expected)

    def _segments_of(self, lead):
        matched = self.env["crm.segment"]._rule_match(lead)
        return self.env["crm.segment"].browse(matched[lead.id])

    def test_blacklists_are_asked_about_the_lead(self):
        """Odoo's own search looks through all leads, for each that is saved."""
        self.env["mail.blacklist"].create({"email": "no@mail.example"})
        self.env["phone.blacklist"].create({"number": "+32470000001"})
        listed = self._make_lead(email_from="no@mail.example", phone="+32470000001")
        other = self._make_lead(email_from="yes@mail.example", phone="+32470000002")
        nothing = self._make_lead(email_from=False, phone=False)
        for name in ("is_blacklisted", "phone_sanitized_blacklisted"):
            yes = self._segment(repr([(name, "=", True)]))
            no = self._segment(repr([(name, "!=", True)]))
            self.assertEqual(self._segments_of(listed), yes)
            self.assertEqual(self._segments_of(other), no)
            self.assertEqual(self._segments_of(nothing), no)
            (yes + no).unlink()
        self._segment(repr([("is_blacklisted", "=", True)]))
        self._segment(repr([("phone_sanitized_blacklisted", "not in", [False])]))
        self._segments_of(other)  # the statement is ready
        with self.assertQueryCount(3):  # the statement, and its savepoint
            self._segments_of(listed)
        with self.assertQueryCount(3):
            self.env["crm.segment"]._rule_match(listed + other + nothing)

    def test_one_query_for_any_number_of_rules_and_leads(self):
        for number in range(6):
            self._segment(f"[('company_size', '>', {number})]")
        Segment = self.env["crm.segment"]

        def run(size):
            leads = self._make_leads(size)
            return lambda: Segment._rule_match(leads)

        self.assertSameQueryCount(run, 10, 100)

    def test_rules_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_manager.company_ids += other
        here = self._segment("[]", company_id=self.company.id)
        there = self._segment("[]", company_id=other.id)
        lead = self._make_lead(company_id=self.company.id, user_id=False, team_id=False)
        self.assertEqual(lead.company_id, self.company)
        matched = self.env["crm.segment"]._rule_match(lead)[lead.id]
        self.assertIn(here.id, matched)
        self.assertNotIn(there.id, matched)

    def _break(self, segment, domain):
        """Change a rule behind Odoo's back, as the removal of a field would."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_segment SET domain = %s WHERE id = %s", [domain, segment.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def test_a_rule_that_breaks_later_is_switched_off(self):
        for domain in (
            "[('gone', '=', 1)]",  # its field was removed: fails while it is built
            "[('company_size', 'in', ['many'])]",  # fails in the database
            "[(",
        ):
            with self.subTest(domain=domain):
                broken, sound = self._segment("[]", name="Broken"), self._segment("[]")
                self._break(broken, domain)
                with mute_logger(LOGGER):
                    lead = (
                        self.env["crm.lead"]
                        .with_user(self.user_seller)
                        .create({"name": "L"})
                    )
                self.assertIn(sound, lead.sudo().segment_ids)
                self.assertFalse(broken.active)
                self.assertTrue(broken.broken_reason)
                notice = self.env["mail.message"].search(
                    [("model", "=", "crm.segment"), ("res_id", "=", broken.id)]
                )
                self.assertIn(self.user_manager.partner_id, notice.partner_ids)
                broken.write({"domain": "[]", "active": True})
                self.assertFalse(broken.broken_reason)

    def test_a_rule_switched_on_again_is_not_broken_any_more(self):
        """By hand, as it is: whoever does so says that it is mended."""
        for values in ({"active": True}, {"domain": "[('company_size', '>', 1)]"}):
            segment = self._segment("[]")
            segment._rule_switch_off({segment.id: "gone"})
            self.assertEqual((segment.active, segment.broken_reason), (False, "gone"))
            segment.write({"name": "Other"})
            segment.write({"active": False})
            self.assertEqual(segment.broken_reason, "gone")
            segment.write(values)
            self.assertFalse(segment.broken_reason)

    def test_what_waits_in_other_tables_is_seen(self):
        """A rule reads records that were changed a moment ago, and not yet written."""
        tag = self.env["crm.tag"].create({"name": "Fair"})
        country = self.env["res.country"].create({"name": "Atlantis", "code": "XA"})
        partner = self.env["res.partner"].create({"name": "Ann"})
        lead = self._make_lead(
            partner_id=partner.id, country_id=country.id, tag_ids=[(4, tag.id)]
        )
        segments = [
            self._segment("[('partner_id.ref', '=', 'mine')]"),
            self._segment("[('country_id.phone_code', '=', 7)]"),
            self._segment("[('tag_ids.color', '=', 9)]"),
            # Says something else each day: put together anew each time.
            self._segment(
                "[('partner_id.create_date', '>=', 'today -9d'), ('partner_id.ref', '!=', False)]"
            ),
        ]
        self.env["crm.segment"]._rule_match(lead)
        self.env.flush_all()
        partner.ref = "mine"
        country.phone_code, tag.color = 7, 9
        matched = self.env["crm.segment"]._rule_match(lead)[lead.id]
        self.assertEqual(matched & {s.id for s in segments}, {s.id for s in segments})

    def test_what_was_typed_survives_a_broken_rule(self):
        """The savepoint around the conditions must not swallow the user's own values."""
        lead = self._make_lead()
        broken = self._segment("[('company_size', '>', 1)]")
        self._break(broken, "[('company_size', 'in', ['many'])]")
        with mute_logger(LOGGER):
            lead.write({"company_size": 7, "name": "Kept"})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(lead.name, "Kept")
        self.assertEqual(lead.company_size, 7)
