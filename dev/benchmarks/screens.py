"""Each screen of ours at 200,000 leads, with Odoo's own list, board and form beside it.

A screen is what the web client asks for when its menu is clicked: the first page of the first
view of its action, with its default filters and groups, and all the columns that it shows.
"""

import os

from bench_data import team
from lxml import etree

from odoo import fields
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from odoo.addons.mail.tools.discuss import Store

LEADS = int(os.environ.get("CRM_LEAD_SIZE") or 200_000)
MEMBERS, PAGE, REPEAT = 20, 80, 5
LIMIT = 1.5  # times Odoo's own
SECOND = 1000  # milliseconds: no screen takes longer
OURS = "crm_lead_management."
# What the conversation beside a form asks for.
THREAD = [
    *("activities", "attachments", "contact_fields", "followers"),
    *("scheduledMessages", "suggestedRecipients"),
]
# What a salesperson has, and what a sales administrator has.
ROOT = "crm.crm_menu_root"


def run(env, report):
    sellers = {}
    for one in (env, report.bare_env):
        people = team(one, "Seller", MEMBERS).crm_team_member_ids.user_id
        _leads(one, people)
        sellers[one] = people[0]
    _ours(env)
    manager = {one: one.ref("base.user_admin") for one in sellers}
    _forms(env, report, manager)
    screens = _screens(env, manager[env])
    slow = []
    for name, action in screens:
        core = _core_like(report.bare_env, action, manager[report.bare_env])
        mine = _opening(env, action, manager[env])
        if not mine:
            continue
        report.compare(
            name,
            {"Odoo": (core, report.bare_env), "ours": mine},
            repeat=REPEAT,
            limit=LIMIT,
        )
        if report.rows[-1]["median_ms"] > SECOND:
            slow.append(name)
    report.note(
        f"over {SECOND} ms: {', '.join(slow)}" if slow else f"none over {SECOND} ms"
    )


# === 200,000 LEADS === #


