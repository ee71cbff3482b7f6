"""Scoring all open leads with 20 rules, against the bare UPDATE of the same rows.

Both go over the leads in batches of 5,000. A second run finds nothing to write.
"""

from bench_data import fill, peak_memory

from odoo.tools import SQL

RULES = [
    ("phone", "!=", False),
    ("email_from", "!=", False),
    ("email_domain_criterion", "=like", "@%"),
    ("partner_name", "!=", False),
    ("function", "ilike", "director"),
    ("function", "ilike", "manager"),
    ("function", "ilike", "student"),
    ("city", "=", "Town 3"),
    ("city", "in", ["Town 1", "Town 2"]),
    ("country_id", "=", False),
    ("company_size", ">", 10),
    ("company_size", ">", 100),
    ("company_size", "=", 0),
    ("expected_revenue", ">", 500),
    ("request_note", "!=", False),
    ("website", "=", False),
    ("type", "=", "opportunity"),
    ("team_id.name", "ilike", "sales"),
    ("tag_ids", "!=", False),
    ("touchpoint_ids.kind", "=", "call"),
]
BATCH = 5000


def run(env, report):
    done = 0
    scorecard = env["crm.scorecard"].create(
        {
            "name": "Benchmark",
            "state": "live",
            "rule_ids": [
                (
                    0,
                    0,
                    {
                        "name": str(condition),
                        "points": place + 1,
                        "domain": repr([condition]),
                    },
                )
                for place, condition in enumerate(RULES)
            ],
        }
    )
    for size, repeat in ((10_000, 3), (50_000, 2), (200_000, 1)):
        fill(env, done, size)
        done = size
        _measure(env, report, scorecard, size, repeat)


def _measure(env, report, scorecard, size, repeat):
    engine, leads = env["crm.score.engine"], env["crm.lead"]

    def bare():
        ids = leads.search([("won_status", "=", "pending")], order="id").ids
        for start in range(0, len(ids), BATCH):
            env.cr.execute(
                SQL(
                    "UPDATE crm_lead SET lead_points = COALESCE(lead_points, 0) + 1,"
                    " lead_grade = 1 + id %% 5, lead_band = 'nurture', is_mql = id %% 2 = 0"
                    " WHERE id = ANY(%s)",
                    ids[start : start + BATCH],
                )
            )

    def score():
        return engine._score()

    title = f"{size:,} leads, {len(scorecard.rule_ids)} rules"
    report.compare(
        f"{title}: all change",
        {"bare UPDATE": bare, "score": score},
        per=size,
        repeat=repeat,
        limit=2.5,
    )
    score()
    env.flush_all()
    assert score() == 0, "a second run must change nothing"
    report.compare(
        f"{title}: nothing changes",
        {"bare UPDATE": bare, "score": score},
        per=size,
        repeat=repeat,
        limit=0.5,
    )
    env.cr.execute("UPDATE crm_lead SET lead_grade = NULL, lead_points = NULL")
    env.invalidate_all()
    report.note(f"{size:,} leads: {peak_memory()} MB of memory at most")
