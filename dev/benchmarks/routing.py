"""Routing beside Odoo's own assignment, and one lead among many rules and members.

Four territories with five members each, by country, in turn, every decision on record, the
owners told; against Odoo's own assignment of the same leads by the same domains in a database
without the addon, which tells nobody. Both commit. Then the curve to 100,000 leads, batch by
batch as in the background, and one lead among 50 rules and 200 members. What a killed worker
leaves behind is in routing_killed.py.
"""

import time
from itertools import count

from bench_data import TERRITORIES, insert_leads, peak_memory, team, territories
from bench_report import Way

LEADS, MEMBERS = 2000, 5
RULES, CROWD = 50, 200
CURVE, BATCH = (2000, 10_000, 20_000, 50_000, 100_000), 1000
FASTER = 20  # times as fast as Odoo's own assignment
SLOWER, PLUS = 1.6, 20  # one lead: times Odoo's own creation, plus milliseconds


def run(env, report):
    each_ms = _many_leads(env, report)
    took, most = _one_lead(env, report)
    _curve(env, report, 3 * each_ms)
    assert took <= most


def _many_leads(env, report):
    """Assign 2,000 leads, beside Odoo's own; return the milliseconds of one, rolled back."""
    bare_env = report.bare_env
    capacity = {"assignment_max": 30 * LEADS}
    teams = {each: territories(each, MEMBERS, **capacity) for each in (env, bare_env)}
    numbers = count(10**6, LEADS)

    def core(leads):
        teams[bare_env]._action_assign_leads(force_quota=True, creation_delta_days=0)
        assert all(lead.user_id for lead in leads)

    def ours(leads):
        _check_spread(env["crm.routing.engine"]._route(leads), teams[env])

    def fresh(each):
        return lambda: _leads(each, LEADS, next(numbers))

    report.compare(
        f"assign {LEADS} leads",
        {
            "Odoo": Way(core, bare_env, fresh(bare_env)),
            "ours": Way(ours, env, fresh(env)),
        },
        per=LEADS,
        repeat=2,
        limit=1 / FASTER,
        commit=True,
    )
    times = 1 / report.rows[-1]["ratio"]
    report.note(
        f"{times:.0f} times as fast as Odoo's own assignment (at least {FASTER}), with full logs"
    )
    report.compare(
        f"assign {LEADS} leads, no commit",
        {"ours": Way(ours, env, fresh(env))},
        per=LEADS,
        repeat=1,
    )
    return report.rows[-1]["median_ms"]


def _check_spread(logs, teams):
    """Check that the members of each team got equally many leads."""
    owners = logs.grouped("to_user_id")
    for territory in teams:
        counts = [len(owners.get(user, ())) for user in territory.member_ids]
        assert max(counts) - min(counts) <= 1, counts


def _curve(env, report, most):
    """Route more and more leads; neither memory nor the time for each must grow with them.

    They have come in just now: the database takes the table for as small as it was.

    :param float most: how many milliseconds each may take.
    """
    ids = insert_leads(env, CURVE[-1])
    engine, start, first = env["crm.routing.engine"], time.perf_counter(), None
    for done in range(0, len(ids), BATCH):
        engine._route(env["crm.lead"].browse(ids[done : done + BATCH]))
        # What the background does after each batch, but for the commit.
        env.cr.flush()
        env.invalidate_all()
        env.cr.postcommit.clear()
        if done + BATCH in CURVE:
            took = time.perf_counter() - start
            memory = peak_memory()
            first = first or memory
            report.note(
                f"route {done + BATCH:7} leads {took * 1000 / (done + BATCH):9.2f} ms each,"
                f" {took:6.1f} s, memory {memory:4.0f} MB"
            )
    assert memory < first + 200, "memory grows with the number of leads"
    assert took * 1000 / len(ids) < most, f"more than {most:.1f} ms each"
    env.cr.execute(
        "SELECT count(*), count(DISTINCT lead_id) FROM crm_lead_routing_log"
        " WHERE lead_id = ANY(%s)",
        [ids],
    )
    assert env.cr.fetchone() == (len(ids), len(ids))


def _one_lead(env, report):
    """One lead created among 50 rules and a team of 200, beside Odoo's own creation.

    Returns the milliseconds that it took, and those that it may take at most.
    """
    crowd = team(env, "Crowd", CROWD, assignment_max=30 * LEADS)
    for number in range(RULES - len(TERRITORIES)):
        env["crm.routing.rule"].create(
            {
                "name": f"Rule {number}",
                "sequence": 5 if number else 90,
                "team_id": crowd.id,
                "domain": f"[('expected_revenue', '>', {10**6 + number})]"
                if number
                else "[]",
            }
        )
    owner = crowd.member_ids[0]

    def create(**values):
        for number in range(20):
            env["crm.lead"].create({"name": f"Lead {number}", **values})
            env.flush_all()

    skip = {"crm_lead_management_skip": True}

    def core():
        for number in range(20):
            leads = env["crm.lead"].with_context(**skip)
            leads.create(
                {"name": f"Lead {number}", "user_id": owner.id, "team_id": crowd.id}
            )
            env.flush_all()

    report.compare(
        f"one lead, {RULES} rules, {CROWD} members",
        {"core": core, "ours": create},
        per=20,
        repeat=5,
    )
    core_ms, ours_ms = (row["median_ms"] for row in report.rows[-2:])
    most = SLOWER * core_ms + PLUS
    report.note(
        f"{ours_ms:.1f} ms; at most {SLOWER} times Odoo's own plus {PLUS} ms: {most:.1f}"
    )
    return ours_ms, most


def _leads(env, number_of_leads, first):
    """Create leads that belong to nobody, spread over the territories, numbered from first."""
    countries = [env.ref(f"base.{code}").id for code in TERRITORIES]
    leads = env["crm.lead"].with_context(
        crm_lead_management_skip=True, tracking_disable=True
    )
    created = leads.create(
        [
            {
                "name": f"Lead {number}",
                "type": "lead",
                "user_id": False,
                "country_id": countries[number % len(countries)],
                "email_from": f"someone{number}@company{number}.test",
            }
            for number in range(first, first + number_of_leads)
        ]
    )
    return created.with_env(env)
