# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import subprocess
import sys
import time
from collections import Counter

from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import config

PROCESSES, LEADS = 4, 60

# What each process runs: leads one by one, each committed, as a web form would send them.
WORKER = """
import json, sys
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

options, database, user_id, number, count = json.loads(sys.argv[1])
config.parse_config(options)
registry = Registry(database)
for lead in range(count):
    with registry.cursor() as cr:
        env = Environment(cr, user_id, {})
        values = {"name": f"Process {number} lead {lead}", "user_id": False}
        retrying(lambda: env["crm.lead"].create(values), env)
        # retrying() commits
print("done")
"""

# Routes what waits, as the scheduled action does, each batch committed.
ROUTER = """
import json, sys
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools import config

options, database, user_id, batch = json.loads(sys.argv[1])
config.parse_config(options)
registry = Registry(database)
from odoo.addons.crm_lead_management.models.routing import crm_routing_ladder
crm_routing_ladder.BATCH = batch
with registry.cursor() as cr:
    Environment(cr, user_id, {})["crm.routing.ladder"]._route_waiting()
print("done")
"""
WAITING, BATCH = 400, 20


@tagged("post_install", "-at_install")
class TestRoutingProcesses(BaseCase):
    """Several processes at one pool at the same time; and one that is killed."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.kept = {}
        self.addCleanup(self._clean)
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            others = env["crm.routing.rule"].search([])
            others.active = False
            users = env["res.users"]
            for number in range(4):
                users += new_test_user(
                    env,
                    f"lead_process_{number}",
                    "sales_team.group_sale_salesman",
                    email=False,
                    notification_type="inbox",
                )
            team = env["crm.team"].create({"name": "Processes"})
            members = env["crm.team.member"].create(
                [{"crm_team_id": team.id, "user_id": user.id} for user in users]
            )
            rule = env["crm.routing.rule"].create(
                {"name": "Processes", "team_id": team.id, "method": "round_robin"}
            )
            self.kept = {
                "others": others.ids,
                "records": [(r._name, r.ids) for r in (rule, members, team, users)],
                "users": users.ids,
            }
        self.registry.signal_changes()

    def _clean(self):
        """Remove what was committed."""
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {"active_test": False})
            env["crm.lead"].search([("name", "=like", "Process _ lead %")]).unlink()
            for name, ids in self.kept.get("records", ()):
                env[name].browse(ids).exists().unlink()
            env["crm.routing.rule"].browse(self.kept.get("others", ())).active = True
        self.registry.signal_changes()

    def _options(self):
        """Return the command line by which another process finds database and addons."""
        names = ("db_host", "db_port", "db_user", "db_password", "data_dir")
        options = [
            f"--{name.replace('data_dir', 'data-dir')}={config[name]}"
            for name in names
            if config[name]
        ]
        paths = config["addons_path"]
        paths = paths if isinstance(paths, str) else ",".join(paths)
        return ["--log-level=error", "--no-http", f"--addons-path={paths}", *options]

    def _start(self, code, *arguments):
        """Start a process that runs ``code`` on the database, as superuser."""
        given = [self._options(), get_db_name(), SUPERUSER_ID, *arguments]
        return subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(given)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _routed(self):
        """Return how many of the leads have an owner by now."""
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(user_id) FROM crm_lead WHERE name LIKE 'Process _ lead %'"
            )
            return cr.fetchone()[0]

    def test_a_worker_that_is_killed_leaves_nothing_done_twice(self):
        with self.registry.cursor() as cr:
            leads = Environment(cr, SUPERUSER_ID, {"crm_lead_management_skip": True})[
                "crm.lead"
            ]
            now = fields.Datetime.now()
            leads.create(
                [
                    {
                        "name": f"Process 0 lead {number}",
                        "user_id": False,
                        "routing_waiting_since": now,
                    }
                    for number in range(WAITING)
                ]
            )
        killed = self._start(ROUTER, BATCH)
        deadline = time.monotonic() + 120
        while not self._routed() and time.monotonic() < deadline:
            time.sleep(0.02)
        killed.kill()
        killed.communicate(timeout=60)
        self.assertTrue(self._routed())
        again = self._start(ROUTER, BATCH)
        _output, errors = again.communicate(timeout=240)
        self.assertEqual(again.returncode, 0, errors)
        self.assertEqual(self._routed(), WAITING)
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            leads = env["crm.lead"].search([("name", "=like", "Process _ lead %")])
            self.assertEqual({len(lead.routing_log_ids) for lead in leads}, {1})

    def test_four_processes_share_one_pool(self):
        workers = [self._start(WORKER, number, LEADS) for number in range(PROCESSES)]
        for worker in workers:
            output, errors = worker.communicate(timeout=240)
            self.assertEqual(worker.returncode, 0, errors)
            self.assertIn("done", output)
            self.assertNotIn("ERROR", errors)
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            leads = env["crm.lead"].search([("name", "=like", "Process _ lead %")])
            self.assertEqual(len(leads), PROCESSES * LEADS)
            logs = env["crm.lead.routing.log"].search([("lead_id", "in", leads.ids)])
            self.assertEqual(len(logs), PROCESSES * LEADS)
            owners = Counter(lead.user_id.id for lead in leads)
            self.assertEqual(set(owners), set(self.kept["users"]))
            self.assertLessEqual(max(owners.values()) - min(owners.values()), 2, owners)
