"""A server that is killed while forms come in, and started again: none lost, none twice.

A real server takes forms over HTTP from 8 clients, while its scheduled job makes leads of them.
It is killed by SIGKILL in the middle, and started again; clients that got no answer send again,
as forms do. In the end each form that was answered is exactly one lead with an owner, or an
entry with a reason.
"""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request

from bench_data import one_rule, team
from bench_server import start

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

FORMS, CLIENTS = int(os.environ.get("CRM_LEAD_FORMS", "5000")), 8
PORT = int(os.environ.get("CRM_LEAD_BENCH_PORT", "8399"))
KILL_AT = FORMS // 3


def run(env, report):
    registry = Registry(env.cr.dbname)
    with registry.cursor() as cr:
        own = Environment(cr, SUPERUSER_ID, {})
        one_rule(own, team(own, "Sellers", 5))
        values = {"name": "Bench", "kind": "web", "limit_minute": 0}
        source = own["crm.intake.source"].create(values)
        key, source_id = source._new_key(), source.id
    accepted, numbers, lock = set(), iter(range(FORMS)), threading.Lock()
    server = [start(env.cr.dbname, PORT)]

    def client():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            while not _post(key, number):
                time.sleep(0.2)
            with lock:
                accepted.add(str(number))

    threads = [threading.Thread(target=client) for _client in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    while len(accepted) < KILL_AT:
        time.sleep(0.05)
    os.kill(server[0].pid, signal.SIGKILL)
    server[0].wait()
    killed_at = len(accepted)
    server[0] = start(env.cr.dbname, PORT)
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    _wait_for_the_end(registry, source_id)
    server[0].terminate()
    server[0].wait()
    report.note(
        f"{FORMS} forms, killed after {killed_at}: {took:.0f} s,"
        f" {FORMS / took:.0f} a second"
    )
    _check(registry, source_id, accepted, report)


def _post(key, number):
    data = {
        "name": f"Person {number}",
        "email": f"person{number}@home{number}.example",
        "external_ref": str(number),
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/crm/intake/{key}",
        json.dumps(data).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        return urllib.request.urlopen(request, timeout=30).status == 202
    except (OSError, urllib.error.HTTPError, ValueError):
        return False
    except Exception:  # a connection that ends in the middle of an answer
        return False


def _wait_for_the_end(registry, source_id):
    """Wait until nothing waits in the letterbox any more."""
    query = "SELECT count(*) FROM crm_intake_item WHERE source_id = %s AND state = 'received'"
    for _second in range(600):
        with registry.cursor() as cr:
            cr.execute(query, [source_id])
            if not cr.fetchone()[0]:
                return
        time.sleep(1)


def _check(registry, source_id, accepted, report):
    with registry.cursor() as cr:
        cr.execute(
            "SELECT item.external_ref, item.state, lead.id, lead.user_id"
            "  FROM crm_intake_item AS item LEFT JOIN crm_lead AS lead ON lead.id = item.lead_id"
            " WHERE item.source_id = %s",
            [source_id],
        )
        rows = cr.fetchall()
        cr.execute(
            "SELECT count(*), count(DISTINCT email_normalized) FROM crm_lead"
            " WHERE email_normalized LIKE 'person%@home%.example'"
        )
        leads, people = cr.fetchone()
    refs = [row[0] for row in rows]
    owned = sum(bool(row[3]) for row in rows)
    report.note(
        f"answered {len(accepted)}, entries {len(rows)}, leads {leads}, people {people},"
        f" with an owner {owned}"
    )
    assert set(refs) >= accepted and len(refs) == len(set(refs))
    assert leads == people == FORMS
    assert all(row[2] and row[3] for row in rows if row[1] == "done")
    assert all(row[1] == "done" for row in rows)
