# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, datetime
from types import SimpleNamespace
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...tools import public_holidays
from .common import MONDAY, NurtureCase


@tagged("post_install", "-at_install")
class TestNurtureSender(NurtureCase):
    """In whose name a track writes."""

    def setUp(self):
        super().setUp()
        for message in self.message + self.second:
            mail = message.mail_template_id
            mail.email_from = "{{ object.user_id.email_formatted }}"
            mail.body_html = '<p t-out="object.message_signature"/>'
        self.user_manager.email = "boss@ours.example"
        self.user_seller.email = "seller@ours.example"

    def _mail(self, **values):
        self.track.write(values)
        self._enroll(self.lead_full)
        self._run(MONDAY)
        return self._mails(self.lead_full)

    def test_the_owner_as_the_message_says(self):
        mail = self._mail()
        self.assertIn("seller@ours.example", mail.email_from)
        self.assertIn(self.user_seller.name, mail.body_html)

    def test_one_person_signs_too(self):
        mail = self._mail(sender="person", sender_user_id=self.user_manager.id)
        self.assertIn("boss@ours.example", mail.email_from)
        self.assertIn(self.user_manager.name, mail.body_html)
        self.assertNotIn(self.user_seller.name, mail.body_html)

    def test_the_company(self):
        self.company.email = "hello@ours.example"
        mail = self._mail(sender="company")
        self.assertIn("hello@ours.example", mail.email_from)
        self.assertNotIn(self.user_seller.name, mail.body_html)

    def test_a_person_who_has_left_signs_no_more(self):
        self.user_manager.active = False
        mail = self._mail(sender="person", sender_user_id=self.user_manager.id)
        self.assertIn("seller@ours.example", mail.email_from)

    def test_the_preview_shows_it(self):
        self.track.write({"sender": "person", "sender_user_id": self.user_manager.id})
        row = self.engine._preview(self.track, self.lead_full, MONDAY)[0]
        self.assertIn(self.user_manager.name, row["body"])


@tagged("post_install", "-at_install")
class TestNurtureHolidays(NurtureCase):
    """Public holidays of the lead's country, where the package is there and it is wanted."""

    def setUp(self):
        super().setUp()
        days = {"SA": {date(2026, 3, 2), date(2026, 3, 3)}}

        def country_holidays(code, years):
            return days.get(code, set())

        package = SimpleNamespace(country_holidays=country_holidays)
        patched = patch.object(public_holidays, "holidays", package)
        patched.start()
        self.addCleanup(patched.stop)
        public_holidays._of_year.cache_clear()
        self.addCleanup(public_holidays._of_year.cache_clear)
        self.lead_full.country_id = self.env.ref("base.sa")
        self.lead_company.country_id = self.env.ref("base.de")

    def test_it_waits_until_they_are_over(self):
        self.company.message_holidays = True
        one, other = self._enroll(self.lead_full), self._enroll(self.lead_company)
        # The third day, at midnight in Riyadh.
        self.assertEqual(one.next_on, datetime(2026, 3, 3, 21))
        self.assertEqual(other.next_on, MONDAY)
        self._run(MONDAY)
        self.assertFalse(self._mails(self.lead_full))
        self.assertEqual(len(self._mails(self.lead_company)), 1)
        self._run(datetime(2026, 3, 3, 21))
        self.assertEqual(len(self._mails(self.lead_full)), 1)

    def test_nobody_asked_for_it(self):
        one = self._enroll(self.lead_full)
        self.assertEqual(one.next_on, MONDAY)

    def test_without_the_package_publishing_says_so(self):
        self.company.message_holidays = True
        with patch.object(public_holidays, "holidays", None):
            _problems, warnings = self.track._problems()
            window = self.env["crm.nurture.preview"].create(
                {"track_id": self.track.id, "lead_id": self.lead_full.id}
            )
            self.assertIn("holidays", window.warning)
        self.assertTrue(any("holidays" in text for text in warnings), warnings)


