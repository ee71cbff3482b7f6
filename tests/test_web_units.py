# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, tagged

SUITE = "@crm_lead_management"
# Seconds; the bundle of all that Odoo tests of its client is put together first.
LONGEST = 300


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestWebUnits(HttpCase):
    """Runs what tests the parts of the web client by themselves: ``static/tests/units``."""

    def test_units(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={_job(SUITE)}",
            "",
            "",
            login="admin",
            timeout=LONGEST,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )


def _job(name):
    """Return the id under which Odoo's test runner knows a suite."""
    number = 0
    for char in name:
        number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
    return f"{number:08x}"
