# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""X Education into Odoo: every lead comes in, passes the engines, and meets its history.

Leads enter open and without an owner, as enquiries do. The product evaluates and routes
them; only then those that the file knows the end of are won or lost. So each has the grade
and the owner that it would have had when it came in.
"""

from . import into_odoo, x_education

LEADER = {"x_education_leader": "Priya Menon"}
COUNSELLORS = {
    f"x_education_counsellor_{number}": name
    for number, name in enumerate(
        (
            "Anil Desai",
            "Farah Khan",
            "Gita Rao",
            "Imran Shah",
            "Leela Nair",
            "Nikhil Jain",
            "Sara Fernandes",
            "Zubin Patel",
        ),
        start=1,
    )
}
OURS = ("x_prospect_id", "!=", False)

# key: name, threshold, criteria (name, domain, weight)
PERSONAS = {
    "x_education_persona_professional": (
        "Working professional",
        [
            (
                "In work",
                [("x_occupation", "in", ["Working Professional", "Businessman"])],
                1,
            )
        ],
    ),
    "x_education_persona_student": (
        "Student",
        [("Is a student", [("x_occupation", "=", "Student")], 1)],
    ),
    "x_education_persona_job_seeker": (
        "Job seeker",
        [
            ("Out of work", [("x_occupation", "=", "Unemployed")], 2),
            (
                "Wants better prospects",
                [("x_matters_most", "=", "Better Career Prospects")],
                1,
            ),
        ],
    ),
}
SEGMENTS = {
    "x_education_segment_mumbai": (
        "Mumbai and around",
        [("city", "in", ["Mumbai", "Thane"])],
    ),
    "x_education_segment_abroad": (
        "Outside India",
        [OURS, ("country_id", "!=", False), ("country_id.code", "!=", "IN")],
    ),
    "x_education_segment_visitors": (
        "Read the website well",
        [OURS, ("x_seconds_on_website", ">=", 600)],
    ),
}


def prepare(env):
    """Create the custom fields, the people, and the rules that a school would have.

    :return: the number of new custom fields; when there are any, the registry is another.
    """
    columns = x_education.COLUMNS.items()
    new = into_odoo.custom_fields(
        env,
        "crm.lead",
        {
            column.field: (column.type, title)
            for title, column in columns
            if column.field
        },
    )
    leader = into_odoo.users(env, LEADER, "sales_team.group_sale_manager")
    members = into_odoo.users(env, COUNSELLORS, "sales_team.group_sale_salesman")
    team = into_odoo.team(
        env,
        "x_education_team",
        "X Education",
        leader["x_education_leader"],
        members.values(),
    )
    into_odoo.personas(env, PERSONAS)
    into_odoo.segments(env, SEGMENTS)
    into_odoo.create(
        env,
        "crm.routing.rule",
        {
            "x_education_rule": {
                "name": "X Education: counsellors in turn",
                "domain": repr([OURS]),
                "team_id": team,
                "method": "round_robin",
                # Before all others: rules by country would take some of the leads.
                "sequence": 0,
            }
        },
    )
    return new


def load(env, items, clock):
    """Load the leads that were never loaded, batch by batch.

    :param list items: what :func:`x_education.parse` gives.
    :param clock: the stop watch that is told how long each step takes.
    :return: yields after each batch, for the caller to commit.
    """
    maps = {
        "country": into_odoo.countries(env),
        "source": into_odoo.by_name(
            env, "utm.source", {item["source"] for item in items}
        ),
        "medium": into_odoo.by_name(
            env, "utm.medium", {item["medium"] for item in items}
        ),
        "tag": into_odoo.by_name(env, "crm.tag", {item["tag"] for item in items}),
        "reason": into_odoo.by_name(
            env, "crm.lost.reason", {item["lost_reason"] for item in items}
        ),
    }
    for batch in into_odoo.batches(env, "crm.lead", items, "key"):
        with clock("create"):
            ids = into_odoo.create(
                env, "crm.lead", {item["key"]: _values(item, maps) for item in batch}
            )
            _refuse_mails(env, batch)
        leads = {
            item["key"]: env["crm.lead"].browse(ids[item["key"]]) for item in batch
        }
        into_odoo.evaluate_and_route(env["crm.lead"].browse(ids.values()), clock)
        with clock("close"):
            won = env["crm.lead"].concat(
                *(leads[item["key"]] for item in batch if item["state"] == "won")
            )
            lost = {}
            for item in batch:
                if item["state"] == "lost":
                    reason = maps["reason"][item["lost_reason"]]
                    lost[reason] = (
                        lost.get(reason, env["crm.lead"]) | leads[item["key"]]
                    )
            into_odoo.close(env, won, lost)
        yield len(batch)


def _values(item, maps):
    tag = maps["tag"].get(item["tag"])
    return {
        "name": item["name"],
        "contact_name": item["contact_name"],
        "email_from": item["email"],
        "city": item["city"],
        "country_id": maps["country"].get(item["country"]),
        "source_id": maps["source"].get(item["source"]),
        "medium_id": maps["medium"].get(item["medium"]),
        "tag_ids": [(6, 0, [tag] if tag else [])],
        "user_id": False,
        **item["custom"],
    }


def _refuse_mails(env, batch):
    """Put those who want no mail on Odoo's own list."""
    refused = [
        {"email": item["email"]}
        for item in batch
        if item["custom"].get("x_do_not_email")
    ]
    env["mail.blacklist"].create(refused)
