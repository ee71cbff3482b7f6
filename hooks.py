# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re

MODULE = "crm_lead_management"


def uninstall_hook(env):
    """Remove what Odoo does not know to be ours, so that nothing is left behind."""
    env["ir.config_parameter"].search([("key", "=like", f"{MODULE}.%")]).unlink()
    env.cr.execute("DROP SEQUENCE IF EXISTS crm_intake_turn")
    env.cr.execute(
        "DROP INDEX IF EXISTS res_partner__crm_email_idx, res_partner__crm_phone_idx"
    )
    _keep_lost_reasons(env)
    _archive_filters(env)
    _cancel_waiting(env)
    # Odoo forgets the foreign keys that a module puts on tables of other modules: it drops
    # the columns, and keeps the notes about their constraints.
    env["ir.model.constraint"].search(
        [("module.name", "=", MODULE), ("type", "=", "f")]
    ).unlink()
    # And the external ids of what our models inherited: those are filed with mail and others.
    for model in _own_models(env):
        pattern = "%__" + model.model.replace(".", "_") + "__%"
        env["ir.model.data"].search(
            [
                ("module", "!=", MODULE),
                ("name", "=like", pattern.replace("_", r"\_")),
                ("model", "in", ["ir.model.inherit", "ir.model.fields.selection"]),
            ]
        ).unlink()


def _cancel_waiting(env):
    """Cancel messages of selections that wait: Odoo alone would post them to followers."""
    env["mail.scheduled.message"].search(
        [("crm_message_channel", "!=", False)]
    ).unlink()


def _own_models(env):
    """Return the models that no other module defines or extends, as ir.model records."""
    names = env["ir.model.data"].search([("model", "=", "ir.model")])
    ours = names.filtered(lambda name: name.module == MODULE)
    others = names - ours
    return env["ir.model"].browse(
        set(ours.mapped("res_id")) - set(others.mapped("res_id"))
    )


def _keep_lost_reasons(env):
    """Leave the company the lost reasons of ours that its leads give."""
    leads = env["crm.lead"].with_context(active_test=False)
    used = leads.search([("lost_reason_id", "!=", False)]).lost_reason_id
    env["ir.model.data"].search(
        [
            ("module", "=", MODULE),
            ("model", "=", "crm.lost.reason"),
            ("res_id", "in", used.ids),
        ]
    ).unlink()


def _archive_filters(env):
    """Archive the filters that people have saved on fields which go: they would fail.

    They come back by hand, where the addon does.
    """
    ours = env["ir.model.data"].search([("model", "=", "ir.model.fields")])
    others = ours.filtered(lambda name: name.module != MODULE)
    ids = set((ours - others).mapped("res_id")) - set(others.mapped("res_id"))
    names = {}
    for field in env["ir.model.fields"].browse(ids):
        names.setdefault(field.model, set()).add(field.name)
    for saved in env["ir.filters"].search([("model_id", "in", list(names))]):
        words = re.findall(r"\w+", f"{saved.domain} {saved.context} {saved.sort}")
        if not names[saved.model_id].isdisjoint(words):
            saved.active = False
