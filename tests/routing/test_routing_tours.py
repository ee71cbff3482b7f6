# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestRoutingTours(HttpCase):
    """A manager builds a rule; a lead comes in; the owner is told, and asks why."""

    def test_from_example_to_why_me(self):
        self.env["crm.routing.rule"].search([]).active = False
        seller = "sales_team.group_sale_salesman"
        one = new_test_user(self.env, "tour_one", seller, name="Tour one")
        two = new_test_user(self.env, "tour_two", seller, name="Tour two")
        new_test_user(self.env, "tour_manager", "sales_team.group_sale_manager")
        team = self.env["crm.team"].create({"name": "Tour pool"})
        members = self.env["crm.team.member"].create(
            [{"crm_team_id": team.id, "user_id": user.id} for user in (one, two)]
        )
        members[1].assignment_optout = True
        self.env["crm.lead"].create({"name": "Old inquiry", "user_id": False})

        self.start_tour(
            "/odoo/lead-routing", "routing_build_rule", login="tour_manager"
        )
        rule = self.env["crm.routing.rule"].search([("team_id", "=", team.id)])
        self.assertEqual((len(rule), rule.method), (1, "round_robin"))

        # As the website does it: nobody is logged in, and the form gives no owner.
        website = (
            self.env["crm.lead"].with_user(self.env.ref("base.public_user")).sudo()
        )
        lead = website.create({"name": "From the website", "user_id": False})
        self.assertEqual(lead.user_id, one)
        notice = self.env["mail.message"].search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
                ("partner_ids", "=", one.partner_id.id),
            ]
        )
        self.assertEqual(len(notice), 1)
        self.start_tour(f"/odoo/crm.lead/{lead.id}", "routing_why_me", login="tour_one")
