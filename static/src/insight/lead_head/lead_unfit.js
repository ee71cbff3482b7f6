import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {pressLeadButton} from "./open_page";
import {useLeadLater} from "../../common/lead_later/use_lead_later";

/** Why a lead that failed the qualification should be set aside, and the button for it. */
export class LeadUnfit extends Component {
    static template = "crm_lead_management.LeadUnfit";
    static props = {...standardWidgetProps};

    setup() {
        this.more = useLeadLater("lead_glance").state;
    }

    get reason() {
        return this.more.value?.unfit || "";
    }

    get canSetAside() {
        return this.props.record.data.can_unqualify;
    }

    setAside() {
        return pressLeadButton(this.env, this.props.record, "action_ask_unqualified");
    }
}

registry.category("view_widgets").add("lead_unfit", {
    component: LeadUnfit,
    fieldDependencies: [{name: "can_unqualify", type: "boolean"}],
});