def _leads(env, people):
    """Insert leads: nine of ten open, of all stages, owned by the people in turn."""
    stages = env["crm.stage"].search([]).ids
    env.cr.execute(
        """
        INSERT INTO crm_lead (
            name, type, active, email_from, email_normalized, contact_name, partner_name,
            phone, country_id, user_id, team_id, priority, probability,
            automated_probability, won_status, stage_id, expected_revenue, create_uid,
            create_date, write_uid, write_date, date_last_stage_update, date_open, date_closed)
        SELECT 'Lead ' || n, 'opportunity', n %% 20 <> 0, mail, mail, 'Person ' || n,
               'Company ' || n, '+9665' || n, %(country)s, (%(users)s)[1 + n %% %(people)s],
               %(team)s, '0', 10, 10,
               CASE WHEN n %% 20 = 0 THEN 'lost' WHEN n %% 20 = 1 THEN 'won'
                    ELSE 'pending' END,
               (%(stages)s)[1 + n %% %(count)s], n %% 30000, 1, moment, 1, moment, moment,
               moment, CASE WHEN n %% 20 < 2 THEN moment END
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
    env.cr.execute("ANALYZE crm_lead")
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
    for table in ("crm_lead", "crm_touchpoint", "crm_lead_followup"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()


# === WHAT THE CLIENT ASKS FOR === #


def _screens(env, user):
    """Return the names and window actions of our menus, as one user has them."""
    loaded = env["ir.ui.menu"].with_user(user).load_menus(False)
    left, found = list(loaded[env.ref(ROOT).id]["children"]), []
    while left:
        menu = loaded[left.pop(0)]
        left += menu["children"]
        if menu["xmlid"].startswith(OURS) and menu["action_model"] == (
            "ir.actions.act_window"
        ):
            action = env["ir.actions.act_window"].browse(menu["action_id"])
            if action.target != "new" and not env[action.res_model].is_transient():
                found.append((menu["name"], action))
    return found


def _opening(env, action, user, more=None):
    """Return a function that asks for the first page of an action, or None for a form."""
    mode = action.view_mode.split(",")[0]
    chosen = action.view_ids.filtered(lambda view: view.view_mode == mode).view_id
    view_id = (
        chosen[:1].id or (action.view_id.type == mode and action.view_id.id) or False
    )
    if mode not in ("list", "kanban"):
        mode, view_id = "list", False
    model = env[action.res_model].with_user(user)
    names = {"uid": user.id, "active_id": False, "active_ids": []}
    context = {**safe_eval(action.context or "{}", names), **(more or {})}
    model = model.with_context(**context)
    views = model.get_views([(view_id, mode), (action.search_view_id.id, "search")])
    domain = Domain(safe_eval(action.domain or "[]", names))
    filters, groups = _defaults(views["views"]["search"]["arch"], context, names)
    domain &= filters
    arch = etree.fromstring(views["views"][mode]["arch"])
    groups = groups or ([arch.get("default_group_by")] if mode == "kanban" else [])
    spec = _specification(model, arch)
    return lambda: _page(model, domain, spec, [g for g in groups if g], arch)


def _page(model, domain, spec, groups, arch):
    model.env.invalidate_all()
    if not groups:
        order = arch.get("default_order")
        model.web_search_read(domain, spec, limit=PAGE, order=order, count_limit=10001)
        return
    unfold = arch.tag == "kanban" or arch.get("expand") == "1"
    rows = int(arch.get("limit") or (PAGE // 2 if arch.tag == "kanban" else PAGE))
    model.web_read_group(
        domain,
        groups[:1],
        ["__count"],
        limit=PAGE,
        auto_unfold=unfold,
        unfold_read_specification=spec,
        unfold_read_default_limit=rows,
    )


def _defaults(arch, context, names):
    """Return the domain and the groups of the filters that are on when a screen opens."""
    domain, groups = Domain.TRUE, []
    for node in etree.fromstring(arch).iter("filter"):
        if not context.get(f"search_default_{node.get('name')}"):
            continue
        if node.get("domain"):
            domain &= Domain(safe_eval(node.get("domain"), names))
        by = safe_eval(node.get("context") or "{}", names).get("group_by")
        groups += [by] if isinstance(by, str) else list(by or [])
    return domain, groups


def _specification(model, arch):
    """Return what the web client reads of each record of a list or a board."""
    found = {}
    for node in arch.iter("field"):
        field = model._fields.get(node.get("name"))
        if field is None or node.get("optional") == "hide":
            continue
        if any(above.tag == "field" for above in node.iterancestors()):
            continue
        found[field.name] = {"fields": {"display_name": {}}} if field.relational else {}
    return found


def _core_like(env, action, user):
    """Return what Odoo's own does: its board for a board, its list for a list.

    All leads, as our screens for who leads others have them: its filter "My Pipeline" is off.
    """
    mode = action.view_mode.split(",")[0]
    name = "crm_lead_action_pipeline" if mode == "kanban" else "crm_lead_opportunities"
    return _opening(
        env, env.ref(f"crm.{name}"), user, {"search_default_assigned_to_me": 0}
    )


def _forms(env, report, manager):
    """Measure the opening of a lead: what its form, its conversation and our story read."""
    ways = {}
    for name, one in (("Odoo", report.bare_env), ("ours", env)):
        model = one["crm.lead"].with_user(manager[one])
        view = model.get_views([(one.ref("crm.crm_lead_view_form").id, "form")])
        arch = etree.fromstring(view["views"]["form"]["arch"])
        spec = _specification(model, arch)
        lead = model.search([("won_status", "=", "pending")], limit=1)

        def open_form(lead=lead, spec=spec, is_ours=one is env):
            lead.env.invalidate_all()
            lead.web_read(spec)
            Store().add(lead, request_list=THREAD, as_thread=True).get_result()
            messages = lead.env["mail.message"]._message_fetch(None, thread=lead)
            Store().add(messages["messages"]).get_result()
            if is_ours:
                lead.get_story()

        ways[name] = (open_form, one)
    report.compare("a lead, opened", ways, repeat=REPEAT, limit=LIMIT)
