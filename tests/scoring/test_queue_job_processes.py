# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import contextlib
import itertools
import os
import socket
import sys
import threading
from collections import Counter
from unittest.mock import patch
from urllib.error import URLError
from urllib.request import urlopen

from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import get_db_name, tagged

from ..common import NEIGHBOUR, needs
from .rescore_case import LEADS, STATE, RescoreCase

BATCH = 100
JOBS = LEADS // BATCH


class Balancer:
    """What stands before several Odoo servers: each connection goes to the next that lives."""

    def __init__(self, ports):
        self.tries, self.ports = len(ports), itertools.cycle(ports)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:  # closed
                return
            server = self._next()
            if not server:
                client.close()
                continue
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _next(self):
        for _try in range(self.tries):
            with contextlib.suppress(OSError):  # this server is gone
                return socket.create_connection(("127.0.0.1", next(self.ports)))
        return None

    def _pass_on(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # one of the two hung up
            source.close()
            target.close()

    def close(self):
        # The thread that waits in accept() does not wake up by close() alone.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@tagged(*NEIGHBOUR)
class TestQueueJobProcesses(RescoreCase):
    """Two Odoo servers share the jobs of one pass over all open leads."""

    def setUp(self):
        super().setUp()
        needs("queue.job" in self.registry, "queue_job")

    def _clean(self, env):
        if "queue.job" in env:
            jobs = env["queue.job"].search([("model_name", "=", "crm.score.engine")])
            jobs.unlink()
        return super()._clean(env)

    def _servers(self, count):
        """Start Odoo servers with queue_job, behind one address; return the processes."""
        ports = [_free_port() for _number in range(count)]
        balancer = Balancer(ports)
        self.addCleanup(balancer.close)
        environ = {
            **os.environ,
            "ODOO_QUEUE_JOB_CHANNELS": "root:2",
            "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
            "ODOO_QUEUE_JOB_PORT": str(balancer.port),
        }
        command = [sys.executable, "-m", "odoo", "server", *self._options()]
        command += ["-d", get_db_name(), "--load=base,web,queue_job", "--workers=0"]
        command += ["--max-cron-threads=0", "--http-interface=127.0.0.1"]
        servers = [
            self._popen([*command, f"--http-port={port}"], env=environ)
            for port in ports
        ]
        for server, port in zip(servers, ports, strict=True):
            if not self._wait(lambda port=port: self._answers(port), 60):
                self._stop(server)
                self.fail(f"no answer from an Odoo server: {server.stderr}")
        return servers

    def _answers(self, port):
        try:
            with urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5) as response:
                return response.status == 200
        except (URLError, OSError):
            return False

    def _enqueue(self):
        module = "odoo.addons.crm_lead_management.models.scoring.crm_score_engine_batch"
        with patch(f"{module}.BATCH", BATCH), self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            env["crm.score.engine"]._rescore_start()

    def _jobs(self, *states):
        """Return state, process and failure of the jobs, or of those in some states."""
        return self._query(
            "SELECT state, worker_pid, exc_info FROM queue_job"
            " WHERE model_name = 'crm.score.engine' AND (state = ANY(%s) OR %s)",
            list(states),
            not states,
        )

    def _all_done(self):
        """Have the runner look after jobs whose server is gone; tell whether all are done."""
        self._query("SELECT pg_notify('queue_job', 'look')")
        return {job[0] for job in self._jobs()} <= {"done", "failed"}

    def test_two_servers_share_the_jobs_until_one_is_killed(self):
        """Each lead is scored once, and what the killed one was at is done by the other."""
        expected = self._undisturbed()
        servers = {server.pid: server for server in self._servers(2)}
        with self.registry.cursor() as cr:
            # The job that comes to this lead waits for us.
            cr.execute("SELECT FROM crm_lead WHERE name = 'Rescored 1234' FOR UPDATE")
            self._enqueue()
            total = len(self._jobs())
            self.assertGreaterEqual(total, JOBS)
            self.assertTrue(
                self._wait(lambda: len(self._jobs("done")) == total - 1), self._jobs()
            )
            by_server = Counter(job[1] for job in self._jobs("done"))
            self.assertEqual(set(by_server), set(servers))
            self.assertGreaterEqual(min(by_server.values()), JOBS // 10, by_server)
            [(state, killed, _failure)] = self._jobs("started", "enqueued", "pending")
            self.assertEqual(state, "started")
            servers[killed].kill()
        self._stop(servers.pop(killed))
        self.assertTrue(self._wait(self._all_done), self._jobs())
        self.assertEqual({job[0] for job in self._jobs()}, {"done"}, self._jobs())
        self.assertEqual(self._query(STATE), expected)
