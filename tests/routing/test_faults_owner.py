# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestFaultsOwner(RoutingCommon):
    """Leads that were lost, taken away, or could not be saved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.env["res.company"].create({"name": "Company B"})
        cls.user_b = new_test_user(
            cls.env,
            "lead_of_b",
            "sales_team.group_sale_salesman",
            name="Dora",
            company_id=cls.company_b.id,
            company_ids=cls.company_b.ids,
        )
        cls.team_b = cls.env["crm.team"].create(
            {
                "name": "Team B",
                "user_id": cls.user_b.id,
                "company_id": cls.company_b.id,
                "crm_team_member_ids": [(0, 0, {"user_id": cls.user_b.id})],
            }
        )

    def _as(self, user, **context):
        return self.env["crm.lead"].with_user(user).with_context(**context)

    def _mail(self, **values):
        leads = self.env["crm.lead"].with_user(self.env.ref("base.user_root"))
        return leads.message_new(
            {"subject": "Hello", "from": "x@cust.example", "message_id": "<1@x>"},
            {"type": "opportunity", **values},
        ).sudo()

    # === WHICH COMPANY (K1) === #

    def test_a_mail_for_a_team_of_another_company(self):
        """Fault 1: routed, or flagged; never without owner and alarm."""
        self.env["crm.routing.rule"].create(
            {
                "name": "All of B",
                "team_id": self.team_b.id,
                "company_id": self.company_b.id,
            }
        )
        lead = self._mail(team_id=self.team_b.id)
        self.assertEqual(lead.user_id, self.user_b)
        self.team_b.crm_team_member_ids.assignment_optout = True
        self.team_b.user_id = False
        lead = self._mail(team_id=self.team_b.id)
        self.assertTrue(lead.user_id or lead.routing_waiting_since)
        self.assertTrue(lead.routing_log_ids)

    def test_a_rule_for_all_with_a_team_of_one_company(self):
        """Fault 2: users of the other company create leads as before."""
        self._make_rule(team_id=self.team_b.id)
        for values in ({}, {"user_id": self.user_seller.id}):
            for company in ({}, {"company_id": self.company.id}):
                with self.subTest(values=values, company=company):
                    lead = self._as(self.user_seller).create(
                        {"name": "Mine", **values, **company}
                    )
                    self.assertNotEqual(lead.sudo().team_id, self.team_b)

    def test_a_lead_without_company_is_somebody_s(self):
        """Fault 3: rules of a company take leads by mail as they take typed ones."""
        self._make_rule(company_id=self.company.id)
        mail = self._mail(team_id=self.team_pool.id)
        typed = self._as(self.user_manager).create({"name": "Typed"}).sudo()
        for lead in (mail, typed):
            self.assertIn(lead.user_id, self.pool)
            self.assertFalse(lead.routing_waiting_since)

    def test_a_company_that_does_not_route_keeps_its_ways(self):
        """Fault 4: the lead for a team of company B is not routed by company A."""
        both = new_test_user(
            self.env,
            "lead_of_both",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=(self.company + self.company_b).ids,
        )
        leads = self._as(both)
        before = leads.create({"name": "x", "team_id": self.team_b.id}).sudo().user_id
        self._make_rule(company_id=self.company.id)
        lead = leads.create({"name": "y", "team_id": self.team_b.id}).sudo()
        self.assertEqual(lead.user_id, before)

    # === WHO IS NOT ASKED TWICE (K3, K4) === #

    def _catching(self, **values):
        return self._make_rule(
            name="Big",
            sequence=1,
            catch_changes=True,
            domain="[('expected_revenue', '>=', 50000)]",
            **values,
        )

    def test_a_catching_rule_without_anybody_leaves_the_owner(self):
        """Fault 6: no change of hands with each edit, no row in the log."""
        self._make_rule(sequence=20)
        self._catching(min_seniority="3")
        self.company.lead_fallback_user_id = self.user_manager
        lead = self._as(self.user_manager).create({"name": "Grows"}).sudo()
        owner, count = lead.user_id, len(lead.routing_log_ids)
        for revenue in (60000, 61000, 62000):
            lead.expected_revenue = revenue
            self.assertEqual(lead.user_id, owner)
        self.assertEqual(len(lead.routing_log_ids), count)

    def test_a_chosen_owner_is_not_overruled(self):
        """Fault 7: whoever chose the owner; and his form can be read after saving."""
        self._make_rule(sequence=20)
        self._catching(method="fixed", user_id=self.pool[1].id)
        chosen = self._as(self.user_manager).create(
            {"name": "Chosen", "user_id": self.pool[0].id}
        )
        lead = chosen.with_user(self.pool[0])
        lead.web_save({"expected_revenue": 60000}, {"name": {}})
        self.env.cr.precommit.run()
        self.assertEqual(lead.sudo().user_id, self.pool[0])

    def test_the_lead_moves_after_the_request(self):
        """Fault 7: who loses sight of the lead can save it all the same."""
        self._make_rule(sequence=20)
        self._catching(method="fixed", user_id=self.pool[1].id)
        lead = self._as(self.user_manager).create({"name": "Routed"}).sudo()
        owner = lead.user_id
        self.assertEqual(owner, self.pool[0])
        lead.with_user(owner).web_save({"expected_revenue": 60000}, {"name": {}})
        self.assertEqual(lead.user_id, owner)
        self.env.cr.precommit.run()
        self.assertEqual(lead.user_id, self.pool[1])

    def test_left_to_the_pool_by_who_sees_only_his_own(self):
        """Fault 8: saved, read, and routed afterwards; each time."""
        self._make_rule()
        for _n in range(4):
            [read] = self._as(self.pool[0]).web_save(
                {"name": "For the pool", "user_id": False}, {"name": {}}
            )
            lead = self.env["crm.lead"].browse(read["id"])
            self.assertFalse(lead.user_id)
            self.env.cr.precommit.run()
            self.assertIn(lead.user_id, self.pool)

    def test_other_screens_leave_the_owner_out(self):
        """D11, D12: what he has just made he can open."""
        self._make_rule()
        for _n in range(4):
            lead_id, name = self._as(self.user_seller).name_create("From a meeting")
            self.env.cr.precommit.run()
            lead = self._as(self.user_seller).browse(lead_id)
            self.assertEqual(lead.display_name, name)
            self.assertEqual(lead.user_id, self.user_seller)

    def test_rules_hear_of_what_engines_find(self):
        """Fault 9: a touchpoint makes a lead match a rule for leads that change."""
        self._make_rule(sequence=20)
        self._make_rule(
            sequence=1,
            method="fixed",
            user_id=self.pool[3].id,
            catch_changes=True,
            domain="[('touchpoint_ids.kind', '=', 'web_visit')]",
        )
        lead = self._as(self.user_manager).create({"name": "Visits"}).sudo()
        self.env["crm.touchpoint"]._record(
            [{"lead_id": lead.id, "kind": "web_visit", "direction": "in"}]
        )
        self.assertEqual(lead.user_id, self.pool[3])

    # === CLOSED LEADS (K9) === #

    def test_closed_leads_are_no_new_work(self):
        """Fault 14, C41: an import of old deals takes no turn and tells nobody."""
        self._make_rule()
        self.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        leads = self._as(self.user_manager).create(
            [
                {"name": "Lost", "active": False, "probability": 0},
                {"name": "Won", "stage_id": won.id, "type": "opportunity"},
            ]
        )
        by_column = self._as(self.user_manager, default_stage_id=won.id)
        leads |= by_column.create({"name": "By the column", "type": "opportunity"})
        for lead in leads.sudo():
            self.assertEqual(lead.user_id, self.user_manager)
            self.assertFalse(lead.routing_log_ids)
            self.assertFalse(lead.response_deadline)
            self.assertFalse(lead.routing_waiting_since)
        self.assertEqual(
            self._as(self.user_manager).create({"name": "New"}).sudo().user_id,
            self.pool[0],
        )

    def test_routing_a_selection_leaves_closed_ones(self):
        """Fault 14: the won deal stays, and the message says how many did."""
        self._make_rule()
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        [closed, opened] = self._make_waiting(2, type="opportunity")
        closed.write({"user_id": self.user_seller.id, "stage_id": won.id})
        action = (closed + opened).with_user(self.user_manager).action_route()
        self.assertEqual(closed.user_id, self.user_seller)
        self.assertEqual(opened.user_id, self.pool[0])
        self.assertIn("1 are closed", action["params"]["message"])
        self.assertFalse(self.engine._route(closed))

    def test_more_leads_than_are_routed_at_once(self):
        """Fault 34: more than 500 leads that all have owners."""
        self._make_rule()
        leads = self._make_waiting(501, user_id=self.user_seller.id)
        leads.with_user(self.user_manager).action_route()

    # === WITHOUT OWNER MEANS WAITING (K10) === #

    def test_taken_away_means_waiting(self):
        """Fault 15: in the list, and out of it once it has an owner."""
        self._make_rule()
        lead = self._as(self.user_manager).create({"name": "x"}).sudo()
        self.assertFalse(lead.routing_waiting_since)
        lead.with_user(self.user_manager).user_id = False
        self.assertTrue(lead.routing_waiting_since)
        lead.with_user(self.user_manager).user_id = self.pool[1]
        self.assertFalse(lead.routing_waiting_since)
        self.assertEqual(lead.user_id, self.pool[1])

    def test_a_deleted_owner_leaves_a_waiting_lead(self):
        """Fault 15: also where the user is gone from the database."""
        self._make_rule()
        gone = new_test_user(self.env, "lead_gone", "sales_team.group_sale_salesman")
        lead = self._as(self.user_manager).create({"name": "x", "user_id": gone.id})
        gone.unlink()
        self.env.invalidate_all()
        lead = lead.sudo()
        self.assertFalse(lead.user_id)
        self.assertTrue(lead.routing_waiting_since)

    def test_closed_leads_do_not_wait(self):
        """Fault 15: nobody has to find an owner for a lost lead; for a restored one he has."""
        self._make_rule()
        [lead] = self._make_waiting(type="opportunity")
        lead.routing_waiting_since = "2026-01-01"
        lead.action_set_lost()
        self.assertFalse(lead.routing_waiting_since)
        lead.action_unarchive()
        lead.probability = 20
        self.assertTrue(lead.routing_waiting_since)
        # Nor does one whose owner is taken away when all is over.
        for close in ("action_set_won", "action_set_lost"):
            [lead] = self._make_waiting(type="opportunity", user_id=self.pool[0].id)
            getattr(lead, close)()
            lead.with_user(self.user_manager).user_id = False
            self.assertFalse(lead.routing_waiting_since)

    def _busy(self, busy):
        """Have a lead written by somebody else at this moment."""
        model = type(busy)
        lock = model.try_lock_for_update

        def but_one(records, *args, **kwargs):
            return lock(records, *args, **kwargs) - busy.with_env(records.env)

        self.patch(model, "try_lock_for_update", but_one)

    def test_a_lead_that_somebody_writes_is_not_routed(self):
        """Mutant of the engine: the row lock; it comes with the next run."""
        self._make_rule()
        leads = self._make_waiting(2)
        self._busy(leads[0])
        logs = self.engine._route(leads)
        self.assertEqual(logs.lead_id, leads[1])
        self.assertEqual([bool(lead.user_id) for lead in leads], [False, True])

    def test_a_lead_that_somebody_writes_is_not_caught(self):
        """Mutant of the engine: the row lock of rules for leads that change."""
        catching = self._catching(method="fixed", user_id=self.pool[1].id)
        leads = self._make_waiting(2, expected_revenue=60000)
        self._busy(leads[0])
        rows = [r for r in catching._rule_rows() if r.id == catching.id]
        self.engine._catch(leads, rows)
        self.assertEqual(leads.mapped("user_id"), self.pool[1])
        self.assertFalse(leads[0].user_id)

    # === OWNERS THAT COME ALONG (K15, C40) === #

    def test_rows_of_an_import_that_name_the_importer(self):
        """Fault 25: who is named in the file keeps his row."""
        self._make_rule()
        leads = self._as(self.user_manager, import_file=True)
        result = leads.load(
            ["name", "user_id/.id"],
            [
                ["Mine", str(self.user_manager.id)],
                ["Theirs", str(self.user_seller.id)],
            ],
        )
        owners = self.env["crm.lead"].browse(result["ids"]).mapped("user_id")
        self.assertEqual(owners, self.user_manager + self.user_seller)

    def test_a_copy_keeps_the_owner(self):
        """Fault 25: "Duplicate" of an own lead."""
        self._make_rule()
        [lead] = self._make_waiting(user_id=self.user_manager.id)
        copied = lead.with_user(self.user_manager).copy()
        self.assertEqual(copied.sudo().user_id, self.user_manager)

    def test_an_owner_who_left_is_none(self):
        """C40: archived, or outside: the lead is routed."""
        self._make_rule()
        left = new_test_user(self.env, "lead_left", "sales_team.group_sale_salesman")
        left.active = False
        portal = new_test_user(self.env, "lead_portal", "base.group_portal")
        for user in (left, portal):
            lead = self._as(self.user_manager).create({"name": "x", "user_id": user.id})
            self.assertIn(lead.sudo().user_id, self.pool)

    # === WHAT A CLIENT MAY SEND (K21) === #

    def test_nobody_routes_his_own_leads_away(self):
        """Fault 32: the button is not for who sees only his own, nor is the method."""
        self._make_rule()
        lead = self._as(self.user_manager).create({"name": "Dull"}).sudo()
        with self.assertRaises(AccessError):
            lead.with_user(lead.user_id).action_route()

    # === WHO OTHER APPS MAKE THE OWNER === #

    def test_whom_other_apps_name(self):
        """D13, D14: bought for oneself is chosen; the leader of a survey's team is not."""
        self._make_rule()
        station, uid = self.env["crm.routing.station"], self.env.uid
        company_id, leader = self.company.id, self.user_manager.id
        mined = {"user_id": uid, "lead_mining_request_id": 7}
        self.assertEqual(station._keeps(mined, uid, company_id), "chosen")
        survey = {"team_id": self.team_pool.id, "origin_survey_id": 7}
        self.assertFalse(station._keeps(survey, leader, company_id))
        other = self.user_seller.id
        self.assertEqual(station._keeps(survey, other, company_id), "chosen")

    def test_the_salesperson_of_a_form_has_left(self):
        """C64: whom the website's form names is archived: the lead is routed."""
        self._make_rule()
        self.user_seller.active = False
        public = self.env.ref("base.public_user")
        lead = self.env["crm.lead"].with_user(public).sudo()
        lead = lead.create({"name": "form", "user_id": self.user_seller.id})
        self.assertIn(lead.user_id, self.pool)

    def test_a_reseller_s_lead_is_his(self):
        """D51: neither given to anybody, nor shown as waiting."""
        self._make_rule()
        station = self.env["crm.routing.station"]
        vals = {"name": "x", "partner_assigned_id": 7}
        self.assertIsNone(station._prepare(vals))
        self.assertNotIn("user_id", vals)

    def test_leads_from_before_the_rules_are_shown(self):
        """A6: those without an owner that the rules were never asked about, and Route Now."""
        before = self._make_waiting(2)
        self._make_rule()
        self.assertFalse(any(before.mapped("routing_waiting_since")))
        action = self.env.ref("crm_lead_management.crm_lead_action_waiting")
        shown = self.env["crm.lead"].search(ast.literal_eval(action.domain))
        self.assertLessEqual(before, shown)
        self.assertIn('name="action_route"', action.view_id.arch)
        before.with_user(self.user_manager).action_route()
        self.assertTrue(all(before.mapped("user_id")))
        shown = self.env["crm.lead"].search(ast.literal_eval(action.domain))
        self.assertFalse(before & shown)

    def test_a_foreign_member_gets_nothing(self):
        """Odoo's check of companies is not asked once more: the filters have asked."""
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "lead_stranger",
            "sales_team.group_sale_salesman",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        team = self.env["crm.team"].create({"name": "Mixed"})
        self.env["crm.team.member"].create(
            [{"crm_team_id": team.id, "user_id": u.id} for u in stranger + self.pool[0]]
        )
        theirs = self.env["crm.team"].create({"name": "T", "company_id": other.id})
        self._make_rule(team_id=team.id)
        rule = self._make_rule(method="fixed", user_id=stranger.id, sequence=1)
        rule.team_id = theirs
        for vals in ({"company_id": self.company.id}, {"team_id": self.team_pool.id}):
            for _turn in range(2):
                lead = self._as(self.user_manager).create({"name": "x", **vals}).sudo()
                company = self.env["res.company"]._crm_of_lead(lead)
                self.assertEqual(company, self.company)
                self.assertEqual(lead.user_id, self.pool[0])
                self.assertIn(company, lead.user_id.company_ids)
                self.assertNotEqual(lead.team_id, theirs)
                # What Odoo's own check would say of what was written past it.
                lead._check_company()

    def test_leads_of_a_of_b_and_of_none_in_every_way(self):
        """K1: whose rules decide, and that the owner works there, whatever the way."""
        self._make_rule(company_id=self.company.id)
        self.env["crm.routing.rule"].create(
            {
                "name": "Of B",
                "team_id": self.team_b.id,
                "company_id": self.company_b.id,
                "method": "round_robin",
            }
        )
        self.env["crm.routing.policy"].create({"name": "1h", "minutes": 60})
        first = self.env["res.company"]._crm_first_company_id()
        kinds = {
            "of A": ({"company_id": self.company.id}, self.company.id),
            "of B": ({"company_id": self.company_b.id}, self.company_b.id),
            "of B by its team": ({"team_id": self.team_b.id}, self.company_b.id),
            "of none": ({}, first),
        }
        system = self._as(self.env.ref("base.user_root"), default_user_id=False)
        for kind, (vals, company_id) in kinds.items():
            with self.subTest(kind=kind):
                made = system.create({"name": kind, **vals}).sudo()
                mailed = self._mail(**vals)
                waiting = self._make_waiting(2, **vals)
                for lead in made + mailed + waiting:
                    found = self.env["res.company"]._crm_of_lead(lead)
                    self.assertEqual(found.id, company_id)
                previews = self.engine._preview(waiting)
                self.engine._route(waiting)
                leads = made + mailed + waiting
                for preview, lead in zip(previews, waiting, strict=True):
                    self.assertEqual(preview["rule_id"], lead.routing_rule_id.id)
                for lead in leads:
                    self.assertEqual(lead.routing_rule_id.company_id.id, company_id)
                    self.assertIn(company_id, lead.user_id.company_ids.ids)
                    self.assertTrue(lead.with_user(lead.user_id).has_access("read"))
                    self.assertTrue(lead.response_deadline)
                before = made.user_id
                ladder = self.env["crm.routing.ladder"]
                ladder._step_reroute(made)
                self.assertIn(company_id, made.user_id.company_ids.ids)
                merged = (made + mailed).merge_opportunity()
                found = self.env["res.company"]._crm_of_lead(merged)
                self.assertEqual(found.id, company_id)
                self.assertTrue(before)
