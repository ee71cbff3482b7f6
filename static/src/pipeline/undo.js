import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/**
 * Say what was done with a click, with a button that takes it back for as long as it is seen.
 *
 * Params: ``message``, ``model``, ``method`` and ``ids`` of what takes it back, ``next``: the
 * action to go on with, closing the window where there is none.
 */
async function tellWithUndo(env, action) {
    const {message, model, method, ids, next} = action.params;
    const close = env.services.notification.add(message, {
        type: "success",
        buttons: [
            {
                name: _t("Undo"),
                primary: true,
                onClick: async () => {
                    close();
                    await env.services.orm.call(model, method, [ids]);
                    await env.services.action.doAction("soft_reload");
                },
            },
        ],
    });
    return next || {type: "ir.actions.act_window_close"};
}

registry.category("actions").add("crm_lead_management.undo", tellWithUndo);
