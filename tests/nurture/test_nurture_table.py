# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONDAY, NurtureCase


@tagged("post_install", "-at_install")
class TestNurtureTable(NurtureCase):
    """Issue 17: all that ends a track, and all that does not, with a mail in Odoo's queue.

    What leads say and what people do with them stands in ``test_nurture_exits.py``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stages = {
            role: cls.env["crm.stage"].create({"name": role, "lead_role": role})
            for role in ("contacted", "nurturing", "qualified", "unqualified")
        }

    def test_a_track_that_is_a_draft_again_is_told(self):
        """Of tracks the form asks only where one was ever published."""
        self.env["crm.nurture.track"].search([]).unlink()
        track = self.env["crm.nurture.track"]
        lead = self._make_lead()
        self.assertFalse(track._is_used())
        self.assertEqual(lead.nurture_count, 0)
        track = self._track([{"kind": "wait", "days": 3}])
        self._enroll(lead, track)
        lead.invalidate_recordset()
        self.assertEqual(lead.nurture_count, 1)
        track.action_retire()
        track.action_draft()
        lead.invalidate_recordset()
        self.assertEqual((lead.nurture_count, lead.nurture_state), (1, False))

    # === WHAT HAPPENS === #

    def _answers_elsewhere(self, lead):
        twin = self._make_lead(name="Twin", email_from=lead.email_from)
        self._answer(twin, self.day(1), "whatsapp")

    def _is_away(self, lead):
        self._answer(lead, self.day(1), is_human=False, summary="Out of office")

    def _meets(self, lead):
        self.env["calendar.event"].create(
            {
                "name": "Talk",
                "opportunity_id": lead.id,
                "start": self.day(9),
                "stop": self.day(9, 1),
            }
        )
        self.env.cr.precommit.run()

    def _comes_back(self, lead):
        lead.message_bounce = 3
        self._answer(lead, self.day(1), "bounce", is_human=False)

    def _goes_into_another(self, lead):
        into = self._make_lead(name="Into", email_from=lead.email_from, priority="3")
        into.type = "opportunity"
        (into | lead).merge_opportunity()

    def _phone_is_black(self, lead):
        self.env["phone.blacklist"].create({"number": lead.phone_sanitized})

    def _mail_is_black(self, lead):
        self.env["mail.blacklist"]._add(lead.email_from)

    def _table(self):
        """Return what happens, and why the lead leaves; None: it stays."""
        stages = self.stages

        def moves(role):
            return lambda lead: lead.write({"stage_id": stages[role].id})

        def said(kind, **values):
            return lambda lead: self._answer(lead, self.day(1), kind, **values)

        out = {"direction": "out"}
        return {
            "answers by mail": (said("email"), "answered"),
            "answers by SMS": (said("sms"), "answered"),
            "answers by WhatsApp": (said("whatsapp"), "answered"),
            "answers from another lead": (self._answers_elsewhere, "answered"),
            "is out of office": (self._is_away, None),
            "owner talks": (said("call", outcome="talked", **out), "talked"),
            "owner reaches nobody": (said("call", outcome="no_answer", **out), None),
            "opens a mail": (said("email_open"), None),
            "meeting": (self._meets, "meeting"),
            "stage before": (moves("contacted"), None),
            "stage nurturing": (moves("nurturing"), None),
            "stage beyond": (moves("qualified"), "stage"),
            "stage unqualified": (moves("unqualified"), "unqualified"),
            "won": (lambda lead: lead.action_set_won(), "won"),
            "lost": (lambda lead: lead.action_set_lost(), "lost"),
            "archived": (lambda lead: lead.write({"active": False}), "archived"),
            "merged away": (self._goes_into_another, None),
            "wants no e-mails": (
                lambda lead: lead.write({"optout_email": True}),
                "opted_out",
            ),
            "wants no SMS": (lambda lead: lead.write({"optout_sms": True}), None),
            "mails bounce": (self._comes_back, "blocked"),
            "address on the blacklist": (self._mail_is_black, "blocked"),
            "phone on the blacklist": (self._phone_is_black, None),
            "another field": (lambda lead: lead.write({"description": "x"}), None),
        }

    def test_each_with_a_mail_on_its_way(self):
        """Who leaves gets what has not left no more; whoever stays, gets it."""
        for number, (name, (happens, code)) in enumerate(self._table().items()):
            with self.subTest(name):
                lead = self._make_lead(
                    name=f"Row {number}",
                    email_from=f"row{number}@ex.example",
                    phone=f"+96650123{number:04}",
                    type="opportunity",
                    stage_id=self.stages["contacted"].id
                    if name != "stage before"
                    else self.stages["nurturing"].id,
                    user_id=self.user_seller.id,
                )
                one = self._enroll(lead)
                self._run(MONDAY)
                mail = self.env["mail.mail"].search(
                    [("mail_message_id", "=", one.delivery_ids.mail_message_id.id)]
                )
                self.assertEqual(mail.state, "outgoing")
                with freeze_time(self.day(1)):
                    happens(lead)
                one.invalidate_recordset()
                self.assertEqual(one.exit_code or None, code)
                self.assertEqual(mail.state, "cancel" if code else "outgoing")
                self.assertEqual(
                    one.delivery_ids.state, "cancelled" if code else "queued"
                )

    def test_nobody_but_the_engine_says_where_a_lead_stands(self):
        one = self._enroll(self.lead_full).with_user(self.user_seller)
        for name, value in (("state", "done"), ("next_on", MONDAY), ("round", 2)):
            with self.assertRaises(AccessError):
                one.write({name: value})
        with self.assertRaises(AccessError):
            one.unlink()

    def test_a_lost_lead_that_is_restored_stays_out(self):
        lead = self._make_lead(email_from="back@ex.example", type="opportunity")
        one = self._enroll(lead)
        lead.action_set_lost()
        lead.toggle_active()
        self._run(self.day(4))
        self.assertEqual((one.state, one.exit_code), ("stopped", "lost"))
        self.assertFalse(one.delivery_ids)

    def test_a_customer_who_is_open_again_leaves_the_customers_track(self):
        track = self._track(
            [{"template_id": self.message.id, "channel": "email"}],
            name="Care",
            audience="customer",
        )
        stage = self.env["crm.stage"].create({"name": "Sold", "is_won": True})
        lead = self._make_lead(email_from="cust@ex.example", type="opportunity")
        lead.write({"stage_id": stage.id})
        lead.action_set_won()
        one = self._enroll(lead, track)
        lead.write({"stage_id": self.stages["contacted"].id, "probability": 10})
        self._run(self.day(1))
        self.assertEqual(one.exit_code, "reopened")
        self.assertFalse(self._mails(lead))

    def test_entering_again(self):
        """Never, after so many days since the end, always; by hand, and by the rule."""
        lead = self.lead_full
        for number, (reentry, code, after, by_rule, enters) in enumerate(
            (
                ("never", "end", 400, False, False),
                ("always", "end", 0, False, True),
                ("days", "end", 29, False, False),
                ("days", "end", 31, False, True),
                ("always", "hand", 400, True, False),
                ("always", "opted_out", 400, True, False),
                ("always", "hand", 0, False, True),
                ("always", "answered", 1, True, True),
            )
        ):
            with self.subTest(reentry=reentry, code=code, after=after, rule=by_rule):
                track = self._track(
                    [{"template_id": self.message.id, "channel": "email"}],
                    name=f"T{number}",
                    reentry=reentry,
                    reentry_days=30,
                )
                one = self._enroll(lead, track)
                with freeze_time(MONDAY):
                    self.engine._exit(one, code)
                made, _codes = self.engine._enter(
                    lead.ids, track, self.day(after, 1), by_rule=by_rule
                )
                self.assertEqual(bool(made), enters)
                self.assertEqual(made.mapped("round"), [2] if enters else [])
                self.engine._exit(made, "end")


@tagged("post_install", "-at_install")
class TestNurtureWrong(NurtureCase):
    """Attempts to have a track do something wrong."""

    def _arabic(self, lead):
        self.env["res.lang"]._activate_lang("ar_001")
        lead.lang_id = self.env["res.lang"]._lang_get("ar_001")

    def test_a_text_that_is_broken_in_one_language_only(self):
        """Behind the back of the checks: nothing goes, it says why, and the track goes on."""
        self._arabic(self.lead_full)
        mail = self.message.mail_template_id
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = body_html || jsonb_build_object("
            "'ar_001', '<p><t t-out=\"object.no_such_field\"/></p>') WHERE id = %s",
            [mail.id],
        )
        self.env.invalidate_all()
        arabic, other = self._enroll(self.lead_full), self._enroll(self.lead_company)
        with mute_logger(
            "odoo.addons.crm_lead_management.models.common.guarded",
            "odoo.addons.mail.models.mail_render_mixin",
        ):
            self._go(MONDAY)
        for one in arabic + other:
            self.assertEqual(self._states(one), ["skipped"])
            self.assertIn("no_such_field", one.delivery_ids.reason)
            self.assertFalse(self._sent(one.lead_id))
            self.assertEqual(one.next_on, self.day(3), "it goes on with the next one")

    def test_an_arabic_lead_gets_arabic_from_right_to_left(self):
        self._arabic(self.lead_full)
        mail = self.message.mail_template_id.with_context(lang="ar_001")
        mail.write({"subject": "مرحبا", "body_html": "<p>أهلا وسهلا</p>"})
        self._enroll(self.lead_full)
        self._run(MONDAY)
        sent = self._mails(self.lead_full)
        self.assertEqual(sent.subject, "مرحبا")
        self.assertIn('dir="rtl"', sent.body_html)
        self.assertIn("أهلا", sent.body_html)

    def test_a_lead_that_is_deleted_while_its_batch_is_found(self):
        """The clock knows which rows are due; then the lead is deleted."""
        one, other = self._enroll(self.lead_full), self._enroll(self.lead_company)
        queue = self.env["crm.message.queue"].with_user(1)
        rows = [(one.id, one.lead_id.id), (other.id, other.lead_id.id)]
        self.lead_full.unlink()
        self.env.flush_all()
        going = queue._lock(self.env["crm.nurture.enrollment"].sudo(), rows)
        self.assertEqual(going, other)

    def test_merged_while_the_mail_is_on_its_way(self):
        """The one that stays does not get the same step again."""
        twin = self._make_lead(
            name="Twin",
            email_from="sara@example.com",
            type="opportunity",
            priority="3",
            user_id=self.user_seller.id,
        )
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        self.lead_full.type = "opportunity"
        stays = (twin | self.lead_full).merge_opportunity()
        self._mails_leave(MONDAY)
        self._run(self.day(1))
        self.assertEqual((one.lead_id, one.state), (stays, "active"))
        self.assertEqual(self._states(one), ["sent"])
        self._go(self.day(4))
        self.assertEqual(self._states(one), ["sent", "sent"])
        self.assertEqual(one.delivery_ids.lead_id, stays)

    def test_the_clock_is_set_back_after_a_step(self):
        """Days count from when the step before was done, whatever the clock says by then."""
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        due = one.next_on
        self._go(self.day(-400))
        self._go(self.day(2))
        self.assertEqual((one.next_on, self._states(one)), (due, ["sent"]))
        self._go(self.day(3))
        self.assertEqual(self._states(one), ["sent", "sent"])

    def test_two_companies(self):
        """The same person with two companies is in a track of each; each sees its own."""
        other = self.env["res.company"].create({"name": "Other"})
        track = self._track(
            [{"template_id": self.message.id, "channel": "email"}],
            name="Theirs",
            company_id=other.id,
        )
        theirs = self._make_lead(
            email_from="sara@example.com",
            company_id=other.id,
            user_id=False,
            team_id=False,
        )
        self.lead_full.company_id = self.company
        self._enroll(self.lead_full)
        self._enroll(theirs, track)
        made, refused = self.engine._enroll(self.lead_company, track)
        self.lead_company.company_id = self.company
        made, refused = self.engine._enroll(self.lead_company, track)
        self.assertFalse(made)
        self.assertIn("another company", refused[self.lead_company.id])
        seen = self.env["crm.nurture.enrollment"].with_user(self.user_manager)
        seen = seen.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(seen.search([]).lead_id, self.lead_full)
        self.assertNotIn(
            track, self.env["crm.nurture.track"].with_user(self.user_manager).search([])
        )
        self._answer(theirs, self.day(1))
        self.assertEqual(self.track.enrollment_ids.state, "active")
        self.assertEqual(track.enrollment_ids.sudo().state, "stopped")

    def test_a_contact_that_is_archived(self):
        """The lead stands for itself: it is written to as long as it has an address."""
        partner = self.env["res.partner"].create(
            {"name": "Sara", "email": "sara@example.com"}
        )
        self.lead_full.partner_id = partner
        one = self._enroll(self.lead_full)
        partner.active = False
        self._go(MONDAY)
        self.assertEqual(self._states(one), ["sent"])
        partner.email = "other@example.com"
        self._answer(self.lead_full, self.day(1))
        self.assertEqual(one.exit_code, "answered")

    def test_an_address_that_changes_meanwhile(self):
        """Whoever answers from the new address, or is on the blacklist there, leaves."""
        one = self._enroll(self.lead_full)
        self.lead_full.email_from = "new@ex.example"
        twin = self._make_lead(name="Twin", email_from="new@ex.example")
        self._answer(twin, self.day(1))
        self.assertEqual(one.exit_code, "answered")
        other = self._enroll(self.lead_company)
        self.env["mail.blacklist"]._add("gone@ex.example")
        self.lead_company.email_from = "gone@ex.example"
        self.lead_company.phone = False
        self._run(self.day(1))
        self.assertEqual(other.exit_code, "blocked")
        self.assertFalse(self._mails(self.lead_company))

    def test_somebody_adds_a_colleague_s_lead(self):
        """A salesperson who sees his own documents only."""
        self.lead_full.user_id = self.user_colleague
        window = self.env["crm.nurture.add"].with_user(self.user_seller)
        with self.assertRaises(UserError):
            window.create(
                {
                    "track_id": self.track.id,
                    "lead_ids": [(6, 0, self.lead_full.ids)],
                }
            ).action_add()
        self.assertFalse(self.track.enrollment_ids)

    def test_the_mail_server_is_down_for_a_day_and_the_lead_answers(self):
        """What failed is tried again; not where the lead has left meanwhile."""
        one = self._enroll(self.lead_full)
        for hour in range(0, 24, 6):
            self._run(self.day(0, hour))
            self.assertEqual(self._states(one), ["queued"])
            self._mails_leave(self.day(0, hour), failure="mail_smtp")
            self._run(self.day(0, hour))
            self.assertEqual(self._states(one), ["held"])
        self._answer(self.lead_full, self.day(1))
        self._go(self.day(2))
        self._go(self.day(5))
        self.assertEqual(one.exit_code, "answered")
        self.assertFalse(
            self._mails(self.lead_full).filtered(lambda mail: mail.state == "sent")
        )

    def test_the_track_is_paused_while_a_mail_is_on_its_way(self):
        """What left has left; nothing more goes until it is resumed."""
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        self.track.state = "paused"
        self._mails_leave(MONDAY)
        self._run(self.day(1))
        self._run(self.day(5))
        self.assertEqual(len(self._sent(self.lead_full)), 1)
        self.track.state = "live"
        self._go(self.day(6))
        self.assertEqual(self._states(one), ["sent", "sent"])
