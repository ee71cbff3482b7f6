import {Component, onWillStart, useRef, useState} from "@odoo/owl";
import {standardErrorDialogProps} from "@web/core/errors/error_dialogs";
import {Dialog} from "@web/core/dialog/dialog";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {choicesOf, inputTypeOf} from "../../qualifier/checklist/checklist";

/**
 * Says what leads lack for the stage that somebody moved them to, and leads on: to the lead,
 * where it can be filled in, or to the reason with which a manager moves it nevertheless.
 * Open questions of the checklist are asked right here; after an answer it can be tried again.
 */
export class StageGateDialog extends Component {
    static template = "crm_lead_management.StageGateDialog";
    static components = {Dialog};
    static props = {...standardErrorDialogProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.questions = useRef("questions");
        this.state = useState({rows: [], answered: 0, busy: false});
        const {arguments: args, context} = this.props.data;
        this.message = args[0];
        this.leadIds = context.lead_ids || [];
        this.stageId = context.stage_id;
        this.mayOverride = context.may_override;
        onWillStart(async () => {
            if (context.asks) {
                const [lead] = await this.orm.read("crm.lead", this.leadIds, [
                    "qualifier_checklist",
                ]);
                this.show(lead.qualifier_checklist);
            }
        });
    }

    show(checklist) {
        this.state.rows = checklist.rows.filter(
            (row) => row.mark === "open" && row.kind !== "fact"
        );
    }

    choices(row) {
        return choicesOf(row);
    }

    inputType(row) {
        return inputTypeOf(row);
    }

    async answer(row, value) {
        if (this.state.busy || value === "") {
            return;
        }
        this.state.busy = true;
        try {
            this.show(
                await this.orm.call("crm.lead", "action_answer_qualifier", [
                    this.leadIds,
                    row.id,
                    value,
                ])
            );
            this.state.answered++;
        } finally {
            this.state.busy = false;
        }
    }

    /** Try the move again, now that there are answers. */
    async move() {
        this.props.close();
        await this.orm.write("crm.lead", this.leadIds, {stage_id: this.stageId});
        await this.action.doAction("soft_reload");
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
        if (this.state.rows.length) {
            // The page on which the open questions are.
            document
                .querySelector(".o_form_view .o_notebook .nav-link[name=qualification]")
                ?.click();
        }
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
