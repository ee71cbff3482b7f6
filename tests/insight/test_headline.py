# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from odoo.tests import tagged

from ...models.insight.headline import glance, headline
from ..common import LeadCommon

NOW = datetime(2026, 3, 2, 9, 0)
# Statements of what follows the form of a lead: what stands behind its first lines, its story.
MOST = 10


@tagged("post_install", "-at_install")
class TestHeadline(LeadCommon):
    """ux.md C1: the first screen had neither the person's name nor the last contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._make_lead(
            type="opportunity",
            user_id=cls.user_seller.id,
            contact_name="Maryam Al Khalifa",
            function="Purchasing manager",
            partner_name="Dilmun Gate Hotel",
            country_id=cls.env.ref("base.bh").id,
            phone="+973 3600 1066",
        )

    def _head(self, lead=None):
        lead = lead or self.lead
        return headline(lead.with_user(self.user_seller), NOW)

    def _glance(self, lead=None):
        return glance((lead or self.lead).with_user(self.user_seller))

    def _touch(self, day, **values):
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead.id,
                    "occurred_on": datetime(2026, 3, day, 8),
                    "is_human": True,
                    "direction": "out",
                    **values,
                }
            ]
        )

    def test_who_and_where(self):
        head = self._head()
        self.assertEqual(head["person"], "Maryam Al Khalifa")
        self.assertEqual(head["role"], "Purchasing manager")
        self.assertEqual(head["company"], "Dilmun Gate Hotel")
        self.assertIn("12:00", head["time"], "three hours ahead of Greenwich")
        self.assertEqual(head["language"], "English (US)")

    def test_no_time_where_the_country_has_several(self):
        self.lead.country_id = self.env.ref("base.us")
        self.assertEqual(self._head()["time"], "")

    def test_the_last_contact_is_one_of_people(self):
        self.assertFalse(self._glance()["last"])
        self._touch(1, kind="call", outcome="talked", summary="Wants the final price")
        self._touch(2, kind="web_visit", direction="in", is_human=False)
        self._touch(2, kind="call", outcome="no_answer")
        self.assertEqual(self._glance()["touchpoints"], 3)
        self.assertEqual(self._glance()["audits"], 0)
        last = self._glance()["last"]
        self.assertEqual(last["text"], "Wants the final price")
        self.assertEqual(last["on"], "2026-03-01 08:00:00")
        self.assertEqual(last["kind"], "Call")

    def test_the_field_is_there_for_its_reader_and_not_while_new(self):
        lead = self.lead.with_user(self.user_seller)
        self.assertEqual(lead.lead_headline["person"], "Maryam Al Khalifa")
        self.assertFalse(self.env["crm.lead"].new({"name": "New"}).lead_headline)
        self.assertIn("last", lead.lead_glance)
        self.assertFalse(self.env["crm.lead"].new({"name": "New"}).lead_glance)

    def test_how_far_the_checklist_is_and_what_to_ask_next(self):
        self.assertFalse(self._glance()["checklist"], "no question is asked")
        passed, still_open = self.env["crm.qualifier"].create(
            [
                {"name": name, "question": "Well?", "kind": "yes_no"}
                for name in ("Need", "Budget")
            ]
        )
        lead = self.lead.with_user(self.user_seller)
        lead.action_answer_qualifier(passed.id, "yes")
        glanced = lead.lead_glance
        self.assertEqual(
            glanced["checklist"], {"state": "open", "passed": 1, "total": 2}
        )
        self.assertEqual(glanced["next"]["id"], still_open.id)
        self.assertEqual(glanced["next"], lead.lead_profile["next"])
        lead.action_answer_qualifier(still_open.id, "no")
        self.assertEqual(
            lead.lead_glance["checklist"], {"state": "failed", "passed": 1, "total": 2}
        )
        self.assertIn("Budget", lead.gate_reason)
        self.assertEqual(lead.lead_glance["unfit"], "", "it was no knock-out")

    def test_why_it_does_not_fit(self):
        """The form of a lead that failed does not wait for the reason: it follows."""
        licence = self.env["crm.qualifier"].create(
            {
                "name": "Licence",
                "question": "Do they have one?",
                "kind": "yes_no",
                "importance": "knock_out",
                "fail_reason": "No licence",
            }
        )
        lead = self.lead.with_user(self.user_seller)
        self.assertEqual(lead.lead_glance["unfit"], "")
        lead.action_answer_qualifier(licence.id, "no")
        self.assertEqual(lead.lead_glance["unfit"], "Licence: No licence")

    def test_the_first_page_of_the_story_comes_with_it(self):
        self._touch(1, kind="call", outcome="talked", summary="Wants the final price")
        lead = self.lead.with_user(self.user_seller)
        self.assertEqual(lead.lead_story, lead.get_story())
        self.assertIn(
            "Wants the final price", [row["note"] for row in lead.lead_story["rows"]]
        )
        self.assertFalse(self.env["crm.lead"].new({"name": "New"}).lead_story)

    def test_all_events_are_counted_where_there_are_many(self):
        for day in range(1, 26):
            self._touch(day, kind="call", outcome="no_answer")
        self.assertEqual(self._glance()["touchpoints"], 25)
        self._touch(27, kind="call", outcome="talked")
        self.assertEqual(self._glance()["last"]["on"], "2026-03-27 08:00:00")

    def test_it_takes_few_statements(self):
        """What follows the form is one request: of both 29 statements once."""
        lead = self.lead.with_user(self.user_seller)
        names = ["lead_glance", "lead_story"]
        counts = []
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lead.read(names)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[-1], MOST)

    def test_a_nearly_empty_lead(self):
        lead = self._make_lead(user_id=self.user_seller.id)
        head = self._head(lead)
        known = {key for key, value in head.items() if value}
        self.assertLessEqual(known, {"language", "guessed"})
