# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import LeadCommon

NOW = datetime(2026, 11, 16, 9)


class AuditCase(LeadCommon):
    """Leads that came in four weeks ago, with stages of all roles, and are closed now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.pipeline.setup"].create({}).action_apply()
        cls.stages = {
            stage.lead_role: stage
            for stage in cls.env["crm.stage"].search([("lead_role", "!=", False)])
        }
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Too dear"})

    def setUp(self):
        super().setUp()
        frozen = freeze_time(NOW)
        frozen.start()
        self.addCleanup(frozen.stop)

    def _lead(self, days=28, **values):
        """Create a lead that came in so many days ago."""
        lead = self._make_lead(
            **{
                "user_id": self.user_seller.id,
                "team_id": self.team_north.id,
                "stage_id": self.stages["open"].id,
                "type": "opportunity",
                **values,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET create_date = %s, received_on = %s WHERE id = %s",
                NOW - timedelta(days=days),
                NOW - timedelta(days=days),
                lead.id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead_stage_log SET date = %s WHERE lead_id = %s",
                NOW - timedelta(days=days),
                lead.id,
            )
        )
        self.env.invalidate_all()
        return lead

    def _touch(self, lead, days, kind="call", direction="out", **values):
        """Record something that happened so many days ago."""
        return self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": kind,
                    "direction": direction,
                    "is_human": True,
                    "occurred_on": NOW - timedelta(days=days),
                    **values,
                }
            ]
        )

    def _store(self, lead, **values):
        """Write what engines find out."""
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET %s = %s WHERE id = %s",
                    SQL.identifier(name),
                    value,
                    lead.id,
                )
            )
        self.env.invalidate_all()

    def _talks(self, lead):
        """Have somebody talk with a lead each week: nothing to find fault with."""
        for days in (27, 20, 13, 6, 1):
            self._touch(lead, days, outcome="talked")

    def _audits(self, lead):
        return self.env["crm.lead.audit"].search([("lead_id", "=", lead.id)])

    def _drop(self, lead, reason=True):
        """Drop a lead as its owner; return its audit, built."""
        values = {"lost_reason_id": self.reason.id} if reason else {}
        lead.with_user(self.user_seller).action_set_lost(**values)
        audit = self._audits(lead)[:1]
        self.env["crm.lead.audit"]._build(audit)
        return audit

    def _win(self, lead):
        # As superuser: what stages demand is no matter here.
        lead.action_set_won()
        audit = self._audits(lead)[:1]
        self.env["crm.lead.audit"]._build(audit)
        return audit

    def _plan(self, lead):
        lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.user_seller.id
        )


@tagged("post_install", "-at_install")
class TestAudit(AuditCase):
    """Each win and each drop gets a verdict, once, that nobody changes afterwards."""

    def test_closing_opens_a_bare_row(self):
        lead = self._lead()
        lead.with_user(self.user_seller).action_set_lost(lost_reason_id=self.reason.id)
        audit = self._audits(lead)
        self.assertEqual(len(audit), 1)
        self.assertEqual((audit.state, audit.outcome), ("to_build", "lost"))
        self.assertFalse(audit.finding_ids)
        self.env["crm.lead.audit"]._build(audit)
        self.assertEqual(audit.lost_reason_id, self.reason)
        self.assertEqual(audit.closed_by_id, self.user_seller)
        self.assertEqual(audit.user_id, self.user_seller)

    def test_who_gets_no_audit(self):
        archived = self._lead(probability=20)
        archived.action_archive()
        self.assertFalse(self._audits(archived), "archived, and not lost")
        imported = self._make_lead(active=False, probability=0)
        self.assertFalse(self._audits(imported), "closed elsewhere")
        archived.write({"probability": 0})
        self.assertEqual(self._audits(archived).outcome, "lost", "lost later")

    def test_outcomes(self):
        won, unfit = self._lead(), self._lead()
        self.assertEqual(self._win(won).outcome, "won")
        won.stage_id = self.stages["inactive"]
        self.assertEqual(len(self._audits(won)), 1, "Inactive is no second win")
        unfit.with_user(self.user_manager).stage_id = self.stages["unqualified"]
        self.assertEqual(self._audits(unfit).outcome, "unqualified")

    def test_the_facts(self):
        """What is counted, up to the moment of the closing."""
        lead = self._lead(expected_revenue=1200)
        self._store(lead, lead_grade=3, response_deadline=NOW - timedelta(days=27.5))
        self._touch(lead, 27, "form", "in")
        self._touch(lead, 26, outcome="talked")
        self._touch(lead, 10, "call", "internal", outcome="no_answer")
        self._touch(lead, 2, "email", "out")
        self._touch(lead, 1, "email", "out", is_human=False)
        self._store(lead, first_response_on=NOW - timedelta(days=26))
        audit = self._drop(lead)
        self._touch(lead, -1, "email", "out")
        self.assertEqual(
            {
                name: audit[name]
                for name in (
                    *("state", "days", "answer_minutes", "in_time", "touches_in"),
                    *("touches_out", "attempts", "silence_days", "grade_last"),
                    *("messages", "amount"),
                )
            },
            {
                "state": "built",
                "days": 28,
                "answer_minutes": 2 * 24 * 60,
                "in_time": False,
                "touches_in": 1,
                "touches_out": 2,
                "attempts": 2,
                "silence_days": 24,
                "grade_last": 3,
                "messages": 2,
                "amount": 1200,
            },
        )

    def test_nothing_to_find_fault_with(self):
        lead = self._lead()
        self._talks(lead)
        self._plan(lead)
        audit = self._drop(lead)
        self.assertEqual(audit.finding_ids.mapped("code"), [])
        self.assertEqual((audit.state, audit.finding_count), ("built", 0))

    def test_closed_twice(self):
        """Opened and closed again: two audits, each of its own closing."""
        lead = self._lead()
        first = self._drop(lead)
        lead.action_unarchive()
        with freeze_time(NOW + timedelta(days=3)):
            second = self._win(lead)
        audits = self._audits(lead)
        self.assertEqual(len(audits), 2)
        self.assertEqual((first.outcome, second.outcome), ("lost", "won"))
        self.assertEqual(round(second.days - first.days), 3)
        self.assertFalse(self.env["crm.lead.audit"]._verify(audits))

    def test_opened_again_before_it_is_built(self):
        lead = self._lead()
        lead.action_set_lost(lost_reason_id=self.reason.id)
        lead.action_unarchive()
        self.assertFalse(lead.lost_reason_id)
        audit = self._audits(lead)
        self._touch(lead, -1, outcome="talked")
        self.env["crm.lead.audit"]._build(audit)
        self.assertEqual(audit.lost_reason_id, self.reason)
        self.assertEqual(audit.touches_out, 0, "what came later does not count")
        self.assertNotIn("no_reason", audit.finding_ids.mapped("code"))

    def test_a_changed_byte_is_detected(self):
        audit = self._drop(self._lead())
        other = self._drop(self._lead())
        Audit = self.env["crm.lead.audit"]
        self.assertFalse(Audit._verify())
        finding = audit.finding_ids[0]
        for table, record, column, value in (
            ("crm_lead_audit", audit, "amount", 1),
            ("crm_lead_audit", audit, "touches_out", 7),
            ("crm_lead_audit", audit, "closed_on", NOW - timedelta(seconds=1)),
            ("crm_lead_audit", audit, "user_id", self.user_colleague.id),
            ("crm_lead_audit", audit, "snapshot", '{"events": []}'),
            ("crm_lead_audit_finding", finding, "severity", "note"),
            ("crm_lead_audit_finding", finding, "facts", '{"days": 1}'),
        ):
            with self.subTest(column=column):
                savepoint = self.env.cr.savepoint()
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        value,
                        record.id,
                    )
                )
                self.env.invalidate_all()
                self.assertEqual(Audit._verify(), audit)
                savepoint.close(rollback=True)
                self.env.invalidate_all()
        self.assertFalse(Audit._verify(audit + other))

    def test_what_goes_is_no_forgery(self):
        """Deleting a reason, or a team, breaks no seal; nor does a lesson."""
        audit = self._drop(self._lead())
        audit.with_user(self.user_seller).lesson = "Call first"
        audit.with_user(self.user_manager).action_read()
        audit.lead_id.action_unarchive()
        self.reason.unlink()
        self.assertFalse(audit.lost_reason_id)
        self.assertFalse(self.env["crm.lead.audit"]._verify(audit))

    def test_of_whom(self):
        """A colleague's audit is refused, as his lead is; only the lesson is written."""
        audit = self._drop(self._lead())
        mine = audit.with_user(self.user_seller)
        self.assertTrue(mine.finding_ids[0].sentence)
        mine.lesson = "Ask for the budget"
        for vals in (
            {"state": "read"},
            {"amount": 1},
            {"lesson": "x", "outcome": "won"},
        ):
            with self.assertRaises(AccessError, msg=vals):
                mine.write(vals)
        with self.assertRaises(AccessError):
            mine.action_read()
        with self.assertRaises(AccessError):
            mine.unlink()
        theirs = audit.with_user(self.user_colleague)
        for call in (
            lambda: theirs.read(["days"]),
            lambda: theirs.write({"lesson": "x"}),
            lambda: theirs.finding_ids.read(["code"]),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(theirs.search([("lead_id", "=", audit.lead_id.id)]))
        self.assertFalse(
            self.env["crm.lead.audit.finding"]
            .with_user(self.user_colleague)
            .search([("lead_id", "=", audit.lead_id.id)])
        )
        audit.with_user(self.user_manager).action_read()
        self.assertEqual((audit.state, audit.read_by_id), ("read", self.user_manager))

    def test_another_company(self):
        audit = self._drop(self._lead())
        other = self.env["res.company"].create({"name": "Elsewhere"})
        audit.lead_id.sudo().write(
            {"company_id": other.id, "user_id": False, "team_id": False}
        )
        for user in (self.user_manager, self.user_all):
            with self.assertRaises(AccessError):
                audit.with_user(user).read(["days"])

    def test_it_goes_with_its_lead(self):
        """Who is deleted, or merged into another, takes the verdict along."""
        lead, other = self._lead(), self._lead(email_from="ann@shop.example")
        gone = self._drop(lead)
        lead.unlink()
        self.assertFalse(gone.exists())
        kept = self._drop(other)
        kept_again = self._lead(email_from="ann@shop.example")
        other.action_unarchive()
        (kept_again + other).merge_opportunity()
        survivor = (kept_again + other).exists()
        self.assertEqual(len(survivor), 1)
        self.assertEqual(bool(kept.exists()), survivor == other)

    def test_it_keeps_no_word_of_a_person(self):
        """Who is made anonymous is found in no audit of his lead."""
        lead = self._lead(contact_name="Ann Secret", email_from="ann@secret.example")
        self._touch(lead, 3, "email", "in", summary="Ann Secret wants a roof")
        said = "Ann Secret called"
        lead.message_post(body=said, message_type="comment")
        audit = self._drop(lead)
        row = audit.read()[0]
        row |= {"findings": audit.finding_ids.read(["code", "facts"])}
        row.pop("lead_id")
        row.pop("display_name")
        self.assertNotIn("secret", str(row).lower())
        self.assertTrue(audit.snapshot["events"])

    def test_one_that_fails_holds_up_no_other(self):
        """What cannot be built waits with its reason."""
        bad, good = self._lead(), self._lead()
        for lead in (bad, good):
            lead.action_set_lost()
        audits = self._audits(bad) + self._audits(good)
        Audit = self.env.registry["crm.lead.audit"]
        values = Audit._values

        def fails(audit, *known):
            if audit.lead_id == bad:
                raise ValueError("broken on purpose")
            return values(audit, *known)

        self.patch(Audit, "_values", fails)
        with self.assertLogs("odoo.addons.crm_lead_management", "ERROR"):
            self.assertEqual(self.env["crm.lead.audit"]._build(audits), 1)
        self.assertEqual(audits.mapped("state"), ["to_build", "built"])
        self.assertIn("on purpose", audits[0].problem)
        self.patch(Audit, "_values", values)
        self.assertEqual(self.env["crm.lead.audit"]._build(audits), 1)
        self.assertEqual(set(audits.mapped("state")), {"built"})
        self.assertFalse(audits[0].problem)

    def test_as_many_statements_for_any_number(self):
        def closing(size):
            leads = self.env["crm.lead"].concat(*(self._lead() for _n in range(size)))
            return lambda: leads.with_user(self.user_manager).action_set_lost(
                lost_reason_id=self.reason.id
            )

        self.assertSameQueryCount(closing, 5, 40)

        def building(size):
            leads = self.env["crm.lead"].concat(*(self._lead() for _n in range(size)))
            leads.action_set_lost(lost_reason_id=self.reason.id)
            audits = self.env["crm.lead.audit"].search([("lead_id", "in", leads.ids)])
            return lambda: self.env["crm.lead.audit"]._build(audits)

        self.assertSameQueryCount(building, 5, 40)

    def test_a_failing_audit_stops_no_closing(self):
        def fails(*_args):
            raise ValueError("broken on purpose")

        self.patch(self.env.registry["crm.lead.audit"], "_open", fails)
        lead = self._lead()
        with self.assertLogs("odoo.addons.crm_lead_management", "ERROR"):
            lead.action_set_lost()
        self.assertEqual(lead.won_status, "lost")

    def test_the_job(self):
        """Off until a lead is closed; it builds what waits, and again nothing."""
        cron = self.env.ref("crm_lead_management.ir_cron_build_audits")
        self.env.ref("crm_lead_management.ir_cron_build_audits").active = False
        lead = self._lead()
        lead.action_set_lost()
        self.assertTrue(cron.active)
        progress = patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=9
        )
        with progress:
            self.env["crm.lead.audit"]._cron_build()
        audit = self._audits(lead)
        self.assertEqual(audit.state, "built")
        seal = audit.digest
        with progress:
            self.env["crm.lead.audit"]._cron_build()
        self.assertEqual((audit.digest, len(self._audits(lead))), (seal, 1))

    def test_printed(self):
        """One page, in the language of the reader."""
        audit = self._drop(self._lead())
        for code, words in (
            ("en_US", "What we learn"),
            ("ar_001", None),
            ("tr_TR", None),
        ):
            self.env["res.lang"]._activate_lang(code)
            if code != "en_US":
                self.env["ir.module.module"]._load_module_terms(
                    ["crm_lead_management"], [code]
                )
            self.user_seller.lang = code
            html, _type = (
                self.env["ir.actions.report"]
                .with_user(self.user_seller)
                ._render_qweb_html(
                    "crm_lead_management.crm_lead_audit_document", audit.ids
                )
            )
            text = html.decode()
            self.assertIn(words or audit.lead_id.name, text)
            self.assertEqual('dir="rtl"' in text, code == "ar_001")
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(
                self.user_colleague
            )._render_qweb_html(
                "crm_lead_management.crm_lead_audit_document", audit.ids
            )


