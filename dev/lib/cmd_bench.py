"""./dev/bench [NAME...]: measure, on fresh databases without demo data.

A benchmark is a file dev/benchmarks/NAME.py with a function `run(env, report)`:

    def run(env, report):
        report.compare("create 100 leads", {"core": create, "ours": create_ours}, per=100)

`env` is a database with the addon as it is shipped, `report.bare_env` one without it, for what
Odoo itself does. Each benchmark has the two for itself; afterwards they are dropped. What is
timed is rolled back, or committed where the commit is part of it (`commit=True`). Mails go to
a mail server that sends them nowhere. See dev/lib/inside/bench_report.py for what `report`
can do, dev/lib/inside/bench_data.py for teams and leads to measure with, and
dev/lib/inside/bench_client.py for what the web client asks for.

core_create     Odoo's own creation of leads: the scale for the others
core_queries    how many queries Odoo's own tests count with the addon installed
evaluation      persona, segments, completeness and gate of 50,000 leads
followup        what is next for 50,000 leads, beside a bare UPDATE; My day; activities
learning        what is learned from real leads, beside Odoo; chance, drift, a year of reviews
insight         the board of a quarter at 200,000 leads, the figures of a night, the digest
intake          the letterbox: keeping, processing, files, finding the same person
intake_killed   a server that is killed while forms come in, and started again
lead_creation   creating a lead, as shipped, with its commit and notification
lead_saving     saving a lead, as shipped, with its commit
messages        a message to 500 leads in each channel, beside Odoo's own
nurture         a step of a track, an answer that ends it, 10,000 that enter by rule
nurture_killed  a clock that is killed in the middle of 20,000 deliveries; two at once
routing         2,000 leads beside Odoo's own assignment; 100,000 leads; 50 rules, 200 members
routing_killed  a worker that is killed in the middle of 20,000 leads
scoring         10,000 to 200,000 leads beside a bare UPDATE
screens         each screen of ours at 200,000 leads, with Odoo's own beside it; some of
                them: --only Overview --only "a lead"
stage_moves     moving leads in a list
story           the first page of a lead's story, beside Odoo's chatter
touchpoint      recording a touchpoint, beside a note in the chatter
ways            how many files and functions a lead, a save and a touchpoint pass

Only when it is named, as it takes minutes:

big             1,000,000 leads, or as many as --size says
judging         a scorecard judged by 300,000 closed leads, or as many as --size says
"""

import argparse
import json
from pathlib import Path

import databases
import env
import setup
from say import Stop, main
from steps import attempt, lock

BENCHMARKS = env.DEV / "benchmarks"
ONLY_WHEN_NAMED = {"big", "judging"}


def bench(args):
    parser = argparse.ArgumentParser(
        prog="./dev/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="(default: all)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    parser.add_argument("--demo", action="store_true", help="on the demo company")
    parser.add_argument(
        "--size", type=int, metavar="N", help="with so many leads, where it takes many"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="TEXT",
        help="of screens, those whose name begins so (may be given several times)",
    )
    options = parser.parse_args(args)
    files = [_file(name) for name in options.names] or _usual()
    ready = setup.ready()
    with lock(env.LOCKS / "bench", "./dev/bench (two would disturb each other)"):
        statuses = [_measure(ready, file, options) for file in files]
    if options.json:
        rows = [row for file in files for row in _rows(file)]
        Path(options.json).write_text(json.dumps(rows, indent=2), "utf-8")
    return max(statuses)


def _usual():
    files = sorted(BENCHMARKS.glob("*.py"))
    return [file for file in files if file.stem not in ONLY_WHEN_NAMED]


def _file(name):
    path = BENCHMARKS / f"{name.removesuffix('.py')}.py"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in BENCHMARKS.glob("*.py")))
        raise Stop(f"No benchmark called {name}. Mend: one of {known}")
    return path


def _measure(ready, file, options):
    """Run a benchmark on two databases of its own; return its exit status."""
    print(f"\n{file.stem}", flush=True)
    _json(file).unlink(missing_ok=True)
    try:
        databases.addon_copy(ready, "bench", options.demo)
        databases.core_copy(ready, "bench_bare", options.demo)
        script = env.DEV / "lib" / "inside" / "measure.py"
        names = [ready.server.name(name) for name in ("bench", "bench_bare")]
        command = [ready.python, script, *names, _json(file), file]
        log = env.LOGS / f"bench-{file.stem}.log"
        environ = ready.environ()
        if options.size:
            environ["CRM_LEAD_SIZE"] = str(options.size)
        if options.only:
            environ["CRM_LEAD_ONLY"] = "\n".join(options.only)
        return attempt(command, log, echo=True, env=environ)
    finally:
        databases.drop(ready, "bench")
        databases.drop(ready, "bench_bare")


def _rows(file):
    path = _json(file)
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def _json(file):
    return env.LOGS / f"bench-{file.stem}.json"


if __name__ == "__main__":
    main(bench)
