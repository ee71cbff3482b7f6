import {Component, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {openLeadPage} from "./open_page";
import {useLeadProfile} from "../../persona/profile/use_lead_profile";

/**
 * What one wants to know of a lead at a glance; each fact is the way to its reason.
 *
 * All of it is in the form already: the checklist and the decision of routing. Only what to
 * ask next follows.
 */
export class LeadFacts extends Component {
    static template = "crm_lead_management.LeadFacts";
    static props = {...standardWidgetProps};

    setup() {
        this.root = useRef("root");
        this.profile = useLeadProfile();
    }

    get facts() {
        const {data, resId} = this.props.record;
        if (!resId) {
            return [];
        }
        return [
            this.checklist(data),
            this.persona(data),
            this.known(data),
            this.last(data),
            this.owner(data),
        ].filter(Boolean);
    }

    checklist({qualifier_checklist: list}) {
        const states = {
            passed: {text: _t("Passed"), color: "text-success"},
            failed: {text: _t("Failed"), color: "text-danger"},
            open: {text: _t("Questions open"), color: "text-info"},
        };
        const rows = list?.rows || [];
        if (!rows.length) {
            return null;
        }
        const passed = rows.filter((row) => row.mark === "pass").length;
        return {
            key: "checklist",
            name: _t("Checklist"),
            text: _t("%(passed)s of %(total)s", {passed, total: rows.length}),
            note: states[list.state]?.text,
            color: states[list.state]?.color,
            page: "qualification",
        };
    }

    persona({persona_id: persona, persona_match: match}) {
        if (!persona) {
            return null;
        }
        return {
            key: "persona",
            name: _t("Persona"),
            text: persona.display_name,
            note: _t("%s % match", Math.round(match)),
            page: "profile",
        };
    }

    known({info_completeness: share}) {
        const next = this.profile.profile?.next;
        return {
            key: "known",
            name: _t("Known"),
            text: _t("%s %", Math.round(share)),
            note: next ? _t("ask: %s", next.name) : "",
            page: next && next.kind === "question" ? "qualification" : "profile",
        };
    }

    last({lead_headline: head}) {
        const last = head?.last;
        return {
            key: "last",
            name: _t("Last contact"),
            text: last ? deserializeDateTime(last.on).toRelative() : _t("none yet"),
            note: last
                ? [last.kind, last.text || last.direction].filter(Boolean).join(": ")
                : "",
            page: "story",
        };
    }

    owner({user_id: user, routing_reason: reason}) {
        if (!user) {
            return {
                key: "owner",
                name: _t("Owner"),
                text: _t("nobody yet"),
                page: "routing",
                warn: true,
            };
        }
        return {
            key: "owner",
            name: _t("Owner"),
            text: user.display_name,
            note: reason ? _t("why?") : "",
            title: reason || "",
            page: "routing",
        };
    }

    open(fact) {
        openLeadPage(this.root.el, fact.page);
    }
}

export const leadFacts = {
    component: LeadFacts,
    fieldDependencies: [
        {name: "qualifier_checklist", type: "json"},
        {name: "user_id", type: "many2one", relation: "res.users"},
        {name: "persona_id", type: "many2one", relation: "crm.persona"},
        {name: "persona_match", type: "float"},
        {name: "info_completeness", type: "float"},
        {name: "lead_headline", type: "json"},
        {name: "routing_reason", type: "char"},
    ],
};

registry.category("view_widgets").add("lead_facts", leadFacts);
