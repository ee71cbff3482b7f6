# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo.tests import tagged

from ...models.common.batch import crm_lead_batch
from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestTold(ScoringCommon):
    """What the screens of scorecards and qualifiers say."""

    def test_leads_that_still_wait(self):
        """Line 5: it stands on the scorecard while leads wait, and is gone when they are done."""
        if "queue.job" in self.env:
            self.skipTest("with queue_job it runs as jobs: see test_queue_job")
        leads = self._make_leads(3)
        card = self._make_scorecard(("Any", 60, []), state="draft")
        self.assertFalse(card.waiting_text)
        card.action_publish()
        left = self.env["crm.score.engine"]._rescore_remaining()
        card.invalidate_recordset()
        self.assertIn(f"{left} leads still wait for the new set-up", card.waiting_text)
        self.assertIn("about 1 minutes", card.waiting_text)
        self.env["crm.score.engine"]._cron_score()
        card.invalidate_recordset()
        self.assertEqual(leads.mapped("lead_grade"), [4, 4, 4])
        self.assertFalse(card.waiting_text)

    def test_leads_that_were_left_behind(self):
        """Line 5: with the nightly evaluation off, it stands there until somebody presses."""
        self.patch(crm_lead_batch, "AT_ONCE", 1)
        batch = self.env["crm.lead.batch"]
        batch._stop()
        card = self._make_scorecard(("Any", 60, []))
        self.env["crm.score.engine"]._cron_score()
        leads = self._make_leads(4)
        batch._follow(leads, lambda some: None)
        card.invalidate_recordset()
        self.assertIn("At least 3 leads keep what they had", card.waiting_text)
        batch._start()
        self.assertFalse(batch._left_behind())
        card.invalidate_recordset()
        self.assertIn("leads still wait for the new set-up", card.waiting_text)

    def test_which_of_two_live_cards(self):
        """UX, Admin: with two live cards each says whose leads it grades."""
        company = self.env["res.company"].create({"name": "Second Cup"})
        general = self._make_scorecard(("Any", 20, []))
        self.assertEqual(general.applies_text, "Grades all leads.")
        own = self._make_scorecard(("Any", 20, []), company_id=company.id)
        pilot = self._make_scorecard(
            ("Any", 80, []), name="New way", state="pilot", pilot_share=30
        )
        (general | own | pilot).invalidate_recordset()
        self.assertIn("a scorecard of their own: Second Cup.", general.applies_text)
        self.assertIn("New way", general.applies_text)
        self.assertIn("Grades the leads of Second Cup.", own.applies_text)
        self.assertEqual(
            pilot.applies_text, "Grades 30 % of the leads, drawn by chance."
        )
        pilot.action_retire()
        self.assertFalse(pilot.applies_text)

    def test_a_pilot_compares_its_groups(self):
        """Line 10: on the form, not only in an evaluation."""
        self._make_scorecard(("Any", 20, []))
        pilot = self._make_scorecard(
            ("Any", 80, []), state="draft", pilot_team_ids=self.team_south.ids
        )
        self.assertFalse(pilot.pilot_text)
        pilot.action_pilot()
        self.assertIn("Nothing to compare yet", pilot.pilot_text)
        south = self._make_leads(4, team_id=self.team_south.id)
        north = self._make_leads(4, team_id=self.team_north.id)
        (south | north[:1]).action_set_won()
        north[1:].action_set_lost()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead_grade_log SET create_date = create_date - interval '1 hour'"
            " WHERE scorecard_id = %s",
            [pilot.id],
        )
        self.env.invalidate_all()
        self.assertIn("100 % of its 4 closed leads were won", pilot.pilot_text)
        self.assertIn("of the 4 others 25 %", pilot.pilot_text)

    def test_why_says_what_is_newer_than_the_close(self):
        """Line 1: a closed lead's own "why" names what counts as it is today."""
        partner = self.env["res.partner"].create({"name": "P", "city": "Riyadh"})
        card = self._make_scorecard(
            ("City", 5, [("city", "=", "Riyadh")]),
            ("Their city", 5, [("partner_id.city", "=", "Riyadh")]),
        )
        lead = self._make_lead(partner_id=partner.id)
        lead.action_set_won()
        self.env.flush_all()
        self.assertNotIn("As of today", lead.get_grade_explanation()["as_of"])
        then = lead.date_closed - timedelta(9)
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = %s WHERE id = %s", [then, lead.id]
        )
        self.env.invalidate_all()
        said = lead.with_user(self.user_manager).get_grade_explanation()["as_of"]
        self.assertIn("As of today", said)
        self.assertIn("City", said)
        self.assertIn(lead._fields["partner_id"]._description_string(self.env), said)
        # What was not touched since is as it was.
        self.env.cr.execute(
            "UPDATE crm_lead SET write_date = %s WHERE id = %s", [then, lead.id]
        )
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = %s WHERE id = %s", [then, partner.id]
        )
        self.env.invalidate_all()
        self.assertNotIn("As of today", lead.get_grade_explanation()["as_of"])
        self.assertEqual(lead.lead_points, 10, card.name)

    def test_events_in_words(self):
        """UX, Admin: the list of rules says which events a rule counts."""
        card = self._make_scorecard(
            {
                "name": "E",
                "points": 5,
                "measure": "at_least",
                "event_count": 2,
                "event_kind": "call",
                "event_human": True,
                "event_days": 14,
            },
            ("F", 5, []),
        )
        events, facts = card.rule_ids.sorted("name")
        self.assertEqual(
            events.event_words,
            "At least 2 events, Call, by people only, in the last 14 days",
        )
        self.assertFalse(facts.event_words)

    def test_a_fact_that_everybody_has(self):
        """UX, Admin: a fact that tells no lead from another warns."""
        self._make_leads(3)
        Qualifier = self.env["crm.qualifier"]
        every = Qualifier.create({"name": "E", "kind": "fact", "domain": "[]"})
        self.assertIn("no condition", every.reach_note)
        every.domain = "[('id', '>', 0)]"
        self.assertIn("open leads that you see pass", every.reach_note)
        every.domain = "[('city', '=', 'Nowhere')]"
        self.assertFalse(every.reach_note)
        self.assertFalse(Qualifier.create({"name": "Q", "kind": "yes_no"}).reach_note)
