# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, new_test_user, tagged

from .. import test_main_tours


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestNurtureTours(HttpCase):
    """A manager publishes a track; a salesperson adds a lead, and takes it out."""

    _tour = test_main_tours.MainTours._tour

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = "sales_team.group_sale_manager"
        cls.manager = new_test_user(cls.env, "track_manager", manager, name="Dana Aziz")
        cls.seller = new_test_user(
            cls.env, "track_seller", "sales_team.group_sale_salesman", name="Omar Said"
        )
        cls.env["crm.nurture.track"].search([]).active = False
        cls.env.company.message_calendar_id = False
        domain = cls.env["mail.alias.domain"].search([], limit=1)
        domain = domain or cls.env["mail.alias.domain"].create({"name": "ours.example"})
        cls.env["res.company"].search([]).alias_domain_id = domain
        template = cls.env.ref("crm_lead_management.crm_message_template_welcome")
        cls.track = cls.env["crm.nurture.track"].create(
            {
                "name": "Say welcome",
                "step_ids": [
                    (
                        0,
                        0,
                        {"sequence": 1, "template_id": template.id, "channel": "email"},
                    ),
                    (
                        0,
                        0,
                        {"sequence": 2, "days": 3, "kind": "task", "name": "Call them"},
                    ),
                ],
            }
        )
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Garden inquiry",
                "type": "opportunity",
                "contact_name": "Sara Khan",
                "email_from": "sara@garden.example",
                "user_id": cls.seller.id,
            }
        )

    def test_preview_and_publish(self):
        self._tour(
            f"/odoo/crm.nurture.track/{self.track.id}",
            "nurture_track",
            login="track_manager",
        )
        self.assertEqual(self.track.state, "live")

    def test_a_lead_enters_and_leaves(self):
        self.track.state = "live"
        self._tour(
            f"/odoo/crm.lead/{self.lead.id}", "nurture_lead_strip", login="track_seller"
        )
        one = self.track.enrollment_ids
        self.assertEqual((one.state, one.exit_code), ("stopped", "hand"))
        self.assertEqual(one.enrolled_by_id, self.seller)

    def test_it_leaves_by_answering(self):
        self.track.state = "live"
        made, _refused = self.env["crm.nurture.engine"]._enroll(self.lead, self.track)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead.id,
                    "kind": "email",
                    "direction": "in",
                    "is_human": True,
                    "summary": "Yes, please call",
                }
            ]
        )
        self.assertEqual(made.exit_code, "answered")
        self._tour(
            f"/odoo/crm.lead/{self.lead.id}", "nurture_answered", login="track_seller"
        )
