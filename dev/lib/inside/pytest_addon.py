"""A pytest plugin: what our test runs need beyond pytest-odoo.

--tours=none|only      leave out, or run only, the browser tours
--neighbours=none|only leave out, or run only, what needs apps that we do not depend on;
                       tests of other addons always run
--no-query-counts      let tests that count queries run, but not count
--query-counts=FILE    let them count, never fail, and write what was expected and counted
--lint-only=ADDON      let Odoo's test_lint look at this addon alone
--results=FILE         write what became of each test and how long it took, as JSON
"""

import contextlib
import json
import logging
import subprocess
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

ADDON = "crm_lead_management"
TOUR_TAG = "crm_lead_management_tour"
NEIGHBOUR_TAG = "crm_lead_management_neighbour"
results = {}
seconds = {}
query_counts = {}
figures = []


def pytest_addoption(parser):
    parser.addoption("--tours", choices=["none", "only", "all"], default="all")
    parser.addoption("--neighbours", choices=["none", "only", "all"], default="all")
    parser.addoption("--no-query-counts", action="store_true")
    parser.addoption("--query-counts")
    parser.addoption("--lint-only")
    parser.addoption("--results")


def pytest_collection_modifyitems(config, items):
    wishes = {
        TOUR_TAG: config.getoption("--tours"),
        NEIGHBOUR_TAG: config.getoption("--neighbours"),
    }
    kept, dropped = [], []
    for item in items:
        item.user_properties.append(("name", _name(item)))
        tags = getattr(getattr(item, "cls", None), "test_tags", set())
        wanted = not _name(item).startswith(f"{ADDON}.") or all(
            wish == "all" or (tag in tags) == (wish == "only")
            for tag, wish in wishes.items()
        )
        (kept if wanted else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
    if config.getoption("--no-query-counts"):
        _no_query_counts()
    if config.getoption("--query-counts"):
        _record_query_counts()
    if config.getoption("--lint-only"):
        _lint_only(config.getoption("--lint-only"), {item.module for item in items})


def _name(item):
    """Return addon.tests.module.Class.method, wherever the file lies."""
    parts = [item.module.__name__.removeprefix("odoo.addons.")]
    parts += [item.cls.__name__] if item.cls else []
    return ".".join([*parts, item.name])


class _Figures(logging.Handler):
    """Keeps what our tests log of what they have counted and measured."""

    def emit(self, record):
        figures.append(record.getMessage())


def pytest_configure(config):
    logger = logging.getLogger(f"odoo.addons.{ADDON}.tests")
    logger.addHandler(_Figures(logging.INFO))
    logger.setLevel(logging.INFO)


def pytest_terminal_summary(terminalreporter):
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(figure)


def pytest_collectreport(report):
    if report.failed:
        results[report.nodeid] = ["failed", report.longreprtext]


def pytest_runtest_logreport(report):
    name = dict(report.user_properties).get("name", report.nodeid)
    # What its class sets up counts for the first test of the class.
    seconds[name] = seconds.get(name, 0) + report.duration
    if report.failed:
        results[name] = ["failed", report.longreprtext]
    elif report.skipped:
        results[name] = ["skipped", str(report.longrepr[2])]
    elif report.when == "call":
        results[name] = ["passed", ""]


def pytest_sessionfinish(session):
    written = {
        "--results": {
            name: [*result, seconds.get(name, 0)] for name, result in results.items()
        },
        "--query-counts": query_counts,
    }
    for option, content in written.items():
        if session.config.getoption(option):
            Path(session.config.getoption(option)).write_text(json.dumps(content))


def _no_query_counts():
    from odoo.tests import BaseCase

    @contextlib.contextmanager
    def uncounted(self, default=0, flush=True, **counters):
        yield
        if flush:
            self.env.flush_all()

    BaseCase.assertQueryCount = uncounted


def _record_query_counts():
    """Count as Odoo does, and note what was expected and counted under the test's name."""
    from odoo.tests import BaseCase

    @contextlib.contextmanager
    def recorded(self, default=0, flush=True, **counters):
        def settle():
            if flush:
                self.env.flush_all()
                self.env.cr.flush()

        with patch("random.random", lambda: 1):
            settle()
            before = self.cr.sql_log_count
            yield
            settle()
            counted = self.cr.sql_log_count - before
        expected = counters.get(self.env.user.login, default)
        query_counts.setdefault(self._testMethodName, []).append([expected, counted])

    BaseCase.assertQueryCount = recorded


def _lint_only(name, test_modules):
    """Show test_lint one addon instead of all that lie on the addons path."""
    from odoo.modules import Manifest
    from odoo.tests import BaseCase

    Manifest.all_addon_manifests = staticmethod(lambda: [Manifest.for_addon(name)])
    for module in test_modules:
        if hasattr(module, "get_modules"):
            module.get_modules = lambda: [name]
        if hasattr(module, "TestESLint"):
            _eslint_of_something(module.TestESLint)
        if hasattr(module, "TestPyLint"):
            module.subprocess = SimpleNamespace(run=_pylint_addon_only)

    @contextlib.contextmanager
    def sub_test(self, msg=None, **params):
        """Let pass what is found in another addon (tests of the registry see them all)."""
        self._subtest = SimpleNamespace(params=params)
        try:
            yield
        except Exception:
            if params.get("module", name) == name:
                raise

    BaseCase.subTest = sub_test


def _eslint_of_something(test_class):
    """Leave out the run over Odoo's strict addons, now none: it asks for more plugins."""
    original = test_class._test_eslint
    test_class._test_eslint = lambda self, names, rules: names and original(
        self, names, rules
    )


def _pylint_addon_only(command, **options):
    """Run pylint without the folder of Odoo itself, which test_lint always adds.

    Our comments may name rules of pylint-odoo, which test_lint does not know.
    """
    from odoo.tools import config

    command = [part for part in command if part != config.root_path]
    command.insert(1, "--disable=unknown-option-value")
    return subprocess.run(command, **options)
