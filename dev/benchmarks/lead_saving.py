"""What the addon costs where a lead is saved: two fields of Odoo's own that rules read.

The salesperson who owns the lead saves it, with the rights of one, in a database without the
addon and in one with all that is shipped and one routing rule. Committed: the change of the
expected revenue is in the chatter afterwards.

Once with the leads of these salespeople alone, and once among 200,000 others of which none is
on a blacklist, where 1,000 addresses are.
"""

from itertools import count

from bench_data import insert_leads, one_rule, owned_leads, scorecard_rules, team

LEADS, MEMBERS = 20, 5
TURNS = 15
OTHERS, LISTED = 200_000, 1_000
FUNCTIONS = ("CEO", "Director", "Student", "Purchase Manager", "Assistant")


def run(env, report):
    bare_env = report.bare_env
    leads, numbers = {}, {}
    for each in (env, bare_env):
        sellers = team(each, "Seller", MEMBERS)
        if each is env:
            one_rule(env, sellers)
        leads[each], numbers[each] = owned_leads(each, sellers, LEADS), count(1)
    owners = {each: [lead.user_id.id for lead in leads[each]] for each in leads}

    def save(each):
        number = next(numbers[each])
        place = number % LEADS
        lead = leads[each][place].with_user(owners[each][place])
        lead.write(
            {
                "function": f"{FUNCTIONS[number // LEADS % 5]} {number}",
                "expected_revenue": 1000.0 + number,
            }
        )

    def compare(title):
        report.compare(
            title,
            {
                "Odoo": (lambda: save(bare_env), bare_env),
                "evaluated": lambda: save(env),
            },
            calls=LEADS,
            repeat=TURNS,
            limit=1.6,
            commit=True,
        )

    compare(f"save a lead, {scorecard_rules(env)} rules")
    for each in (env, bare_env):
        insert_leads(each, OTHERS)
        addresses = [{"email": f"no{n}@nobody.test"} for n in range(LISTED)]
        each["mail.blacklist"].create(addresses)
        each.flush_all()
        each.cr.execute("ANALYZE")
        each.cr.commit()
    compare("the same among 200,000")
    assert all(leads[env].mapped("lead_grade"))
    assert [lead.user_id.id for lead in leads[env]] == owners[env]
