"""./dev/test: run everything that must be green, and say so in one line each.

ruff         style and common mistakes of Python
pylint       pylint-odoo with OCA's mandatory rules
oca-hooks    OCA's checks of XML, CSV, translations
web          prettier over XML and JavaScript, eslint
doctests     the examples in tools/ and in the deciding of routing, without Odoo
unit         our tests on a fresh database without demo data
tours        browser tours through the demo company
first-hour   from Install in the Apps to the first lead that is answered, without demo data
no-harm      install into a company with history, update, uninstall: what has changed?
upgrade      a used company of the first version is updated: what is lost? Also in the middle
             of a scheduled pass
core-lint    Odoo's own test_lint, about this addon
core-tests   Odoo's own crm, crm_sms and sales_team tests, with this addon installed
neighbours   installed beside Email Marketing, Website, Sales, Time Off, Live Chat and OCA's
             queue_job: our tests about them, and Odoo's own of its bridges to CRM

At the end: how long each check took, and the five longest tests of all.
"""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import checks
import env
import first_hour
import neighbours
import no_harm
import setup
import suites
import upgrade
from report import announce, summary, timed
from say import Stop, main, note
from steps import stop_children, stopping

LINTERS = {
    "ruff": checks.ruff,
    "pylint": checks.pylint,
    "oca-hooks": checks.oca_hooks,
    "web": checks.web,
    "doctests": checks.doctests,
}
SUITES = {
    "unit": suites.unit,
    "tours": suites.tours,
    "first-hour": first_hour.first_hour,
    "no-harm": no_harm.no_harm,
    "upgrade": upgrade.upgrade,
    "core-lint": suites.core_lint,
    "core-tests": suites.core_tests,
    "neighbours": neighbours.neighbours,
}
SLOW = {
    "tours",
    "first-hour",
    "no-harm",
    "upgrade",
    "core-lint",
    "core-tests",
    "neighbours",
}


@dataclass
class Run:
    """What the suites need to know of this run."""

    ready: env.Env
    selection: list = field(default_factory=list)
    alone: bool = False


def parse(args):
    parser = argparse.ArgumentParser(
        prog="./dev/test",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-k",
        metavar="NAME",
        help="only tests and tours whose name matches (as in pytest -k)",
    )
    parser.add_argument(
        "--fast", action="store_true", help=f"all but {', '.join(sorted(SLOW))}"
    )
    parser.add_argument(
        "--only",
        metavar="CHECK",
        action="append",
        help="only this check; may be given again",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="let the linters mend what they can",
    )
    return parser.parse_args(args)


def chosen(options):
    """Return the names of the checks to run, the long ones first."""
    everything = [*SUITES, *LINTERS]
    unknown = set(options.only or []) - set(everything)
    if unknown:
        raise Stop(
            f"No check called {', '.join(sorted(unknown))}. Mend: one of {', '.join(everything)}"
        )
    if options.only:
        return [name for name in everything if name in options.only]
    if options.k:
        everything = ["unit", "tours"]
    elif options.fix:
        everything = list(LINTERS)
    return [name for name in everything if not (options.fast and name in SLOW)]


def test(args):
    options = parse(args)
    names = chosen(options)
    ready = setup.ready()
    selection = ["-k", options.k] if options.k else []
    run = Run(ready, selection, alone=bool(options.k) or len(names) == 1)
    if run.alone:
        results = {name: one(name, run, options.fix) for name in names}
    else:
        results = all_at_once(names, run, options.fix)
    return summary(results)


def all_at_once(names, run, fix):
    """Run the checks side by side, as many as there are cores (two at least)."""
    note(f"Running {', '.join(names)} ...")
    results = {}
    with ThreadPoolExecutor(max(2, min(4, os.cpu_count() or 2))) as pool:
        waiting = {pool.submit(one, name, run, fix): name for name in names}
        try:
            for future in as_completed(waiting):
                results[waiting[future]] = future.result()
        except BaseException:  # Ctrl-C
            pool.shutdown(wait=False, cancel_futures=True)
            stop_children()
            raise
    return {name: results[name] for name in names}


def one(name, run, fix):
    """Run a check and announce its result."""
    args = (run.ready, fix) if name in LINTERS else (run,)
    result = timed({**LINTERS, **SUITES}[name], *args)
    if not stopping.is_set():
        announce(name, result)
    return result


if __name__ == "__main__":
    main(test)
