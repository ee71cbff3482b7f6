"""A clock that is killed in the middle of 20,000 deliveries, and started again, by two at once.

Real processes do what the scheduled action does. The first is killed by SIGKILL once some
thousand messages are in Odoo's queue; two others take up the rest at the same time. In the end
each lead must have exactly one delivery, and exactly one mail.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

from bench_data import insert_leads

from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

LEADS, KILL_AT = 20_000, 4000
WORKER = """
import sys
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config

config.parse_config(["-d", sys.argv[1], "--log-level=error"])
with Registry(sys.argv[1]).cursor() as cr:
    Environment(cr, SUPERUSER_ID, {})["crm.nurture.engine"]._cron_run()
"""
FIGURES = """
    SELECT (SELECT count(*) FROM crm_nurture_enrollment),
           (SELECT count(*) FROM crm_nurture_delivery),
           (SELECT count(DISTINCT enrollment_id) FROM crm_nurture_delivery),
           (SELECT count(*) FROM mail_mail AS mail JOIN mail_message AS message
                ON message.id = mail.mail_message_id AND message.model = 'crm.lead'),
           (SELECT count(*) FROM crm_touchpoint WHERE message_template_id IS NOT NULL)
"""


def run(env, report):
    # The workers must see it all: a cursor of its own, whose work is committed.
    registry = Registry(env.cr.dbname)
    with registry.cursor() as cr:
        _set_up(Environment(cr, SUPERUSER_ID, {}))
    registry.signal_changes()
    start = time.perf_counter()
    killed = _start(env.cr.dbname)
    while _count(registry) < KILL_AT:
        assert killed.poll() is None, "the worker ended by itself"
        time.sleep(0.1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    done = _count(registry)
    both = [_start(env.cr.dbname) for _worker in range(2)]
    assert [worker.wait() for worker in both] == [0, 0]
    assert _start(env.cr.dbname).wait() == 0
    took = time.perf_counter() - start
    report.note(
        f"{LEADS} deliveries, killed after {done}, then two workers at once:"
        f" {took:.0f} s, {took * 1000 / LEADS:.1f} ms each"
    )
    assert KILL_AT <= done < LEADS
    with registry.cursor() as cr:
        cr.execute(FIGURES)
        figures = cr.fetchone()
    names = "enrollments, deliveries, of different leads, mails, records"
    report.note(f"{names}: {', '.join(map(str, figures))}")
    assert set(figures) == {LEADS}, figures


def _set_up(env):
    env.company.message_calendar_id = False
    template = env.ref("crm_lead_management.crm_message_template_welcome")
    track = env["crm.nurture.track"].create(
        {
            "name": "Bench",
            "state": "live",
            "step_ids": [(0, 0, {"template_id": template.id, "channel": "email"})],
        }
    )
    insert_leads(env, LEADS, user_id=env.ref("base.user_admin").id)
    env.invalidate_all()
    leads = env["crm.lead"].search([("name", "=like", "Lead %")])
    earlier = fields.Datetime.now() - timedelta(hours=1)
    made, codes = env["crm.nurture.engine"]._enter(leads.ids, track, earlier)
    assert len(made) == LEADS, list(codes.items())[:3]


def _start(database):
    return subprocess.Popen([sys.executable, "-c", WORKER, database])


def _count(registry):
    with registry.cursor() as cr:
        cr.execute("SELECT count(*) FROM crm_nurture_delivery")
        return cr.fetchone()[0]
