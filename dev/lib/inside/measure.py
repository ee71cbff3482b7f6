"""Run benchmarks inside Odoo: measure.py DATABASE BARE_DATABASE JSON_FILE|- BENCHMARK.py...

The bare database is one without the addon: what Odoo does where it is not installed.

Exit status 1 when a limit is passed or a benchmark fails.
"""

import importlib.util
import json
import statistics
import sys
import time
import traceback
from operator import truediv
from pathlib import Path


class Report:
    """What a benchmark is given to measure with; collects rows and prints them."""

    def __init__(self, env, bare_env, benchmark, rows):
        self.env = env
        self.bare_env = bare_env
        self.benchmark = benchmark
        self.rows = rows

    def compare(self, title, ways, *, per=1, repeat=7, limit=None):
        """Time several ways to do the same, taking turns, each time rolled back.

        Taking turns, because a machine gets faster and slower while it measures; the ratio
        to the first way is the median of those of each turn, for the same reason.

        :param str title: What is done.
        :param dict ways: Name of a way to a function without arguments; the first one is
            what the others are compared with. What works on the database without the addon
            comes with its environment: ``(function, report.bare_env)``.
        :param int per: How many records a call handles (figures are given for one).
        :param int repeat: How often each way is timed, after one call to warm up.
        :param float limit: The highest ratio to the first way that is acceptable.
        """
        samples = {name: [] for name in ways}
        queries = {}
        for turn in range(repeat + 1):
            for name, way in ways.items():
                function, env = way if isinstance(way, tuple) else (way, self.env)
                took, queries[name] = self._once(function, env)
                if turn:
                    samples[name].append(took / per)
        first = next(iter(samples.values()))
        for name, times in samples.items():
            ratio = statistics.median(map(truediv, times, first))
            allowed = None if times is first else limit
            self._row(title, name, times, queries[name], ratio, allowed)

    def time(self, title, function, *, per=1, repeat=3):
        """Time one function, each time rolled back."""
        self.compare(title, {"": function}, per=per, repeat=repeat)

    def note(self, text):
        """Print a line under the rows measured so far."""
        print(f"  {text}", flush=True)

    def _once(self, function, env):
        cr = env.cr
        env.flush_all()
        env.invalidate_all()
        cr.execute("SAVEPOINT measure")
        before, start = cr.sql_log_count, time.perf_counter()
        function()
        env.flush_all()
        took, queries = time.perf_counter() - start, cr.sql_log_count - before
        env.invalidate_all(flush=False)
        cr.execute("ROLLBACK TO SAVEPOINT measure")
        return took, queries

    def _row(self, title, way, times, queries, ratio, limit):
        passed = limit is None or ratio <= limit
        row = {
            "benchmark": self.benchmark,
            "title": title,
            "way": way,
            "median_ms": statistics.median(times) * 1000,
            "best_ms": min(times) * 1000,
            "queries": queries,
            "ratio": ratio,
            "limit": limit,
            "ok": passed,
        }
        self.rows.append(row)
        verdict = (
            "" if limit is None else f"<= {limit:g} {'ok' if passed else 'TOO SLOW'}"
        )
        print(
            f"{title:<34.34} {way:<14.14} {row['median_ms']:9.2f} {row['best_ms']:9.2f} "
            f"{queries:8} {ratio:6.2f} {verdict}",
            flush=True,
        )


def main(database, bare_database, json_file, *files):
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-d", f"{database},{bare_database}", "--log-level=error"])
    rows, failed = [], []
    print(
        f"{'':<34} {'':<14} {'median ms':>9} {'best ms':>9} {'queries':>8} {'ratio':>6}"
    )
    for file in map(Path, files):
        spec = importlib.util.spec_from_file_location(file.stem, file)
        module = importlib.util.module_from_spec(spec)
        with (
            Registry(database).cursor() as cr,
            Registry(bare_database).cursor() as bare_cr,
        ):
            env, bare_env = (
                odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
                for cursor in (cr, bare_cr)
            )
            try:
                spec.loader.exec_module(module)
                module.run(env, Report(env, bare_env, file.stem, rows))
            except Exception:
                traceback.print_exc()
                failed.append(file.stem)
            # Nothing of a benchmark stays, so the next one starts from the same database.
            cr.rollback()
            bare_cr.rollback()
    if json_file != "-":
        Path(json_file).write_text(json.dumps(rows, indent=2), "utf-8")
    return 1 if failed or not all(row["ok"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
