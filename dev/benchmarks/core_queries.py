"""How many queries Odoo's own tests of mass conversion and assignment count with the addon.

The tests run as they are, in a process of their own, once in the database with the addon and
once in the bare one; that they count is recorded instead of failing them. Beside each: the
figure that Odoo's test allows. Chance is as in the tests: they set its seed themselves.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import bench_report

from odoo.addons import crm

LIMIT = 1.4
FILES = ("test_crm_lead_convert_mass.py", "test_performances.py")
TESTS = {
    "test_mass_convert_performances": "convert 50 leads",
    "test_assign_perf_no_duplicates": "assign 100 leads",
    "test_assign_perf_duplicates": "assign 200, duplicates",
    "test_assign_perf_populated": "assign 650, three teams",
}


def run(env, report):
    counted, bare = (_count(each.cr.dbname) for each in (env, report.bare_env))
    for test, title in TESTS.items():
        (allowed, ours), (_allowed, core) = *counted[test], *bare[test]
        title = f"queries: {title}"
        report.number(title, "Odoo's test", allowed)
        report.number(title, "Odoo here", core, allowed)
        report.number(title, "with addon", ours, allowed, LIMIT)


def _count(database):
    """Run the tests in a database; return by test what it expected and what it counted."""
    plugins = Path(bench_report.__file__).parent
    path = os.pathsep.join([str(plugins), os.environ.get("PYTHONPATH", "")])
    folder = Path(crm.__path__[0]) / "tests"
    with tempfile.TemporaryDirectory() as there:
        record = Path(there) / "counts.json"
        command = [sys.executable, "-m", "pytest", *(folder / file for file in FILES)]
        command += ["-k", " or ".join(TESTS), f"--odoo-database={database}"]
        command += [f"--query-counts={record}", "-p", "pytest_addon", "--quiet"]
        command += ["-p", "no:cacheprovider", "--import-mode=importlib"]
        command += [f"--rootdir={plugins}", "--tb=short"]
        done = subprocess.run(
            list(map(str, command)),
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        # Without the addon they must pass; with it, too, but for what they count.
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return json.loads(record.read_text("utf-8"))