@tagged("post_install", "-at_install")
class TestAuditFindings(AuditCase):
    """A lead made for each finding, and one beside it for which it does not hold."""

    def _codes(self, audit):
        return audit.finding_ids.mapped("code")

    def test_answered_late(self):
        lead = self._lead()
        deadline = NOW - timedelta(days=20)
        self._store(
            lead,
            response_deadline=deadline,
            first_response_on=deadline + timedelta(minutes=90),
        )
        audit = self._drop(lead)
        self.assertIn("answered_late", self._codes(audit))
        found = audit.finding_ids.filtered(lambda f: f.code == "answered_late")
        self.assertEqual(found.facts, {"minutes": 90})
        self.assertIn("90", found.sentence)
        timely = self._lead()
        self._store(timely, response_deadline=deadline, first_response_on=deadline)
        audit = self._drop(timely)
        self.assertNotIn("answered_late", self._codes(audit))
        self.assertTrue(audit.in_time)

    def test_never_answered(self):
        late, wrote, quick = self._lead(), self._lead(), self._lead(days=0)
        self._store(late, response_deadline=NOW - timedelta(days=9))
        self._touch(wrote, 20, "form", "in")
        self._store(quick, response_deadline=NOW + timedelta(hours=1))
        self.assertIn("never_answered", self._codes(self._drop(late)))
        self.assertIn("never_answered", self._codes(self._drop(wrote)))
        self.assertNotIn("never_answered", self._codes(self._drop(quick)))

    def _offer(self, lead, days):
        with freeze_time(NOW - timedelta(days=days)):
            lead.sudo().stage_id = self.stages["negotiation"]

    def test_no_call_before_offer(self):
        cold, warm = self._lead(), self._lead()
        self._touch(warm, 20, outcome="talked")
        for lead in (cold, warm):
            self._offer(lead, 10)
            self._touch(lead, 5, outcome="talked")
        self.assertIn("no_call_before_offer", self._codes(self._drop(cold)))
        self.assertNotIn("no_call_before_offer", self._codes(self._drop(warm)))

    def test_no_touch_after_offer(self):
        left, kept = self._lead(), self._lead()
        for lead in (left, kept):
            self._touch(lead, 20, outcome="talked")
            self._offer(lead, 10)
        self._touch(kept, 5, "email")
        self.assertIn("no_touch_after_offer", self._codes(self._drop(left)))
        self.assertNotIn("no_touch_after_offer", self._codes(self._drop(kept)))

    def test_silence(self):
        silent, busy = self._lead(), self._lead()
        self._talks(busy)
        self._touch(silent, 14, outcome="talked")
        self.assertIn("silence", self._codes(self._drop(silent)))
        self.assertNotIn("silence", self._codes(self._drop(busy)))

    def test_no_next_step(self):
        unplanned, planned = self._lead(), self._lead()
        self._plan(planned)
        self.assertIn("no_next_step", self._codes(self._drop(unplanned)))
        self.assertNotIn("no_next_step", self._codes(self._drop(planned)))

    def test_missed_duty(self):
        lead = self._lead()
        values = {"lead_id": lead.id, "kind": "duty", "user_id": self.user_seller.id}
        values |= {
            "planned_on": NOW - timedelta(days=9),
            "due_on": NOW - timedelta(days=5),
        }
        self.env["crm.lead.followup"].create(
            [
                {**values, "duty": "offer", "key": "a", "state": "missed"},
                {**values, "duty": "needs_call", "key": "b", "state": "done"},
            ]
        )
        audit = self._drop(lead)
        self.assertIn("missed_duty", self._codes(audit))
        self.assertEqual((audit.steps_due, audit.steps_in_time), (2, 1))
        found = audit.finding_ids.filtered(lambda f: f.code == "missed_duty")
        self.assertIn("Make an offer", found.sentence)
        self.assertNotIn("needs", found.sentence)

    def test_many_owners(self):
        lead, few = self._lead(), self._lead()
        for one, users in (
            (lead, (self.user_colleague, self.user_all, self.user_seller)),
            (few, (self.user_colleague, self.user_seller)),
        ):
            self.env["crm.lead.routing.log"].create(
                [
                    {"lead_id": one.id, "to_user_id": user.id, "mode": "manual"}
                    for user in users
                ]
            )
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead_routing_log SET create_date = %s WHERE lead_id = %s",
                    NOW - timedelta(days=3),
                    one.id,
                )
            )
        self.assertIn("many_owners", self._codes(self._drop(lead)))
        self.assertNotIn("many_owners", self._codes(self._drop(few)))

    def test_dropped_untouched(self):
        untouched, tried = self._lead(), self._lead()
        self._touch(tried, 3, "call", "internal", outcome="no_answer")
        self.assertIn("dropped_untouched", self._codes(self._drop(untouched)))
        self.assertNotIn("dropped_untouched", self._codes(self._drop(tried)))

    def test_grades(self):
        for grade, win, code, is_found in (
            (4, False, "dropped_good_grade", True),
            (3, False, "dropped_good_grade", False),
            (2, True, "won_bad_grade", True),
            (3, True, "won_bad_grade", False),
            (0, True, "won_bad_grade", False),
        ):
            with self.subTest(grade=grade, win=win):
                lead = self._lead()
                self._store(lead, lead_grade=grade)
                audit = self._win(lead) if win else self._drop(lead)
                self.assertEqual(code in self._codes(audit), is_found)

    def test_unqualified_but_passed(self):
        for state, is_found in (("passed", True), ("failed", False)):
            lead = self._lead()
            self._store(lead, qualification_state=state)
            lead.with_user(self.user_manager).stage_id = self.stages["unqualified"]
            audit = self._audits(lead)
            self.env["crm.lead.audit"]._build(audit)
            found = "unqualified_but_passed" in self._codes(audit)
            self.assertEqual(found, is_found)

    def test_stage_skipped(self):
        skipping, walking = self._lead(), self._lead()
        for days, role in ((20, "contacted"), (15, "qualified"), (9, "negotiation")):
            with freeze_time(NOW - timedelta(days=days)):
                walking.sudo().stage_id = self.stages[role]
        with freeze_time(NOW - timedelta(days=9)):
            skipping.sudo().stage_id = self.stages["negotiation"]
        audit = self._win(skipping)
        found = audit.finding_ids.filtered(lambda f: f.code == "stage_skipped")
        self.assertEqual(found.facts, {"roles": ["contacted", "qualified"]})
        self.assertNotIn("stage_skipped", self._codes(self._win(walking)))

    def test_gate_overridden(self):
        lead = self._lead()
        self.env["crm.lead.stage.log"]._record(
            [(lead.id, self.stages["open"].id, self.stages["contacted"].id)],
            overrides=lead.ids,
            reason="They are in a hurry",
        )
        self.assertIn("gate_overridden", self._codes(self._drop(lead)))
        self.assertNotIn("gate_overridden", self._codes(self._drop(self._lead())))

    def test_impersonal_only(self):
        robot, person = self._lead(), self._lead()
        for lead in (robot, person):
            self._touch(lead, 9, "email", is_human=False)
        self._touch(person, 8, "email")
        self.assertIn("impersonal_only", self._codes(self._drop(robot)))
        self.assertNotIn("impersonal_only", self._codes(self._drop(person)))

    def test_no_reason(self):
        self.assertIn("no_reason", self._codes(self._drop(self._lead(), reason=False)))
        self.assertNotIn("no_reason", self._codes(self._drop(self._lead())))

    def test_duplicate_alive(self):
        lead = self._lead(email_from="ann@shop.example")
        other = self._lead(email_from="Ann@Shop.example")
        audit = self._drop(lead)
        self.assertIn("duplicate_alive", self._codes(audit))
        self.assertNotIn("duplicate_alive", self._codes(self._drop(other)))

    def test_each_has_a_test_and_a_sentence(self):
        """Whoever adds a finding is asked for both."""
        from ...models.insight.audit import findings

        tested = {
            *("answered_late", "never_answered", "no_call_before_offer"),
            *("no_touch_after_offer", "silence", "no_next_step", "missed_duty"),
            *(
                "many_owners",
                "dropped_untouched",
                "dropped_good_grade",
                "won_bad_grade",
            ),
            *("unqualified_but_passed", "stage_skipped", "gate_overridden"),
            *("impersonal_only", "no_reason", "duplicate_alive"),
        }
        self.assertEqual(set(findings.BY_CODE), tested)
        figures = {"minutes": 1, "days": 1, "most": 1, "duties": ["offer"], "count": 1}
        figures |= {"grade": 1, "roles": ["open"], "lead_id": 1}
        for code in tested:
            self.assertTrue(findings.say(self.env, code, figures), code)
        self.assertEqual(findings.say(self.env, "of_before", None), "of_before")
