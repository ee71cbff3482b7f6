# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestTouchpointImport(LeadCommon):
    """Events from a CSV file: bad lines are named, good ones recorded, nothing twice."""

    def _import(self, text, encoding="utf-8"):
        wizard = (
            self.env["crm.touchpoint.import"]
            .with_user(self.user_seller)
            .create({"file": base64.b64encode(text.encode(encoding))})
        )
        wizard.action_import()
        return wizard.result

    def test_import(self):
        lead = self._make_lead(user_id=self.user_seller.id)
        text = (
            "lead_id;kind;is_human;occurred_on;value;source;external_ref;summary\n"
            f"{lead.id};web_visit;no;2025-06-30 12:00:00;3;web;1;Preise für Stühle\n"
            f"{lead.id};call;;;;tel;2;\n"
            f"{lead.id};dance;;;;tel;3;\n"
            "999999999;call;;;;tel;4;\n"
        )
        result = self._import(text, "utf-8-sig")
        self.assertIn("2 recorded, 0 known already, 2 refused", result)
        self.assertIn("Line 4", result)
        self.assertIn("Line 5", result)
        visit = lead.touchpoint_ids.filtered(lambda t: t.kind == "web_visit")
        self.assertEqual((visit.value, visit.is_human), (3, False))
        self.assertEqual(visit.summary, "Preise für Stühle")
        self.assertIn("0 recorded, 2 known", self._import(text))

    def test_files_that_cannot_be_read(self):
        for text, encoding in (
            ("", "utf-8"),
            ("name,colour\nA,red\n", "utf-8"),
            ("lead_id,summary\n1,A\n", "utf-8"),
            ("kind,lead_id,summary\ncall,1,für\n", "utf-16"),
        ):
            with (
                self.subTest(text=text, encoding=encoding),
                self.assertRaises(UserError),
            ):
                self._import(text, encoding)
