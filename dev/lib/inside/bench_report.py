"""What a benchmark is given to measure with: times ways to do the same, and prints rows."""

import statistics
import time
from operator import truediv
from pathlib import Path
from typing import Any, NamedTuple

from odoo import sql_db
from odoo.tools import SQL

TIMES = f"{'':<34} {'':<14} {'median ms':>9} {'best ms':>9} {'queries':>8} {'ratio':>6}"
COUNTS = f"{'':<34} {'':<14} {'count':>9} {'ratio':>6}"


def _busy_seconds(backend):
    """Return for how long this process and one of the database's have been busy.

    :param int backend: the process of the database; left out where it is out of sight.
    """
    try:
        times = Path(f"/proc/{backend}/schedstat").read_text("ascii").split()
    except OSError:
        times = [0]
    return time.process_time() + int(times[0]) / 1e9


class Way(NamedTuple):
    """One way to do what is measured.

    :param function: what is timed.
    :param env: the environment that it works in: the database with the addon, or the bare one.
    :param prepare: called before each turn, not timed; what it returns goes to the function.
    """

    function: Any
    env: Any
    prepare: Any = None


class Report:
    """Collects the rows of a benchmark and prints them.

    ``env`` is the database with the addon, ``bare_env`` the one without it.
    """

    def __init__(self, env, bare_env, benchmark):
        self.env = env
        self.bare_env = bare_env
        self.benchmark = benchmark
        self.rows = []
        self.header = ""

    def compare(
        self,
        title,
        ways,
        *,
        per=1,
        calls=1,
        repeat=7,
        limit=None,
        commit=False,
        cpu=False,
    ):
        """Time several ways to do the same, taking turns.

        Taking turns, because a machine gets faster and slower while it measures; the ratio
        to the first way is the median of those of each turn, for the same reason.

        Each turn is rolled back, unless ``commit`` says that the commit is measured, too.

        :param str title: What is done.
        :param dict ways: Name of a way to a function without arguments; the first one is
            what the others are compared with. What works on the database without the addon
            comes with its environment, ``(function, report.bare_env)``; what needs something
            made for each turn comes as a :class:`Way`.
        :param int per: How many records a call handles (figures are given for one).
        :param int calls: How often a way is called in a turn.
        :param int repeat: How many turns each way has, after one to warm up.
        :param float limit: The highest ratio to the first way that is acceptable.
        :param bool commit: Each call is a transaction of its own, as a click is: with the
            flush, what Odoo does just before and just after the commit (the mails), and the
            commit itself. It stays: each benchmark has databases of its own. Queries are
            those of the cursors that mails are sent with, too.
        :param bool cpu: Time what the processor was busy with, here and in the database,
            instead of the clock: others may use the machine. The ratio is that of the best
            turns.
        """
        ways = {name: self._way(way) for name, way in ways.items()}
        once = self._committed if commit else self._rolled_back
        once = self._busy if cpu else once
        samples = {name: [] for name in ways}
        queries = {}
        for turn in range(repeat + 1):
            for name, way in ways.items():
                took, queries[name] = once(way, calls)
                if turn:
                    samples[name].append(took / per / calls)
        first = next(iter(samples.values()))
        for name, times in samples.items():
            ratio = statistics.median(map(truediv, times, first))
            ratio = min(times) / min(first) if cpu else ratio
            allowed = None if times is first else limit
            self._timed_row(title, name, times, queries[name], ratio, allowed)

    def time(self, title, function, *, per=1, repeat=3):
        """Time one function, each time rolled back."""
        self.compare(title, {"": function}, per=per, repeat=repeat)

    def number(self, title, way, number, beside=None, limit=None):
        """Print a number that is no time, and how many times another one it is.

        :param float beside: what it is compared with.
        :param float limit: the highest ratio that is acceptable.
        """
        ratio = number / beside if beside else 1.0
        figures = {"number": number, "beside": beside}
        verdict = self._row(title, way, ratio, limit, figures)
        line = f"{title:<34.34} {way:<14.14} {number:9} {ratio:6.2f} {verdict}"
        self._print(COUNTS, line)

    def note(self, text):
        """Print a line under the rows measured so far."""
        print(f"  {text}", flush=True)

    def _way(self, way):
        return Way(*way) if isinstance(way, tuple) else Way(way, self.env)

    def _rolled_back(self, way, calls, clock=None):
        clock = clock or time.perf_counter
        env, cr = way.env, way.env.cr
        env.flush_all()
        env.invalidate_all()
        cr.execute("SAVEPOINT measure")
        given = [way.prepare()] if way.prepare else []
        env.flush_all()
        before, start = cr.sql_log_count, clock()
        for _call in range(calls):
            way.function(*given)
        env.flush_all()
        took, queries = clock() - start, cr.sql_log_count - before
        env.invalidate_all(flush=False)
        cr.execute("ROLLBACK TO SAVEPOINT measure")
        # What was noted of this turn's configuration is rolled back, too.
        cr.cache.clear()
        return took, queries

    def _busy(self, way, calls):
        [[backend]] = way.env.execute_query(SQL("SELECT pg_backend_pid()"))
        return self._rolled_back(way, calls, lambda: _busy_seconds(backend))

    def _committed(self, way, calls):
        given = [way.prepare()] if way.prepare else []
        way.env.cr.commit()
        before, start = sql_db.sql_counter, time.perf_counter()
        for _call in range(calls):
            way.function(*given)
            # Empties the memory of records, too: the next call begins as a request does.
            way.env.cr.commit()
        return time.perf_counter() - start, sql_db.sql_counter - before

    def _timed_row(self, title, way, times, queries, ratio, limit):
        figures = {
            "median_ms": statistics.median(times) * 1000,
            "best_ms": min(times) * 1000,
            "queries": queries,
        }
        verdict = self._row(title, way, ratio, limit, figures)
        line = (
            f"{title:<34.34} {way:<14.14} {figures['median_ms']:9.2f}"
            f" {figures['best_ms']:9.2f} {queries:8} {ratio:6.2f} {verdict}"
        )
        self._print(TIMES, line)

    def _print(self, header, line):
        if header != self.header:
            self.header = header
            print(header)
        print(line, flush=True)

    def _row(self, title, way, ratio, limit, figures):
        """Keep a row; return what is said about its limit."""
        ok = limit is None or ratio <= limit
        self.rows.append(
            {
                "benchmark": self.benchmark,
                "title": title,
                "way": way,
                **figures,
                "ratio": ratio,
                "limit": limit,
                "ok": ok,
            }
        )
        return "" if limit is None else f"<= {limit:g} {'ok' if ok else 'TOO SLOW'}"
