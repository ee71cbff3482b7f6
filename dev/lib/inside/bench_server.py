"""A real server beside a benchmark: over HTTP things cost what they cost people."""

import subprocess
import sys
import time
import urllib.request

from odoo.tools import config


def command(database, *options):
    """Return the command line of Odoo for a database, as this process reaches it."""
    known = [
        f"--{name}={config[name]}"
        for name in ("db_host", "db_port", "db_user")
        if config[name]
    ]
    paths = config["addons_path"]
    paths = paths if isinstance(paths, str) else ",".join(paths)
    words = [sys.executable, "-m", "odoo", "-d", database, "--log-level=error"]
    return [*words, f"--addons-path={paths}", *known, *options]


def start(database, port, crons=1):
    """Start a server, and wait until it answers.

    :return: the process.
    :raise AssertionError: where it does not answer.
    """
    process = subprocess.Popen(
        command(
            database,
            f"--http-port={port}",
            "--http-interface=127.0.0.1",
            f"--max-cron-threads={crons}",
            f"--db-filter=^{database}$",
            # On a busy machine a job may take longer than Odoo's watchdog waits.
            "--limit-time-real=3600",
        )
    )
    for _try in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5)
            return process
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError("the server does not answer")


def install(database, module):
    """Install a module of Odoo's; return whether it could be."""
    words = command(database, "-i", module, "--stop-after-init", "--no-http")
    return subprocess.run(words, check=False).returncode == 0
