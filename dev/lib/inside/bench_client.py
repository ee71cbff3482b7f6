"""What the web client asks the server for, when a menu is clicked or a record is opened.

Each function returns one without arguments that asks for it anew, as the same user, with
nothing in the memory of records. Views are not part of it: the client keeps them.

As the client does, a form is asked for in the user's context (language, zone), and nothing is
asked of the records behind fields that are always invisible.
"""

from functools import partial

from lxml import etree

from odoo import fields
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from odoo.addons.mail.tools.discuss import Store

PAGE = 80
# What the conversation beside a form asks for.
THREAD = [
    *("activities", "attachments", "contact_fields", "followers"),
    *("scheduledMessages", "suggestedRecipients"),
]
X2MANY = ("one2many", "many2many")
# Values of "invisible" of what never shows.
ALWAYS = ("1", "True")


def opening(env, action, user, mode=None, more=None):
    """Return what opens an action: the first page of its first view, or None for others.

    :param str mode: another of its views.
    :param dict more: goes to its context.
    """
    mode = mode or action.view_mode.split(",")[0]
    ask = ASKED.get(mode)
    if not ask:
        return None
    names = {"uid": user.id, "active_id": False, "active_ids": []}
    context = {**safe_eval(action.context or "{}", names), **(more or {})}
    model = env[action.res_model].with_user(user).with_context(**context)
    wanted = [(_view_of(action, mode), mode), (action.search_view_id.id, "search")]
    views = model.get_views(wanted)["views"]
    arch = etree.fromstring(views[mode]["arch"])
    filters, groups = _defaults(views["search"]["arch"], context, names)
    domain = Domain(safe_eval(action.domain or "[]", names)) & filters
    return _fresh(model, ask(model, arch, domain, groups))


def form(lead):
    """Return what its form reads of a lead: without it nothing shows."""
    lead = _as_client(lead)
    view_id = lead.env.ref("crm.crm_lead_view_form").id
    views = lead.get_views([(view_id, "form")])["views"]
    spec = specification(lead, etree.fromstring(views["form"]["arch"]))
    return _fresh(lead, lambda: lead.web_read(spec))


def record(lead, more=()):
    """Return what opens a lead as a whole: its form, its conversation, one request each.

    :param more: functions of the lead, for what our widgets ask besides.
    """
    lead = _as_client(lead)

    def thread():
        Store().add(lead, request_list=THREAD, as_thread=True).get_result()

    def messages():
        found = lead.env["mail.message"]._message_fetch(None, thread=lead)
        Store().add(found["messages"]).get_result()

    asked = [form(lead), _fresh(lead, thread), _fresh(lead, messages)]
    asked += [_fresh(lead, partial(one, lead)) for one in more]

    def ask():
        for one in asked:
            one()

    return ask


def specification(model, arch):
    """Return what the client reads of each record of a view."""
    found = {}
    for node in arch.iter("field"):
        field = model._fields.get(node.get("name"))
        inner = any(above.tag == "field" for above in node.iterancestors())
        if field is None or inner or node.get("optional") == "hide":
            continue
        found[field.name] = {}
        if field.relational and node.get("invisible") not in ALWAYS:
            rows = node.find("list") if field.type in X2MANY else None
            inside = {} if rows is None else specification(_other(model, field), rows)
            found[field.name] = {"fields": {"display_name": {}, **inside}}
    return found


def _as_client(lead):
    """Return the lead with what the client sends along with each request."""
    return lead.with_context(**lead.env["res.users"].context_get())


def _other(model, field):
    return model.env[field.comodel_name]


def _fresh(model, ask):
    def run():
        model.env.invalidate_all()
        return ask()

    return run


def _view_of(action, mode):
    chosen = action.view_ids.filtered(lambda view: view.view_mode == mode).view_id
    return chosen[:1].id or (action.view_id.type == mode and action.view_id.id) or False


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


# === VIEWS === #


def _rows(model, arch, domain, groups):
    """A list or a board: one page; grouped, the groups with the first rows of each open one."""
    spec = specification(model, arch)
    by = groups[0] if groups else arch.get("default_group_by")
    if not by:
        order = arch.get("default_order")
        return lambda: model.web_search_read(
            domain, spec, limit=PAGE, order=order, count_limit=10001
        )
    is_board = arch.tag == "kanban"
    rows = int(arch.get("limit") or (PAGE // 2 if is_board else PAGE))
    bar = arch.find("progressbar")
    sums = _sums(model, spec)

    def ask():
        model.web_read_group(
            domain,
            [by],
            sums,
            limit=PAGE,
            auto_unfold=is_board or arch.get("expand") == "1",
            unfold_read_specification=spec,
            unfold_read_default_limit=rows,
        )
        if bar is not None:
            colors = safe_eval(bar.get("colors"))
            about = {"field": bar.get("field"), "colors": colors}
            model.read_progress_bar(domain, by, about)

    return ask


def _figures(model, arch, domain, groups):
    """A pivot table or a graph: its measures, by its rows and columns."""
    sides = {"row": [], "col": []}
    measures = ["__count"]
    for node in arch.iter("field"):
        name, kind = node.get("name"), node.get("type")
        if node.get("invisible"):
            continue
        if kind == "measure":
            measures.append(f"{name}:{model._fields[name].aggregator}")
            continue
        by = (
            f"{name}:{node.get('interval') or 'month'}"
            if _is_date(model, name)
            else name
        )
        sides["col" if kind == "col" else "row"].append(by)
    rows = groups or sides["row"]
    if arch.tag == "graph":
        return lambda: model.formatted_read_group(domain, rows, measures)
    sets = [
        rows[:row] + sides["col"][:col]
        for row in range(len(rows) + 1)
        for col in range(len(sides["col"]) + 1)
    ]
    return lambda: model.formatted_read_grouping_sets(domain, sets, measures)


def _form(model, arch, _domain, _groups):
    """A form of something new, as assistants are."""
    spec = specification(model, arch)
    return lambda: model.onchange({}, [], spec)


def _is_date(model, name):
    return isinstance(model._fields[name], (fields.Date, fields.Datetime))


def _sums(model, spec):
    """Return what the client adds up in each group: the numbers that a view has."""
    found = ["__count"]
    for name, about in model.fields_get(list(spec), ["type", "aggregator"]).items():
        if about["type"] in ("integer", "float", "monetary") and about.get(
            "aggregator"
        ):
            found.append(f"{name}:{about['aggregator']}")
    return found


ASKED = {
    "list": _rows,
    "kanban": _rows,
    "pivot": _figures,
    "graph": _figures,
    "form": _form,
}
