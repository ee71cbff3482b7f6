import {Component} from "@odoo/owl";
import {standardErrorDialogProps} from "@web/core/errors/error_dialogs";
import {Dialog} from "@web/core/dialog/dialog";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/**
 * Says what leads lack for the stage that somebody moved them to, and leads on: to the lead,
 * where it can be filled in, or to the reason with which a manager moves it nevertheless.
 */
export class StageGateDialog extends Component {
    static template = "crm_lead_management.StageGateDialog";
    static components = {Dialog};
    static props = {...standardErrorDialogProps};

    setup() {
        this.action = useService("action");
        const {arguments: args, context} = this.props.data;
        this.message = args[0];
        this.leadIds = context.lead_ids || [];
        this.stageId = context.stage_id;
        this.mayOverride = context.may_override;
    }

    /** Whether the lead can be opened: one lead, whose form is not what the user looks at. */
    get canOpenLead() {
        const controller = this.action.currentController;
        return this.leadIds.length === 1 && controller?.view?.type !== "form";
    }

    async openLead() {
        this.props.close();
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.lead",
            res_id: this.leadIds[0],
            views: [[false, "form"]],
        });
    }

    async override() {
        this.props.close();
        await this.action.doAction("crm_lead_management.crm_stage_override_action", {
            additionalContext: {
                active_model: "crm.lead",
                active_ids: this.leadIds,
                active_id: this.leadIds[0],
                default_stage_id: this.stageId,
            },
            onClose: () => this.action.doAction("soft_reload"),
        });
    }
}

registry
    .category("error_dialogs")
    .add("odoo.addons.crm_lead_management.exceptions.StageGateError", StageGateDialog);
