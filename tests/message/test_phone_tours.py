# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..test_main_tours import MainTours


class SelectionTours(MainTours):
    """A selection from the choice of the message to what is opened in WhatsApp."""

    def _selection(self, code):
        if code != "en_US":
            self.env["res.lang"]._activate_lang(code)
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [code]
            )
        self.user_seller.lang = code
        self.leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "contact_name": "Sara Khan",
                    "user_id": self.user_seller.id,
                    "phone": phone,
                }
                for name, phone in (
                    (
                        "Garden inquiry of a hotel with a rather long name",
                        "+966501234567",
                    ),
                    ("Roof inquiry", "+966501234568"),
                    ("No address", False),
                )
            ]
        )
        template = self.env.ref("crm_lead_management.crm_message_template_introduction")
        return (
            self.env["crm.message.batch"]
            .with_user(self.user_seller)
            .create(
                {
                    "lead_ids": [(6, 0, self.leads.ids)],
                    "template_id": template.id,
                    "channel": "whatsapp",
                }
            )
        )

    def _walk(self, code):
        batch = self._selection(code)
        self._tour(
            f"/odoo/lead-selections/{batch.id}",
            "message_selection_phone",
            "lead_seller",
        )
        states = {line.lead_id.name[:6]: line.state for line in batch.line_ids}
        self.assertEqual(
            states, {"Garden": "sent", "Roof i": "skipped", "No add": "skipped"}
        )
        self.assertEqual(self.leads.touchpoint_ids.mapped("kind"), ["whatsapp"])


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestSelectionToursPhone(SelectionTours):
    browser_size = "390x844"
    touch_enabled = True

    def test_a_selection_on_the_phone(self):
        self._walk("en_US")

    def test_a_selection_on_the_phone_in_arabic(self):
        self._walk("ar_001")
