# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re
from unittest.mock import patch

from odoo import fields
from odoo.sql_db import Cursor
from odoo.tests import tagged

from ..models.common.batch import crm_lead_batch
from .common import LeadCommon

REACHED = "['|', ('phone', '!=', False), ('email_from', '!=', False)]"
MEETS = "[('calendar_event_ids', 'any', [('active', '=', True)])]"
SKIP = "crm_lead_management_skip"
GUARD = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestOwnChanges(LeadCommon):
    """Leads whose own columns change without anybody writing them: they follow, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make = {name: cls.env[name].create for name in cls.QUIET_MODELS}
        points = (30, REACHED), (-20, "[('phone', '=', False)]"), (7, MEETS)
        rules = [(0, 0, {"name": d, "points": p, "domain": d}) for p, d in points]
        make["crm.scorecard"]({"name": "Card", "state": "live", "rule_ids": rules})
        lines = [
            (0, 0, {"name": "mail", "domain": "[('email_normalized', '!=', False)]"})
        ]
        cls.persona = make["crm.persona"]({"name": "P", "criterion_ids": lines})
        make["crm.info.item"]({"name": "phone", "field_name": "phone"})
        make["crm.qualifier"](
            {
                "name": "phone",
                "kind": "fact",
                "domain": "[('phone', '!=', False)]",
                "on_mismatch": "open",
            }
        )
        cls.segment = make["crm.segment"]({"name": "S", "domain": REACHED})
        cls.contact = cls.env["res.partner"].create({"name": "Ann"})
        cls.values = {"name": "L", "partner_id": cls.contact.id}
        cls.leads = cls.env["crm.lead"].with_user(cls.user_seller)
        cls.user_seller.group_ids += cls.env.ref("base.group_partner_manager")

    def _reach(self, phone="+32 2 555 01 00", email="ann@mail.example"):
        """Give the contact what it lacked, as a salesperson; nobody touches the leads."""
        contact = self.contact.with_user(self.user_seller)
        contact.write({"phone": phone, "email": email})

    def _silent(self, leads):
        """Return leads as somebody has them who may have nothing found out about them."""
        return leads.with_user(self.user_manager).with_context(**{SKIP: True})

    def _state(self, lead):
        lead = lead.sudo()
        return (
            lead.lead_points,
            lead.persona_id,
            lead.info_completeness,
            lead.qualification_state,
            lead.segment_ids,
        )

    def _empty(self, points=-20):
        none = self.env["crm.persona"], self.env["crm.segment"]
        return (points, none[0], 0, "open", none[1])

    def _full(self, points=30):
        return (points, self.persona, 100, "passed", self.segment)

    def test_what_the_contact_gets_counts_for_his_leads(self):
        """Scoring 6: Odoo copies it into the leads; points, persona and gate follow."""
        leads = self.leads.create([self.values] * 3)
        others = self.leads.create({"name": "Other"})
        leads[2].sudo().action_archive()
        self.cr.flush()
        for lead in leads:
            self.assertEqual(self._state(lead), self._empty())
        with self.assertNoLogs(GUARD, "ERROR"):
            self._reach()
            self.cr.flush()  # as before the commit
        for lead in leads:
            self.assertEqual(self._state(lead), self._full())
        self.assertEqual(self._state(others), self._empty())

    def test_what_rules_read_of_the_contact(self):
        """Issue 14, line 5: a contact that is filled in; his open leads follow at once."""
        card = self.env["crm.scorecard"].search([("name", "=", "Card")])
        for number, domain in enumerate(
            (
                "[('partner_id.function', '=', 'CEO')]",
                "[('partner_id', 'any', [('ref', '=', 'X')])]",
            )
        ):
            card.rule_ids = [
                (0, 0, {"name": domain, "points": 100 * 10**number, "domain": domain})
            ]
        lead, closed = self.leads.create([self.values] * 2)
        closed.sudo().action_set_won()
        self.cr.flush()
        before, then = lead.sudo().lead_points, closed.sudo().lead_points
        contact = self.contact.with_user(self.user_seller)
        contact.function = "CEO"
        self.cr.flush()
        self.assertEqual(lead.sudo().lead_points, before + 100)
        contact.ref = "X"
        self.cr.flush()
        self.assertEqual(lead.sudo().lead_points, before + 1100)
        self.assertEqual(closed.sudo().lead_points, then, "as it was at its close")
        with patch.object(type(self.env["crm.lead"]), "_lead_linked") as linked:
            contact.comment = "Nobody reads it"
            contact.website = "https://x.example"
            self.assertFalse(linked.called)

    def test_what_rules_read_of_other_linked_records(self):
        """Issue 14, line 5: a campaign, the contact's company, a tag; leads follow at once."""
        card = self.env["crm.scorecard"].search([("name", "=", "Card")])
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        company = self.env["res.partner"].create(
            {"name": "Trading", "is_company": True, "ref": "A"}
        )
        tag = self.env["crm.tag"].create({"name": "Warm"})
        source = self.env["utm.source"].create({"name": "Fair"})
        self.contact.parent_id = company
        domains = (
            "[('campaign_id.title', '=', 'Sold')]",
            "[('partner_id.parent_id.ref', '=', 'B')]",
            "[('tag_ids.name', '=', 'Hot')]",
            "[('source_id', 'ilike', 'gone')]",
            "[('partner_id', 'any', [('parent_id', 'any', [('city', '=', 'Rome')])])]",
        )
        card.rule_ids = [
            (0, 0, {"name": domain, "points": 100 * 2**number, "domain": domain})
            for number, domain in enumerate(domains)
        ]
        values = {**self.values, "campaign_id": campaign.id, "tag_ids": tag.ids}
        values["source_id"] = source.id
        lead, closed = self.leads.create([values] * 2)
        other = self.leads.create({"name": "Other"})
        closed.sudo().action_set_won()
        self.cr.flush()
        before, then = lead.sudo().lead_points, closed.sudo().lead_points
        alone = other.sudo().lead_points
        for number, (record, vals) in enumerate(
            (
                (campaign, {"title": "Sold"}),
                (company, {"ref": "B"}),
                (tag, {"name": "Hot"}),
                (source, {"name": "All gone"}),
                (company, {"city": "Rome"}),
            )
        ):
            record.write(vals)
            self.cr.flush()
            before += 100 * 2**number
            self.assertEqual(lead.sudo().lead_points, before, domains[number])
        self.assertEqual(closed.sudo().lead_points, then, "as it was at its close")
        self.assertEqual(other.sudo().lead_points, alone)
        with patch.object(type(self.env["crm.lead"]), "_lead_linked") as linked:
            campaign.color = 3
            company.comment = "Nobody reads it"
            tag.color = 4
            self.assertFalse(linked.called)

    def test_who_is_asked_at_a_write(self):
        """Only what leads may be linked to; for others a write costs what it did."""
        models = self.env["crm.lead"]._lead_neighbours()
        self.assertLessEqual({"res.partner", "utm.campaign", "crm.tag"}, models)
        self.assertFalse(models & {"crm.lead", "mail.message", "mail.activity"})
        record = self.env["ir.config_parameter"].create({"key": "x.y", "value": "1"})
        self.env.flush_all()
        before = self.cr.sql_log_count
        record.flush_recordset()
        with patch.object(type(self.env["crm.lead"]), "_lead_ways") as ways:
            record.value = "2"
            self.assertFalse(ways.called)
        self.env.flush_all()
        self.assertLessEqual(self.cr.sql_log_count - before, 3)

    def test_more_leads_of_a_contact_than_at_once(self):
        """Issue 14, line 5: who changed it is told how many follow later."""
        self.patch(crm_lead_batch, "AT_ONCE", 2)
        self.env.ref("crm_lead_management.ir_cron_evaluate_leads").active = False
        card = self.env["crm.scorecard"].search([("name", "=", "Card")])
        domain = "[('partner_id.function', '=', 'CEO')]"
        card.rule_ids = [(0, 0, {"name": "C", "points": 100, "domain": domain})]
        leads = self.leads.create([self.values] * 3)
        self.cr.flush()
        before = leads[0].sudo().lead_points
        self.contact.with_user(self.user_seller).function = "CEO"
        self.cr.flush()
        points = sorted(leads.sudo().mapped("lead_points"))
        self.assertEqual(points, [before, before + 100, before + 100])
        self.assertEqual(self.env["crm.lead.batch"]._left_behind(), 1)

    def test_it_is_found_out_in_one_go(self):
        self.leads.create([self.values] * 5)
        self.cr.flush()
        updates, execute = [], Cursor.execute

        def count(cursor, query, *args, **kwargs):
            text = getattr(query, "code", query)
            if re.search(r'WITH.*UPDATE\s+"?crm_lead"?\s', text, re.DOTALL):
                updates.append(text)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", count):
            self._reach()
            self.cr.flush()
        # Persona, gate and completeness; the score.
        self.assertEqual(len(updates), 2)

    def test_a_savepoint_that_is_taken_back_takes_it_back(self):
        lead = self.leads.create(self.values)
        self.cr.flush()
        with self.assertRaises(KeyError), self.cr.savepoint():
            self._reach()
            self.env.flush_all()
            raise KeyError
        self.cr.flush()
        self.assertEqual(self._state(lead), self._empty())
        self._reach()
        self.cr.flush()
        self.assertEqual(self._state(lead), self._full())

    def test_a_lead_that_is_deleted_meanwhile_is_left_out(self):
        leads = self.leads.create([self.values] * 2)
        self.cr.flush()
        self._reach()
        self.env.flush_all()
        leads[0].sudo().unlink()
        self.cr.flush()
        self.assertEqual(self._state(leads[1]), self._full())

    def test_a_meeting_counts_at_once(self):
        """Scoring 6: planned in the calendar, nobody saves the lead."""
        lead = self.leads.create(self.values)
        self.cr.flush()
        now = fields.Datetime.now()
        meeting = (
            self.env["calendar.event"]
            .with_user(self.user_seller)
            .create({"name": "M", "start": now, "stop": now, "opportunity_id": lead.id})
        )
        self.cr.flush()
        self.assertEqual(lead.lead_points, -13)
        meeting.write({"active": False})
        self.cr.flush()
        self.assertEqual(lead.lead_points, -20)
        meeting.write({"active": True})
        self.cr.flush()
        self.assertEqual(lead.lead_points, -13)
        meeting.unlink()
        self.cr.flush()
        self.assertEqual(lead.lead_points, -20)

    # === SKIP === #

    def test_what_is_written_with_skip_is_left_alone(self):
        lead = self.leads.create(self.values)
        self.cr.flush()
        self._silent(lead).write({"phone": "+32 2 555 01 00"})
        self.cr.flush()
        self.assertEqual(self._state(lead), self._empty())
        skipped = self._silent(self.leads).create(
            {"name": "L", "phone": "+32 2 555 01 00"}
        )
        self.cr.flush()
        self.assertEqual(skipped.lead_grade, 0)

    def test_skip_hides_nothing_that_comes_later(self):
        """Whoever writes with SKIP what is there already, or creates, knows only of that."""
        lead = self.leads.create(self.values)
        self.cr.flush()
        self._silent(lead).write({"phone": False, "email_from": False})
        skipped = self._silent(self.leads).create(self.values)
        self._reach()
        self.cr.flush()
        self.assertEqual(self._state(lead), self._full())
        self.assertEqual(self._state(skipped), self._full())

    def test_skip_hides_nothing_that_came_before(self):
        lead = self.leads.create(self.values)
        self.cr.flush()
        self._reach()
        self.env.flush_all()
        self._silent(lead).write({"phone": "+32 2 555 01 01", "city": "Gent"})
        self.cr.flush()
        self.assertEqual(self._state(lead), self._full())
