import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {pressLeadButton} from "./open_page";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Who a lead is, in one line; on the phone also the bar at the bottom, with the four things
 * that one does with a lead in one's hand.
 */
export class LeadHeadline extends Component {
    static template = "crm_lead_management.LeadHeadline";
    static props = {...standardFieldProps};

    get head() {
        return this.props.record.data[this.props.name] || null;
    }

    /** The parts of the line that are known, in the order in which one reads them. */
    get parts() {
        const {role, company, country, time} = this.head;
        const place = time
            ? _t("%(country)s, %(time)s there", {country, time})
            : country;
        return [role, company, place].filter(Boolean);
    }

    get language() {
        const {language, guessed} = this.head;
        if (!language) {
            return "";
        }
        return guessed
            ? _t("Written to in %s (guessed)", language)
            : _t("Written to in %s", language);
    }

    get isOpen() {
        const {data} = this.props.record;
        return data.active !== false;
    }

    get phoneHref() {
        return `tel:${this.head.phone.replace(/\s+/g, "")}`;
    }

    /** Do what a button of the form does, as if it were pressed. */
    press(method, context = {}) {
        return pressLeadButton(this.env, this.props.record, method, context);
    }
}

export const leadHeadline = {
    component: LeadHeadline,
    displayName: _t("Who a lead is"),
    supportedTypes: ["json"],
};

registry.category("fields").add("lead_headline", leadHeadline);
