# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.scoring.judging.reviewer import Reviewer
from .test_honest import HonestCommon

UNTRACKED = "Odoo keeps no history of these facts"
LINKED = "the linked records were saved again after the close"
CHANGED = "were changed after the close; they count as they are today"


@tagged("post_install", "-at_install")
class TestNewer(HonestCommon):
    """Fault 1: what counts as it is today is said on each screen that shows closed leads."""

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "P", "city": "Z"})
        self.leads, self.closed = self._closed_leads(60, 60, partner_id=self.partner.id)
        skip = {"crm_lead_management_skip": True}
        (self.leads[:50] | self.leads[110:]).with_context(**skip).city = "A"
        self.env.flush_all()
        self.domain = repr([("id", "in", self.leads.ids)])
        self.card = self._draft(
            ("City", 10, [("city", "=", "A")]),
            ("Their city", 10, [("partner_id.city", "=", "A")]),
        )

    def _untouched(self):
        """Have nothing be newer than the close."""
        for table in ("crm_lead", "res_partner"):
            self.env.cr.execute(f"UPDATE {table} SET write_date = %s", [self.closed])
        self.env.invalidate_all()

    def _screens(self):
        """Return what each screen says of these leads."""
        shares = self.env["crm.scorecard.shares"].create(
            {"scorecard_id": self.card.id, "base": "closed"}
        )
        other = self._draft(("Any", 1, []))
        compare = self.env["crm.scorecard.compare"].create(
            {
                "scorecard_id": self.card.id,
                "other_id": other.id,
                "domain": self.domain,
            }
        )
        return {
            "evaluation": self._judge(self.card, self.leads).verdict,
            "shares": shares.newer_text,
            "comparison": compare.newer_text,
        }

    def test_evaluation_shares_and_comparison(self):
        for name, said in self._screens().items():
            with self.subTest(screen=name):
                self.assertIn(UNTRACKED, said)
                self.assertIn(LINKED, said)
        self._untouched()
        for name, said in self._screens().items():
            with self.subTest(screen=name):
                self.assertNotIn("today", said)

    def test_facts_whose_change_is_known(self):
        """An evaluation leaves such leads out; the others say that they count."""
        self._untouched()
        field = self.env["ir.model.fields"]._get("crm.lead", "email_from")
        self.card.rule_ids[:1].domain = "[('email_from', '!=', False)]"
        self.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": self.leads[0].id,
                "date": self.closed + timedelta(5),
                "tracking_value_ids": [
                    (0, 0, {"field_id": field.id, "old_value_char": "a@b.example"})
                ],
            }
        )
        said = self._screens()
        self.assertNotIn(CHANGED, said.pop("evaluation"))
        for name, text in said.items():
            with self.subTest(screen=name):
                self.assertIn(f"Of 1 leads facts that the rules read {CHANGED}", text)

    def test_learning(self):
        card = self.env["crm.scorecard"]._suggest([("id", "in", self.leads.ids)])
        self.assertIn(UNTRACKED, card.description)
        self._untouched()
        card = self.env["crm.scorecard"]._suggest([("id", "in", self.leads.ids)])
        self.assertNotIn(UNTRACKED, card.description)

    def test_review(self):
        self.card.state = "live"
        self.card.rule_ids.points = 0
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = now() - interval '9 days' WHERE id = ANY(%s)",
            [self.leads.ids],
        )
        self.env.invalidate_all()
        now = fields.Datetime.now()
        found = " ".join(Reviewer(self.card).review(now))
        self.assertIn("leads were won with a grade of 1 or 2", found)
        self.assertIn(UNTRACKED, found)
        self.env.cr.execute(
            "UPDATE crm_lead SET write_date = date_closed WHERE id = ANY(%s)",
            [self.leads.ids],
        )
        self.env.invalidate_all()
        found = " ".join(Reviewer(self.card).review(now))
        self.assertNotIn(UNTRACKED, found)
        self.assertIn(LINKED, found)

    def test_pilot_of_teams(self):
        self._make_scorecard(("Any", 20, []))
        pilot = self._draft(("Any", 80, []))
        pilot.pilot_team_ids = self.team_south
        pilot.action_pilot()
        south = self._make_lead(team_id=self.team_south.id)
        north = self._make_lead(team_id=self.team_north.id)
        (south | north).action_set_won()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead_grade_log SET create_date = create_date - interval '1 hour'"
            " WHERE scorecard_id = %s",
            [pilot.id],
        )
        self.env.invalidate_all()
        self.assertIn("the team that it has today", pilot.pilot_text)
