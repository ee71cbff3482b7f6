# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a client may do beyond what Odoo's access lists say: one table, one place.

What a form shows as read-only, anybody can send by RPC, JSON-2 or an import all the same. So:

* a field of ours on a lead that says ``readonly=True`` is written by engines only, that is by
  the superuser or under the mark ENGINE (:func:`refuse_engine_fields`);
* what a button hides from a group its method asks about (:func:`demand`);
* the one context key that counts from outside counts for those who may (:func:`skips`);
* the number of a record that a method takes is one, and no text or list (:func:`given_id`);
* a row that belongs to a lead is for who sees the lead (:class:`LeadField`, and its rules);
* a window belongs to who opened it: record rules, ``[("create_uid", "=", user.id)]``.

``tests/test_rights.py`` walks all models, fields, methods and keys in the roles of others.
"""

from functools import partial

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.i18n import format_list

from .context import ENGINE, SKIP

SELLER = "sales_team.group_sale_salesman"
ALL_LEADS = "sales_team.group_sale_salesman_all_leads"
MANAGER = "sales_team.group_sale_manager"

# The highest number of a record that the database can hold.
MOST_ID = 2**31 - 1

# The group that may do what, where the access to the record alone does not say it.
MAY = {
    "skip": MANAGER,  # create and write leads that nothing is found out about
    "route": ALL_LEADS,  # have the rules choose another owner
    "forge": None,  # write what engines find out: nobody but they
}


class LeadField(fields.Many2one):
    """The lead that a row belongs to: every row has one.

    Who may see such a row is asked of its lead ("mine, or nobody's"). Odoo asks with a LEFT
    JOIN, as the lead could be missing, and so has the database look at all rows and all leads.
    As every row has its lead, the same is asked here so that it may begin at the leads of who
    asks, by the index of their owners; and what holds for all leads is not asked.
    """

    # What a row says itself of its lead, in fields of the same names.
    said = ()

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if operator == "any!" and field_expr == self.name and isinstance(value, Domain):
            leads = model.env[self.comodel_name]
            only_id = leads.env["res.company"]._crm_only_company_id()
            value = value.map_conditions(partial(_of_several, only_id))
            if value.is_true():
                return SQL("TRUE")
            if self._is_said(value):
                return value.optimize_full(model)._to_sql(model, alias, query)
            value = leads._search(value, active_test=False, bypass_access=True)
        return super().condition_to_sql(
            field_expr, operator, value, model, alias, query
        )

    def _is_said(self, domain):
        """Tell whether a row says itself all that a domain asks of its lead."""
        # What is SQL already is of leads.
        is_sql = any(isinstance(part, Domain) for part in domain)
        names = {one.field_expr for one in domain.iter_conditions()}
        return not is_sql and names <= set(self.said)


def _of_several(only_id, condition):
    """Return a condition on leads; TRUE where all the leads of the only company fulfil it."""
    if only_id and condition.field_expr == "company_id" and condition.operator == "in":
        return condition if {only_id, False} - set(condition.value) else Domain.TRUE
    return condition


def may(env, what):
    """Tell whether the user may do something of the table MAY."""
    return env.su or bool(MAY[what] and env.user.has_group(MAY[what]))


def demand(env, what):
    """Refuse what the user may not do.

    :raise AccessError: naming the group that may.
    """
    if may(env, what):
        return
    group = env.ref(MAY[what]).sudo()  # sudo: the name of a group is no secret
    raise AccessError(
        env._(
            "Only users of the group %(group)s may do this.", group=group.display_name
        )
    )


def given_id(env, value):
    """Return the number of a record that a client sends, or None where it sends none.

    :raise UserError: where it is something else: a text, a list, a number too large.
    """
    if value in (None, False, ""):
        return None
    if type(value) is int and 0 < value <= MOST_ID:
        return value
    raise UserError(env._("%s is no number of a record.", repr(value)[:80]))


def is_engine(env):
    """Tell whether the code of an engine is at work, and no client."""
    return env.su or bool(ENGINE.of(env))


def skips(env):
    """Tell whether leads are to be saved without anything being found out about them."""
    return bool(env.context.get(SKIP)) and (bool(ENGINE.of(env)) or may(env, "skip"))


def engine_fields(model):
    """Return the names of the fields of ours on leads that only engines write."""
    return frozenset(
        name
        for name, field in model._fields.items()
        if getattr(field, "lead_kind", None) and field.readonly
    )


def refuse_engine_fields(records, vals, names):
    """Refuse values that only engines write, where they differ from what is there.

    An export that comes back with its other columns changed is no attempt at anything: what
    is the same is taken out of ``vals``.

    :param records: what is about to be written; an empty recordset for a new record.
    :param dict vals: as given to create() or write().
    :param names: the fields that only engines write.
    :raise AccessError: naming the fields.
    """
    given = names & vals.keys()
    if not given or is_engine(records.env):
        return
    refused = [
        name for name in sorted(given) if not _is_same(records, name, vals[name])
    ]
    if refused:
        labels = [
            records._fields[name]._description_string(records.env) for name in refused
        ]
        raise AccessError(
            records.env._(
                "%(fields)s: this is found out by the system, and is not written by hand.",
                fields=format_list(records.env, labels),
            )
        )
    for name in given:
        del vals[name]


def without_given(model, vals_list, names):
    """Refuse values that a client may not give to new leads, and forget such defaults.

    :param model: crm.lead.
    :param vals_list: as given to create(); changed, see :func:`refuse_engine_fields`.
    :param names: the fields that only engines write.
    :raise AccessError: naming the fields.
    :return: the model, without those defaults in its context.
    """
    for vals in vals_list:
        refuse_engine_fields(model.browse(), vals, names)
    if is_engine(model.env):
        return model
    context = model.env.context
    forged = {key for key in context if key.removeprefix("default_") in names}
    if not forged:
        return model
    # A column of a board says such a default: the lead begins there without it.
    context = {key: value for key, value in context.items() if key not in forged}
    return model.with_env(model.env(context=context))


def _is_same(records, name, value):
    """Tell whether a value is the one that all the records have, or none for a new one."""
    field = records._fields[name]
    if not records:
        return not value
    if field.type in ("one2many", "many2many"):
        return not value
    try:
        cached = field.convert_to_cache(value, records[:1])
    except (TypeError, ValueError):
        return False
    return all(
        field.convert_to_cache(record[name], record) == cached for record in records
    )
