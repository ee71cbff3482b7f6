"""The first hour on a database without demo data, from *Install* in the Apps.

A real Odoo that has no more than what the addon depends on; in a real Chromium an
administrator finds the addon, installs it and sets it up, somebody fills in the form, and
the lead is answered: all by clicks that are counted, wide in English and on a phone in
Arabic, each on a database of its own; on a phone in English from what opens afterwards.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import browser
import databases
import env
import postgres
from report import Result, failure, skipped
from say import Stop, note, tail
from steps import captured, stop_process

INSIDE = env.DEV / "lib" / "inside" / "first_hour.py"
# How it looks: the language of the administrator, the size of his screen, and whether he
# installs the addon by hand, or is at what opens afterwards.
LOOKS = {
    "wide": ("en_US", 1366, 900, True),
    "phone_arabic": ("ar_001", 390, 844, True),
    "phone_english": ("en_US", 390, 844, False),
}
PATIENCE = 120  # seconds for the server to answer
# A folder: it gets pictures of all screens, as with the tours.
PICTURES = os.environ.get("CRM_LEAD_SCREENSHOTS")
LANGUAGE = """
env["res.lang"]._activate_lang({code!r})
env["ir.module.module"].search([("state", "=", "installed")])._update_translations([{code!r}])
env["res.users"].browse(2).lang = {code!r}
env.cr.commit()
"""
# Nothing leaves this machine: Odoo's enrichment of leads would ask a server of Odoo's. And
# who installs an app has met OdooBot before, who covers the whole screen of a phone at first,
# and the pointer of Odoo's own tours, which covers what one is about to click.
SETTLED = """
INSERT INTO ir_config_parameter (key, value) VALUES ('iap.endpoint', 'http://127.0.0.1:9')
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;
UPDATE res_users SET odoobot_state = 'disabled', tour_enabled = false
"""


def first_hour(run):
    """Walk through the first hour in each look; return the Result."""
    missing = browser.missing()
    if missing:
        return failure(missing) if env.CI else skipped(missing)
    looks = [look for look in LOOKS if not run.selection or look in run.selection]
    found = {look: _walk(run.ready, look, *LOOKS[look]) for look in looks}
    trouble = [f"{look}: {said}" for look, said in found.items() if said]
    said = "\n".join(trouble) if looks else "no such look"
    return Result(len(looks) - len(trouble), len(trouble), 0, said, not trouble)


def _walk(ready, look, language, width, height, by_hand):
    """Walk once; return what went wrong, or nothing."""
    name = f"test_first_hour_{look}"
    pictures = Path(PICTURES or env.LOGS / "first_hour") / look
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    try:
        make = databases.core_copy if by_hand else databases.addon_copy
        make(ready, name, demo=False)
        postgres.sql(ready.server, SETTLED, ready.server.name(name))
        if language != "en_US":
            databases.shell(ready, name, LANGUAGE.format(code=language))
        with _server(ready, name) as address:
            command = [ready.python, INSIDE, address, width, height, pictures]
            command += [] if by_hand else ["--installed"]
            status, said = captured(command, env=ready.environ())
    except Stop as stop:
        return str(stop)
    finally:
        databases.drop(ready, name)
    if status:
        return f"{said.strip()[-2500:]}\n(pictures of the screens: {pictures})"
    found = json.loads(said.strip().splitlines()[-1])
    installed = f", {found['install']:.0f} s of it Install" if by_hand else ""
    note(
        f"first-hour, {look} {width} x {height}: {found['clicks']} clicks,"
        f" {found['all']:.0f} s{installed}"
    )
    return ""


@contextlib.contextmanager
def _server(ready, name):
    """Serve a database with its scheduled jobs; yield the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = env.LOGS / f"{name}.log"
    address = f"http://127.0.0.1:{port}"
    options = ["-d", ready.server.name(name), f"--http-port={port}"]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            ready.command("server", *options, "--limit-time-real=3600"),
            env=ready.environ(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, address, log)
            yield address
        finally:
            stop_process(process)


def _wait(process, address, log):
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/web/health", timeout=PATIENCE)
            return
        except OSError:
            time.sleep(0.2)
    raise Stop(f"{tail(log, 30)}\nOdoo did not start. Mend: see {log}")
