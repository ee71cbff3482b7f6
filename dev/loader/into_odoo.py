# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What both data sets need of Odoo: external ids, batches, custom fields, people, states."""

from odoo.tools import SQL, split_every

# The external ids of everything that is loaded: crm_lead_data.x_education_660737. They are
# how a second run knows what is there already.
MODULE = "crm_lead_data"
BATCH = 1000

# Nothing is tracked, nobody is told, nothing is evaluated before the loader says so.
QUIET = {
    "crm_lead_management_skip": True,
    "lang": "en_US",
    "mail_auto_subscribe_no_notify": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "tracking_disable": True,
}


def quiet(env):
    """Return the environment in which nothing is tracked, sent or evaluated."""
    return env(context={**env.context, **QUIET})


# === RECORDS === #


def known(env, model):
    """Return the ids of the records of a model that were loaded before, by key."""
    found = env["ir.model.data"].search_fetch(
        [("module", "=", MODULE), ("model", "=", model)], ["name", "res_id"]
    )
    alive = set(
        env[model]
        .with_context(active_test=False)
        .browse(found.mapped("res_id"))
        .exists()
        .ids
    )
    return {data.name: data.res_id for data in found if data.res_id in alive}


def create(env, model, items):
    """Create the records whose key was never loaded, in one call.

    :param dict items: values by key; the key becomes the external id.
    :return: the ids of all, new and old, by key.
    """
    ids = known(env, model)
    keys = [key for key in items if key not in ids]
    records = env[model].create([items[key] for key in keys])
    env["ir.model.data"]._update_xmlids(
        [
            {"xml_id": f"{MODULE}.{key}", "record": record, "noupdate": True}
            for key, record in zip(keys, records, strict=True)
        ]
    )
    ids.update(zip(keys, records.ids, strict=True))
    return {key: ids[key] for key in items}


def batches(env, model, items, key):
    """Yield the items that were never loaded, as lists of a batch's size."""
    ids = known(env, model)
    yield from split_every(
        BATCH, (item for item in items if item[key] not in ids), list
    )


def by_name(env, model, names):
    """Return the ids of records by their name, whatever its case; make those that lack.

    :param names: the names; None and repetitions are passed over.
    """
    found = {
        r.name.casefold(): r.id
        for r in env[model].with_context(active_test=False).search([])
    }
    lacking = {
        name.casefold(): name for name in names if name and name.casefold() not in found
    }
    records = env[model].create([{"name": name} for name in lacking.values()])
    found.update(zip(lacking, records.ids, strict=True))
    return {name: found[name.casefold()] for name in names if name}


def countries(env):
    """Return the ids of the countries by their English name."""
    return {country.name: country.id for country in env["res.country"].search([])}


def custom_fields(env, model, fields):
    """Create the custom fields that the model lacks, in one go.

    :param dict fields: (type, label) by name, which starts with ``x_``.
    :return: the number of new fields.
    """
    ir_model = env["ir.model"]._get(model)
    lacking = {
        name: how for name, how in fields.items() if name not in env[model]._fields
    }
    taken = {field.string for field in env[model]._fields.values()}
    env["ir.model.fields"].create(
        [
            {
                "model_id": ir_model.id,
                "name": name,
                "ttype": type_,
                # Two fields of one label could not be told apart in the editor of rules.
                "field_description": label + " (custom)" * (label in taken),
                "copied": True,
            }
            for name, (type_, label) in lacking.items()
        ]
    )
    return len(lacking)


# === PEOPLE === #


def users(env, names, group):
    """Create users who can be given leads, but cannot log in, nor get any mail.

    :param dict names: name by key.
    :param str group: external id of the group of sales.
    :return: ids by key.
    """
    ids = create(
        env,
        "res.users",
        {
            key: {
                "name": name,
                # A reserved domain, and no password: nobody receives, nobody logs in.
                "login": f"{key}@example.com",
                "email": f"{key}@example.com",
                "group_ids": [(6, 0, env.ref(group).ids)],
            }
            for key, name in names.items()
        },
    )
    # Only somebody who is a user already can be told inside Odoo instead of by mail.
    told = env["res.users"].browse(ids.values())
    told.filtered(
        lambda user: user.notification_type != "inbox"
    ).notification_type = "inbox"
    return ids


