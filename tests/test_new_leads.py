# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestNewLeads(LeadCommon):
    """How a new lead passes the stations, and what becomes of it where one of them fails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_creator_keeps = False
        cls.persona = cls.env["crm.persona"].create(
            {
                "name": "Big",
                "criterion_ids": [
                    (0, 0, {"name": "big", "domain": "[('company_size', '>', 9)]"})
                ],
            }
        )
        cls.scorecard = cls.env["crm.scorecard"].create(
            {
                "name": "Card",
                "state": "live",
                "rule_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "big",
                            "points": 90,
                            "domain": f"[('persona_id', '=', {cls.persona.id})]",
                        },
                    )
                ],
            }
        )
        cls.rules = cls.env["crm.routing.rule"].create(
            [
                {
                    "name": name,
                    "method": "fixed",
                    "user_id": user.id,
                    "domain": domain,
                }
                for name, user, domain in (
                    ("best", cls.user_seller, "[('lead_grade', '=', 5)]"),
                    ("rest", cls.user_colleague, "[]"),
                )
            ]
        )

    def _create(self, *sizes):
        leads = self.env["crm.lead"].with_user(self.user_all)
        return leads.create(
            [{"name": f"Size {size}", "company_size": size} for size in sizes]
        ).sudo()

    def _stored(self, leads):
        """Return what the database itself has, by lead id."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id, persona_id, info_completeness, lead_points, lead_grade, user_id"
            " FROM crm_lead WHERE id = ANY(%s)",
            [leads.ids],
        )
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _check(self, big, small):
        """The owner follows from the grade, the grade from the persona."""
        stored = self._stored(big + small)
        for lead in big:
            self.assertEqual(lead.lead_grade, 5)
            self.assertEqual(stored[lead.id][0], self.persona.id)
            self.assertEqual(stored[lead.id][2:], (90, 5, self.user_seller.id))
        for lead in small:
            self.assertEqual(lead.lead_grade, 1)
            self.assertEqual(stored[lead.id][0], None)
            self.assertEqual(stored[lead.id][2:], (0, 1, self.user_colleague.id))
        for lead in big + small:
            self.assertEqual(lead.grade_log_ids.to_grade, lead.lead_grade)
            self.assertEqual(len(lead.routing_log_ids), 1)
            self.assertEqual(len(lead.stage_log_ids), 1)

    def test_each_engine_reads_what_the_one_before_it_found(self):
        first, second, third = self._create(10, 1, 30)
        self._check(first + third, second)

    def test_each_station_writes_once_whatever_the_number_of_leads(self):
        self._create(10)
        updates, execute = [], Cursor.execute

        def count(cursor, query, *args, **kwargs):
            text = getattr(query, "code", query)
            if re.search(r'WITH.*UPDATE\s+"?crm_lead"?\s', text, re.DOTALL):
                updates.append(text)
            return execute(cursor, query, *args, **kwargs)

        counts = []
        for sizes in ([12], [12] * 5):
            updates.clear()
            with patch.object(Cursor, "execute", count):
                leads = self._create(*sizes)
                self.env.flush_all()
            counts.append(len(updates))
        self.assertEqual(leads.user_id, self.user_seller)
        self.assertEqual(counts[0], counts[1])
        # Persona, gate and completeness; the score.
        self.assertEqual(counts[0], 2, updates)

    @mute_logger("odoo.addons.crm_lead_management.models.common.guarded", "odoo.sql_db")
    def test_where_an_engine_fails_all_is_done_again_with_care(self):
        engine = type(self.env["crm.routing.engine"])
        route, calls = engine._route, []

        def fail_once(engine, leads, **kwargs):
            result = route(engine, leads, **kwargs)
            calls.append(leads.ids)
            if len(calls) == 1:
                raise RuntimeError("after everything was written")
            return result

        with patch.object(engine, "_route", fail_once):
            big, small = self._create(10, 1)
        self.assertEqual(len(calls), 2)
        self._check(big, small)

    @mute_logger("odoo.addons.crm_lead_management.models.common.guarded", "odoo.sql_db")
    def test_where_an_engine_fails_nothing_that_odoo_computed_is_lost(self):
        """It waits in memory while the engines run, and survives what they do to it."""
        values = {
            "name": "One",
            "email_from": "Ann <Ann@Trading.Example>",
            "phone": "+32 2 555 01 00",
            "expected_revenue": 1000,
        }
        names = [
            name
            for name, field in self.env["crm.lead"]._fields.items()
            if field.store and field.column_type and field.compute
        ]
        leads = self.env["crm.lead"].with_user(self.user_all)
        engine, broken = type(self.env["crm.routing.engine"]), []
        route = engine._route

        def fail_once(engine, leads, **kwargs):
            if broken:
                return route(engine, leads, **kwargs)
            leads.sudo().write({"email_from": False, "expected_revenue": 5})
            engine.env.flush_all()
            broken.append(leads.ids)
            return engine.env.cr.execute("SELECT 1 / 0")

        expected = leads.create(values).sudo()
        with patch.object(engine, "_route", fail_once):
            lead = leads.create(values).sudo()
        self.assertTrue(broken)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(lead.email_normalized, "ann@trading.example")
        self.assertTrue(lead.phone_sanitized and lead.date_last_stage_update)
        for name in set(names) - {"date_last_stage_update", "date_open"}:
            self.assertEqual(lead[name], expected[name], name)

    def test_evaluating_again_changes_nothing(self):
        leads = self._create(10, 1, 12)
        before = self._stored(leads)
        self.env.invalidate_all()
        self.assertFalse(self.env["crm.score.engine"]._score(leads))
        leads._lead_evaluate(None)
        self.assertEqual(self._stored(leads), before)

    def test_what_a_new_lead_lacks_counts_as_the_database_says(self):
        """Relations that are known to be empty are not looked for; the result is the same."""
        tag, other = self.env["crm.tag"].create([{"name": "Fair"}, {"name": "Web"}])
        partner = self.env["res.partner"].create({"name": "Known"})
        domains = [
            f"[('tag_ids', 'in', {tag.ids})]",
            f"[('tag_ids', 'not in', {tag.ids})]",
            "[('tag_ids', '=', False)]",
            "[('tag_ids', '!=', False)]",
            "[('tag_ids.name', 'ilike', 'web')]",
            "[('tag_ids', 'not any', [('name', '=', 'Fair')])]",
            "[('partner_id', '=', False)]",
            "[('partner_id.name', '=', 'Known')]",
            "['|', ('partner_id.name', 'not ilike', 'Known'), ('partner_id', '=', False)]",
            f"[('partner_id', 'not in', {partner.ids})]",
            "[('touchpoint_ids', 'any', [('kind', '=', 'call')])]",
            "[('touchpoint_ids', '=', False)]",
            "['!', ('qualifier_answer_ids', 'any', [('verdict', '=', 'fail')])]",
            "[('persona_id', '=', False), ('segment_ids', '=', False)]",
        ]
        self.scorecard.rule_ids = [
            (0, 0, {"name": f"rule {number}", "points": 2**number, "domain": domain})
            for number, domain in enumerate(domains, start=0)
        ]
        values = [
            {"name": "bare"},
            {"name": "tag", "tag_ids": [(4, tag.id)]},
            {"name": "other", "tag_ids": [(4, other.id)], "company_size": 20},
            {"name": "partner", "partner_id": partner.id},
            {"name": "all", "partner_id": partner.id, "tag_ids": [(6, 0, tag.ids)]},
        ]
        leads = self.env["crm.lead"].with_user(self.user_all)
        alone = leads.browse(lead.id for vals in values for lead in leads.create(vals))
        together = leads.create(values)
        points = [lead.lead_points for lead in alone.sudo()]
        self.assertEqual(points, [lead.lead_points for lead in together.sudo()])
        self.assertGreater(len(set(points)), 4)
        self.env.flush_all()
        self.env.invalidate_all()
        engine = self.env["crm.score.engine"]
        self.assertFalse(engine._score((alone + together).sudo()))
        found = engine._points(alone.sudo(), self.scorecard)
        self.assertEqual(points, [found[lead.id] for lead in alone])

    def test_leads_that_are_written_in_between_are_evaluated_as_they_are_now(self):
        other = self._create(1)
        engine = type(self.env["crm.routing.engine"])
        route = engine._route

        def write_another(engine, leads, **kwargs):
            result = route(engine, leads, **kwargs)
            engine.env["crm.lead"].browse(other.id).sudo().company_size = 40
            return result

        with patch.object(engine, "_route", write_another):
            lead = self._create(12)
        self.assertEqual(lead.persona_id, self.persona)
        self.assertEqual(other.persona_id, self.persona)
        self.assertEqual(other.lead_grade, 5)

    def test_archived_products_are_not_lacking(self):
        product = self.env["product.template"].create({"name": "Old", "active": False})
        rule = {"name": "none", "points": 7, "domain": "[('product_ids', '=', False)]"}
        self.scorecard.rule_ids = [(0, 0, rule)]
        leads = self.env["crm.lead"].with_user(self.user_all)
        lead = leads.create({"name": "old", "product_ids": [(4, product.id)]}).sudo()
        points = self.env["crm.score.engine"]._points(lead, self.scorecard)
        self.assertEqual(lead.lead_points, points[lead.id])