@tagged("post_install", "-at_install")
class TestNurtureDoors(NurtureCase):
    """How leads come into a track, beside hand and rule; and who does not."""

    def test_an_open_deal_of_a_colleague(self):
        deal = self._make_lead(
            email_from="sara@example.com",
            type="opportunity",
            user_id=self.user_colleague.id,
        )
        made, refused = self.engine._enroll(self.lead_full, self.track)
        self.assertFalse(made)
        self.assertIn("colleague", refused[self.lead_full.id])
        deal.action_set_lost()
        self.assertTrue(self._enroll(self.lead_full))

    def test_an_own_deal_is_no_reason(self):
        self._make_lead(
            email_from="sara@example.com",
            type="opportunity",
            user_id=self.user_seller.id,
        )
        self.assertTrue(self._enroll(self.lead_full))

    def test_leads_that_a_policy_has_given_up(self):
        """next.md 2.2: ``then_action``, to which nurturing adds "track"."""
        policy = self.env["crm.followup.policy"].create(
            {
                "name": "All",
                "max_attempts": 1,
                "then_action": "track",
                "then_track_id": self.track.id,
            }
        )
        with freeze_time(self.day(-20)):
            self._answer(
                self.lead_full, self.day(-20), "call", direction="out", outcome="talked"
            )
        self._answer(
            self.lead_full, self.day(-10), "call", direction="out", outcome="no_answer"
        )
        with freeze_time(MONDAY):
            self.env["crm.followup.engine"]._plan(self.lead_full)
        step = self.env["crm.lead.followup"].search(
            [("lead_id", "=", self.lead_full.id), ("state", "=", "planned")]
        )
        self.assertEqual((step.duty, step.policy_id), ("decide", policy))
        self._run(MONDAY, enter=True)
        self.assertEqual(self.track.enrollment_ids.lead_id, self.lead_full)
        self.assertEqual(self.lead_full.nurture_track_id, self.track)
        self.engine._exit(self.track.enrollment_ids, "hand")
        self._run(self.day(1), enter=True)
        self.assertEqual(len(self.track.enrollment_ids), 1, "once")

    def test_customers_who_are_silent(self):
        self.track.audience = "customer"
        stage = self.env["crm.stage"].create(
            {"name": "Ours", "is_won": True, "lead_role": "customer"}
        )
        lead = self._make_lead(
            email_from="silent@ex.example",
            type="opportunity",
            user_id=self.user_seller.id,
        )
        with freeze_time(self.day(-100)):
            lead.stage_id = stage
            lead.action_set_won()
        self.env["crm.stage.dormancy"].search([]).active = False
        ladder = self.env["crm.stage.dormancy"].create(
            {"name": "Win back", "days": 60, "action": "track"}
        )
        ladder.track_id = self.track
        with freeze_time(MONDAY):
            ladder._take(lead)
        self.assertEqual(self.track.enrollment_ids.lead_id, lead)
        self.assertFalse(lead.activity_ids, "nobody is asked, too")


@tagged("post_install", "-at_install")
class TestNurtureBadInput(NurtureCase):
    """next.md 3.7, and issue 17: what goes wrong in the middle of a run."""

    def _leads(self, count):
        return self.env["crm.lead"].union(
            *(
                self._make_lead(
                    email_from=f"bad{number}@ex.example",
                    user_id=self.user_seller.id,
                    contact_name=f"Name {number}",
                )
                for number in range(count)
            )
        )

    def test_a_template_that_breaks_in_the_middle_of_a_run(self):
        """The others get it; whoever is responsible is told; the track goes on."""
        leads = self._leads(4)
        for lead in leads:
            self._enroll(lead)
        mail = type(self.env["mail.template"])
        render = mail._render_field
        bad = leads[1].id

        def breaks(template, field, res_ids, *args, **kwargs):
            if field == "body_html" and bad in res_ids:
                raise ValueError("it breaks")
            return render(template, field, res_ids, *args, **kwargs)

        with (
            patch.object(mail, "_render_field", breaks),
            mute_logger("odoo.addons.crm_lead_management.models.common.guarded"),
        ):
            self._run(MONDAY)
        states = {lead: self._states(lead.nurture_enrollment_ids) for lead in leads}
        self.assertEqual(states.pop(leads[1]), ["failed"])
        self.assertEqual(set(map(tuple, states.values())), {("queued",)})
        self.assertFalse(
            self._sent(leads[1]), "nothing is on record of what did not go"
        )

    def test_a_language_without_a_text(self):
        """It goes in another one, and publishing says so before."""
        self.env["res.lang"]._activate_lang("ar_001")
        self.lead_full.lang_id = self.env["res.lang"]._lang_get("ar_001")
        self.track.write(
            {
                "state": "draft",
                "entry": "rule",
                "domain": "[('name', '=', 'Garden inquiry')]",
            }
        )
        _problems, warnings = self.track._problems()
        self.assertTrue(any("ar_001" in text for text in warnings), warnings)
        self.track.state = "live"
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        self.assertEqual(self._states(one), ["sent"])

    def test_a_rule_that_matches_everybody(self):
        self._leads(60)
        self.track.write({"state": "draft", "entry": "rule", "domain": "[]"})
        self.assertTrue(any("all leads" in text for text in self.track._problems()[1]))
        self.track.domain = "[('id', '>', 0)]"
        found = [text for text in self.track._problems()[1] if "nearly all" in text]
        self.assertEqual(len(found), 1)
        self.track.state = "live"
        self._run(MONDAY, enter=True)
        entered = len(self.track.enrollment_ids)
        self._run(MONDAY, enter=True)
        self.assertEqual(len(self.track.enrollment_ids), entered, "once each")
        self.assertGreaterEqual(entered, 60)

    def test_a_lead_that_is_deleted_between_planning_and_sending(self):
        gone, stays = self._leads(2)
        self._enroll(gone)
        one = self._enroll(stays)
        self._run(MONDAY)
        gone.unlink()
        self._mails_leave(MONDAY)
        self._run(MONDAY)
        self.assertEqual(self._states(one), ["sent"])
        self.assertEqual(len(self.track.enrollment_ids), 1)

    def test_a_hold_of_three_months(self):
        """The limit of the grade holds for a quarter: then one goes, not all at once."""
        one = self._enroll(self.lead_full)
        guard = type(self.env["crm.message.guard"])

        def holds(_guard, leads, now=None):
            return dict.fromkeys(leads.ids, (self.day(90), "Limit"))

        with patch.object(guard, "_holds", holds):
            for day in (0, 10, 40, 80):
                self._run(self.day(day))
        self.assertFalse(self._mails(self.lead_full))
        self._go(self.day(91))
        self._go(self.day(92))
        self.assertLessEqual(len(self._sent(self.lead_full)), 1)
        self.assertEqual(self._states(one)[0], "skipped", "it would come too late")
