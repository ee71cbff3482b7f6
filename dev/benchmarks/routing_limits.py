"""A new lead where members have limits per day, with few and with many decisions on record.

What somebody got lately is counted for each new lead. It costs the same with 300,000 decisions
on record, those of three years, as with 300, those of the last day: as many rows of the log are
read, which does not depend on what else the machine does, and it takes as long.
"""

from itertools import count

from bench_data import inquiry, insert_leads, one_rule, team

LEADS, MEMBERS, CALLS, TURNS = 20_000, 10, 10, 9
FEW, MANY = 300, 300_000
EVERY = 94_608_000 // MANY  # seconds from one decision to the next
# What the same may differ by: rows; and times, on a machine that does other work.
ROWS, TIMES = 1.1, 1.5

DECISIONS = """
    INSERT INTO crm_lead_routing_log (lead_id, rule_id, to_user_id, team_id, outcome, mode,
                                      facts, judged, tried, create_date, write_date)
    SELECT (%(leads)s)[1 + n %% array_length(%(leads)s, 1)], %(rule)s,
           (%(users)s)[1 + n %% array_length(%(users)s, 1)], %(team)s, 'round_robin', 'auto',
           '{"rule": "All leads", "user": "Ann", "able": 10, "total": 10}'::jsonb,
           '[]'::jsonb, '[]'::jsonb, moment, moment
      FROM generate_series(%(known)s + 1, %(count)s) AS n,
           LATERAL (SELECT now() AT TIME ZONE 'UTC'
                           - (n * %(every)s * interval '1 second')) AS at(moment)
"""


def run(env, report):
    sellers = team(env, "Limited", MEMBERS)
    members = sellers.crm_team_member_ids
    members.write({"routing_cap_day": 10**6})
    rule = one_rule(env, sellers)
    numbers, known = count(10**6), 0

    def create():
        assert env["crm.lead"].create(inquiry(env, next(numbers))).user_id in users

    users = members.user_id
    old = insert_leads(env, LEADS, user_id=users[0].id)
    took, read = {}, {}
    for wanted in (FEW, MANY):
        env.flush_all()
        env.cr.execute(
            DECISIONS,
            {
                "leads": list(old),
                "rule": rule.id,
                "users": users.ids,
                "team": sellers.id,
                "known": known,
                "count": wanted,
                "every": EVERY,
            },
        )
        env.cr.commit()
        env.cr.execute("ANALYZE crm_lead_routing_log, crm_lead")
        env.cr.commit()
        known = wanted
        report.compare(
            f"a lead, {wanted} decisions", {"ours": create}, calls=CALLS, repeat=TURNS
        )
        took[wanted], read[wanted] = report.rows[-1]["best_ms"], _rows_read(env, create)
        report.number(
            "rows of the log read", str(wanted), read[wanted], read[FEW], ROWS
        )
    ratio = took[MANY] / took[FEW]
    report.note(f"{ratio:.2f} times as long (limit {TIMES})")
    assert read[MANY] <= ROWS * read[FEW] and ratio <= TIMES


def _rows_read(env, create):
    """Return how many rows of the log the database looks at for one new lead."""
    env.cr.commit()
    before = _looked_at(env)
    create()
    env.flush_all()
    count = _looked_at(env) - before
    env.cr.rollback()
    return count


def _looked_at(env):
    env.cr.execute(
        "SELECT COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0)"
        " FROM pg_stat_xact_user_tables WHERE relname = 'crm_lead_routing_log'"
    )
    return env.cr.fetchone()[0]