def team(env, key, name, leader, members):
    """Create a sales team with its leader and its members, if it was never loaded.

    :param str key: of its external id.
    :param int leader: user id.
    :param members: user ids.
    :return: the team's id.
    """
    ids = create(
        env,
        "crm.team",
        {
            key: {
                "name": name,
                "user_id": leader,
                "use_leads": True,
                "use_opportunities": True,
                # The default of 30 in 30 days is no measure for years that come in a minute.
                "crm_team_member_ids": [
                    (0, 0, {"user_id": user, "assignment_max": 10_000})
                    for user in members
                ],
            }
        },
    )
    return ids[key]


# === STATES === #


def stage(env, role, fallback):
    """Return the stage that plays a role, or where the roles are not set, ``fallback``'s."""
    found = env["crm.stage"].search([("lead_role", "=", role)], limit=1)
    return found or env["crm.stage"].search(fallback, limit=1)


def close(env, won, lost):
    """Bring leads into the state that history gave them, as superuser and unasked.

    :param won: crm.lead records that were won.
    :param dict lost: crm.lead records by lost reason id (or False).
    """
    if won:
        won.write({"stage_id": stage(env, "customer", [("is_won", "=", True)]).id})
    for reason, leads in lost.items():
        leads.action_set_lost(lost_reason_id=reason)


def set_dates(env, rows):
    """Give leads the dates that they had, which the ORM would replace by now.

    :param rows: list of (lead, opened on, closed on); dates, or None where unknown.
    """
    rows = [row for row in rows if row[1]]
    if not rows:
        return
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            UPDATE crm_lead
               SET create_date = past.opened,
                   date_open = CASE WHEN date_open IS NULL THEN NULL ELSE past.opened END,
                   date_conversion = past.opened,
                   date_last_stage_update = COALESCE(past.closed, past.opened),
                   date_closed = past.closed
              FROM (VALUES %s) AS past(id, opened, closed)
             WHERE crm_lead.id = past.id
            """,
            SQL(", ").join(
                SQL("(%s, %s::timestamp, %s::timestamp)", lead.id, opened, closed)
                for lead, opened, closed in rows
            ),
        )
    )
    names = [
        "create_date",
        "date_open",
        "date_conversion",
        "date_last_stage_update",
        "date_closed",
    ]
    leads = env["crm.lead"].browse(lead.id for lead, _opened, _closed in rows)
    leads.invalidate_recordset(names, flush=False)
    # How many days a lead took follows from its dates.
    env.add_to_compute(leads._fields["day_open"], leads)
    env.add_to_compute(leads._fields["day_close"], leads)


# === THE PRODUCT === #


def personas(env, items):
    """Create personas with their criteria.

    :param dict items: (name, [(criterion, domain, weight)]) by key.
    """
    create(
        env,
        "crm.persona",
        {
            key: {
                "name": name,
                "criterion_ids": [
                    (0, 0, {"name": label, "domain": repr(domain), "weight": weight})
                    for label, domain, weight in criteria
                ],
            }
            for key, (name, criteria) in items.items()
        },
    )


def segments(env, items):
    """Create market segments that are kept by rule.

    :param dict items: (name, domain) by key.
    """
    create(
        env,
        "crm.segment",
        {
            key: {"name": name, "domain": repr(domain)}
            for key, (name, domain) in items.items()
        },
    )


def evaluate_and_route(leads, clock):
    """Let the product's own engines decide: persona, qualification, grade, owner."""
    with clock("evaluate"):
        leads._lead_evaluate(None)
    with clock("route"):
        ownerless = leads.filtered(lambda lead: not lead.user_id)
        if ownerless:
            leads.env["crm.routing.engine"]._route(ownerless)
