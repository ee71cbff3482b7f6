"""Checks inside a real Odoo: our tests, browser tours, Odoo's own linters and tests.

Each runs pytest-odoo on a database of its own, fresh from a template, and drops it.
"""

import contextlib
import re

import browser
import databases
import env
import report
from report import Result, failure, skipped
from say import Stop, tail
from steps import attempt, try_lock

INSIDE = env.DEV / "lib" / "inside"
TESTS = env.ADDON_LINK / "tests"
TIME_LIMIT = 40 * 60  # of one suite: a test that hangs must not hang a whole CI job
NO_TESTS = 5  # pytest's exit status
ALL_TESTS_RUN = (0, 1, NO_TESTS)
KNOWN = env.DEV / "known_core_failures.txt"
# Odoo's own tests that must pass with the addon installed just as without it.
CORE_SUITES = ("crm", "crm_sms", "sales_team")


def unit(run):
    """Run the addon's tests, but for the tours, on a database without demo data."""
    return pytest(run, "unit", [TESTS], "--tours=none", "--neighbours=none")


def tours(run):
    """Walk through the demo company in Chromium."""
    missing = browser.missing()
    if missing:
        return failure(missing) if env.CI else skipped(missing)
    options = ("--tours=only", "--neighbours=none")
    result = pytest(run, "tours", [TESTS], *options, make=_demo)
    if env.CI and re.search("chrom|websocket", result.trouble, re.IGNORECASE):
        # Odoo skips a tour when the browser does not start: that is no success.
        result.ok = False
    return result


def core_lint(run):
    """Run Odoo's test_lint; it is shown this addon only, so all its findings are ours."""
    paths = [run.ready.odoo.core_addons / "test_lint" / "tests"]
    return pytest(run, "core-lint", paths, f"--lint-only={env.ADDON}")


def core_tests(run):
    """Run Odoo's own tests of what we extend; only their counts of queries don't hold."""
    paths = [run.ready.odoo.core_addons / name / "tests" for name in CORE_SUITES]
    return pytest(run, "core-tests", paths, "--no-query-counts", known=known())


def known():
    """Return the names of core tests that fail without the addon, too."""
    lines = KNOWN.read_text("utf-8").splitlines() if KNOWN.exists() else []
    return {line.partition("#")[0].strip() for line in lines} - {""}


def _plain(ready, name):
    databases.addon_copy(ready, name, demo=False)


def _demo(ready, name):
    databases.addon_copy(ready, name, demo=True)


def pytest(run, name, paths, *options, make=_plain, known=frozenset()):
    """Run tests on a database of their own; return their Result.

    :param str name: Name of the check.
    :param callable make: Makes the database, from the environment and a name.
    :param set known: Names of tests that may fail.
    """
    command = [run.ready.python.parent / "pytest", *paths, *options, *run.selection]
    command += [f"--rootdir={env.ROOT}", "-p", "pytest_addon", "-p", "no:cacheprovider"]
    # Otherwise pytest puts Odoo's addons on sys.path, where `calendar` hides Python's
    # own from every program that a test starts.
    command += ["--import-mode=importlib"]
    settings = {"env": _environ(run.ready), "cwd": env.ROOT}
    if run.selection and _nothing_matches(command, settings):
        return Result(trouble="no such test")
    with _database(run.ready, name, make) as database:
        log = env.LOGS / f"{database}.log"
        results = env.LOGS / f"{database}.json"
        results.unlink(missing_ok=True)
        command += [f"--odoo-database={run.ready.server.name(database)}", "--odoo-http"]
        command += [f"--results={results}", "--tb=short", "--durations=5"]
        status = attempt(command, log, limit=TIME_LIMIT, echo=run.alone, **settings)
        if status not in ALL_TESTS_RUN or not results.exists():
            return failure(f"{tail(log, 40)}\nThe tests broke off (log: {log})")
        result = report.read(results, known)
        if result.failed:
            # Paths as they are in the clone: ready to be clicked on.
            result.trouble = result.trouble.replace(f"{env.ADDON_LINK}/", "")
            result.trouble += f"\n(whole log: {log})"
        return result


def _nothing_matches(command, settings):
    """Ask pytest before a database is made, which may take half a minute."""
    log = env.LOGS / "collect.log"
    # pytest-odoo wants the name of a database even when it connects to none.
    options = ["--collect-only", "--quiet", "--odoo-database=none"]
    return attempt([*command, *options], log, **settings) == NO_TESTS


def _environ(ready):
    # The pylint that test_lint starts finds our addon as it finds any package: on the path.
    environ = ready.environ(PYTHONPATH=ready.python_path(INSIDE, env.ADDONS))
    # Jobs of queue_job are for the servers that a test starts, not for its own.
    environ["ODOO_QUEUE_JOB_CHANNELS"] = "root:0"
    # test_lint looks for an eslint on the PATH, and speaks to it in the old way.
    environ["ESLINT_USE_FLAT_CONFIG"] = "false"
    return environ


@contextlib.contextmanager
def _database(ready, suite, make):
    """Lend a fresh database, under a name that no other test run uses now."""
    for number in range(1, 100):
        name = f"test_{suite}_{number}".replace("-", "_")
        held = try_lock(env.LOCKS / name)
        if held:
            break
    else:
        raise Stop("A hundred test runs at once? Mend: stop some")
    with held:
        try:
            make(ready, name)
            yield name
        finally:
            databases.drop(ready, name)
