"""Beside the apps that we use where they are, and do not depend on.

They are installed first and the addon after them, as in a company that has them. Then run
the tests that need one of them, and Odoo's own tests of its bridges to CRM. Odoo has all of
them but OCA's queue_job, a wheel: pinned in neighbours.lock, kept in a folder of its own.
"""

import dataclasses
import shutil

import databases
import env
import setup
import suites
from report import failure, skipped
from say import Stop, note
from steps import attempt, digest, lock

LOCK = env.DEV / "neighbours.lock"
MODULES = (
    "crm_livechat",
    "hr_holidays",
    "mass_mailing_crm",
    "queue_job",
    "sale_crm",
    "website_crm",
)
# Odoo's own tests of what joins these with CRM (not those that edit the website's pages).
BRIDGES = (
    "crm_livechat/tests",
    "sale_crm/tests",
    "website_crm/tests/test_crm_lead_merge.py",
    "website_crm/tests/test_website_visitor.py",
)


def neighbours(run):
    """Run what needs neighbours, and Odoo's own tests of the bridges, beside all of them."""
    try:
        folder = _packages(run.ready)
    except Stop as stop:
        return failure(str(stop)) if env.CI else skipped(str(stop))
    ready = dataclasses.replace(run.ready, neighbours=folder)
    setup.write_conf(ready)
    core = ready.odoo.core_addons
    paths = [suites.TESTS, *(core / name for name in BRIDGES)]
    return suites.pytest(
        dataclasses.replace(run, ready=ready),
        "neighbours",
        paths,
        "--neighbours=only",
        "--no-query-counts",
        make=_database,
        known=suites.known(),
    )


def _database(ready, name):
    databases.neighbours_copy(ready, name, ",".join(MODULES), ready.neighbours.name)


def _packages(ready):
    """Return the folder with the packages of the lock file, fetched the first time."""
    key = digest(LOCK)
    home = env.CACHE / "neighbours" / key
    with lock(env.CACHE / "locks" / "neighbours", "the neighbours' packages"):
        if not home.exists():
            _fetch(ready, home)
    return home


def _fetch(ready, home):
    note("Fetching OCA's queue_job (once) ...")
    building = home.with_name(f"{home.name}_building")
    shutil.rmtree(building, ignore_errors=True)
    command = [ready.python, "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    log = env.LOGS / "pip-neighbours.log"
    if attempt([*command, "--target", building, "-r", LOCK], log):
        raise Stop(
            f"OCA's queue_job cannot be had (log: {log}). Mend: connect this machine once,"
            " to a package index that has it"
        )
    building.rename(home)
