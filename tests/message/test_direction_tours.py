# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..test_main_tours import MainTours


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestDirectionTours(MainTours):
    """Texts in three languages, before readers of either direction."""

    browser_size = "1366x900"

    def _walk(self, code):
        for name in ("ar_001", "tr_TR"):
            self.env["res.lang"]._activate_lang(name)
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [name]
            )
        self.user_seller.lang = code
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "contact_name": contact,
                    "email_from": f"{number}@directions.example",
                    "phone": phone,
                    "user_id": self.user_seller.id,
                }
                for number, (name, contact, phone) in enumerate(
                    (
                        ("آلات لفندق على الشاطئ", "سالم الكعبي", "+971501234567"),
                        ("Otel için makineler", "Burak Tuna", "+905321234567"),
                        ("Machines for a hotel", "Ann Lee", "+442071234567"),
                    )
                )
            ]
        )
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Leads",
                "res_model": "crm.lead",
                "view_mode": "list,form",
                "view_ids": [
                    (0, 0, {"view_mode": "list", "view_id": self._view("list_grade")}),
                    (0, 0, {"view_mode": "form"}),
                ],
                "domain": [("id", "in", leads.ids)],
            }
        )
        self._tour(f"/odoo/action-{action.id}", "message_directions", "lead_seller")

    def _view(self, name):
        return self.env.ref(f"crm_lead_management.crm_lead_view_{name}").id

    def test_an_english_reader(self):
        self._walk("en_US")

    def test_an_arabic_reader(self):
        self._walk("ar_001")
