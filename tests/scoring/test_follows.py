# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged

from ...models.common.batch import crm_lead_batch
from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestFollows(ScoringCommon):
    """Leads follow a change of the set-up, or who made it is told when they will."""

    def setUp(self):
        super().setUp()
        self.patch(crm_lead_batch, "AT_ONCE", 3)
        self.cron = self.env.ref("crm_lead_management.ir_cron_evaluate_leads")
        self.cron.active = False

    def _persona(self):
        persona = self.env["crm.persona"].create(
            {
                "name": "Riyadh",
                "criterion_ids": [
                    (0, 0, {"name": "C", "domain": "[('city', '=', 'R')]"})
                ],
            }
        )
        return persona, self._make_leads(5, city="R")

    def _told(self, act):
        with patch.object(type(self.env.user), "_bus_send") as send:
            act()
        return [call.args[1]["message"] for call in send.call_args_list]

    def test_more_than_at_once(self):
        """Line 5: with the nightly evaluation off, the screen says what makes them follow."""
        persona, leads = self._persona()
        (told,) = self._told(lambda: persona.write({"active": False}))
        self.assertIn("2 more leads keep what they have", told)
        self.assertEqual(len(leads.filtered("persona_id")), 2)

    def test_in_the_background(self):
        """Line 5: with it on, a pass over all open leads begins now."""
        persona, leads = self._persona()
        self.cron.active = True
        (told,) = self._told(lambda: persona.write({"active": False}))
        self.assertIn("2 more leads follow in the background", told)
        self.assertTrue(self.env["crm.lead.batch"]._progress()[0])
        leads._lead_evaluate(None)  # as the pass does
        self.assertFalse(leads.persona_id)

    def test_every_screen_says_it(self):
        """Line 5: whatever set-up leads do not follow at once, its own form says so."""
        batch = self.env["crm.lead.batch"]
        persona, leads = self._persona()
        card = self._make_scorecard(("Any", 60, []))
        item = self.env["crm.info.item"].create({"name": "I", "field_name": "city"})
        question = self.env["crm.qualifier"].create({"name": "Q", "kind": "yes_no"})
        segment = self.env["crm.segment"].create({"name": "S", "is_dynamic": False})
        settings = self.env["res.config.settings"].create({})
        screens = persona, item, question, segment, settings, card
        self.env["crm.score.engine"]._cron_score()
        changes = {
            "threshold": lambda: persona.write({"threshold": 80}),
            "rank": lambda: persona.write({"sequence": 3}),
            "criterion": lambda: persona.criterion_ids.write({"weight": 5}),
            "new criterion": lambda: persona.criterion_ids.copy({"name": "D"}),
            "expected": lambda: item.write({"weight": 7}),
            "no longer expected": lambda: item.copy({"field_name": "street"}).unlink(),
            "importance": lambda: question.write({"importance": "knock_out"}),
            "for a team": lambda: question.write({"team_ids": self.team_north.ids}),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                batch._start()
                self.env["crm.lead.batch"]._stop()
                self.env.invalidate_all()
                self.assertFalse(persona.waiting_text)
                change()
                self.env.invalidate_all()
                for screen in screens:
                    self.assertIn("leads keep what they had", screen.waiting_text)
        persona.write({"name": "Other", "who": "No matter"})
        self.assertGreaterEqual(batch._left_behind(), len(leads))
        batch._stop()
        self.assertEqual(self._make_scorecard(state="draft").waiting_text, False)

    def test_a_pass_is_asked_for(self):
        """Line 5: with the nightly evaluation on, a change has all leads looked at now."""
        batch = self.env["crm.lead.batch"]
        persona, _leads = self._persona()
        batch._start()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(batch._waiting_text())
        persona.threshold = 70
        self.assertIn("leads still wait for the new set-up", batch._waiting_text())
        self.assertIn("about 1 minutes", batch._waiting_text())
        batch._note_left(9)
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(persona.waiting_text, "nothing is left behind by a whole pass")

    def test_settings_that_grades_depend_on(self):
        """Line 5: thresholds in the settings, and a pilot that is retired, ask for a pass."""
        engine = self.env["crm.score.engine"]
        if "queue.job" in self.env:
            self.skipTest("with queue_job it runs as jobs: see test_queue_job")
        self._make_scorecard(("Any", 60, []))
        pilot = self._make_scorecard(("Any", 5, []), state="pilot", pilot_share=50)
        self._make_leads(3)
        for change in (
            lambda: self.company.write({"lead_known_least": 77}),
            lambda: self.company.write({"lead_set_aside": True}),
            pilot.action_retire,
        ):
            engine._cron_score()
            settings = self.env["res.config.settings"].create({})
            self.assertFalse(settings.waiting_text)
            change()
            settings = self.env["res.config.settings"].create({})
            self.assertIn("still wait for the new set-up", settings.waiting_text)

    def test_few_are_told_of_nothing(self):
        persona, leads = self._persona()
        leads[:3].unlink()
        self.assertEqual(self._told(lambda: persona.write({"active": False})), [])

    def test_questions_and_segments(self):
        """Line 5: the same for a question that is edited, and for a segment."""
        question = self.env["crm.qualifier"].create(
            {"name": "Seats", "kind": "number", "number_test": "min", "number_from": 10}
        )
        leads = self._make_leads(5)
        self.env["crm.qualifier.answer"].create(
            [
                {"lead_id": lead.id, "qualifier_id": question.id, "value_number": 12}
                for lead in leads
            ]
        )
        told = self._told(lambda: question.write({"number_from": 20}))
        self.assertIn("2 more leads keep", told[0])
        told = self._told(
            lambda: self.env["crm.segment"].create(
                {"name": "S", "domain": repr([("id", "in", leads.ids)])}
            )
        )
        self.assertIn("2 more leads keep", told[0])
