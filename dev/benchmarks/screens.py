"""Each screen of ours at 200,000 leads, with Odoo's own of the same kind beside it.

A screen is what the web client asks for when its menu is clicked (see bench_client.py): the
first page of the first view, with its default filters and groups, and all that it shows; of
the pages of Insight what they call. As a salesperson, as the leader of his team with his own
documents, and as a sales administrator, who has all menus.

Beside a list stands Odoo's list of leads, beside a board its pipeline, both of all leads that
the user sees; beside figures (tables, graphs, the pages of Insight, the team board) its pivot
table of the pipeline. A form of something new has nothing of Odoo beside it, as set-up and
health have none: only its time counts.
"""

import os
from functools import partial

import bench_client
from bench_data import team
from bench_report import Way

from odoo import fields

LEADS = int(os.environ.get("CRM_LEAD_SIZE") or 200_000)
MEMBERS, REPEAT = 20, 4
# Only screens whose names begin so; all when empty.
ONLY = tuple(filter(None, os.environ.get("CRM_LEAD_ONLY", "").lower().splitlines()))
LIMIT = 1.5  # times Odoo's own
SECOND = 1000  # milliseconds: no screen takes longer
OURS = "crm_lead_management."
ROOT = "crm.crm_menu_root"
# Odoo's own beside a screen: an action, the view of it, and the filters that are off in it.
LIKE = {
    "list": ("crm.crm_lead_opportunities", None, {}),
    "kanban": (
        "crm.crm_lead_action_pipeline",
        None,
        {"search_default_assigned_to_me": 0},
    ),
    "figures": ("crm.crm_opportunity_report_action", "pivot", {}),
}
FIGURES = ("pivot", "graph")
# Boards that are figures: a card is no record, but what was counted of many.
COUNTED = ("crm.followup.board",)
# What counts the leads of others, whoever asks: of everybody for an average, of the members
# for their leader. Beside it stands Odoo's of all leads, too.
OF_ALL = ("People", "Team Board")
# The pages of Insight: what they call; of the overview the bars follow by a second call.
PAGES = {
    "crm_lead_insight": (
        ("", "crm.insight", "get_board", {"kind": "week", "series": False}),
        (", its bars", "crm.insight", "get_series", {"kind": "week"}),
    ),
    "crm_lead_insight_people": (
        ("", "crm.insight.people", "get_people", {"kind": "month"}),
    ),
    "crm_lead_insight_money": (
        ("", "crm.insight.money", "get_money", {"kind": "quarter"}),
    ),
}
# What our widgets ask for besides, when a lead is opened, in one request: what stands behind
# the first lines, and the story.
WIDGETS = (lambda lead: lead.read(["lead_glance", "lead_story"]),)
# Where everybody begins: opened by a server that was just started, too.
FIRST = ("My Day", "Best First", "Team Board")


def run(env, report):
    sellers = {}
    for one in (env, report.bare_env):
        receiver = team(one, "Seller", MEMBERS)
        people = receiver.crm_team_member_ids.user_id
        receiver.user_id = people[6]
        _leads(one, people)
        sellers[one] = people
    _ours(env)
    for one in sellers:
        _settle(one)
    slow = []
    for role, place in (("seller", 5), ("leader", 6), ("manager", None)):
        users = {
            one: one.ref("base.user_admin") if place is None else people[place]
            for one, people in sellers.items()
        }
        _form(report, role, users)
        slow += _screens(report, role, users)
    over = ", ".join(slow)
    report.note(f"over {SECOND} ms: {over}" if slow else f"none over {SECOND} ms")


def _settle(env):
    """Have the database know its tables, as one that has been there for a day does.

    What was filled by a few statements for all leads at once is packed: each of these leaves
    a dead row for each lead. One pass over all leads has been there since, in Odoo's own as
    in ours: its nightly one of the probabilities, ours of the grades.
    """
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM FULL crm_lead")
    env.cr.execute("UPDATE crm_lead SET write_date = write_date")
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False


# === 200,000 LEADS === #


def _leads(env, people):
    """Insert leads: nine of ten open, of all stages, owned by the people in turn."""
    stages = env["crm.stage"].search([]).ids
    env.cr.execute(
        """
        INSERT INTO crm_lead (
            name, type, active, email_from, email_normalized, contact_name, partner_name,
            phone, country_id, user_id, team_id, priority, probability,
            automated_probability, won_status, stage_id, expected_revenue, prorated_revenue,
            create_uid,
            create_date, write_uid, write_date, date_last_stage_update, date_open, date_closed)
        SELECT 'Lead ' || n, 'opportunity', n %% 20 <> 0, mail, mail, 'Person ' || n,
               'Company ' || n, '+9665' || n, %(country)s,
               (%(users)s)[1 + (n / 20) %% %(people)s],
               %(team)s, '0', 10, 10,
               CASE WHEN n %% 20 = 0 THEN 'lost' WHEN n %% 20 = 1 THEN 'won'
                    ELSE 'pending' END,
               (%(stages)s)[1 + n %% %(count)s], n %% 30000, n %% 3000,
               1, moment, 1, moment, moment, moment, CASE WHEN n %% 20 < 2 THEN moment END
          FROM (SELECT n, 'someone' || n || '@company' || n || '.test' AS mail,
                       now() AT TIME ZONE 'UTC' - make_interval(hours => n %% 2000) AS moment
                  FROM generate_series(1, %(size)s) AS n) AS numbered
        """,
        {
            "country": env.ref("base.sa").id,
            "users": people.ids,
            "people": len(people),
            "team": people.sale_team_id[:1].id,
            "stages": stages,
            "count": len(stages),
            "size": LEADS,
        },
    )
    env.invalidate_all()
    env.cr.commit()


