import {Component, markup} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const STATES = {
    done: {icon: "fa-check-circle", color: "text-success", text: _t("Done")},
    todo: {icon: "fa-circle-o", color: "text-warning-emphasis", text: _t("To do")},
    option: {icon: "fa-circle-o", color: "text-muted", text: _t("Optional")},
    broken: {icon: "fa-times-circle", color: "text-danger", text: _t("Broken")},
    waits: {icon: "fa-clock-o", color: "text-warning-emphasis", text: _t("Waits")},
};

/**
 * What is set up and what is not, in groups of rows; each row opens the screen that it is about.
 */
export class LeadChecks extends Component {
    static template = "crm_lead_management.LeadChecks";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get groups() {
        return this.props.record.data[this.props.name] || [];
    }

    state(row) {
        return STATES[row.state];
    }

    async open(row) {
        const action = await this.orm.call("crm.lead.management.health", "open_check", [
            row.key,
        ]);
        if (action.help) {
            // What Odoo does with the actions that its own buttons return.
            action.help = markup(action.help);
        }
        await this.action.doAction(action);
    }
}

registry.category("fields").add("lead_checks", {
    component: LeadChecks,
    displayName: _t("What is set up"),
    supportedTypes: ["json"],
});
