# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import RoutingCommon

ACTIONS = "odoo.addons.crm_lead_management.models.routing.crm_lead_actions.AT_ONCE"


@tagged("post_install", "-at_install")
class TestFaultsTurns(RoutingCommon):
    """Turns that are given back, leads that are left alone, skills, and routing that is off."""

    def _new(self, **values):
        leads = self.env["crm.lead"].with_user(1).with_context(default_user_id=False)
        return leads.create({"name": "Lead", **values}).sudo()

    # === A LEAD THAT WAS NONE === #

    def test_a_junk_lead_gives_the_turn_back(self):
        """Market 55: who got spam in turn gets another one before the others do."""
        self._make_rule()
        junk = self.env["crm.lost.reason"].create(
            {"name": "Spam", "routing_gives_back": True}
        )
        leads = [self._new() for _turn in range(4)]
        self.assertEqual([lead.user_id for lead in leads], list(self.pool))
        spam = leads[1]
        spam.with_user(self.user_manager).action_set_lost(lost_reason_id=junk.id)
        member = self.members[1]
        self.assertEqual(member.routing_credit, 1)
        spam.lost_reason_id = junk
        self.assertEqual(member.routing_credit, 1, "once only")
        preview = self.engine._preview(self._make_waiting())
        self.assertEqual(preview[0]["to_user_id"], self.pool[1].id)
        self.assertEqual(member.routing_credit, 1, "looked at only")
        owed = self._new()
        self.assertEqual(owed.user_id, self.pool[1])
        self.assertIn("is owed a lead", owed.routing_reason)
        self.assertEqual(member.routing_credit, 0)
        after = [self._new().user_id for _turn in range(4)]
        self.assertEqual(after, list(self.pool), "nobody lost his turn by it")

    def test_other_lost_leads_count(self):
        """Market 55: a lead that was lost, or given by hand, or long ago, had its turn."""
        self._make_rule()
        reasons = self.env["crm.lost.reason"].create(
            [{"name": "Price"}, {"name": "Spam", "routing_gives_back": True}]
        )
        price, by_hand, late = (self._new() for _turn in range(3))
        price.action_set_lost(lost_reason_id=reasons[0].id)
        by_hand.user_id = self.pool[3]
        by_hand.action_set_lost(lost_reason_id=reasons[1].id)
        late.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead_routing_log SET create_date = %s WHERE lead_id = %s",
            [fields.Datetime.now() - timedelta(days=31), late.id],
        )
        self.env.invalidate_all()
        late.action_set_lost(lost_reason_id=reasons[1].id)
        self.assertEqual(set(self.members.mapped("routing_credit")), {0})

    def test_tests_of_advertising_platforms_are_left_alone(self):
        """C59: no turn, no clock, nobody is told, no waiting."""
        self._make_rule()
        self.env["crm.routing.policy"].create({"name": "1h", "minutes": 60})
        dummy = "<test lead: dummy data for full_name>"
        test = self._new(contact_name=dummy, email_from="test@fb.com")
        own = self.env["crm.lead"].create({"name": dummy})
        for lead in test + own:
            self.assertFalse(lead.routing_log_ids)
            self.assertFalse(lead.routing_waiting_since)
            self.assertFalse(lead.routing_next_on)
        self.assertEqual(self._new().user_id, self.pool[0], "the first turn")

    # === SKILLS IN WORDS === #

    def test_job_title_and_channel(self):
        """R238, R241: whom a member deals with well, and how he likes to talk."""
        self.members[0].routing_titles = "CFO, Head of Purchasing"
        self.members[1].routing_titles = "Direktör"
        self.members[2].routing_channels = "whatsapp, phone"
        self._make_rule(match_title=True, match_channel=True)
        for function, channel, able in (
            ("Deputy head of purchasing", False, [0]),
            ("SATIŞ DİREKTÖR", False, [1]),
            (False, "whatsapp", [2]),
            ("Direktör", "phone", []),
            (False, False, [0, 1, 2, 3]),
        ):
            with self.subTest(function=function, channel=channel):
                lead = self._make_waiting(function=function, preferred_channel=channel)
                found = self.engine._preview(lead)[0]["candidates"]
                passed = [
                    row["user_id"]
                    for row in found
                    if row["rule"] == "Pool in turn" and row["passed"]
                ]
                self.assertEqual(passed, [self.pool[at].id for at in able])
        with self.assertRaisesRegex(ValidationError, "pigeon"):
            self.members[0].routing_channels = "pigeon"

    # === ANY NUMBER, AND OFF === #

    def test_a_selection_means_the_same_at_any_number(self):
        """Fault 34: leads with an owner are routed as well where there are many."""
        self._make_rule()
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        leads = self._make_waiting(6, user_id=self.user_seller.id)
        leads[5].stage_id = won
        with patch(ACTIONS, 3):
            leads.with_user(self.user_manager).action_route()
        self.assertEqual(leads.user_id, self.user_seller)
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=9):
            self.env["crm.routing.waiting"]._route()
        self.assertEqual(set(leads[:5].user_id), set(self.pool))
        self.assertEqual(leads[5].user_id, self.user_seller)
        self.assertFalse(any(leads.mapped("routing_asked_on")))
        self.assertEqual(leads.routing_log_ids.mapped("mode"), ["manual"] * 5)

    def test_nothing_is_taken_from_anybody_where_routing_is_off(self):
        """K2: a policy is on, the last rule was switched off: warned, and that is all."""
        rule = self._make_rule()
        self.env["crm.routing.policy"].create(
            {
                "name": "1h",
                "minutes": 60,
                "remind_at": 0,
                "warn_at": 0,
                "reroute_at": 100,
            }
        )
        lead = self._new()
        owner = lead.user_id
        self.assertEqual(lead.routing_next_step, "reroute")
        rule.active = False
        self.env["crm.routing.ladder"]._step_reroute(lead)
        self.assertEqual(lead.user_id, owner)
        self.assertFalse(lead.routing_next_on)
        warned = self.env["mail.message"].search(
            [
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", self.user_manager.partner_id.ids),
            ]
        )
        self.assertIn("not answered in time", " ".join(warned.mapped("subject")))

    # === BEFORE THE RULES === #

    def test_known_accounts_come_before_any_rule(self):
        """D11, U12: whatever the rule, where the company wants it; and it says so."""
        rule = self._make_rule()
        old = self._make_waiting(
            email_from="joe@acme-corp.example", user_id=self.user_seller.id
        )
        values = {"email_from": "ann@acme-corp.example"}
        self.assertEqual(self._new(**values).user_id, self.pool[0])
        self.company.lead_known_first = True
        old.flush_recordset()
        self.env["crm.lead"].search([("user_id", "=", self.pool[0].id)]).unlink()
        lead = self._new(**values)
        self.assertEqual(lead.user_id, self.user_seller)
        self.assertFalse(lead.routing_rule_id)
        self.assertIn("before any rule", lead.routing_reason)
        self.assertIn("Known accounts", lead.routing_story)
        # Strangers go on in turn, and so do leads of an owner who left.
        self.assertEqual(self._new(email_from="x@other.example").user_id, self.pool[1])
        self.user_seller.active = False
        after = self._new(**values)
        self.assertEqual(after.routing_rule_id, rule)
        self.assertIn(after.user_id, self.pool)

    def test_a_known_account_that_nobody_answered(self):
        """D11: the one who was late is not asked again."""
        self.company.lead_known_first = True
        self._make_rule()
        self._make_waiting(email_from="j@acme.example", user_id=self.pool[2].id)
        lead = self._new(email_from="a@acme.example")
        self.assertEqual(lead.user_id, self.pool[2])
        excluded = {lead.id: {self.pool[2].id}}
        self.engine._route(lead, mode="reroute", excluded=excluded)
        self.assertNotEqual(lead.user_id, self.pool[2])
        self.assertTrue(lead.routing_rule_id)

    def test_the_gate_filters(self):
        """R018: band leave, a list with the reason, and a way back."""
        self.env["crm.scorecard"].create(
            {
                "name": "Card",
                "state": "live",
                "rule_ids": [(0, 0, {"name": "All", "domain": "[]", "points": 90})],
            }
        )
        question = self.env["crm.qualifier"].create(
            {"name": "Fits", "kind": "yes_no", "importance": "knock_out"}
        )
        self.company.lead_set_aside = True
        self.company.lead_fallback_user_id = self.user_manager
        self._make_rule()
        self.env["crm.routing.policy"].create({"name": "1h", "minutes": 60})
        lead = self._new(company_size=9)
        self.assertEqual((lead.lead_band, lead.is_set_aside), ("focus", False))
        answers = self.env["crm.qualifier.answer"]
        answers.create(
            {"lead_id": lead.id, "qualifier_id": question.id, "value_yes_no": "no"}
        )
        self.assertEqual(lead.qualification_state, "failed")
        self.assertTrue(lead.is_set_aside)
        self.assertEqual(lead.lead_band, "leave")
        self.assertEqual(lead.lead_grade, 5, "graded for the record")
        self.assertFalse(lead.routing_next_on)
        self.assertIn("Fits", lead.knock_out_reason)
        self.assertIn("Fits: The answer was: No", lead.gate_reason)
        leads = self.env["crm.lead"]
        self.assertIn(lead, leads.search([("is_set_aside", "=", True)]))
        self.assertNotIn(lead, leads.search([("is_set_aside", "=", False)]))
        lead.with_user(self.user_manager).action_take_up()
        self.assertFalse(lead.is_set_aside)
        self.assertEqual(lead.lead_band, "focus")
        self.assertIn(lead.user_id, self.pool)
        self.assertTrue(lead.routing_next_on)
        self.assertIn("takes the lead up", str(lead.message_ids.mapped("body")))

    # === DRY RUN, FAIRNESS === #

    def _try(self, rule, **values):
        trials = self.env["crm.routing.trial"].with_user(self.user_manager)
        trial = trials.create({"rule_ids": rule.ids, **values})
        trial.action_try()
        return trial

    def test_dry_run_of_the_rules_as_they_are(self):
        """A18: in turn nobody is told that all would change; and who is away is said."""
        rule = self._make_rule()
        for _turn in range(7):
            self._new()
        self.pool[1].write(
            {
                "out_of_office_from": fields.Datetime.now() - timedelta(days=1),
                "out_of_office_to": fields.Datetime.now() + timedelta(days=5),
            }
        )
        theirs = self.env["crm.lead"].search([("user_id", "in", self.pool.ids)])
        trial = self._try(rule, count=7)
        absent = theirs.filtered(lambda lead: lead.user_id == self.pool[1])
        self.assertEqual(trial.changed, len(absent), "who is away loses his")
        row = trial.member_ids.filtered(lambda row: row.user_id == self.pool[1])
        self.assertIn("Away until", row.note)
        others = trial.member_ids - row
        self.assertFalse(any(others.mapped("note")))

    def test_dry_run_of_a_lead_that_is_typed_in(self):
        """D3: it is evaluated as any other, and gone afterwards."""
        self.env["crm.segment"].create(
            {"name": "Big", "domain": "[('company_size', '>', 100)]"}
        )
        self._make_rule(sequence=20)
        rule = self._make_rule(
            name="Big ones",
            method="fixed",
            user_id=self.pool[2].id,
            domain="[('segment_ids.name', '=', 'Big')]",
            sequence=1,
        )
        leads = self.env["crm.lead"].with_context(active_test=False)
        before = leads.search_count([])
        rules = self.env["crm.routing.rule"].search([])
        trial = self._try(rules, is_typed=True, company_size=500)
        self.assertEqual(trial.line_ids.to_user_id, self.pool[2])
        self.assertIn(rule.name, trial.line_ids.reason)
        small = self._try(rules, is_typed=True, company_size=5)
        self.assertIn("Pool in turn", small.line_ids.reason)
        # Said in words: there is no lead to show in a list.
        self.assertIn(self.pool[2].name, trial.typed_text)
        self.assertIn(rule.name, trial.typed_reason)
        self.assertEqual(leads.search_count([]), before)

    def test_fairness_adds_up(self):
        """A7: what rules gave and the fair share of it; by hand apart."""
        self._make_rule()
        for _turn in range(6):
            self._new()
        by_hand = self._new()
        by_hand.with_user(self.user_manager).user_id = self.pool[0]
        self.env.flush_all()
        rows = self.env["crm.routing.report"]._read_group(
            [("user_id", "in", self.pool.ids)],
            ["user_id"],
            ["by_rules:sum", "fair_share:sum", "difference:sum", "by_hand:sum"],
        )
        self.assertEqual(sum(row[1] for row in rows), 7)
        self.assertAlmostEqual(sum(row[2] for row in rows), 7)
        self.assertAlmostEqual(sum(row[3] for row in rows), 0)
        for _user, by_rules, share, difference, _by_hand in rows:
            self.assertAlmostEqual(by_rules - share, difference)
        self.assertEqual([row[4] for row in rows if row[0] == self.pool[0]], [1])

    def test_who_stands_in_has_limits_of_his_own(self):
        """U28: the substitute of who is away; the next one where he has reached his limit."""
        self._make_rule(method="fixed", user_id=self.pool[0].id, sequence=1)
        self._make_rule(sequence=20, member_ids=[(6, 0, self.members[3].ids)])
        self.pool[0].out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self.members[0].routing_substitute_id = self.pool[1]
        self.members[1].routing_substitute_id = self.pool[2]
        self.members[1].routing_cap_day = 1
        self.members[2].routing_cap_open = 2
        owners = [self._new().user_id for _lead in range(4)]
        wanted = [self.pool[1], self.pool[2], self.pool[2], self.pool[3]]
        self.assertEqual(owners, wanted)
        leads = self._make_waiting(2)
        self.env["crm.lead"].search([("user_id", "in", self.pool.ids)]).unlink()
        self.engine._route(leads)
        self.assertEqual(leads.mapped("user_id"), self.pool[1] + self.pool[2])
