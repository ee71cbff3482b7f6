# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ...models.intake.doors import website
from .common import IntakeCommon

STATION = "odoo.addons.crm_lead_management.models.intake.crm_intake_station"
SENT = {
    "name": "Price list",
    "contact_name": "Amal",
    "email_from": "amal@clinic.example",
    "description": "How much?",
    "csrf_token": "secret",
}


@tagged("post_install", "-at_install")
class TestIntakeWebsite(IntakeCommon):
    """What people send by Odoo's own form is not lost where its lead cannot be made."""

    def _visit(self, path="/website/form/crm.lead"):
        visit = SimpleNamespace(
            httprequest=SimpleNamespace(path=path),
            params={**SENT, "model_name": "crm.lead"},
        )
        return patch(f"{STATION}.request", visit)

    def _send(self):
        """Have a lead made as the form does."""
        values = {name: SENT[name] for name in ("name", "contact_name", "email_from")}
        with self.enter_registry_test_mode(), self._visit():
            lead = self.env["crm.lead"].create(values)
            self.env.flush_all()
            self.env.cr.postcommit.run()
        self.env.invalidate_all()
        items = self.env["crm.intake.item"].search([("source_id", "=", self.source.id)])
        return lead, items

    def test_a_lead_that_fails_is_made_by_the_letterbox(self):
        # Of the test there is only one connection: what is kept by a cursor of its own would
        # be taken back with the lead. So there is no lead at all.
        self.source.website_form = True
        with self.enter_registry_test_mode():
            item_id = website.keep(self.env, {**SENT, "model_name": "crm.lead"})
        item = self.env["crm.intake.item"].browse(item_id)
        self.assertEqual(item.state, "received")
        self.assertNotIn("secret", item.payload)
        self._run_job()
        self.assertEqual(item.state, "received", "Odoo has two minutes")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=3)):
            self.engine._process(self.engine._waiting(10))
        self.assertEqual(item.lead_id.email_normalized, "amal@clinic.example")
        self.assertEqual(item.lead_id.name, "Price list")

    def test_a_lead_that_is_made_is_made_once(self):
        self.source.website_form = True
        lead, item = self._send()
        self.assertEqual((item.state, item.lead_id), ("done", lead))

    def test_leads_of_other_ways_pass_none_of_it(self):
        stations = self.env["crm.lead"]._lead_stations("_before_create")
        self.assertNotIn("crm.intake.station", [station._name for station in stations])
        _lead, item = self._send()
        self.assertFalse(item)
