# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
"""How a record is called in a set-up file, and which one is meant in this database.

Never by its number: the number of another database is another record here. By its external
id where an addon shipped it, else by the field that its model is known by.
"""

from odoo import models
from odoo.fields import Domain

# By what Odoo's own records are known, where it is not their name.
KNOWN_BY = {
    "res.users": ("login",),
    "res.country": ("code",),
    "res.lang": ("code",),
    "crm.team.member": ("user_id", "crm_team_id"),
}
# External ids that an import or an export made up: they mean nothing elsewhere.
MADE_UP = ("__",)
MOST_NAME = 500


class Missing(Exception):
    """What a file names is not here. The text says so to the person who reads it."""


class Names:
    """Calls records by their names, and finds them again, as the user who is asking."""

    def __init__(self, env, company):
        self.said = env  # in the language of who reads it
        # Names are those of the source language.
        self.env = env(context={**env.context, "lang": None, "active_test": False})
        self.company = company
        # What came of the file so far: by its key there, and by its name. It is archived.
        self.made = {}

    # === OUT === #

    def of(self, record):
        """Return how a record is called in a file.

        :rtype: dict
        """
        called = {"name": self._called(record)}
        kind = getattr(record, "_carried_kind", None)
        if kind and record[kind]:
            called["kind"] = record[kind]
        # sudo: the external id of a record that is read anyway.
        xmlid = record.sudo().get_external_id().get(record.id)
        if xmlid and not xmlid.startswith(MADE_UP):
            called["xmlid"] = xmlid
        return called

    def _called(self, record):
        """Return the name of a record: a text, or a list of them where it takes several."""
        names = []
        for field in known_by(record):
            value = record[field]
            names.append(
                self._called(value) if isinstance(value, models.BaseModel) else value
            )
        names = [name for name in names if name] or [record.display_name]
        return names[0] if len(names) == 1 else names

    # === IN === #

    def remember(self, record, key):
        """Have a record of the file found by those that come after it."""
        self.made[record._name, str(key)] = record
        name = self._called(record.with_env(self.env))
        self.made.setdefault((record._name, "called", str(name)), record)

    def find(self, model, called):
        """Return the record of this database that a file means.

        :param str model: its model, which the field says and not the file.
        :param dict called: see :meth:`of`; or ``{"key": ...}`` for a record of the file.
        :raise Missing: where there is none, or more than one.
        """
        if not isinstance(called, dict):
            raise self._odd()
        if "key" in called:
            found = self.made.get((model, str(called["key"])))
            if found:
                return found
        found = self.made.get((model, "called", str(called.get("name"))))
        if found:
            return found
        Model = self.env[model]
        kind = getattr(Model, "_carried_kind", None)
        if kind and isinstance(called.get("kind"), str):
            # Of what plays this role the first; its name is this company's.
            return self._first(Model, kind, called)
        xmlid = called.get("xmlid")
        if isinstance(xmlid, str) and xmlid.count(".") == 1:
            # sudo: external ids are the system's; what is found is read as the user.
            data = self.env["ir.model.data"].sudo()
            found_model, res_id = data._xmlid_to_res_model_res_id(xmlid)
            record = Model.browse(res_id if found_model == model else ())
            if record.exists() and record.has_access("read"):
                return record
        return self._by_name(Model, called.get("name"))

    def _odd(self):
        return Missing(self.said._("A record is named in a way that is not understood"))

    def _first(self, Model, kind, called):
        found = Model.search([(kind, "=", called["kind"])])
        # Several may play it: that of the same name, else the first.
        same = found.filtered(lambda one: one.display_name == called.get("name"))
        if not found:
            raise self._not_here(Model, called.get("name"))
        return (same or found)[0]

    def _not_here(self, Model, name):
        kind = self.said["ir.model"]._get(Model._name).name
        text = self.said._(
            '%(kind)s "%(name)s" is not here', kind=kind, name=shown(name)
        )
        return Missing(text)

    def _by_name(self, Model, name):
        domain = self._domain(Model, name)
        found = Model.with_context(active_test=True).search(domain, limit=5)
        if len(found) > 1 and "company_id" in Model._fields:
            found = found.filtered(lambda one: one.company_id == self.company) or found
        if len(found) == 1:
            return found
        if not found:
            raise self._not_here(Model, name)
        kind = self.said["ir.model"]._get(Model._name).name
        raise Missing(
            self.said._(
                '%(kind)s: several are called "%(name)s" here',
                kind=kind,
                name=shown(name),
            )
        )

    def _domain(self, Model, name):
        """Return the domain of the records that are called so."""
        names = name if isinstance(name, list) else [name]
        fields = known_by(Model)
        domain = Domain.TRUE
        if len(names) != len(fields):
            # Known by the first of them that it has.
            fields = [field for field in fields if Model._fields[field].type == "char"]
            fields = fields[-1:] or [Model._rec_name or "name"]
            names = names[-1:]
        for field, value in zip(fields, names, strict=True):
            domain &= self._condition(Model, field, value)
        if "company_id" in Model._fields and Model._name != "res.users":
            domain &= Domain("company_id", "in", [False, self.company.id])
        return domain

    def _condition(self, Model, name, value):
        field = Model._fields[name]
        if field.relational:
            return Domain(name, "=", self.find(field.comodel_name, {"name": value}).id)
        if not isinstance(value, str) or len(value) > MOST_NAME:
            raise self._odd()
        return Domain(name, "=", value)


def known_by(Model):
    """Return the names of the fields by which a record of a model is known."""
    own = getattr(Model, "_carried_by", None) or KNOWN_BY.get(Model._name)
    return own or (Model._rec_name or "id",)


def shown(name):
    """Return a name for a person to read."""
    text = ", ".join(map(shown, name)) if isinstance(name, list) else str(name)
    return "".join(sign for sign in text[:80] if sign.isprintable())
