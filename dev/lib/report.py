"""Results of checks: one closing line each, and one that sums them up."""

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field

from say import Stop, note

SHOWN = 20  # failed tests that are shown; all of them are in the log
LINES = 15  # of each
LONGEST = 5  # tests whose seconds are shown at the end


@dataclass
class Result:
    """What a check found.

    :param str trouble: What to read when it failed or was skipped.
    :param bool ok: False also for trouble that is not a failed test.
    :param list longest: The longest tests: seconds and name.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    trouble: str = ""
    ok: bool = True
    seconds: float = field(default=0.0, compare=False)
    longest: list = field(default_factory=list, compare=False)

    @property
    def status(self):
        if self.failed or not self.ok:
            return "FAILED"
        return "ok" if self.passed else "skipped"


def skipped(reason):
    return Result(skipped=1, trouble=reason)


def failure(trouble):
    return Result(failed=1, trouble=trouble, ok=False)


def timed(check, *args):
    """Run a check and note how long it took; a check that stops has failed."""
    start = time.monotonic()
    try:
        result = check(*args)
    except Stop as stop:
        result = failure(str(stop))
    result.seconds = time.monotonic() - start
    return result


def closing_line(name, result):
    counts = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
    reason = (
        f": {result.trouble}" if result.status == "skipped" and result.trouble else ""
    )
    return f"{name:<12} {result.status:<8} {result.seconds:5.0f} s   {counts}{reason}"


def announce(name, result):
    if result.status == "FAILED" and result.trouble:
        note(f"\n--- {name} ---\n{result.trouble.rstrip()}\n")
    elif result.trouble and result.status == "ok":
        note(f"{name}: {result.trouble.rstrip()}")
    note(closing_line(name, result))


def summary(results):
    """Print the closing lines once more and their sum; return the exit status."""
    note("")
    for name, result in results.items():
        note(closing_line(name, result))
    for line in time_lines(results):
        note(line)
    passed, failed, left = (
        sum(getattr(r, key) for r in results.values())
        for key in ("passed", "failed", "skipped")
    )
    # A check can fail without a failed test (Odoo did not start, say).
    failed += sum(
        1 for result in results.values() if not result.ok and not result.failed
    )
    print(f"\n{passed} passed, {failed} failed, {left} skipped", flush=True)
    return 1 if failed or not passed else 0


def time_lines(results):
    """Return what took longest: the checks, and the tests of all of them."""
    if len(results) > 1:
        checks = sorted(results, key=lambda name: -results[name].seconds)
        times = (f"{name} {results[name].seconds:.0f} s" for name in checks)
        yield f"\nTime of the checks: {', '.join(times)}"
    tests = [(*test, name) for name in results for test in results[name].longest]
    if tests:
        yield "\nLongest tests:"
    for seconds, test, name in sorted(tests, reverse=True)[:LONGEST]:
        yield f"{seconds:7.1f} s   {test} ({name})"


def read(path, known=frozenset()):
    """Return the Result of a pytest run from what our plugin wrote.

    :param set known: Names of tests that may fail.
    """
    outcomes = json.loads(path.read_text("utf-8"))
    names = {status: set() for status in ("passed", "failed", "skipped")}
    for name, (status, _text, _seconds) in outcomes.items():
        names[status].add(name)
    unexpected = sorted(names["failed"] - known)
    trouble = [_shown(name, outcomes[name][1]) for name in unexpected[:SHOWN]]
    if len(unexpected) > SHOWN:
        trouble.append(f"... and {len(unexpected) - SHOWN} more")
    reasons = Counter(
        text for status, text, _seconds in outcomes.values() if status == "skipped"
    )
    trouble += [f"skipped {count}: {text}" for text, count in reasons.items()]
    cured = sorted(known & names["passed"])
    if cured:
        trouble.append(f"passed, though known to fail: {', '.join(cured)}")
    excused = len(names["failed"]) - len(unexpected)
    return Result(
        passed=len(names["passed"]),
        failed=len(unexpected),
        skipped=len(names["skipped"]) + excused,
        trouble="\n".join(trouble),
        longest=_longest(outcomes),
    )


def _longest(outcomes):
    times = ((seconds, name) for name, (_, _, seconds) in outcomes.items())
    return sorted(times, reverse=True)[:LONGEST]


def _shown(name, text):
    # Without the terminal colours that Odoo and pytest may have left.
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip().splitlines()
    return "\n".join([f"FAILED {name}", *lines[-LINES:], ""])
