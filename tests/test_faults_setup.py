# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import tagged

from .. import hooks
from .common import LeadCommon

ROOT = Path(__file__).parents[1]


@tagged("post_install", "-at_install")
class TestFaultsSetup(LeadCommon):
    """What restricts the set-up, whose a lead is, what counts: asked in one place by all rooms."""

    def _touch(self, lead, **values):
        values = {"kind": "call", "direction": "out", "is_human": True, **values}
        return self.env["crm.touchpoint"]._record([{"lead_id": lead.id, **values}])

    def test_a_pilot_whose_teams_are_gone_grades_nobody(self):
        """C04: the live card goes on."""
        cards = self.env["crm.scorecard"]
        rule = {"name": "All", "domain": "[]"}
        cards.create(
            {"name": "L", "state": "live", "rule_ids": [(0, 0, {**rule, "points": 30})]}
        )
        pilot = cards.create(
            {
                "name": "P",
                "pilot_team_ids": self.team_south.ids,
                "pilot_share": 100,
                "state": "pilot",
                "rule_ids": [(0, 0, {**rule, "points": 90})],
            }
        )
        values = {"name": "Lead", "team_id": self.team_north.id}
        self.assertEqual(self.env["crm.lead"].create(values).lead_points, 30)
        for how in ("archive", "delete"):
            with self.subTest(how=how), self.env.cr.savepoint() as point:
                if how == "archive":
                    self.team_south.active = False
                else:
                    self.team_south.unlink()
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self.env["crm.lead"].create(values).lead_points, 30)
                self.assertTrue(pilot.emptied_reason)
                pilot.state = "live"
                self.assertFalse(pilot.emptied_reason, "its teams count for a pilot")
                self.env.flush_all()
                point.rollback()
                self.env.invalidate_all()

    def test_a_question_for_nobody_is_asked_of_nobody(self):
        """C02: the team, the category, the persona of a required question is gone."""
        made = {
            "team_ids": self.team_south,
            "persona_ids": self.env["crm.persona"].create({"name": "P"}),
            "categ_ids": self.env["product.category"].create({"name": "C"}),
        }
        for name, record in made.items():
            with self.subTest(name=name):
                question = self.env["crm.qualifier"].create(
                    {"name": "Q", "kind": "yes_no", name: record.ids}
                )
                self.assertEqual(self._make_lead().qualification_state, "passed")
                if "active" in record._fields:
                    record.active = False
                else:
                    record.unlink()
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self._make_lead().qualification_state, "passed")
                question.write({name: False})
                self.assertEqual(self._make_lead().qualification_state, "open")
                question.active = False

    def test_a_message_for_nobody_is_proposed_to_nobody(self):
        """K6: it was for one persona, which is archived; or for a product."""
        templates = self.env["crm.message.template"]
        templates.search([]).active = False
        persona = self.env["crm.persona"].create({"name": "P"})
        message = templates.create(
            {"name": "M", "whatsapp_body": "Hello", "persona_ids": persona.ids}
        )
        lead = self._make_lead(phone="+32470123456")
        self.assertFalse(templates._propose(lead))
        persona.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(templates._propose(lead))
        self.assertTrue(message.emptied_reason)
        message.persona_ids = False
        self.assertEqual(templates._propose(lead), message)

    def test_a_step_of_the_ladder_of_a_company_that_is_gone(self):
        """K6, K1: the company of a step is deleted; leads are of their team's company."""
        steps = self.env["crm.stage.dormancy"]
        steps.search([]).active = False
        other = self.env["res.company"].create({"name": "Other"})
        stage = self.env["crm.stage"].create(
            {"name": "C", "lead_role": "customer", "is_won": True}
        )
        team = self.env["crm.team"].create({"name": "T", "company_id": other.id})
        silent = fields.Datetime.now() - timedelta(days=100)
        leads = self._make_leads(2, stage_id=stage.id, user_id=False, type="lead")
        leads.date_closed = silent
        theirs, ours = leads
        theirs.team_id = team
        leads.flush_recordset()
        # As leads that came in by mail, or before there was a second company.
        self.env.cr.execute(
            "UPDATE crm_lead SET company_id = NULL WHERE id = ANY(%s)", [leads.ids]
        )
        self.env.invalidate_all()
        step = steps.create({"name": "S", "days": 30, "company_id": other.id})
        self.assertEqual(step._due(), [(theirs.id, step.id)])
        step.company_id = self.env["res.company"]._crm_first_company_id()
        self.assertEqual(step._due(steps=step), [(ours.id, step.id)])
        gone = self.env["res.company"].create({"name": "Gone"})
        step.company_id = gone
        self.env.flush_all()
        gone.unlink()
        self.env.invalidate_all()
        self.assertFalse(step._due(steps=step))
        self.assertTrue(step.emptied_reason)

    def test_in_vain_is_not_heard_of(self):
        """K19: a call that nobody answered, a mail that failed: no contact, no points."""
        steps = self.env["crm.stage.dormancy"]
        steps.search([]).active = False
        stage = self.env["crm.stage"].create(
            {"name": "C", "lead_role": "customer", "is_won": True}
        )
        lead = self._make_lead(stage_id=stage.id)
        lead.date_closed = fields.Datetime.now() - timedelta(days=100)
        step = steps.create({"name": "S", "days": 30, "basis": "contact"})
        self._touch(lead, outcome="no_answer")
        self.assertEqual(step._due(steps=step), [(lead.id, step.id)])
        self._touch(lead, outcome="talked")
        self.assertFalse(step._due(steps=step))
        rule = {"name": "R", "domain": "[]", "points": 10, "measure": "at_least"}
        for values in ({"event_human": True}, {"event_kind": "email"}):
            self.env["crm.scorecard"].create(
                {
                    "name": "Card",
                    "state": "live",
                    "rule_ids": [(0, 0, {**rule, **values})],
                }
            )
            lead = self._make_lead()
            self._touch(lead, kind="email", outcome="failed")
            self.assertEqual(lead.lead_points, 0, values)
            self._touch(lead, kind="email")
            self.assertEqual(lead.lead_points, 10, values)

    def test_nobody_guesses_the_company_of_a_lead(self):
        """K1: there is one place that knows it; and it is asked."""
        guess = re.compile(r"lead\.company_id\s+or\b(?! lead\.team_id)")
        allowed = ROOT / "models" / "common" / "res_company.py"
        for folder in ("models", "wizards", "report"):
            for path in sorted((ROOT / folder).rglob("*.py")):
                if path != allowed:
                    found = guess.findall(path.read_text(encoding="utf-8"))
                    self.assertFalse(found, path)

    def test_saved_filters_do_not_outlive_our_fields(self):
        """D40: on uninstalling, a filter that would fail is archived, and no other."""
        filters = self.env["ir.filters"].create(
            [
                {"name": name, "model_id": "crm.lead", "user_ids": False, **values}
                for name, values in {
                    "ours": {"domain": "[('lead_grade', '=', 5)]"},
                    "group": {"context": "{'group_by': ['lead_band']}"},
                    "theirs": {"domain": "[('city', '=', 'A')]"},
                }.items()
            ]
        )
        hooks._archive_filters(self.env)
        self.assertEqual(filters.mapped("active"), [False, False, True])

    def test_old_rows_of_closed_leads_go_where_wished(self):
        """Fault 36: touchpoints and stage moves for ever, or for so many months."""
        stage = self.env["crm.stage"].search([], limit=1)
        stage.lead_role = "open"
        closed, opened = self._make_leads(2, stage_id=stage.id)
        long_ago = fields.Datetime.now() - timedelta(days=800)
        for lead in (closed, opened):
            self._touch(lead, occurred_on=long_ago)
            self._touch(lead)
        closed.action_set_lost()
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead_stage_log SET date = %s", [long_ago])
        self.env.invalidate_all()
        touches, moves = self.env["crm.touchpoint"], self.env["crm.lead.stage.log"]
        self.assertEqual(touches._gc_old(), (0, False))
        self.assertEqual(moves._gc_old(), (0, False))
        params = self.env["ir.config_parameter"].sudo()
        params.set_param("crm_lead_management.touchpoint_months", "24")
        params.set_param("crm_lead_management.stage_log_months", "24")
        stood = len(opened.stage_log_ids)
        self.assertEqual(touches._gc_old()[0], 1)
        moves._gc_old()
        self.env.invalidate_all()
        self.assertEqual(len(closed.touchpoint_ids), 1)
        self.assertEqual(len(opened.touchpoint_ids), 2)
        self.assertFalse(closed.stage_log_ids)
        self.assertEqual(len(opened.stage_log_ids), stood)
