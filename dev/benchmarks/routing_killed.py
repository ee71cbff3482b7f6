"""A worker that is killed in the middle of 20,000 leads, and started again.

A real process routes what waits, as the scheduled action does. It is killed by SIGKILL once
some thousand leads have their owners; a second one takes up the rest. In the end each lead
must have exactly one decision on record, and the owners must have got equally many.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

from bench_data import insert_leads, territories

from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

LEADS, MEMBERS, KILL_AT = 20_000, 5, 4000

WORKER = """
import sys
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config

config.parse_config(["-d", sys.argv[1], "--log-level=error"])
with Registry(sys.argv[1]).cursor() as cr:
    Environment(cr, SUPERUSER_ID, {})["crm.routing.ladder"]._route_waiting()
"""


def run(env, report):
    # The workers must see it all: a cursor of its own, whose work is committed.
    registry = Registry(env.cr.dbname)
    with registry.cursor() as cr:
        _set_up(Environment(cr, SUPERUSER_ID, {}))
    killed = _start(env.cr.dbname)
    start = time.perf_counter()
    while _count(registry, "user_id") < KILL_AT:
        assert killed.poll() is None, "the worker ended by itself"
        time.sleep(0.1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    _wait_for_the_end(registry, killed.pid)
    done = _count(registry, "user_id")
    again = _start(env.cr.dbname)
    assert again.wait() == 0
    took = time.perf_counter() - start
    report.note(
        f"{LEADS} leads, killed after {done}, started again: {took:.0f} s,"
        f" {took * 1000 / LEADS:.2f} ms a lead"
    )
    assert KILL_AT <= done < LEADS
    with registry.cursor() as cr:
        _check(Environment(cr, SUPERUSER_ID, {}), report)


def _set_up(env):
    territories(env, MEMBERS, assignment_max=30 * LEADS)
    waiting = {"routing_waiting_since": fields.Datetime.now()}
    insert_leads(env, LEADS, **waiting)


def _start(database):
    return subprocess.Popen([sys.executable, "-c", WORKER, database])


def _wait_for_the_end(registry, pid):
    """Wait until the database has noticed that a process is gone, and let go of its rows."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    for _second in range(60):
        with registry.cursor() as cr:
            cr.execute(query, [f"odoo-{pid}"])
            if not cr.fetchone()[0]:
                return
        time.sleep(1)


def _count(registry, column):
    with registry.cursor() as cr:
        cr.execute(f"SELECT count({column}) FROM crm_lead WHERE name LIKE 'Lead %'")
        return cr.fetchone()[0]


def _check(env, report):
    env.cr.execute(
        "SELECT count(*), count(lead.user_id), count(DISTINCT log.lead_id), count(log.id)"
        "  FROM crm_lead AS lead"
        "  LEFT JOIN crm_lead_routing_log AS log ON log.lead_id = lead.id"
        " WHERE lead.name LIKE 'Lead %'"
    )
    figures = env.cr.fetchone()
    counted = "leads, with an owner, with a decision, decisions"
    report.note(f"{counted}: {', '.join(map(str, figures))}")
    assert set(figures) == {LEADS}
    env.cr.execute(
        "SELECT team_id, user_id, count(*) FROM crm_lead WHERE name LIKE 'Lead %'"
        " GROUP BY team_id, user_id"
    )
    pools = {}
    for team_id, user_id, count in env.cr.fetchall():
        pools.setdefault(team_id, Counter())[user_id] = count
    spread = max(max(c.values()) - min(c.values()) for c in pools.values())
    report.note(f"spread in a pool: {spread}")
    # The turns of the batch that was killed are lost: they may have been uneven.
    assert len(pools) == 4 and spread <= 2
