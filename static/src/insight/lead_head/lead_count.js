import {Component, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useLeadLater} from "../../common/lead_later/use_lead_later";

/** How many of something a lead has, on the button that opens them; it follows the form. */
export class LeadCount extends Component {
    static template = xml`<t t-out="count"/>`;
    static props = {...standardWidgetProps, of: {type: String}};

    setup() {
        this.more = useLeadLater("lead_glance").state;
    }

    get count() {
        return this.more.value ? String(this.more.value[this.props.of]) : "\u2026";
    }
}

registry.category("view_widgets").add("lead_count", {
    component: LeadCount,
    extractProps: ({attrs}) => ({of: attrs.of}),
});
