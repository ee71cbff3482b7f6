"""./dev/bench [NAME...]: measure, on a fresh database without demo data.

Beside it there is one without the addon, for what Odoo itself does.

A benchmark is a file dev/benchmarks/NAME.py with a function `run(env, report)`:

    def run(env, report):
        report.compare("create 100 leads", {"core": create, "ours": create_ours}, per=100)

What it does is rolled back. See dev/lib/inside/measure.py for what `report` can do.
"""

import argparse

import databases
import env
import setup
from say import Stop, main
from steps import attempt, lock

BENCHMARKS = env.DEV / "benchmarks"


def bench(args):
    parser = argparse.ArgumentParser(
        prog="./dev/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="(default: all)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--demo", action="store_true", help="on the demo company")
    options = parser.parse_args(args)
    files = [_file(name) for name in options.names] or sorted(BENCHMARKS.glob("*.py"))
    ready = setup.ready()
    with lock(env.LOCKS / "bench", "./dev/bench (two would disturb each other)"):
        try:
            databases.addon_copy(ready, "bench", options.demo)
            databases.core_copy(ready, "bench_bare", options.demo)
            return _measure(ready, files, options.json)
        finally:
            databases.drop(ready, "bench")
            databases.drop(ready, "bench_bare")


def _file(name):
    path = BENCHMARKS / f"{name.removesuffix('.py')}.py"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in BENCHMARKS.glob("*.py")))
        raise Stop(f"No benchmark called {name}. Mend: one of {known}")
    return path


def _measure(ready, files, json):
    script = env.DEV / "lib" / "inside" / "measure.py"
    names = [ready.server.name(name) for name in ("bench", "bench_bare")]
    command = [ready.python, script, *names, json or "-", *files]
    return attempt(command, env.LOGS / "bench.log", echo=True, env=ready.environ())


if __name__ == "__main__":
    main(bench)