def _ours(env):
    """Give the leads what our engines would have found: grades, events, steps."""
    env.cr.execute(
        """
        UPDATE crm_lead SET lead_grade = 1 + id % 5, lead_points = id % 100,
               lead_band = (ARRAY['leave', 'nurture', 'nurture', 'focus', 'focus'])[1 + id % 5],
               info_completeness = id % 100,
               qualification_state = (ARRAY['open', 'passed', 'failed'])[1 + id % 3],
               response_deadline = create_date + interval '1 day',
               first_response_on = CASE WHEN id % 4 > 0 THEN create_date END;
        INSERT INTO crm_touchpoint (lead_id, kind, direction, is_human, occurred_on, source)
        SELECT id, 'email', 'in', TRUE, create_date, 'bench' FROM crm_lead WHERE id % 2 = 0;
        INSERT INTO crm_lead_stage_log (lead_id, to_stage_id, date)
        SELECT id, stage_id, create_date FROM crm_lead;
        """
    )
    env["crm.followup.policy"].create({"name": "All", "first_days": 3})
    env["crm.followup.engine"]._plan(None, fields.Datetime.now())
    env.cr.commit()


# === THE SCREENS === #


def _screens(report, role, users):
    """Measure all screens that a user has; return the names of those over the limit."""
    env, bare = users
    kinds, slow = {}, []
    for kind, (name, mode, more) in LIKE.items():
        action = bare.ref(name)
        kinds[kind] = bench_client.opening(bare, action, users[bare], mode, more)
    for name, kind, mine in _opened(env, users[env]):
        title = f"{name} ({role})"
        if not _asked_for(title):
            continue
        ways = {"Odoo": (kinds[kind], bare)} if kind else {}
        report.compare(title, {**ways, "ours": mine}, repeat=REPEAT, limit=LIMIT)
        if report.rows[-1]["median_ms"] > SECOND:
            slow.append(title)
        if name in OF_ALL and users[bare] != bare.ref("base.user_admin"):
            ways = {"Odoo": (_of_all(bare, kind), bare), "ours": mine}
            report.compare(f"{title}, of all", ways, repeat=REPEAT, limit=LIMIT)
        if name in FIRST:
            report.compare(
                f"{title}, cold",
                {
                    "Odoo": Way(_warmed(kinds[kind]), bare, partial(_forget, bare)),
                    "ours": Way(_warmed(mine), env, partial(_forget, env)),
                },
                repeat=REPEAT,
            )
    return slow


def _of_all(bare, kind):
    """Return the opening of Odoo's own of a kind by who sees all leads."""
    name, mode, more = LIKE[kind]
    user = bare.ref("base.user_admin")
    return bench_client.opening(bare, bare.ref(name), user, mode, more)


def _asked_for(title):
    """Tell whether a screen is among those that this run is about."""
    return not ONLY or title.lower().startswith(ONLY)


def _forget(env):
    """Empty what a server keeps in memory from one request to the next."""
    env.registry.clear_all_caches()


def _warmed(function):
    return lambda _forgotten: function()


def _opened(env, user):
    """Yield the name, kind and opening of each of our menus, as one user has them."""
    loaded = env["ir.ui.menu"].with_user(user).load_menus(False)
    left = list(loaded[env.ref(ROOT).id]["children"])
    while left:
        menu = loaded[left.pop(0)]
        left += menu["children"]
        if not menu["xmlid"].startswith(OURS) or not menu["action_model"]:
            continue
        action = env[menu["action_model"]].browse(menu["action_id"])
        if action._name == "ir.actions.client" and action.tag in PAGES:
            for more, model, method, options in PAGES[action.tag]:
                page = partial(getattr(env[model].with_user(user), method), **options)
                yield menu["name"] + more, "figures", _page(env, page)
        if action._name != "ir.actions.act_window":
            continue
        kind = action.view_mode.split(",")[0]
        opening = bench_client.opening(env, action, user)
        if kind in FIGURES or action.res_model in COUNTED:
            kind = "figures"
        if opening:
            yield menu["name"], kind if kind in LIKE else None, opening


def _page(env, page):
    def ask():
        env.invalidate_all()
        return page()

    return ask


def _form(report, role, users):
    """Measure the opening of a lead: its form, and all that is asked for beside it."""
    forms, whole, cold = {}, {}, {}
    for name, (one, user) in zip(("ours", "Odoo"), users.items(), strict=True):
        lead = one["crm.lead"].with_user(user)
        lead = lead.search([("won_status", "=", "pending")], limit=1)
        forms[name] = (bench_client.form(lead), one)
        opening = bench_client.record(lead, WIDGETS if name == "ours" else ())
        whole[name] = (opening, one)
        cold[name] = Way(_warmed(opening), one, partial(_forget, one))
    for title, ways in (
        (f"the form of a lead ({role})", forms),
        (f"a lead as a whole ({role})", whole),
        (f"a lead as a whole ({role}), cold", cold),
    ):
        if not _asked_for(title):
            continue
        ways = {name: ways[name] for name in ("Odoo", "ours")}
        limit = None if title.endswith("cold") else LIMIT
        report.compare(title, ways, repeat=2 * REPEAT, limit=limit)
