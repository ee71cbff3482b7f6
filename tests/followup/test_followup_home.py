# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.followup.keeping.effective import effective_sql
from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)
SHOWN = {"lead_id": {}, "due_on": {}, "what": {}, "bucket": {}}


@tagged("post_install", "-at_install")
class TestFollowupHome(FollowupCase):
    """My Day: the first screen, its first page, its order."""

    def _page(self, user, limit, offset=0, more=()):
        agenda = self.env["crm.lead.agenda"].with_user(user)
        domain = [("user_id", "=", user.id), *more]
        return agenda.web_search_read(
            domain, SHOWN, offset=offset, limit=limit, count_limit=limit + 1
        )

    def _world(self):
        """Create leads with all that can be open: clock, steps, own activities, pauses."""
        self.env["crm.routing.policy"].create({"name": "All", "minutes": 60})
        leads = self.env["crm.lead"]
        for number in range(12):
            lead = self._lead_at(MONDAY, lead_grade=number % 5 + 1)
            if number % 4 == 0:
                with freeze_time(MONDAY):
                    self.env["crm.routing.clock"]._start(lead)
            if number % 3:
                self._touch(lead, MONDAY + timedelta(hours=number))
            if number % 5 == 1:
                self._touch(lead, MONDAY + DAY, "email", "in", None)
            if number % 4 == 2:
                with freeze_time(MONDAY):
                    lead.activity_schedule(
                        "mail.mail_activity_data_todo",
                        date_deadline=(MONDAY + timedelta(days=number - 3)).date(),
                        summary="Own",
                        user_id=self.user_seller.id,
                    )
            leads |= lead
        leads[7].write({"user_id": self.user_colleague.id})
        leads[11].routing_paused_until = MONDAY + timedelta(days=9)
        leads[11].routing_pause_reason = "Fair"
        self._plan(leads, MONDAY + DAY)
        self.env.flush_all()
        return leads

    def test_the_pages_are_the_whole(self):
        """Page by page the rows are those of the view as a whole, each lead once."""
        self._world()
        for user in (self.user_seller, self.user_colleague, self.user_manager):
            for hours in (26, 60, 200):
                with freeze_time(MONDAY + timedelta(hours=hours)):
                    self.env.invalidate_all()
                    agenda = self.env["crm.lead.agenda"].with_user(user)
                    whole = agenda.search([("user_id", "=", user.id)])
                    pages, offset = [], 0
                    while True:
                        found = self._page(user, 3, offset)["records"]
                        pages += found
                        offset += 3
                        if len(found) < 3:
                            break
                    self.assertEqual(
                        sorted(row["id"] for row in pages), sorted(whole.ids)
                    )
                    buckets = [row["bucket"] for row in pages]
                    self.assertEqual(buckets, sorted(buckets))
                    leads = [row["lead_id"] for row in pages]
                    self.assertEqual(len(leads), len(set(leads)))
                    until = ("due_on", "<", fields.Datetime.now() + DAY)
                    self.assertEqual(
                        self._page(user, 50, more=[until])["length"],
                        len(agenda.search([("user_id", "=", user.id), until])),
                    )

    def test_the_whole_is_the_earliest_of_all_that_is_open(self):
        self._world()
        with freeze_time(MONDAY + DAY):
            self.env.cr.execute(
                SQL(
                    "SELECT DISTINCT ON (lead_id, user_id) lead_id, user_id, due_on FROM (%s)"
                    " AS every WHERE source <> 'track' ORDER BY lead_id, user_id, due_on",
                    effective_sql(self.env),
                )
            )
            expected = sorted(self.env.cr.fetchall(), key=str)
            rows = self.env["crm.lead.agenda"].search([])
        found = [(row.lead_id.id, row.user_id.id or None, row.due_on) for row in rows]
        self.assertEqual(sorted(found, key=str), expected)

    def test_the_best_grade_first_of_what_is_due_together(self):
        low, high = self._lead_at(MONDAY), self._lead_at(MONDAY)
        for lead in (low, high):
            self._touch(lead, MONDAY + timedelta(hours=1))
        self.env.cr.execute(
            "UPDATE crm_lead SET lead_grade = CASE id WHEN %s THEN 5 ELSE 2 END"
            " WHERE id = ANY(%s)",
            [high.id, (low | high).ids],
        )
        self.env.invalidate_all()
        with freeze_time(MONDAY + DAY):
            rows = self._page(self.user_seller, 10)["records"]
        self.assertEqual([row["lead_id"] for row in rows], [high.id, low.id])

    def test_whoever_stands_in_has_it_in_his_day(self):
        """On the page as in the whole: his, and not the owner's as well."""
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        lead.followup_ids.acting_user_id = self.user_colleague
        self.env.flush_all()
        with freeze_time(MONDAY + DAY):
            for user, expected in (
                (self.user_colleague, lead.ids),
                (self.user_seller, []),
            ):
                self.env.invalidate_all()
                page = self._page(user, 10)["records"]
                self.assertEqual([row["lead_id"] for row in page], expected)
                whole = self.env["crm.lead.agenda"].with_user(user)
                whole = whole.search([("user_id", "=", user.id)])
                self.assertEqual(whole.lead_id.ids, expected)

    def test_of_two_activities_the_earlier_one_stands_for_the_lead(self):
        lead = self._lead_at(MONDAY)
        with freeze_time(MONDAY + DAY):
            first, _second = (
                lead.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=(MONDAY + timedelta(days=days)).date(),
                    user_id=self.user_seller.id,
                )
                for days in (2, 5)
            )
            self.env.flush_all()
            self.env.invalidate_all()
            page = self._page(self.user_seller, 10)["records"]
            rows = self.env["crm.lead.agenda"].browse(row["id"] for row in page)
            self.assertEqual(rows.activity_id, first)

    def test_leads_of_another_company_take_no_place_on_the_page(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_seller.company_ids |= other
        mine = self._lead_at(MONDAY)
        theirs = self._lead_at(MONDAY - DAY, company_id=other.id, team_id=False)
        for lead in (mine, theirs):
            self._touch(lead, lead.create_date + timedelta(hours=1))
        with freeze_time(MONDAY + DAY):
            agenda = (
                self.env["crm.lead.agenda"]
                .with_user(self.user_seller)
                .with_context(allowed_company_ids=self.company.ids)
            )
            found = agenda.search([("user_id", "=", self.user_seller.id)], limit=1)
        self.assertEqual(found.lead_id, mine)

    def test_the_first_screen(self):
        """Only where the company wants it, and nothing is written to anybody."""
        action = self.env.ref("crm_lead_management.crm_lead_home_action")

        http = self.env["ir.http"]
        self.assertFalse(http.with_user(self.user_seller)._crm_home())
        self.company.lead_day_home = True
        self.assertEqual(http.with_user(self.user_seller)._crm_home(), action)
        self.assertFalse(self.user_seller.action_id)
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "lead_portal_home",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.assertFalse(http.with_user(portal)._crm_home())
        agenda = self.env["crm.lead.agenda"]
        first = agenda.with_user(self.user_colleague).action_home()
        self.assertEqual(first["res_model"], "crm.lead.agenda")
        self.team_north.user_id = self.user_manager
        first = agenda.with_user(self.user_manager).action_home()
        self.assertEqual(first["res_model"], "crm.followup.board")


@tagged("post_install", "-at_install")
class TestFollowupAsked(FollowupCase):
    """After a message, too; existing leads get a clock if somebody wants it."""

    def test_what_next_after_a_message(self):
        lead = self._lead_at(MONDAY, email_from="ann@ex.example", phone="+32470123456")
        self._touch(lead, MONDAY + timedelta(hours=1))
        mine = lead.with_user(self.user_seller)

        def compose():
            return mine.env["mail.compose.message"].create(
                {
                    "model": "crm.lead",
                    "res_ids": repr(lead.ids),
                    "composition_mode": "comment",
                    "subject": "Hello",
                    "body": "<p>Hello</p>",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                }
            )

        with freeze_time(MONDAY + DAY):
            action = compose().action_send_mail()
            self.assertEqual(action["res_model"], "crm.followup.next")
            self.assertEqual(action["context"]["default_lead_id"], lead.id)
            self.company.lead_followup_notes = "off"
            self.assertEqual(
                compose().action_send_mail()["type"], "ir.actions.act_window_close"
            )

    def test_what_next_after_an_sms(self):
        """In our window, and in Odoo's own; a selection asks for nobody."""
        sending = patch(
            "odoo.addons.sms.tools.sms_api.SmsApi._contact_iap", return_value=[]
        )
        self.startPatcher(sending)
        one, other = (
            self._lead_at(MONDAY, phone=f"+3247012345{number}") for number in (6, 7)
        )
        model = self.env["ir.model"]._get_id("crm.lead")
        text = self.env["sms.template"].create(
            {"name": "SMS", "model_id": model, "body": "See you"}
        )
        template = self.env["crm.message.template"].create(
            {"name": "See you", "purpose": "meeting", "sms_template_id": text.id}
        )
        with freeze_time(MONDAY + DAY):
            self._asks(one, self._window(one, "sms", template).action_send())

            def odoos(leads, mode):
                composer = leads.with_user(self.user_seller).env["sms.composer"]
                return composer.create(
                    {
                        "composition_mode": mode,
                        "res_model": "crm.lead",
                        "res_id": leads[:1].id,
                        "res_ids": repr(leads.ids),
                        "body": "See you",
                    }
                ).action_send_sms()

            self._asks(other, odoos(other, "comment"))
            many = odoos(one | other, "mass")
            self.assertNotEqual((many or {}).get("res_model"), "crm.followup.next")
            self.company.lead_followup_notes = "off"
            action = self._window(one, "sms", template).action_send()
            self.assertEqual(action["type"], "ir.actions.act_window_close")

    def test_what_next_after_whatsapp(self):
        """Once the person says that it was sent: opened is not sent."""
        lead = self._lead_at(MONDAY, phone="+32470123456")
        template = self.env["crm.message.template"].create(
            {"name": "See you", "purpose": "meeting", "whatsapp_body": "See you"}
        )
        with freeze_time(MONDAY + DAY):
            window = self._window(lead, "whatsapp", template)
            self.assertIn("url", window.action_send())
            self._asks(lead, window.action_confirm())

    def _window(self, lead, channel, template):
        window = lead.with_user(self.user_seller).env["crm.message.compose"]
        return window.create(
            {
                "lead_id": lead.id,
                "channel": channel,
                "template_id": template.id,
                "body": "See you",
            }
        )

    def _asks(self, lead, action):
        self.assertEqual(action["res_model"], "crm.followup.next")
        self.assertEqual(action["context"]["default_lead_id"], lead.id)

    def test_existing_leads_are_offered_a_clock(self):
        waiting, known = self._lead_at(MONDAY), self._lead_at(MONDAY)
        self._touch(known, MONDAY + timedelta(hours=1))
        policy = self.env["crm.routing.policy"].create({"name": "All", "minutes": 60})
        now = MONDAY + 21 * DAY
        with freeze_time(now):
            window = (
                self.env["crm.followup.clock"]
                .with_user(self.user_manager)
                .create({"policy_id": policy.id})
            )
            self.assertGreaterEqual(window.lead_count, 1)
            self.assertFalse(waiting.response_deadline)
            window.action_start()
        # Nobody is late with what nobody knew of: an hour of work from now on.
        self.assertEqual(waiting.response_deadline, now + timedelta(hours=1))
        self.assertFalse(known.response_deadline)

    def test_a_message_with_an_offer_is_the_offer(self):
        self.policy.active = False
        self.env["crm.followup.duty"].create(
            [
                {"code": "offer", "who": "owner", "minutes": 480},
                {"code": "after_offer", "who": "owner", "minutes": 480},
            ]
        )
        template = self.env["crm.message.template"].search(
            [("purpose", "=", "offer")], limit=1
        ) or self.env["crm.message.template"].create(
            {"name": "Offer", "purpose": "offer"}
        )
        lead = self._lead_at(MONDAY)
        self._plan(lead, MONDAY)
        self.assertPlanned(lead, "offer")
        self._touch(lead, MONDAY + timedelta(hours=2), "email", "out", None)
        self.assertPlanned(lead, "offer")
        sender = self.env["crm.message.sender"].with_user(self.user_seller)
        with freeze_time(MONDAY + timedelta(hours=3)):
            sender._record(template, lead.with_user(self.user_seller), "email")
        self.assertPlanned(lead, "after_offer")

    def test_the_matrix_is_printed_in_the_readers_language(self):
        duty = self.env["crm.followup.duty"].create(
            {"code": "welcome", "who": "owner", "minutes": 30, "advice": "Be <kind>"}
        )
        action = duty.with_user(self.user_seller).action_print()
        self.assertEqual(action["report_type"], "qweb-html")
        report = self.env["ir.actions.report"].with_user(self.user_seller)
        name = "crm_lead_management.crm_followup_matrix"
        page = report._render_qweb_html(name, duty.ids)[0].decode()
        self.assertIn("Welcome message", page)
        self.assertIn("30 working minutes", page)
        self.assertIn("Be &lt;kind&gt;", page)

    def test_the_matrix_is_printed_in_three_languages(self):
        """Titles, steps, who, time and evidence; and in Arabic from right to left."""
        module = self.env["ir.module.module"].search(
            [("name", "=", "crm_lead_management")]
        )
        for lang in ("ar_001", "tr_TR"):
            self.env["res.lang"]._activate_lang(lang)
            module._update_translations(lang)
        duty = self.env["crm.followup.duty"].create(
            {"code": "needs_call", "who": "owner", "minutes": 960}
        )
        words = {
            "en_US": (
                "Who does what",
                "What shows that it was done",
                "The lead&#39;s owner",
                "2 working days",
                "A call that both sides spoke in, or a meeting",
            ),
            "ar_001": (
                "من يفعل ماذا",
                "ما يدل على إنجازها",
                "المسؤول عن العميل المهتم",
                "2 أيام عمل",
                "مكالمة تحدث فيها الطرفان، أو اجتماع",
            ),
            "tr_TR": (
                "Kim ne yapar",
                "Yapıldığını gösteren",
                "Adayın sorumlusu",
                "2 iş günü",
                "İki tarafın da konuştuğu bir arama veya toplantı",
            ),
        }
        name = "crm_lead_management.crm_followup_matrix"
        for lang, expected in words.items():
            self.user_seller.lang = lang
            self.env.invalidate_all()
            report = self.env["ir.actions.report"].with_user(self.user_seller)
            report = report.with_context(lang=lang)
            page = report._render_qweb_html(name, duty.ids)[0].decode()
            page = page.replace("&#39;", "'")
            for text in expected:
                self.assertIn(text.replace("&#39;", "'"), page, lang)
            direction = html.fromstring(page).xpath("//body/@dir")[0]
            self.assertEqual(direction == "rtl", lang == "ar_001", lang)

    def test_the_leads_of_nobody_come_first_on_the_board(self):
        self._make_lead(user_id=False, company_id=self.company.id)
        late = self._lead_at(MONDAY)
        self._touch(late, MONDAY)
        with freeze_time(MONDAY + 20 * DAY):
            cards = self.env["crm.followup.board"].search([])
            self.assertTrue(cards[0].is_nobody)
            self.assertFalse(cards[0].user_id)
