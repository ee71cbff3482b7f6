# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import tempfile
from collections import Counter
from pathlib import Path

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.routing.deciding import turns
from .process_case import REQUEST, RoutingProcessCase

PROCESSES, LEADS = 4, 60

# Leads one by one, each committed, as a web form would send them.
WORKER = (
    REQUEST
    + """
number, count = given
for lead in range(count):
    values = {"name": f"Process {number} lead {lead}", "user_id": False}
    done(lambda env: env["crm.lead"].create(values))
"""
)

# Routes what waits, as the scheduled action does, each batch committed.
ROUTER = """
from odoo.addons.crm_lead_management.models.routing import crm_routing_waiting
crm_routing_waiting.BATCH = given[0]
env["crm.routing.waiting"]._route()
"""
WAITING, BATCH = 400, 20

# Sorts the rules as the list view does.
SORTER = (
    REQUEST
    + """
ids, times = given
for turn in range(times):
    done(lambda env: env["crm.routing.rule"].browse(ids).web_resequence({}))
"""
)

# Changes the rules in every way while others route.
EDITOR = (
    REQUEST
    + """
rule_id, team_id, times = given
extra = {"name": "Extra", "team_id": team_id, "sequence": 1}
for turn in range(times):
    done(lambda env: env["crm.routing.rule"].browse(rule_id).write({
        "name": f"Edited {turn}",
        "sequence": turn,
        "method": ("round_robin", "weighted", "least_loaded")[turn % 3],
        "min_seniority": ("1", "2")[turn % 2],
    }))
    new_id = done(lambda env: env["crm.routing.rule"].create(extra).id)
    time.sleep(0.05)
    done(lambda env: env["crm.routing.rule"].browse(new_id).unlink())
"""
)

# Routes a lead, says so, and commits when told.
FIRST = (
    REQUEST
    + """
from pathlib import Path
lead_id, folder = given

def work(env):
    env["crm.routing.engine"]._route(env["crm.lead"].browse(lead_id))
    env.flush_all()
    Path(folder, "first").touch()
    for turn in range(600):
        if Path(folder, "go").exists():
            break
        time.sleep(0.05)

done(work)
"""
)

# Routes another lead of the same pool meanwhile.
SECOND = (
    REQUEST
    + """
from pathlib import Path
lead_id, folder = given
Path(folder, "second").touch()
done(lambda env: env["crm.routing.engine"]._route(env["crm.lead"].browse(lead_id)))
"""
)


@tagged("post_install", "-at_install")
class TestRoutingProcesses(RoutingProcessCase):
    """Several processes at the same time; and one that is killed."""

    def test_a_worker_that_is_killed_leaves_nothing_done_twice(self):
        with self._env() as env:
            leads = env["crm.lead"].with_context(crm_lead_management_skip=True)
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
        self._wait(self._routed)
        self._stop(killed)
        self.assertTrue(self._routed())
        self._finish(self._start(ROUTER, BATCH))
        self.assertEqual(self._routed(), WAITING)
        with self._env() as env:
            leads = self._leads(env)
            self.assertEqual({len(lead.routing_log_ids) for lead in leads}, {1})

    def test_four_processes_share_one_pool(self):
        workers = [self._start(WORKER, number, LEADS) for number in range(PROCESSES)]
        for worker in workers:
            self.assertNotIn("ERROR", self._finish(worker))
        with self._env() as env:
            leads = self._leads(env)
            self.assertEqual(len(leads), PROCESSES * LEADS)
            logs = leads.routing_log_ids
            self.assertEqual(len(logs), PROCESSES * LEADS)
            owners = Counter(lead.user_id.id for lead in leads)
            self.assertEqual(set(owners), set(self.kept["users"]))
            self.assertLessEqual(max(owners.values()) - min(owners.values()), 2, owners)

    def test_four_processes_against_a_limit_of_one_a_day(self):
        """Fault 23: each member has one lead, whoever counts at the same moment."""
        with self._env() as env:
            members = env["crm.team.member"].search(
                [("crm_team_id", "=", self.kept["team"])]
            )
            members.routing_cap_day = 1
        self.registry.signal_changes()
        workers = [self._start(WORKER, number, 4) for number in range(PROCESSES)]
        for worker in workers:
            self.assertNotIn("ERROR", self._finish(worker))
        with self._env() as env:
            leads = self._leads(env)
            self.assertEqual(len(leads), PROCESSES * 4)
            owners = [lead.user_id.id for lead in leads if lead.user_id]
            counts = Counter(owner for owner in owners if owner in self.kept["users"])
            self.assertEqual(set(counts.values()), {1}, counts)

    def test_two_processes_meet_a_pool_that_has_no_counters_yet(self):
        """The second waits until the first has made them; then both count the same."""
        with self._env() as env:
            leads = env["crm.lead"].with_context(crm_lead_management_skip=True)
            names = [{"name": f"Process {n} lead 0", "user_id": False} for n in (0, 1)]
            first, second = leads.create(names).ids
            pool = env["crm.routing.rule"].browse(self.kept["rule"]).source["pool"]
            for lane in turns.lanes(pool):
                env.cr.execute(SQL("DROP SEQUENCE %s", SQL.identifier(lane)))
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        one = self._start(FIRST, first, str(folder))
        self.assertTrue(self._wait((folder / "first").exists))
        other = self._start(SECOND, second, str(folder))
        self.assertTrue(self._wait((folder / "second").exists))
        waits = (
            "SELECT 1 FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        self.assertTrue(self._wait(lambda: self._query(waits), 60))
        (folder / "go").touch()
        for process in (one, other):
            self.assertNotIn("ERROR", self._finish(process))
        with self._env() as env:
            leads = self._leads(env).sorted("name")
            self.assertEqual(leads.ids, [first, second])
            logs = [lead.routing_log_ids for lead in leads]
            self.assertEqual([log.outcome for log in logs], ["round_robin"] * 2)
            self.assertEqual([log.facts["turn"] for log in logs], [0, 1])
            self.assertEqual(len(leads.user_id), 2)

    def test_two_admins_sort_the_rules_at_once(self):
        with self._env() as env:
            copies = [
                {"name": f"Rule {n}", "team_id": self.kept["team"]} for n in (1, 2)
            ]
            rules = env["crm.routing.rule"].create(copies)
            ids = [self.kept["rule"], *rules.ids]
        sorters = [self._start(SORTER, order, 5) for order in (ids, ids[::-1])]
        for sorter in sorters:
            self._finish(sorter)
        with self._env() as env:
            rules = env["crm.routing.rule"].search([("id", "in", ids)])
            self.assertEqual(rules.mapped("sequence"), [0, 1, 2])
            self.assertIn(rules.ids, (ids, ids[::-1]))

    def test_rules_are_changed_while_leads_are_routed(self):
        editor = self._start(EDITOR, self.kept["rule"], self.kept["team"], 10)
        workers = [self._start(WORKER, number, 20) for number in range(2)]
        for process in (editor, *workers):
            self._finish(process)
        with self._env() as env:
            leads = self._leads(env)
            self.assertEqual(len(leads), 40)
            self.assertTrue(set(leads.user_id.ids) <= set(self.kept["users"]))
            self.assertTrue(all(lead.user_id for lead in leads))
            self.assertEqual([len(lead.routing_log_ids) for lead in leads], [1] * 40)
            self.assertNotIn("failed", leads.routing_log_ids.mapped("outcome"))
