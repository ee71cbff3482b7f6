"""The memory and the time that it takes to judge the shipped scorecard by closed leads.

300,000 of them, or as many as ``--size`` says; each with a touchpoint, closed on days of two
years. Runs only when it is named: filling the table takes longest.
"""

import os
import time

from bench_data import peak_memory

SIZE = int(os.environ.get("CRM_LEAD_SIZE", "300000"))
BEFORE = "300,000 closed leads at commit 12a4ef0: 46 s, 1,720 MB"
# Megabytes of the whole process.
LIMIT = 300


def run(env, report):
    _fill(env)
    env.cr.commit()
    env.invalidate_all()
    card = env["crm.scorecard"].search([("state", "=", "live")], limit=1)
    before = peak_memory()
    for title, rival in (("as shipped", False), ("beside a live one", True)):
        judged = card.copy() if rival else card
        start = time.perf_counter()
        found = judged._evaluate([])
        took = time.perf_counter() - start
        env.invalidate_all()
        report.note(
            f"{SIZE:,} closed leads, {title}: {found.n:,} judged in {took:.1f} s,"
            f" {peak_memory()} MB ({before} MB before)"
        )
        report.note(found.verdict)
    report.number("MB of memory", "at most", peak_memory(), LIMIT, limit=1)
    report.note(BEFORE)


def _fill(env):
    env.cr.execute(
        """
        WITH leads AS (
            INSERT INTO crm_lead (name, type, active, won_status, phone, email_from,
                        partner_name, function, company_size, expected_revenue,
                        create_date, write_date, date_closed)
            SELECT 'Deal ' || i, 'opportunity', i %% 3 = 0,
                   CASE WHEN i %% 3 = 0 THEN 'won' ELSE 'lost' END,
                   CASE WHEN i %% 4 = 0 THEN '+3222903490' END,
                   CASE WHEN i %% 5 > 0 THEN 'lead' || i || '@example.com' END,
                   CASE WHEN (i %% 1000 * 7919) %% 100 < 40 + 20 * (i %% 3) THEN 'Company' END,
                   'Manager', i %% 300, i %% 1000, day - interval '20 day', day, day
              FROM (SELECT i, timestamp '2024-01-01' + i %% 700 * interval '1 day' AS day
                      FROM generate_series(1, %s) AS i) AS numbered
         RETURNING id, date_closed
        )
        INSERT INTO crm_touchpoint (lead_id, kind, direction, occurred_on)
        SELECT id, 'call', 'in', date_closed - interval '3 day' FROM leads
        """,
        [SIZE],
    )
    env.cr.execute("ANALYZE crm_lead")
    env.cr.execute("ANALYZE crm_touchpoint")
