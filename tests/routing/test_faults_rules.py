# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestFaultsRules(RoutingCommon):
    """What rules are for, who may take leads, and what others read of it."""

    def _new(self, **values):
        leads = self.env["crm.lead"].with_user(self.user_manager)
        return leads.create({"name": "New", **values}).sudo()

    # === EMPTIED RESTRICTIONS (K6) === #

    def _leaves(self, how):
        member = self.members[0]
        if how == "archived":
            member.active = False
        elif how == "deleted":
            member.unlink()
        else:
            self.pool[0].active = False

    def test_the_last_member_leaves(self):
        """Fault 10, C01: the rule is for nobody, warm and cold, and says so."""
        for how in ("archived", "deleted", "user"):
            with self.subTest(how=how), self.env.cr.savepoint() as savepoint:
                rule = self._make_rule(sequence=1, member_ids=self.members[0].ids)
                rest = self._make_rule(sequence=2, team_id=self.team_south.id)
                self.assertEqual(self._new().routing_rule_id, rule)
                self._leaves(how)
                for _warm in (True, False):
                    lead = self._new()
                    self.assertEqual(lead.routing_rule_id, rest)
                    tried = self._last_log(lead).rules_tried
                    self.assertIn(tried[0]["reason"], ("empty", "nobody"))
                    self.env.registry.clear_cache()
                    self.env.invalidate_all()
                if how != "user":
                    self.assertIn("Only Members", rule.emptied_reason)
                    self.assertTrue(rule.copy().emptied_reason)
                    rule.member_ids = [(5,)]
                    self.assertFalse(rule.emptied_reason)
                    self.assertEqual(self._new().routing_rule_id, rule)
                savepoint.rollback()
                self.env.invalidate_all()
                self.env.registry.clear_cache()

    def test_the_company_of_a_rule_goes(self):
        """K6: any relation of which the help says "Empty: all"."""
        company = self.env["res.company"].create({"name": "Short-lived"})
        rule = self._make_rule()
        rule.company_id = company
        self.assertFalse(rule.emptied_reason)
        company.active = False
        self.env.invalidate_all()
        self.assertTrue(rule.emptied_reason)
        self.assertNotIn(rule.id, [row.id for row in rule._rule_rows()])

    def test_every_relation_of_a_rule_goes_while_it_is_in_memory(self):
        """C06, K7: leads are created, saved, touched, scored and routed as before."""
        pointed = {
            "first_message_id": lambda: self.env["crm.message.template"].create(
                {"name": "Hello", "purpose": "introduction", "whatsapp_body": "Hello"}
            ),
            "server_action_id": lambda: self.env["ir.actions.server"].create(
                {
                    "name": "Nothing",
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "state": "code",
                    "code": "pass",
                }
            ),
            "coach_id": lambda: new_test_user(
                self.env, "lead_coach", "sales_team.group_sale_salesman"
            ),
            "member_ids": lambda: self.members[1],
            "extra_team_ids": lambda: self.env["crm.team"].create({"name": "Extra"}),
        }
        rules = self.env["crm.routing.rule"]
        for name, make in pointed.items():
            for how in ("archive", "delete"):
                if name not in rules._fields:
                    continue
                with self.subTest(name=name, how=how), self.env.cr.savepoint() as point:
                    record = make()
                    value = record.ids if name.endswith("ids") else record.id
                    self._make_rule(**{name: value})
                    self._new()
                    if how == "delete":
                        record.unlink()
                    elif "active" in record._fields:
                        record.active = False
                    lead = self._new()
                    lead.write({"name": "Saved"})
                    self.env["crm.touchpoint"]._record(
                        [{"lead_id": lead.id, "kind": "call", "direction": "in"}]
                    )
                    self.env["crm.score.engine"]._score(lead)
                    self.engine._route(lead)
                    self.env.flush_all()
                    self.assertTrue(lead.user_id)
                    point.rollback()
                    self.env.invalidate_all()
                    self.env.registry.clear_cache()

    # === TURNS, AND WHO MAY OPEN IT === #

    def test_lanes_do_not_collide(self):
        """Fault 17: any two parts of a pool have counters of their own."""
        langs = self.env["res.lang"]
        for code in ("fr_FR", "de_DE"):
            langs |= self.env["res.lang"]._activate_lang(code)
        self._make_rule(match_language=True)
        for first in range(1, 4):
            pairs = ({0, first}, {1, 2, 3} - {first})
            for pair, lang in zip(pairs, langs, strict=True):
                for place in pair:
                    self.members[place].routing_lang_ids = lang
            counts = dict.fromkeys(self.pool, 0)
            for _n in range(4):
                for lang in langs:
                    counts[self._new(lang_id=lang.id).user_id] += 1
            self.assertEqual(set(counts.values()), {2}, counts)

    def test_members_without_access_are_no_candidates(self):
        """D59: nor fallback owners, leaders, and fixed persons."""
        stranger = new_test_user(self.env, "lead_stranger", "base.group_user")
        rule = self._make_rule(method="fixed", user_id=stranger.id)
        self.company.lead_fallback_user_id = stranger
        self.team_pool.user_id = stranger
        lead = self._new(team_id=self.team_pool.id)
        self.assertNotEqual(lead.user_id, stranger)
        rule.write({"method": "round_robin", "team_id": self.team_pool.id})
        self.pool[0].group_ids = self.env.ref("base.group_user")
        owners = {self._new().user_id for _n in range(6)}
        self.assertEqual(owners, set(self.pool[1:]))
        people = self._last_log(self._new()).candidates
        self.assertIn("no_access", {person["reason"] for person in people})

    # === WHO READS WHAT (K20) === #

    def test_the_alarm_is_for_each_company(self):
        """Fault 30: a manager reads of the leads of her company only."""
        other = self.env["res.company"].create({"name": "Company B"})
        team_a, team_b = self.env["crm.team"].create(
            [
                {"name": "A", "company_id": self.company.id},
                {"name": "B", "company_id": other.id},
            ]
        )
        self._make_rule(team_id=team_a.id, company_id=self.company.id)
        self.env["crm.routing.rule"].create(
            {"name": "B", "team_id": team_b.id, "company_id": other.id}
        )
        leads = self.env["crm.lead"].with_context(
            default_user_id=False, tracking_disable=False
        )
        leads.create(
            [
                {
                    "name": "Lead of A",
                    "team_id": team_a.id,
                    "company_id": self.company.id,
                },
                {"name": "SECRET of B", "team_id": team_b.id, "company_id": other.id},
            ]
        )
        notices = self.env["mail.message"].search(
            [
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", self.user_manager.partner_id.ids),
            ]
        )
        self.assertTrue(any("Lead of A" in str(notice.body) for notice in notices))
        self.assertFalse(any("SECRET" in str(notice.body) for notice in notices))

    def test_the_reason_names_no_other_lead(self):
        """Fault 31, C43: it says how the account was recognised, not by which lead."""
        self._make_rule(method="account_owner", sequence=1)
        self._make_waiting(
            user_id=self.pool[0].id, email_from="boss@acme-corp.example"
        ).name = "SECRET takeover"
        lead = self._new(email_from="joe@acme-corp.example")
        self.assertEqual(lead.user_id, self.pool[0])
        log = self._last_log(lead)
        self.assertIn("same mail domain", log.reason)
        self.assertNotIn("SECRET", str(log.facts) + log.reason + str(log.story))

    # === LOGS (K24) === #

    def test_old_decisions_lose_their_tables_where_wished(self):
        """Fault 36: for ever by default; the reason stays."""
        self._make_rule()
        log = self._last_log(self._new())
        self.env.cr.execute(
            "UPDATE crm_lead_routing_log SET create_date = %s WHERE id = %s",
            ["2020-01-01", log.id],
        )
        self.env.invalidate_all()
        log._gc_details()
        self.assertTrue(log.judged)
        self.env["ir.config_parameter"].set_param(
            "crm_lead_management.routing_log_months", "12"
        )
        log._gc_details()
        self.assertFalse(log.judged)
        self.assertTrue(log.reason)

    def test_the_index_that_limits_need(self):
        """Fault 36: what somebody got lately is found by an index."""
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'crm_lead_routing_log'"
        )
        indices = [row[0] for row in self.env.cr.fetchall()]
        self.assertTrue(any("(to_user_id, create_date)" in one for one in indices))
        self.assertTrue(fields.Datetime.now())
