# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request

from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import get_db_name, tagged

from ..common import NEIGHBOUR, needs
from ..processes import ProcessCase

FAILS = "Amal Whose Lead Fails"
MAIL = "@intake-website.example"


@tagged(*NEIGHBOUR)
class TestIntakeWebsiteProcesses(ProcessCase):
    """Odoo's own form on a real server, with the Website app: its lead survives an error."""

    source_id = 0

    def setUp(self):
        super().setUp()
        needs("visitor_ids" in self.registry["crm.lead"]._fields, "Website")
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            values = {"name": "Our site", "kind": "web", "website_form": True}
            self.source_id = env["crm.intake.source"].create(values).id
            # An error of the database, in the middle of Odoo's creation.
            cr.execute(
                "ALTER TABLE crm_lead ADD CONSTRAINT crm_lead_of_a_test CHECK"
                f" (contact_name IS DISTINCT FROM '{FAILS}') NOT VALID"
            )
        self.registry.signal_changes()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        name = get_db_name()
        self._popen(
            [
                *(sys.executable, "-m", "odoo", "-d", name, f"--db-filter=^{name}$"),
                *(f"--http-port={self.port}", "--http-interface=127.0.0.1"),
                *("--max-cron-threads=0", *self._options()),
            ]
        )
        self.assertTrue(self._wait(lambda: self._get("/web/health")))

    def _clean(self, env):
        env.cr.execute(
            "ALTER TABLE crm_lead DROP CONSTRAINT IF EXISTS crm_lead_of_a_test"
        )
        items = env["crm.intake.item"].search([("source_id", "=", self.source_id)])
        env["crm.lead"].search([("email_normalized", "like", MAIL)]).unlink()
        items.unlink()
        env["crm.intake.source"].browse(self.source_id).unlink()
        env.ref("crm_lead_management.ir_cron_intake").active = False

    def _get(self, path, data=None):
        url = f"http://127.0.0.1:{self.port}{path}"
        body = urllib.parse.urlencode(data).encode() if data else None
        try:
            with urllib.request.urlopen(url, body, timeout=60) as answer:
                return answer.read().decode() or "ok"
        except urllib.error.HTTPError as error:
            return error.read().decode() if data else ""
        except OSError:
            return ""

    def _send(self, name, who):
        said = {"name": "Price list", "contact_name": name, "description": "How much?"}
        return self._get(
            "/website/form/crm.lead", {**said, "email_from": f"{who}{MAIL}"}
        )

    def _items(self):
        return self._query(
            "SELECT state, lead_id IS NOT NULL FROM crm_intake_item WHERE source_id = %s"
            " ORDER BY id",
            self.source_id,
        )

    def _leads(self):
        query = "SELECT count(*) FROM crm_lead WHERE email_normalized LIKE %s"
        return self._query(query, f"%{MAIL}")[0][0]

    def test_a_lead_of_odoos_form_survives_an_error(self):
        """next.md 6.3: the visitor is told no, and the lead is made all the same."""
        self.assertIn('"id"', self._send("Omar", "omar"))
        self.assertTrue(self._wait(lambda: self._items() == [("done", True)], 20))
        self.assertNotIn('"id"', self._send(FAILS, "amal"))
        self.assertEqual(self._items(), [("done", True), ("received", False)])
        self.assertEqual(self._leads(), 1)
        with self.registry.cursor() as cr:
            cr.execute("ALTER TABLE crm_lead DROP CONSTRAINT crm_lead_of_a_test")
            cr.execute(
                "UPDATE crm_intake_item SET next_try_on = now() AT TIME ZONE 'UTC'"
                " WHERE state = 'received'"
            )
        with self.registry.cursor() as cr:
            engine = Environment(cr, SUPERUSER_ID, {})["crm.intake.engine"]
            engine._process(engine._waiting(10))
        self.assertEqual(self._items(), [("done", True), ("done", True)])
        self.assertEqual(self._leads(), 2)
        found = self._query(
            "SELECT contact_name, name FROM crm_lead WHERE email_normalized = %s",
            f"amal{MAIL}",
        )
        self.assertEqual(found, [(FAILS, "Price list")])
