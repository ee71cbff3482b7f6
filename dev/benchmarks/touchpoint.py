"""What a touchpoint costs with all that it sets off, beside a note in Odoo's own chatter.

A call of a salesperson and a visit of the website, recorded with all that is shipped and one
routing rule; beside ``message_post`` of a comment on a lead in a database without the addon.
"""

from itertools import count

from bench_data import one_rule, owned_leads, scorecard_rules, team

LEADS, MEMBERS = 20, 5
TURNS = 15
CALL = {"kind": "call", "direction": "out", "is_human": True, "value": 5.0}
VISIT = {"kind": "web_visit", "direction": "in", "is_human": True, "value": 3.0}


def run(env, report):
    bare_env = report.bare_env
    leads = {}
    for each in (env, bare_env):
        sellers = team(each, "Seller", MEMBERS)
        if each is env:
            one_rule(env, sellers)
        leads[each] = owned_leads(each, sellers, LEADS)
    numbers = count()

    def note():
        lead = leads[bare_env][next(numbers) % LEADS]
        lead.message_post(body="They called back.", message_type="comment")

    def record(event, counter):
        number = next(counter)
        values = {
            **event,
            "lead_id": leads[env][number % LEADS].id,
            "source": "benchmark",
            "external_ref": f"{event['kind']} {number}",
            "summary": "They called back.",
        }
        assert len(env["crm.touchpoint"]._record([values])) == 1

    calls, visits = count(), count()
    report.compare(
        f"a touchpoint, {scorecard_rules(env)} rules",
        {
            "Odoo's note": (note, bare_env),
            "call": lambda: record(CALL, calls),
            "visit": lambda: record(VISIT, visits),
        },
        calls=LEADS,
        repeat=TURNS,
        limit=3.0,
        commit=True,
    )
