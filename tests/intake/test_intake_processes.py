# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import os
import signal

from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import tagged

from ..processes import ProcessCase

PERSON, PEOPLE = 40, 160
WORK = """
for _turn in range(200):
    env["crm.intake.engine"]._cron_process()
    if not env["crm.intake.engine"]._waiting_count():
        break
    time.sleep(0.05)
cr.commit()
"""


@tagged("post_install", "-at_install")
class TestIntakeProcesses(ProcessCase):
    """Two servers at once, and one that is killed: each person is one lead, and none is lost."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            self.source_id = env["crm.intake.source"].create({"name": "P"}).id
            source = env["crm.intake.source"].browse(self.source_id)
            engine = env["crm.intake.engine"]
            for number in range(PEOPLE):
                same = number % 4 == 0
                who = "same" if same else f"p{number}"
                said = {"name": who, "email": f"{who}@intake-process.example"}
                engine._receive(source, {**said, "external_ref": str(number)})

    def _clean(self, env):
        items = env["crm.intake.item"].search([("source_id", "=", self.source_id)])
        leads = env["crm.lead"].search(
            [("email_normalized", "like", "@intake-process.example")]
        )
        leads.unlink()
        items.unlink()
        env["crm.intake.source"].browse(self.source_id).unlink()
        env.ref("crm_lead_management.ir_cron_intake").active = False
        env["ir.cron.trigger"].search([]).unlink()

    def _check(self):
        query = (
            "SELECT count(*), count(lead_id) FROM crm_intake_item WHERE source_id = %s"
        )
        self.assertEqual(self._query(query, self.source_id), [(PEOPLE, PEOPLE)])
        query = (
            "SELECT count(*), count(DISTINCT email_normalized) FROM crm_lead"
            " WHERE email_normalized LIKE '%@intake-process.example'"
        )
        people = PEOPLE - PERSON + 1
        self.assertEqual(self._query(query), [(people, people)])

    def test_two_servers_at_once(self):
        first, second = self._start(WORK), self._start(WORK)
        self._finish(first)
        self._finish(second)
        self._check()

    def test_a_server_that_is_killed(self):
        query = (
            "SELECT count(*) FROM crm_intake_item WHERE source_id = %s AND lead_id > 0"
        )
        code = WORK.replace("range(200)", "range(1)")
        killed = self._start(
            "from odoo.addons.crm_lead_management.models.intake import"
            " crm_intake_engine as e\ne.BATCH = 20\n" + code
        )
        self._wait(lambda: self._query(query, self.source_id)[0][0] > 0)
        os.kill(killed.pid, signal.SIGKILL)
        self._stop(killed)
        self._finish(self._start(WORK))
        self._check()
