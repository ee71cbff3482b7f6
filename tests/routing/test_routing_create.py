# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import Form, new_test_user, tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingCreate(RoutingCommon):
    """Who owns a lead that was just created, and what the record says about it."""

    def _create(self, user=None, **values):
        leads = self.env["crm.lead"].with_user(user or self.user_manager)
        return leads.create({"name": "New lead", **values}).sudo()

    def test_without_a_rule_odoo_decides(self):
        lead = self._create()
        self.assertEqual(lead.user_id, self.user_manager)
        self.assertTrue(lead.first_assigned_on)
        self.assertFalse(lead.routing_log_ids)
        self.assertFalse(self._create(user_id=False).user_id)

    def test_members_take_turns(self):
        rule = self._make_rule()
        leads = [self._create() for _n in range(8)]
        owners = [lead.user_id for lead in leads]
        self.assertEqual(owners, list(self.pool) * 2)
        for lead in leads:
            self.assertEqual(lead.team_id, self.team_pool)
            self.assertEqual(lead.company_id, self.company)
            self.assertEqual(lead.routing_rule_id, rule)
            self.assertEqual(len(lead.routing_log_ids), 1)
            log = lead.routing_log_ids
            self.assertEqual((log.mode, log.to_user_id), ("auto", lead.user_id))
            self.assertFalse(log.from_user_id)
            self.assertIn(lead.user_id.name, log.reason)
            self.assertEqual(len(log.candidates), 4)
            self.assertTrue(all(row["reason"] for row in log.candidates))

    def test_a_batch_is_shared_evenly_and_goes_on_with_the_turn(self):
        self._make_rule()
        self._create()
        leads = self.env["crm.lead"].create([{"name": f"Lead {n}"} for n in range(10)])
        counts = [sum(lead.user_id == user for lead in leads) for user in self.pool]
        self.assertEqual(sorted(counts), [2, 2, 3, 3])
        self.assertEqual(leads[0].user_id, self.pool[1])

    def test_an_owner_who_was_chosen_stays(self):
        self._make_rule()
        lead = self._create(user_id=self.user_seller.id)
        self.assertEqual(lead.user_id, self.user_seller)
        log = lead.routing_log_ids
        self.assertEqual((log.mode, log.outcome), ("manual", "chosen"))
        self.assertIn(self.user_seller.name, log.reason)
        self.assertTrue(lead.first_assigned_on)

    def test_the_creator_keeps_it_where_the_company_says_so(self):
        self._make_rule()
        self.company.lead_creator_keeps = True
        lead = self._create()
        self.assertEqual(lead.user_id, self.user_manager)
        self.assertEqual(lead.routing_log_ids.outcome, "creator_keeps")
        # Nobody entered what came in from outside.
        self.assertEqual(self._create(user_id=False).user_id, self.pool[0])

    def test_the_form_of_somebody_who_sees_only_his_own(self):
        self._make_rule()
        form = Form(self.env["crm.lead"].with_user(self.user_seller))
        form.name = "By hand"
        lead = form.save()
        self.assertEqual(lead.user_id, self.user_seller)
        self.assertEqual(lead.sudo().routing_log_ids.outcome, "own_documents")
        # Other screens (a meeting, the mail plugin) leave the owner out: it stays his, too.
        self.assertEqual(self._create(self.user_seller).user_id, self.user_seller)
        # Without an owner among the rows of an import it is routed.
        leads = self.env["crm.lead"].with_user(self.user_seller)
        leads.with_context(import_file=True).load(["name"], [["Imported"]])
        self.env.cr.precommit.run()
        lead = self.env["crm.lead"].search([("name", "=", "Imported")])
        self.assertEqual(lead.user_id, self.pool[0])

    def test_context_can_ask_for_no_owner_or_for_another(self):
        self._make_rule()
        leads = self.env["crm.lead"].with_user(self.user_manager)
        lead = leads.with_context(default_user_id=False).create({"name": "From mail"})
        self.assertEqual(lead.user_id, self.pool[0])
        lead = leads.with_context(default_user_id=self.user_all.id).create(
            {"name": "For all"}
        )
        self.assertEqual(lead.user_id, self.user_all)

    def test_skip_routes_nothing(self):
        self._make_rule()
        lead = (
            self.env["crm.lead"]
            .with_user(self.user_manager)
            .with_context(crm_lead_management_skip=True)
            .create({"name": "Migrated"})
        )
        self.assertEqual(lead.user_id, self.user_manager)
        self.assertFalse(lead.routing_log_ids)

    def test_the_owner_is_told_once(self):
        self._make_rule()
        leads = (
            self.env["crm.lead"]
            .with_user(self.user_manager)
            .with_context(tracking_disable=False)
        )
        lead = leads.create({"name": "Told"}).sudo()
        notices = self.env["mail.message"].search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
                ("message_type", "=", "user_notification"),
            ]
        )
        self.assertEqual(notices.partner_ids, self.pool[0].partner_id)
        self.assertEqual(len(notices), 1)
        self.assertIn(self.pool[0].partner_id, lead.message_partner_ids)
        self.assertFalse(lead.message_ids.tracking_value_ids)

    def test_in_bulk_each_owner_gets_one_message(self):
        self._make_rule()
        leads = (
            self.env["crm.lead"]
            .with_user(self.user_manager)
            .with_context(tracking_disable=False)
        )
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        created = leads.create([{"name": f"Lead {n}"} for n in range(8)]).sudo()
        notices = self.env["mail.message"].search(
            [("id", ">", before), ("message_type", "=", "user_notification")]
        )
        self.assertEqual(len(notices), 4)
        self.assertEqual(notices.partner_ids, self.pool.partner_id)
        self.assertIn("2 leads", notices[0].subject)
        for user in self.pool:
            mine = [lead for lead in created if lead.user_id == user]
            self.assertIn(user.partner_id, mine[0].message_partner_ids)

    def test_by_hand_is_put_on_record(self):
        self._make_rule()
        lead = self._create()
        lead.with_user(self.user_manager).user_id = self.user_all
        log = self._last_log(lead)
        self.assertEqual(
            (log.mode, log.from_user_id, log.to_user_id),
            ("manual", self.pool[0], self.user_all),
        )
        self.assertIn(self.user_manager.name, log.reason)
        self.assertEqual(len(lead.routing_log_ids), 2)
        self.assertEqual(lead.routing_reason, log.reason)

    def test_a_salesperson_may_give_his_lead_away(self):
        self._make_rule()
        lead = self._create()
        lead.with_user(self.pool[0]).user_id = self.pool[1]
        self.assertEqual(self._last_log(lead).to_user_id, self.pool[1])

    def test_first_assignment_is_kept(self):
        lead = self._create(user_id=False)
        self.assertFalse(lead.first_assigned_on)
        lead.user_id = self.user_seller
        first = lead.first_assigned_on
        self.assertTrue(first)
        lead.user_id = False
        lead.user_id = self.user_all
        self.assertEqual(lead.first_assigned_on, first)

    def test_rules_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_manager.company_ids += other
        self._make_rule(company_id=other.id)
        self.assertEqual(self._create().user_id, self.user_manager)
        team = self.env["crm.team"].create({"name": "Other", "company_id": other.id})
        user = new_test_user(
            self.env,
            "lead_other",
            "sales_team.group_sale_salesman",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": user.id})
        self._make_rule(name="There", company_id=other.id, team_id=team.id, sequence=1)
        lead = (
            self.env["crm.lead"]
            .with_user(self.user_manager)
            .with_company(other)
            .create({"name": "There"})
            .sudo()
        )
        self.assertEqual((lead.user_id, lead.company_id), (user, other))

    def test_merged_leads_bring_their_decisions(self):
        self._make_rule()
        first, second = self._create(), self._create()
        kept = (first + second).merge_opportunity()
        self.assertEqual(len(kept.routing_log_ids), 2)

    def test_the_owner_is_told_what_he_needs(self):
        self._make_rule()
        self.env["crm.routing.policy"].create({"name": "An hour", "minutes": 60})
        leads = self.env["crm.lead"].with_user(self.user_manager)
        lead = (
            leads.with_context(tracking_disable=False)
            .create(
                {
                    "name": "Scanner",
                    "contact_name": "Ada Quist",
                    "request_note": "Two scanners",
                    "phone": "+3225550100",
                }
            )
            .sudo()
        )
        notice = self.env["mail.message"].search(
            [
                ("res_id", "=", lead.id),
                ("model", "=", "crm.lead"),
                ("message_type", "=", "user_notification"),
            ]
        )
        for text in (
            "Ada Quist",
            "Two scanners",
            "+3225550100",
            "turn",
            "Answer until",
        ):
            self.assertIn(text, notice.body)
