# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import subprocess
import sys
import time

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name
from odoo.tools import config

# What a process of ours runs first: ``env`` is the superuser's, ``given`` the arguments.
HEAD = """
import json, sys, time
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tools import config

options, database, user_id, *given = json.loads(sys.argv[1])
config.parse_config(options)
registry = Registry(database)
cr = registry.cursor()
env = Environment(cr, user_id, {})
"""


class ProcessCase(BaseCase):
    """Tests with real processes on the database: what they need is committed, and removed.

    What a test needs it commits; ``_clean(env)`` removes it all.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            self._clean(Environment(cr, SUPERUSER_ID, {"active_test": False}))
        self.registry.signal_changes()

    def _clean(self, env):
        """Remove what was committed."""

    def _query(self, query, *params):
        """Return the rows of a query, from what is committed by now."""
        with self.registry.cursor() as cr:
            cr.execute(query, params or None)
            return cr.fetchall()

    def _wait(self, condition, seconds=120):
        """Wait until ``condition()`` is true; return whether it came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

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
        return ["--log-level=error", f"--addons-path={paths}", *options]

    def _start(self, code, *arguments, **options):
        """Start a process that runs HEAD, then ``code``, as superuser; options are Popen's."""
        line = ["--no-http", *self._options()]
        given = json.dumps([line, get_db_name(), SUPERUSER_ID, *arguments])
        return self._popen([sys.executable, "-c", HEAD + code, given], **options)

    def _popen(self, command, **options):
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.addCleanup(self._stop, process)
        return process

    def _stop(self, process):
        """End a process at once, as kill -9 does, and wait until its connections are gone."""
        process.kill()
        process.communicate(timeout=60)
        name = f"odoo-{process.pid}"
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        self._wait(lambda: not self._query(query, name)[0][0])

    def _finish(self, process, seconds=240):
        """Wait for a process that is to end well; return what it logged."""
        _output, errors = process.communicate(timeout=seconds)
        self.assertEqual(process.returncode, 0, errors)
        return errors
