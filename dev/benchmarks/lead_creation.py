"""What the addon costs where a salesperson would feel it: creating one lead.

Odoo's own creation, with the owner given, in a database without the addon, beside the addon's,
which finds persona, qualification, grade and the owner: with all that is shipped, and one
routing rule for a team of five. Both notify the owner and commit; the mail leaves afterwards.
In between: the addon told to evaluate and route nothing.
"""

from itertools import count

from bench_data import inquiry, one_rule, scorecard_rules, team

LEADS, MEMBERS = 10, 5
TURNS = 15


def run(env, report):
    bare_env = report.bare_env
    teams = {each: team(each, "Seller", MEMBERS) for each in (env, bare_env)}
    one_rule(env, teams[env])
    owners = {each: teams[each].crm_team_member_ids.user_id for each in teams}
    numbers = {"Odoo": count(), "not evaluated": count(10**6), "evaluated": count()}
    made = []

    def with_owner(way, each):
        number = next(numbers[way])
        owner = owners[each][number % MEMBERS]
        vals = {"user_id": owner.id, "team_id": teams[each].id}
        leads = each["crm.lead"].with_context(crm_lead_management_skip=True)
        leads.create({**inquiry(each, number), **vals})

    def ours():
        lead = env["crm.lead"].create(inquiry(env, next(numbers["evaluated"])))
        made.append(lead.id)

    report.compare(
        f"create a lead, {scorecard_rules(env)} rules",
        {
            "Odoo": (lambda: with_owner("Odoo", bare_env), bare_env),
            "not evaluated": lambda: with_owner("not evaluated", env),
            "evaluated": ours,
        },
        calls=LEADS,
        repeat=TURNS,
        limit=1.6,
        commit=True,
    )
    leads = env["crm.lead"].browse(made)
    assert all(leads.mapped("lead_grade"))
    assert leads.user_id == owners[env]
