# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..common import LeadCommon

NOON = datetime(2026, 3, 2, 12)

NOTE, OFFER = "We met at the fair", "Our offer"


@tagged("post_install", "-at_install")
class TestStory(LeadCommon):
    """The story of a lead: every kind once, in order, for whoever may read the lead."""

    def setUp(self):
        super().setUp()
        self.lead = self._make_lead(user_id=self.user_seller.id)
        # As after the commit: from now on, changes are tracked.
        self.env.cr.flush()

    def _touch(self, *kinds, **values):
        return self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead.id,
                    "kind": kind,
                    "direction": "out",
                    "is_human": True,
                    "occurred_on": NOON,
                    **values,
                }
                for kind in kinds
            ]
        )

    def _story(self, user=None, **options):
        return self.lead.with_user(user or self.user_seller).get_story(**options)

    def _kinds(self, **options):
        return [row["kind"] for row in self._story(**options)["rows"]]

    def test_every_kind_is_told_once(self):
        """R056 to R061: calls, mails, WhatsApp, comments, documents, stages, and the rest."""
        before = self._kinds()
        self._touch("call", "sms", "whatsapp", "meeting", "web_visit")
        lead = self.lead.with_user(self.user_seller).with_context(
            tracking_disable=False
        )
        lead.message_post(body=NOTE, message_type="comment")
        partner = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@customer.example"}
        )
        lead.message_post(
            body=OFFER,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=partner.ids,
        )
        stages = self.env["crm.stage"].search([("is_won", "=", False)], limit=2)
        lead.stage_id = stages[1]
        self.env["ir.attachment"].create(
            {
                "name": "plan.txt",
                "raw": b"x",
                "res_model": "crm.lead",
                "res_id": self.lead.id,
            }
        )
        self.env["crm.lead.grade.log"].create(
            {"lead_id": self.lead.id, "from_grade": 2, "to_grade": 4, "points": 40}
        )
        qualifier = self.env["crm.qualifier"].create(
            {"name": "Budget", "kind": "yes_no", "question": "Is there a budget?"}
        )
        self.env["crm.qualifier.answer"].create(
            {
                "lead_id": self.lead.id,
                "qualifier_id": qualifier.id,
                "value_yes_no": "yes",
            }
        )
        now = self._kinds()
        for kind in before:
            now.remove(kind)
        self.assertEqual(
            sorted(now),
            sorted(
                ["call", "sms", "whatsapp", "meeting", "web", "note", "email"]
                + ["stage", "document", "grade", "qualification"]
            ),
        )

    def test_steps_are_told_when_they_are_over(self):
        values = {"lead_id": self.lead.id, "duty": "offer", "kind": "duty"}
        values |= {"user_id": self.user_seller.id, "planned_on": NOON, "due_on": NOON}
        self.env["crm.lead.followup"].create(
            [
                {**values, "key": "planned", "state": "planned"},
                {**values, "key": "missed", "state": "missed", "summary": "Send it"},
            ]
        )
        rows = self._story(kinds=["step"])["rows"]
        self.assertEqual([row["title"] for row in rows], ["Send it: Missed"])
        self.assertEqual(rows[0]["date"], "2026-03-02 12:00:00")

    def _give(self, user):
        """Give the lead to somebody by hand; return what is told of it."""
        lead = self.lead.with_user(self.user_manager)
        lead.with_context(tracking_disable=False).user_id = user
        self.env.cr.flush()
        rows = self._story(user=self.user_manager, kinds=["owner"])["rows"]
        return [(row["title"], row["model"]) for row in rows]

    def test_a_change_of_the_owner_is_told_without_routing(self):
        told = self._give(self.user_colleague)
        self.assertEqual(len(told), 1)
        self.assertIn(self.user_colleague.name, told[0][0])
        self.assertEqual(told[0][1], "mail.tracking.value")

    def test_a_decision_about_the_owner_is_told_once(self):
        self.env["crm.routing.rule"].create(
            {"name": "All", "team_id": self.team_south.id}
        )
        told = self._give(self.user_colleague)
        self.assertEqual([model for _title, model in told], ["crm.lead.routing.log"])

    def test_a_tracked_amount_is_told(self):
        lead = self.lead.with_user(self.user_seller)
        lead = lead.with_context(tracking_disable=False)
        lead.expected_revenue = 1234
        self.env.cr.flush()
        titles = [row["title"] for row in self._story(kinds=["note"])["rows"]]
        self.assertTrue(
            any("1,234" in title for title in titles), f"not told: {titles}"
        )

    def test_what_was_said(self):
        self._touch("call", outcome="talked", summary="Wants three machines")
        row = self._story()["rows"][-1]
        self.assertEqual(row["title"], "Call, To the lead, Talked")
        self.assertEqual(row["note"], "Wants three machines")
        self.assertEqual(row["date"], "2026-03-02 12:00:00")
        self.assertEqual((row["model"], row["is_human"]), ("crm.touchpoint", True))

    def test_pages_with_equal_times(self):
        self._touch(*["call"] * 7)
        whole = [row["id"] for row in self._story(limit=100)["rows"]]
        found, before = [], None
        while before is not False:
            page = self._story(before=before, limit=3)
            found += [row["id"] for row in page["rows"]]
            before = page["next"]
        self.assertEqual(found, whole)
        by_id = self._story(before=whole[2], limit=3)["rows"]
        self.assertEqual([row["id"] for row in by_id], whole[3:6])

    def test_only_some_kinds(self):
        self._touch("call", "sms")
        self.assertEqual(self._kinds(kinds=["sms"]), ["sms"])
        self.assertEqual(self._kinds(kinds=["no such kind"]), [])
        there = [kind for kind, _text in self._story(kinds=["sms"])["kinds"]]
        self.assertEqual(there[:2], ["call", "sms"])
        self.assertNotIn("track", there)

    def test_what_a_client_may_not_send(self):
        for options in (
            {"limit": 0},
            {"limit": "9; DROP TABLE crm_lead"},
            {"before": ["soon", 1]},
            {"before": "2026"},
            {"before": {"a": 1}},
        ):
            with self.assertRaises(UserError, msg=options):
                self._story(**options)

    def test_whose_story_it_is(self):
        self._touch("call")
        portal = new_test_user(self.env, "story_portal", "base.group_portal")
        clerk = new_test_user(self.env, "story_clerk", "base.group_user")
        for user in (self.user_colleague, portal, clerk):
            with self.assertRaises(AccessError):
                self._story(user=user)
        self.assertTrue(self._story(user=self.user_all)["rows"])

    def test_all_stories_are_seen_with_their_leads(self):
        self._touch("call")
        events = self.env["crm.lead.event"]
        mine = [("lead_id", "=", self.lead.id), ("kind", "=", "call")]
        found = events.with_user(self.user_seller).search(mine)
        self.assertEqual(found.mapped("title"), ["Call, To the lead"])
        self.assertFalse(events.with_user(self.user_colleague).search(mine))
        self.assertTrue(events.with_user(self.user_all).search(mine))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.lead.sudo().write(
            {"company_id": other.id, "user_id": False, "team_id": False}
        )
        self.assertFalse(events.with_user(self.user_all).search(mine))
        self.user_all.company_ids = [Command.link(other.id)]
        theirs = events.with_user(self.user_all)
        theirs = theirs.with_context(allowed_company_ids=self.user_all.company_ids.ids)
        self.assertTrue(theirs.search(mine))

    def test_pages_of_own_leads_are_those_of_all_rows(self):
        """A page of own leads is cut out of their rows: the same order, nothing of others."""
        other = self._make_lead(user_id=self.user_colleague.id)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "occurred_on": datetime(2026, 3, day, 9),
                }
                for day in range(1, 10)
                for lead in (self.lead, other)
            ]
        )
        calls = [("kind", "=", "call"), ("lead_id", "in", (self.lead + other).ids)]
        every = self.env["crm.lead.event"].with_user(self.user_seller)
        for order in ("date desc, id desc", "lead_id, date", "date"):
            rows = every.search(calls, order=order)
            self.assertEqual(rows.lead_id, self.lead)
            with self.subTest(order=order):
                for offset in (0, 4, 8, 12):
                    self.assertEqual(
                        every.search(calls, offset=offset, limit=4, order=order),
                        rows[offset : offset + 4],
                    )
        self.assertEqual(every.search_count(calls), 9)
        read = every.web_search_read(calls, {"date": {}, "title": {}}, limit=4)
        self.assertEqual((read["length"], len(read["records"])), (9, 4))

    def test_words_are_the_reader_s(self):
        self.env["res.lang"]._activate_lang("tr_TR")
        stage = self.env["crm.stage"].create({"name": "Tasted"})
        stage.with_context(lang="tr_TR").name = "Tadıldı"
        self.lead.stage_id = stage
        self.assertIn("Tasted", self._story(kinds=["stage"])["rows"][0]["title"])
        self.user_seller.lang = "tr_TR"
        lead = self.lead.with_user(self.user_seller).with_context(lang="tr_TR")
        self.assertIn("Tadıldı", lead.get_story(kinds=["stage"])["rows"][0]["title"])

    def test_as_many_queries_for_any_number_of_rows(self):
        def count(rows):
            self._touch(*["call", "sms"] * (rows // 2))
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertGreaterEqual(len(self._story(limit=rows)["rows"]), rows)
            return self.env.cr.sql_log_count - start

        count(2)
        self.assertEqual(count(4), count(40))

    def test_rows_of_one_lead_are_found_by_index(self):
        self.env.flush_all()
        events = self.env["crm.lead.event"]
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(
            SQL(
                "EXPLAIN SELECT id FROM (%s) AS event WHERE lead_id = %s"
                " ORDER BY date DESC, id DESC LIMIT 50",
                events._table_query,
                self.lead.id,
            )
        )
        text = "\n".join(line for (line,) in plan)
        self.assertNotIn("Seq Scan", text.replace("Seq Scan on ir_model_fields", ""))
