# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import binascii
import os
import re
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from ..const import SKIP
from .common import LeadCommon

# A folder: the tours put pictures of the screens there. README.md and the store page use them.
SCREENSHOTS = "CRM_LEAD_SCREENSHOTS"


class MainTours(LeadCommon, HttpCase):
    """What the tours of the main job need: a scorecard, a persona, questions, a rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_seller.name = "Layla Haddad"
        cls.user_colleague.name = "Yusuf Al Amri"
        cls.user_manager.name = "Mira Costa"
        # What is expected to be known of a lead is shown as it is shipped.
        items = cls.env["crm.info.item"].with_context(active_test=False).search([])
        items.active = True
        industry = cls.env.ref("base.res_partner_industry_I")
        hospitality = repr([("industry_id", "=", industry.id)])
        cls.env["crm.persona"].create(
            {
                "name": "Hotel buyer",
                "criterion_ids": [
                    (0, 0, {"name": "Works in hospitality", "domain": hospitality})
                ],
            }
        )
        cls.env["crm.scorecard"].create(
            {
                "name": "Hotels and offices",
                "state": "live",
                "company_id": cls.company.id,
                "rule_ids": [
                    (
                        0,
                        0,
                        {
                            "name": name,
                            "kind": kind,
                            "points": points,
                            "domain": domain,
                        },
                    )
                    for name, kind, points, domain in (
                        ("Works in hospitality", "explicit", 50, hospitality),
                        (
                            "Deal of 20,000 or more",
                            "explicit",
                            40,
                            '[("expected_revenue", ">=", 20000)]',
                        ),
                        (
                            "Company is known",
                            "explicit",
                            15,
                            '[("partner_name", "!=", False)]',
                        ),
                        ("No phone number", "negative", -10, '[("phone", "=", False)]'),
                    )
                ],
            }
        )
        cls.env["crm.qualifier"].create(
            [
                {"name": "Need", "question": "Do they need it?", "kind": "yes_no"},
                {
                    "name": "Budget",
                    "question": "Is there a budget?",
                    "kind": "choice",
                    "option_ids": [
                        (0, 0, {"name": "Approved", "verdict": "pass"}),
                        (0, 0, {"name": "None", "verdict": "fail"}),
                    ],
                },
            ]
        )
        cls.product = cls.env["product.template"].create({"name": "Espresso machine"})
        cls.industry = industry

    def _make_others(self, model, **values):
        """Create leads beside the one that a tour is about: a list wants to be a list."""
        model.create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "partner_name": company,
                    "expected_revenue": revenue,
                    "industry_id": hotel and self.industry.id,
                    "email_from": f"post{number}@example.com",
                    "phone": phone and f"+974 3312 34{number:02}",
                    **values,
                }
                for number, (name, company, revenue, hotel, phone) in enumerate(
                    (
                        (
                            "Espresso bar for two restaurants",
                            "Bayt Al Zaytoun",
                            13700,
                            True,
                            True,
                        ),
                        (
                            "Coffee corner on three floors",
                            "Nordhavn Software",
                            24600,
                            False,
                            True,
                        ),
                        ("Breakfast coffee for a hostel", False, 6900, True, True),
                        ("Head office, six kitchens", "Alpenblick", 41200, False, True),
                        ("Machine for a law firm", "Nunes", 2900, False, True),
                        ("Two floors of a publisher", "Lanterna", 5800, False, False),
                        ("Asks for the price list", False, 0, False, False),
                    ),
                    start=1,
                )
            ]
        )

    def _set_up_stages(self):
        """Let the lead stand in the eight stages, as it does once they are set up."""
        if not self.env["crm.stage"].search_count([("lead_role", "!=", False)]):
            self.env["crm.pipeline.setup"].create({}).action_apply()

    def _make_hotel(self):
        """Route a good lead to the seller: his colleague takes no leads at the moment."""
        self._set_up_stages()
        member = self.team_north.crm_team_member_ids.filtered(
            lambda member: member.user_id == self.user_colleague
        )
        member.assignment_optout = True
        self.env["crm.routing.rule"].create(
            {
                "name": "Hotels of the north",
                "method": "round_robin",
                "team_id": self.team_north.id,
                "domain": repr([("industry_id", "=", self.industry.id)]),
            }
        )
        return self._make_lead(
            name="Six espresso machines for a beach hotel",
            type="opportunity",
            contact_name="Noura Al Sayed",
            partner_name="Al Marsa Bay Hotel",
            function="Purchasing manager",
            email_from="noura@al-marsa-bay.example",
            phone="+974 3312 3456",
            country_id=self.env.ref("base.qa").id,
            city="Doha",
            industry_id=self.industry.id,
            company_size=180,
            product_ids=[(6, 0, self.product.ids)],
            expected_revenue=38400,
            request_note="Opens in ten weeks; wants training, too.",
            preferred_channel="whatsapp",
            # What a website form or the mail gateway creates has no owner.
            user_id=False,
        )

    def _tour(self, path, name, login, **options):
        """Start a tour; where pictures are wanted, take those that the tour asks for."""
        folder = os.environ.get(SCREENSHOTS)
        if not folder:
            return self.start_tour(path, name, login=login, **options)
        Path(folder).mkdir(parents=True, exist_ok=True)
        original = ChromeBrowser._handle_console

        def console(browser, *args, **kwargs):
            for argument in kwargs.get("args") or ():
                match = re.match(
                    r"crm_lead_screenshot (\w+)$", str(argument.get("value"))
                )
                if match:
                    _take(browser, Path(folder) / f"{match[1]}.png")
            return original(browser, *args, **kwargs)

        with patch.object(ChromeBrowser, "_handle_console", console):
            return self.start_tour(
                path,
                name,
                login=login,
                cookies={"crm_lead_screenshots": "1"},
                **options,
            )


def _take(browser, path):
    """Ask the browser for a picture; it is written when it arrives."""

    def write(future):
        path.write_bytes(binascii.a2b_base64(future.result(timeout=0)["data"]))

    browser._websocket_send(
        "Page.captureScreenshot", with_future=True
    ).add_done_callback(write)


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestMainTours(MainTours):
    browser_size = "1366x900"

    def test_salesperson(self):
        lead = self._make_hotel()
        self._make_others(self.env["crm.lead"], user_id=self.user_seller.id)
        self.assertEqual(lead.user_id, self.user_seller)
        self.assertEqual(lead.lead_grade, 5)
        self._tour("/odoo/leads-by-grade", "main_salesperson", "lead_seller")
        answer = lead.qualifier_answer_ids
        self.assertEqual((answer.verdict, answer.user_id), ("pass", self.user_seller))

    def test_without_a_mouse(self):
        """Ctrl+K finds what one does with a lead, and our screens."""
        lead = self._make_hotel()
        self._tour(f"/odoo/leads-by-grade/{lead.id}", "main_keyboard", "lead_seller")

    def test_a_set_up_file_that_was_only_looked_at(self):
        """Leaving a new one without a file leaves nothing behind."""
        before = self.env["crm.setup.file"].search_count([])
        self._tour("/odoo/lead-management-files", "main_setup_file", "lead_manager")
        self.assertEqual(self.env["crm.setup.file"].search_count([]), before)

    def test_admin(self):
        self.env["crm.stage"].search([]).lead_role = False
        # These were there before lead management was.
        self._make_others(self.env["crm.lead"].with_context(**{SKIP: True}))
        self._tour("/odoo/lead-management-setup", "main_admin", "lead_manager")
        roles = (
            self.env["crm.stage"]
            .search([("lead_role", "!=", False)])
            .mapped("lead_role")
        )
        self.assertEqual(len(set(roles)), 8)
        lead = self.env["crm.lead"].search([("name", "=", "An enquiry by phone")])
        self.assertIn(lead.user_id, self.user_seller | self.user_colleague)
        self.assertTrue(lead.lead_grade)
        self.assertTrue(lead.routing_log_id)

    def test_the_first_hour(self):
        """From what opens after *Install* to the first answer: at most 60 clicks, counted."""
        self._first_hour()

    def test_the_first_hour_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["ir.module.module"].search(
            [("name", "=", "crm_lead_management")]
        )._update_translations("ar_001")
        self.user_manager.lang = "ar_001"
        self._first_hour()

    def _first_hour(self):
        self.env["crm.stage"].search([]).lead_role = False
        for model in ("crm.followup.policy", "crm.intake.source"):
            self.env[model].search([]).active = False
        self._tour("/odoo/lead-management-setup", "main_first_hour", "lead_manager")
        item = self.env["crm.intake.item"].search([], order="id desc", limit=1)
        # What the scheduled jobs do within the minute.
        self.env["crm.intake.engine"]._process(item)
        self.env["crm.followup.engine"]._plan(item.lead_id)
        self.assertIn(item.lead_id.user_id, self.user_seller | self.user_colleague)
        self.assertTrue(item.lead_id.response_deadline)
        self._tour("/odoo/lead-sources", "main_first_answer", "lead_manager")
        self.env.invalidate_all()
        lead = item.lead_id
        self.assertTrue(lead.lead_grade)
        self.assertTrue(lead.routing_log_id)
        self.assertTrue(lead.first_response_on)
        self.assertTrue(lead.next_step_on)


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestMainToursPhone(MainTours):
    browser_size = "375x667"
    touch_enabled = True

    def test_salesperson(self):
        lead = self._make_hotel()
        self._make_others(self.env["crm.lead"], user_id=self.user_seller.id)
        self._tour("/odoo/leads-by-grade", "main_salesperson_phone", "lead_seller")
        self.assertEqual(lead.qualifier_answer_ids.verdict, "pass")
