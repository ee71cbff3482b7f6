# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Fill what the set-up remembers, and leave demands of before as they were.

    Demands that were there hold for their own stage only, as they did; what it is
    restricted to is written down, so that it is known once it is archived or deleted.
    """
    if not version:
        return
    cr.execute("UPDATE crm_stage_gate SET is_strict = FALSE")
    # Until now the action of a rule had the rights of whoever wrote the rule last.
    cr.execute(
        "UPDATE crm_routing_rule SET server_action_uid = write_uid"
        " WHERE server_action_id IS NOT NULL"
    )
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    mixin = env.registry["crm.restriction.mixin"]
    for name, model in env.registry.items():
        if issubclass(model, mixin) and not model._abstract:
            env[name]._rule_remember()
