"""A million open leads: the first score, the next that changes nothing, a night's evaluation.

With the scorecard, the questions and the qualifiers that are shipped. ``--size`` says how
many leads, to try it with fewer. Runs only when it is named: it takes minutes.
"""

import os
import time

from bench_data import fill, peak_memory, scorecard_rules

SIZE = int(os.environ.get("CRM_LEAD_SIZE", "1000000"))
BATCH = 1000  # as the scheduled action that evaluates by night
BEFORE = "1,000,000 leads at commit 12a4ef0: 200 s, 24 s, 216 s, 154 MB"


def run(env, report):
    start = time.perf_counter()
    fill(env, 0, SIZE)
    env.cr.commit()
    took = time.perf_counter() - start
    report.note(f"{SIZE:,} leads inserted by SQL: {took:.0f} s, {peak_memory()} MB")
    score = env["crm.score.engine"]._score
    title = f"{scorecard_rules(env)} rules"
    changed = _timed(env, report, f"score, {title}: first time", score)
    assert changed >= SIZE
    env.cr.execute("SELECT count(*) FROM crm_lead WHERE NOT lead_grade > 0")
    assert env.cr.fetchone() == (0,)
    changed = _timed(env, report, f"score, {title}: nothing changes", score)
    assert changed == 0
    _timed(env, report, "a night's evaluation", lambda: _night(env))
    report.note(f"{SIZE:,} leads: {peak_memory()} MB of memory at most")
    report.note(BEFORE)


def _night(env):
    """Evaluate and score all leads, batch by batch, each committed."""
    leads, last = env["crm.lead"], 0
    domain = [("won_status", "=", "pending")]
    while batch := leads.search([*domain, ("id", ">", last)], order="id", limit=BATCH):
        env["crm.lead.evaluator"]._evaluate(batch, None)
        env["crm.score.engine"]._score(batch)
        last = batch.ids[-1]
        env.invalidate_all()
        env.cr.commit()


def _timed(env, report, title, function):
    """Do something once, commit included, and print its seconds; return what it returned."""
    start = time.perf_counter()
    result = function()
    env.cr.commit()
    took = time.perf_counter() - start
    report.note(
        f"{title:<34} {took:7.1f} s, {took * 1000 / SIZE:.3f} ms a lead,"
        f" {peak_memory()} MB"
    )
    return result
