# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is kept of a person beside the lead: found by the privacy look-up, gone with it.

Odoo's look-up (the app Privacy, which we do not depend on) finds records with an e-mail
address or a contact; rows that belong to a lead have neither.
"""

from odoo import tools
from odoo.tools import SQL

LOOKUP = "privacy.lookup.wizard"
# What says who a person is: emptied, it is emptied in the history of the record, too. What is
# replaced stays there: somebody has corrected it.
PERSONAL = {
    "crm.lead": {
        "email_from": ("email_from", "email_normalized"),
        "phone": ("phone", "phone_sanitized"),
        "contact_name": ("contact_name",),
    },
    "res.partner": {
        "email": ("email", "email_normalized"),
        "phone": ("phone", "phone_sanitized"),
    },
}
# What stands there instead.
GONE = "..."
# What may stand in a text about a person.
TEXTS = ("summary", "note", "reason", "lesson")
MODULE = "crm_lead_management"


def extend_lookup(env):
    """Have Odoo's privacy look-up find what belongs to leads of a person."""
    if LOOKUP not in env:
        return
    lookup = env.registry[LOOKUP]
    found = lookup._get_query
    if getattr(found, "of_leads", False):
        return

    def _get_query(wizard):
        rows = query(wizard.env, wizard.email, wizard.name)
        return SQL("%s %s", found(wizard), rows)

    _get_query.of_leads = True
    lookup._get_query = _get_query


def query(env, email, name):
    """Return what is to be added to the look-up's statement: rows of leads of a person.

    :param str email: the address that is looked for.
    :param str name: the name.
    :rtype: SQL
    """
    address, name = tools.email_normalize(email.strip()), name.strip()
    leads = SQL(
        "SELECT id FROM crm_lead WHERE email_normalized = %s OR email_from ILIKE %s"
        " OR contact_name ILIKE %s",
        address,
        f"%{email.strip()}%",
        name,
    )
    parts = []
    for model in models_of_leads(env):
        fields = model._fields
        texts = [text for text in TEXTS if text in fields and fields[text].store]
        parts.append(
            SQL(
                "UNION ALL SELECT %s AS res_model_id, id AS res_id, TRUE AS is_active"
                " FROM %s WHERE lead_id IN (%s) %s",
                env["ir.model"]._get_id(model._name),
                SQL.identifier(model._table),
                leads,
                SQL(" ").join(
                    SQL(
                        "OR %s ILIKE %s",
                        SQL.identifier(text),
                        f"%{address or email}%",
                    )
                    for text in texts
                ),
            )
        )
    parts.append(_tracked(env, f"%{address or email}%"))
    return SQL(" ").join(parts)


def _tracked(env, pattern):
    """Return the messages that show what a field held before: it outlives the address.

    :rtype: SQL
    """
    return SQL(
        """
        UNION ALL
        SELECT %s AS res_model_id, message.id AS res_id, TRUE AS is_active
          FROM mail_message message
         WHERE message.model IN ('crm.lead', 'res.partner')
           AND EXISTS (
               SELECT 1 FROM mail_tracking_value tracked
                WHERE tracked.mail_message_id = message.id
                  AND (tracked.old_value_char ILIKE %s OR tracked.new_value_char ILIKE %s))
        """,
        env["ir.model"]._get_id("mail.message"),
        pattern,
        pattern,
    )


def models_of_leads(env):
    """Yield the models of the addon whose rows belong to a lead."""
    for name in env:
        model = env[name]
        if (
            model._original_module == MODULE
            and model._auto
            and not model._abstract
            and not model._transient
            and "lead_id" in model._fields
            and model._fields["lead_id"].store
        ):
            yield model


def erase_titles(leads):
    """Take the titles of deleted leads out of the decisions about others."""
    names = [name for name in leads.mapped("name") if name]
    logs = leads.env["crm.lead.routing.log"]
    logs.flush_model(["facts"])
    leads.env.execute_query(
        SQL(
            """
            UPDATE crm_lead_routing_log
               SET facts = jsonb_set(facts, '{account}', '"..."')
             WHERE facts->>'how' IN ('domain', 'phone')
               AND facts->>'account' = ANY(%s)
         RETURNING id
            """,
            names,
        )
    )
    logs.invalidate_model(["facts"], flush=False)


def forget_addresses(leads, vals):
    """Take addresses and numbers that leads lose out of what was noted about them.

    Whoever empties or replaces them has the lead forget a person, or corrects a mistake:
    neither needs the old one any more.

    :param leads: about to be written.
    :param dict vals: the values.
    """
    lost = set()
    if "email_from" in vals:
        new = tools.email_normalize(vals["email_from"] or "")
        for lead in leads:
            if lead.email_normalized != new:
                names = ("email_from", "email_normalized", "email_domain_criterion")
                lost.update(lead[name] for name in names)
    if "phone" in vals:
        for lead in leads:
            if lead.phone != vals["phone"]:
                lost.update((lead.phone, lead.phone_sanitized))
    lost = list(lost - {False, None, ""})
    if not lost:
        return
    env = leads.env
    touchpoints, logs = env["crm.touchpoint"], env["crm.lead.routing.log"]
    touchpoints.flush_model(["summary", "kind"])
    logs.flush_model(["facts"])
    env.cr.execute(
        SQL(
            "UPDATE crm_touchpoint SET summary = NULL WHERE lead_id = ANY(%s)"
            " AND kind IN ('bounce', 'unsubscribe') AND summary = ANY(%s)",
            leads.ids,
            lost,
        )
    )
    env.cr.execute(
        SQL(
            "UPDATE crm_lead_routing_log"
            " SET facts = jsonb_set(facts, '{account}', '\"...\"')"
            " WHERE lead_id = ANY(%s) AND facts->>'account' = ANY(%s)",
            leads.ids,
            lost,
        )
    )
    touchpoints.invalidate_model(["summary"], flush=False)
    logs.invalidate_model(["facts"], flush=False)


def forget_tracked(records, vals):
    """Take what records lose of a person out of the history of their fields.

    Who changed what and when stays; also of the change that is about to be made.

    :param records: leads or contacts that are about to be written.
    :param dict vals: the values.
    """
    personal = PERSONAL[records._name]
    emptied = [name for name in personal if name in vals and not vals[name]]
    lost = {
        record[name]
        for field in emptied
        for name in personal[field]
        for record in records
    } - {False, ""}
    if not lost:
        return
    args = records.env, records._name, records.ids, list(lost)
    _erase_tracked(*args)
    queue = records.env.cr.precommit
    # Odoo notes the change itself before the commit: what comes after it is put off twice.
    queue.add(lambda: queue.add(lambda: _erase_tracked(*args)))


def _erase_tracked(env, model, ids, lost):
    values = env["mail.tracking.value"]
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            UPDATE mail_tracking_value AS tracked
               SET old_value_char = CASE WHEN old_value_char = ANY(%(lost)s)
                                         THEN %(gone)s ELSE old_value_char END,
                   new_value_char = CASE WHEN new_value_char = ANY(%(lost)s)
                                         THEN %(gone)s ELSE new_value_char END
              FROM mail_message AS message
             WHERE message.id = tracked.mail_message_id
               AND message.model = %(model)s AND message.res_id = ANY(%(ids)s)
               AND (old_value_char = ANY(%(lost)s) OR new_value_char = ANY(%(lost)s))
            """,
            lost=lost,
            gone=GONE,
            model=model,
            ids=ids,
        )
    )
    values.invalidate_model(["old_value_char", "new_value_char"], flush=False)
