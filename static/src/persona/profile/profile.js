import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {fieldControls, focusLeadField} from "../focus_field";
import {useLeadLater} from "../../common/lead_later/use_lead_later";

// How many missing facts are shown before the rest is folded.
const NEED_TO_KNOW = 4;

/**
 * What we know about a lead, what is missing, and what to ask next.
 *
 * A click on a missing fact puts the cursor into its field, on whatever page of the form.
 */
export class LeadProfile extends Component {
    static template = "crm_lead_management.LeadProfile";
    static props = {...standardWidgetProps};

    setup() {
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({showAll: false});
        this.known = useLeadLater("lead_profile").state;
    }

    get profile() {
        return this.known.value;
    }

    get isNew() {
        return !this.props.record.resId;
    }

    get facts() {
        return this.profile.missing.filter((question) => question.kind === "fact");
    }

    get shownFacts() {
        return this.state.showAll ? this.facts : this.facts.slice(0, NEED_TO_KNOW);
    }

    get foldedCount() {
        return this.facts.length - this.shownFacts.length;
    }

    get more() {
        return _t("%s more", this.foldedCount);
    }

    matchText(persona) {
        return _t("match %(match)s, needs %(threshold)s", {
            match: this.percent(persona.match),
            threshold: this.percent(persona.threshold),
        });
    }

    percent(value) {
        return Math.round(value);
    }

    async focus(question) {
        const found = await focusLeadField(
            this.root.el.closest(".o_form_view"),
            question.kind === "fact"
                ? fieldControls(question.field)
                : `.o_lead_checklist [data-qualifier="${question.id}"]`
        );
        if (!found) {
            this.notification.add(
                _t("This form does not show the field “%s”.", question.name),
                {
                    type: "info",
                }
            );
        }
    }
}

registry.category("view_widgets").add("lead_profile", {component: LeadProfile});
