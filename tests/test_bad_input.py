# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.scoring.grading.points import Points
from .common import LeadCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
RULES = "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"
# Fails in the database only, and only where it is compared with a text that begins so.
BREAKS = r"[('function', '=like', 'CEO\\')]"
CEO = {"name": "Lead", "function": "CEO of all"}


@tagged("post_install", "-at_install")
class TestBadInput(LeadCommon):
    """Whatever fails on the way of a lead, it is saved, and the others have their say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_creator_keeps = False
        cls.env["crm.routing.rule"].create(
            {"name": "all", "method": "fixed", "user_id": cls.user_seller.id}
        )
        rules = [
            (
                0,
                0,
                {"name": "big", "points": 90, "domain": "[('company_size', '>', 9)]"},
            )
        ]
        cls.env["crm.scorecard"].create(
            {"name": "Card", "state": "live", "rule_ids": rules}
        )
        cls.leads = cls.env["crm.lead"].with_user(cls.user_all)
        cls.heard = []

    # === RULES THAT BREAK IN THE DATABASE === #

    def _broken_rules(self):
        """Make a rule of each kind that will break, each beside a sound one."""
        both = [("Sound", "[('function', '!=', False)]"), ("Breaks", BREAKS)]
        rules = [{"name": name, "domain": domain} for name, domain in both]
        make = {
            name: self.env[name].with_user(self.user_manager).create
            for name in ("crm.segment", "crm.persona", "crm.scorecard", "crm.qualifier")
        }
        broken = [make["crm.segment"](rules)[1]]
        lines = [(0, 0, rule) for rule in rules]
        persona = make["crm.persona"]({"name": "P", "criterion_ids": lines})
        broken.append(persona.criterion_ids[1])
        self.env["crm.scorecard"].search([]).active = False
        lines = [(0, 0, {**rule, "points": 7}) for rule in rules]
        card = make["crm.scorecard"]({"name": "C", "state": "live", "rule_ids": lines})
        broken.append(card.rule_ids[1])
        rules = [{**rule, "kind": "fact", "on_mismatch": "fail"} for rule in rules]
        broken.append(make["crm.qualifier"](rules)[1])
        user = {"method": "fixed", "user_id": self.user_colleague.id, "sequence": 1}
        routing = self.env["crm.routing.rule"].with_user(self.user_manager)
        broken.append(routing.create({**user, "name": "Breaks", "domain": BREAKS}))
        return [rule.sudo() for rule in broken], persona

    def _check_broken(self, leads, broken, persona):
        for rule in broken:
            self.assertFalse(rule.active, rule)
            self.assertIn("escape", rule.broken_reason, rule)
            notice = self.env["mail.message"].search(
                [("model", "=", rule._name), ("res_id", "=", rule.id)]
            )
            self.assertEqual(len(notice), 1, rule)
        for lead in leads.sudo():
            self.assertEqual(lead.persona_id, persona)
            self.assertEqual(lead.segment_ids.mapped("name"), ["Sound"])
            self.assertEqual(lead.qualification_state, "passed")
            self.assertEqual(lead.lead_points, 7)

    def test_rules_that_break_when_leads_are_created(self):
        broken, persona = self._broken_rules()
        with mute_logger(RULES, GUARD, "odoo.sql_db"):
            leads = self.leads.create([CEO] * 3)
        self._check_broken(leads, broken, persona)
        self.assertEqual(leads.sudo().user_id, self.user_seller)

    def test_rules_that_break_when_a_lead_is_saved(self):
        broken, persona = self._broken_rules()
        leads = self.leads.create([{"name": "Lead"}] * 2)
        self.assertTrue(all(rule.active for rule in broken))
        broken.pop()  # saving routes nobody
        with mute_logger(RULES, GUARD, "odoo.sql_db"):
            leads.write({"function": CEO["function"], "city": "Kept"})
        self._check_broken(leads, broken, persona)
        self.env.invalidate_all()
        self.assertEqual(leads.mapped("city"), ["Kept", "Kept"])

    def test_rules_that_break_in_the_middle_of_the_night(self):
        broken, persona = self._broken_rules()
        broken.pop()
        self.env["crm.lead"].search([]).action_archive()
        skip = self.leads.with_context(crm_lead_management_skip=True)
        leads = skip.create([CEO] * 3 + [{"name": "Other"}])
        self.env["crm.lead.batch"]._start()
        cron = self.env.ref("crm_lead_management.ir_cron_evaluate_leads")
        with (
            mute_logger(RULES),
            self.assertNoLogs(GUARD, "ERROR"),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self._check_broken(leads[:3], broken, persona)
        self.assertFalse(leads[3].sudo().persona_id)
        self.assertEqual(leads[3].sudo().qualification_state, "failed")

    def test_rules_that_break_when_they_are_only_asked(self):
        broken, _persona = self._broken_rules()
        skip = self.leads.with_context(crm_lead_management_skip=True)
        lead = skip.create(CEO).sudo()
        lead.city = "Typed"
        with mute_logger(RULES):
            for rule in broken:
                if rule._name != "crm.qualifier":
                    rule._rule_match(lead)
            marks = self.env["crm.qualifier.engine"]._marks(lead)
            points = self.env["crm.score.engine"]._points(lead, broken[2].scorecard_id)
            explained = self.env["crm.score.engine"]._explain(
                lead, broken[2].scorecard_id
            )
        self.assertFalse(any(rule.active for rule in broken))
        self.assertEqual(list(marks[lead.id].values()), ["pass"])
        self.assertEqual(points[lead.id], 7)
        self.assertEqual([part["points"] for part in explained], [7])
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(lead.city, "Typed")

    def test_an_error_of_an_engine_itself_blames_no_rule(self):
        """Where all rules are sound nothing is switched off, and the error is heard."""
        self._broken_rules()
        lead = self.leads.create({"name": "Lead"})
        broken = patch.object(Points, "total", lambda *args: "1 / 0")
        with broken, mute_logger(RULES, GUARD, "odoo.sql_db"):
            self.env["crm.config.mixin"]._crm_changed()
            lead.write({"function": "CFO"})
        rules = self.env["crm.scorecard.rule"].with_context(active_test=False)
        found = rules.search([("scorecard_id.name", "=", "C")])
        self.assertEqual(found.mapped("active"), [True, True])
        self.assertEqual(lead.function, "CFO")
        self.assertEqual(lead.sudo().segment_ids.mapped("name"), ["Sound"])

    # === STATIONS THAT RAISE === #

    def _stations(self, method, behave):
        """Patch stations: follow-up does ``behave``; activity, after it, listens."""

        def hear(_station, leads, *args):
            self.heard.append(leads.ids)
            return {} if method == "_evaluate" else None

        stations = []
        for name, act in (("followup", behave), ("activity", hear)):
            station = type(self.env[f"crm.{name}.station"])
            stations += [
                patch.object(station, method, act),
                patch.object(station, "_cares", lambda self: {}),
            ]
        if method == "_evaluate":
            for name in ("followup", "activity"):
                station = type(self.env[f"crm.{name}.station"])
                reads = patch.object(station, "_reads", lambda self: {"company_size"})
                stations.append(reads)
        return stations

    @contextmanager
    def _breaking(self, method, error=None):
        """Have one station raise at an event, after it has written and told somebody."""
        calls = []

        def fail(_station, leads, *args):
            calls.append(leads.ids)
            leads = leads.sudo()
            leads.with_context(crm_lead_management_skip=True).city = "Half done"
            leads.env.flush_all()
            leads[:1].message_notify(
                partner_ids=self.user_all.partner_id.ids, body="Gone"
            )
            leads.env["bus.bus"]._sendone("gone", "gone", {})
            raise error or RuntimeError("broken")

        patches = self._stations(method, fail)
        for patcher in patches:
            patcher.start()
        self.heard.clear()
        self.env["crm.config.mixin"]._crm_changed()
        try:
            with mute_logger(GUARD):
                yield calls
        finally:
            for patcher in patches:
                patcher.stop()
            self.env["crm.config.mixin"]._crm_changed()

    def _assert_taken_back(self, leads, calls):
        """The station was asked, and nothing is left of it; the next one heard as well."""
        self.assertTrue(calls)
        self.assertIn(leads.ids, self.heard)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNotIn("Half done", leads.sudo().mapped("city"))
        messages = self.env["mail.message"].search([("res_id", "in", leads.ids)])
        self.assertNotIn("Gone", "".join(messages.mapped("body")))
        self.cr.precommit.run()
        told = self.env["bus.bus"].search([("channel", "like", '"gone"')])
        self.assertFalse(told)

    def _call(self, lead):
        return {
            "lead_id": lead.id,
            "kind": "call",
            "direction": "out",
            "is_human": True,
        }

    def test_created(self):
        for method in ("_evaluate", "_on_created", "_on_moved", "_on_assigned"):
            with self.subTest(method), self._breaking(method) as calls:
                leads = self.leads.create([{"name": "L", "company_size": 10}] * 2)
                self._assert_taken_back(leads, calls)
                self.assertEqual(leads.sudo().user_id, self.user_seller)
                self.assertEqual(leads.sudo().mapped("lead_grade"), [5, 5])
                self.assertEqual(len(leads.sudo().stage_log_ids), 2)
                self.assertEqual(len(leads.sudo().routing_log_ids), 2)

    def test_written(self):
        for method in ("_evaluate", "_on_written"):
            lead = self.leads.create({"name": "L"})
            with self.subTest(method), self._breaking(method) as calls:
                lead.write({"company_size": 10, "contact_name": "Ann"})
                self._assert_taken_back(lead, calls)
                self.assertEqual((lead.contact_name, lead.lead_grade), ("Ann", 5))

    def test_moved_and_closed(self):
        stage = self.env["crm.stage"].create({"name": "Later", "sequence": 90})
        for skip in (False, True):
            for method, vals in (
                ("_on_moved", {"stage_id": stage.id}),
                ("_on_closed", {"active": False}),
            ):
                lead = self.leads.create({"name": "L"})
                lead = lead.with_context(crm_lead_management_skip=skip)
                with self.subTest(method, skip=skip), self._breaking(method) as calls:
                    lead.write({**vals, "contact_name": "Ann"})
                    self._assert_taken_back(lead, calls)
                    self.assertEqual(lead.contact_name, "Ann")
                    self.assertEqual(lead.active, "active" not in vals)
                    if "stage_id" in vals:
                        self.assertEqual(
                            lead.sudo().stage_log_ids[0].to_stage_id, stage
                        )

    def test_touched(self):
        lead = self.leads.create({"name": "L"})
        with self._breaking("_on_touched") as calls:
            touchpoint = self.env["crm.touchpoint"]._record([self._call(lead)])
            self._assert_taken_back(lead, calls)
        self.assertTrue(touchpoint.exists())

    def test_graded(self):
        scoring = type(self.env["crm.scoring.station"])
        cares = patch.object(scoring, "_cares", lambda self: {})
        with cares, self._breaking("_on_graded") as calls:
            lead = self.leads.create({"name": "L", "company_size": 10})
            self._assert_taken_back(lead, calls)
            self.assertEqual(lead.lead_grade, 5)
            self.assertEqual(lead.sudo().grade_log_ids.to_grade, 5)

    def test_merged(self):
        """What a station could not take along would be deleted: the merge is refused."""
        leads = self.leads.create([{"name": "One"}, {"name": "Two"}])
        with (
            self._breaking("_on_merged"),
            self.assertRaisesRegex(RuntimeError, "broken"),
        ):
            leads.sudo().merge_opportunity()
        self.assertEqual(leads.exists(), leads)

    def test_what_a_person_does_wrong_is_said(self):
        """Before and after a write stations may refuse; that is no failure of theirs."""
        lead = self.leads.create({"name": "L"})
        station, text = type(self.env["crm.activity.station"]), "Not so"

        def refuse(*args):
            raise UserError(text)

        def note(_station, _leads, _vals, state):
            state["activity"] = True

        for acts in (
            {"_before_write": refuse},
            {
                "_before_write": note,
                "_on_written": lambda *args: None,
                "_after_write": refuse,
            },
        ):
            with patch.multiple(station, **acts):
                self.env["crm.config.mixin"]._crm_changed()
                with self.assertRaisesRegex(UserError, "Not so"):
                    lead.write({"company_size": 3})
            self.env["crm.config.mixin"]._crm_changed()

    # === TRACKING === #

    def test_what_waited_to_be_tracked_is_not_lost(self):
        """Who typed what stays on record, also where a station fails in the same moment."""
        lead = self.leads.with_context(tracking_disable=False).create({"name": "L"})
        self.env.flush_all()
        self.cr.precommit.run()
        lead.email_from = "ann@mail.example"
        with self._breaking("_on_written") as calls:
            lead.write({"company_size": 10, "priority": "2"})
            self.assertTrue(calls)
        self.env.flush_all()
        self.cr.precommit.run()
        tracked = lead.sudo().message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertIn("email_from", tracked)
        self.assertEqual(tracked.count("email_from"), 1)

    # === NUMBERS === #

    def test_numbers_of_the_setup_have_a_limit(self):
        """The largest number that a form takes stopped leads, lists, and the letterbox."""
        mixin = self.env.registry["crm.carried.mixin"]
        policy = self.env["crm.followup.policy"].create({"name": "P"})
        self.env["crm.followup.step"].create(
            {"name": "S", "policy_id": policy.id, "kind": "targeted"}
        )
        self.env["crm.intake.source"].create({"name": "Door", "kind": "web"})
        track = self.env["crm.nurture.track"].create({"name": "T"})
        self.env["crm.nurture.step"].create(
            {"track_id": track.id, "kind": "task", "name": "Call"}
        )
        self.env["crm.stage.dormancy"].create(
            {"name": "D", "stage_id": self.env["crm.stage"].search([], limit=1).id}
        )
        tried = 0
        for name, model in self.env.registry.items():
            if not issubclass(model, mixin) or model._abstract:
                continue
            record = self.env[name].with_context(active_test=False).search([], limit=1)
            for field in record._carried_numbers() if record else ():
                with self.subTest(f"{name}.{field}"):
                    with self.assertRaises(UserError):
                        record.write({field: 2**31 - 1})
                        self.env.flush_all()
                    tried += 1
        self.assertGreater(tried, 20)
        with self.assertRaisesRegex(ValidationError, "too large"):
            policy.neglect_days = 600_000
        policy.write({"neglect_days": 500_000, "active": True})
        leads = self.leads.with_user(self.user_manager)
        self.assertFalse(leads.search_count([("is_neglected", "=", True)]))
