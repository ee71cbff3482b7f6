# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Records to which leads are linked (a contact, his company, a campaign), and what rules read
of them: where that changes, the leads follow."""

# What leads are linked to by the dozen; rooms that read these hear of them by events.
NOT_LOOKED_AT = ("mail.", "ir.", "bus.", "discuss.")


def neighbours(leads):
    """Return the names of the models whose changes are looked at.

    Those to which a stored field of leads leads, and those one many2one further on: no other
    write in Odoo is even asked.

    :param leads: the crm.lead model.
    :rtype: frozenset[str]
    """
    near = _linked_to(leads, ("many2one", "many2many"))
    further = set().union(
        *(_linked_to(leads.env[name], ("many2one",)) for name in near)
    )
    return frozenset(
        name
        for name in near | further
        if name != leads._name and not name.startswith(NOT_LOOKED_AT)
    )


def _linked_to(model, kinds):
    return {
        field.comodel_name
        for field in model._fields.values()
        if field.store and field.type in kinds and field.comodel_name in model.env
    }


def ways(leads, steps):
    """Return the ways to linked records, by their model and the field that is read there.

    :param leads: the crm.lead model.
    :param steps: as ``tools.domains.steps`` gives them.
    :rtype: dict[str, dict[str, frozenset[str]]]
    """
    found = {}
    for way, name in steps:
        model = _model_at(leads, way)
        if model is not None:
            for field in _read(model, name):
                found.setdefault(model._name, {}).setdefault(field, set()).add(way)
    return {
        model: {field: frozenset(there) for field, there in fields.items()}
        for model, fields in found.items()
    }


def _model_at(leads, way):
    """Return the model to which a way leads; None where a part of it is no link.

    Not by what hangs on a lead itself: that is heard of by events.
    """
    model = leads
    for place, part in enumerate(way.split(".")):
        field = model._fields.get(part)
        if field is None or field.comodel_name not in model.env:
            return None
        if place == 0 and field.type == "one2many":
            return None
        model = model.env[field.comodel_name]
    return model


def _read(model, name):
    """Return the fields that are written where a field is read: of a name, of what is computed."""
    if name == "display_name":
        names = model._rec_names_search or [model._rec_name]
        return {one.partition(".")[0] for one in names if one}
    field = model._fields.get(name)
    if field is None or not field.compute:
        return {name}
    # What Odoo computes is not written: but what it computes it from.
    depends = model.env.registry.field_depends.get(field, ())
    return {name, *(one.partition(".")[0] for one in depends)}


def leads_of(records, names):
    """Return the open leads whose rules read these fields of records, and by which fields.

    :param records: of a model among :func:`neighbours`, just written.
    :param names: of the fields that were written.
    :return: crm.lead records, as superuser, the newest first; names of their fields.
    :rtype: tuple
    """
    # sudo: what follows from the change of a linked record, whoever changed it.
    leads = records.env["crm.lead"].sudo()
    read = leads._lead_ways().get(records._name, {})
    paths = set().union(*(read[name] for name in read.keys() & set(names)))
    if not paths:
        return leads, set()
    domain = ["|"] * (len(paths) - 1) + [(way, "in", records.ids) for way in paths]
    found = leads.search([("won_status", "=", "pending"), *domain], order="id desc")
    return found, {way.partition(".")[0] for way in paths}
