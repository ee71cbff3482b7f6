# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import NEIGHBOUR, needs
from .common import RoutingCommon


@tagged(*NEIGHBOUR)
class TestRoutingWebsite(HttpCase, RoutingCommon):
    """Leads from the form of the website, where that app is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("visitor_ids" in cls.env["crm.lead"]._fields, "website_crm")
        # Without a replica of the database pages are not served read-only.
        cls.set_registry_readonly_mode(False)
        cls.website = cls.env["website"].search([], limit=1)
        cls.website.crm_default_team_id = cls.team_north
        cls.website.crm_default_user_id = False
        cls.env["crm.scorecard"].create(
            {
                "name": "Web",
                "state": "live",
                "rule_ids": [
                    (0, 0, {"name": "All", "kind": "explicit", "points": 60}),
                    (
                        0,
                        0,
                        {
                            "name": "Saw pages",
                            "kind": "implicit",
                            "measure": "at_least",
                            "points": 20,
                            "event_kind": "web_visit",
                        },
                    ),
                ],
            }
        )

    def _send(self, **values):
        """Fill in the form as a visitor; return the lead."""
        values = {
            "name": "Two machines",
            "contact_name": "Ann Buyer",
            "email_from": "ann@trading.example",
            "phone": "+32 2 290 34 90",
            "description": "How much?",
            **values,
        }
        response = self.url_open("/website/form/crm.lead", data=values)
        self.assertEqual(response.status_code, 200)
        result = json.loads(response.text)
        self.assertTrue(result.get("id"), result)
        return self.env["crm.lead"].browse(result["id"])

    def test_routed_and_graded(self):
        rule = self._make_rule(response_minutes=60)
        for number in range(4):
            lead = self._send(email_from=f"ann{number}@trading.example")
            self.assertEqual(lead.user_id, self.pool[number])
            self.assertEqual(lead.team_id, self.team_pool)
            self.assertEqual(lead.routing_rule_id, rule)
            self.assertEqual(lead.lead_grade, 4)
            self.assertEqual(len(lead.routing_log_ids), 1)
            self.assertTrue(lead.response_deadline)

    def test_the_leader_whom_odoo_fills_in_is_no_choice(self):
        """Odoo gives leads of the form to the leader of the website's team."""
        self.assertEqual(self._send().user_id, self.user_manager)
        self._make_rule()
        self.assertEqual(self._send().user_id, self.pool[0])

    def test_the_salesperson_of_the_website_keeps_its_leads(self):
        """Somebody chose him, in the settings of the website."""
        self._make_rule()
        for user in (self.user_colleague, self.user_manager):
            self.website.crm_default_user_id = user
            lead = self._send()
            self.assertEqual(lead.user_id, user)
            self.assertEqual(lead.routing_log_ids.outcome, "chosen")

    def test_the_form_is_saved_whatever_happens(self):
        self._make_rule()
        engine = self.env.registry["crm.routing.engine"]
        with (
            patch.object(engine, "_route", side_effect=UserError("No routing")),
            mute_logger("odoo.addons.crm_lead_management.models.common.guarded"),
        ):
            lead = self._send()
        self.assertEqual(lead.email_from, "ann@trading.example")
        self.assertEqual(lead.routing_log_ids.outcome, "failed")

    def test_the_pages_that_the_visitor_saw(self):
        self.env.ref("website.homepage").track = True
        self.authenticate(None, None)  # a session, by which the visitor is known again
        self.url_open("/")
        lead = self._send()
        self.assertEqual(len(lead.visitor_ids), 1)
        # Who asks has often looked around days before.
        tracks = lead.visitor_ids.website_track_ids
        self.assertTrue(tracks)
        tracks.visit_datetime = "2026-01-01 10:00:00"
        for _run in range(2):
            self.env["crm.touchpoint"]._cron_collect()
        visits = lead.touchpoint_ids.filtered(lambda t: t.kind == "web_visit")
        self.assertEqual(len(visits), len(tracks))
        self.assertEqual(str(visits[0].occurred_on), "2026-01-01 10:00:00")
        lead.invalidate_recordset()
        self.assertEqual(lead.lead_grade, 5)
