# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Routing rules as the subject of experiments: each variant has rules of its own."""


def narrow(running, matched, leads, enter):
    """Take the rules of other variants away from leads: each is routed by those of its own.

    Leads that are in no experiment are routed by the rules of the control.

    :param running: crm.experiment records.
    :param dict matched: ids of the rules that match, by lead id; changed.
    :param leads: crm.lead records.
    :param bool enter: the leads are routed, and not only looked at.
    """
    for experiment in running:
        variants = experiment._assign(leads, enter)
        control = experiment.variant_ids.filtered("is_control")
        tested = set(experiment.variant_ids.rule_ids.ids)
        for lead_id in matched:
            own = variants.get(lead_id, control)
            matched[lead_id] = matched[lead_id] - (tested - set(own.rule_ids.ids))


def begin(experiment):
    """Switch the rules of all variants on, to be asked by variant."""
    rules = _variants(experiment).rule_ids
    rules.write({"active": True, "is_tested": True})


def finish(experiment):
    """End the split: the control's rules go on, the others are switched off."""
    variants = _variants(experiment)
    control = variants.filtered("is_control").rule_ids
    rules = variants.rule_ids
    rules.filtered("is_tested").write({"is_tested": False})
    (rules - control).write({"active": False})


def adopt(experiment, variant):
    """Have the rules of a variant count for all leads, and those of the others for none."""
    variants = _variants(experiment)
    own = variants.browse(variant.id).rule_ids
    own.write({"active": True, "is_tested": False})
    (variants.rule_ids - own).write({"active": False, "is_tested": False})


def _variants(experiment):
    """Return the variants with all their rules, the archived ones, too."""
    # sudo: who may start an experiment may not be the author of the rules.
    return experiment.sudo().with_context(active_test=False).variant_ids
