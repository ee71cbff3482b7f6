import {Component, onWillStart, toRaw, useState} from "@odoo/owl";
import {parseXML} from "@web/core/utils/xml";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Record} from "@web/model/record";
import {
    extractFieldsFromArchInfo,
    useRecordObserver,
} from "@web/model/relational_model/utils";
import {FormArchParser} from "@web/views/form/form_arch_parser";
import {FormRenderer} from "@web/views/form/form_renderer";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/**
 * A part of a form that is a view of its own, read when it shows: what stands on a page that
 * is closed costs nothing before somebody opens it.
 *
 * `<widget name="lead_pane" view="module.id_of_a_form_view" />`: nothing in that view is
 * edited. Its buttons are those of the form around it, which is read anew after each.
 */
export class LeadPane extends Component {
    static template = "crm_lead_management.LeadPane";
    static components = {Record, FormRenderer};
    static props = {...standardWidgetProps, view: {type: String}};

    setup() {
        this.views = useService("view");
        this.state = useState({version: 0});
        onWillStart(() => this.load());
        let shown = null;
        useRecordObserver((record) => {
            const key = toRaw(record.data);
            if (shown && key !== shown) {
                this.state.version++; // The lead was read anew: so is this.
            }
            shown = key;
        });
    }

    async load() {
        const {resModel, context} = this.props.record;
        const found = await this.views.loadViews({
            resModel,
            views: [[false, "form"]],
            context: {...context, form_view_ref: this.props.view},
        });
        this.archInfo = new FormArchParser().parse(
            parseXML(found.views.form.arch),
            found.relatedModels,
            resModel
        );
        const read = extractFieldsFromArchInfo(this.archInfo, found.fields);
        this.fields = read.fields;
        this.activeFields = read.activeFields;
    }
}

export const leadPane = {
    component: LeadPane,
    extractProps: ({attrs}) => ({view: attrs.view}),
};

registry.category("view_widgets").add("lead_pane", leadPane);
