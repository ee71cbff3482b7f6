import {Component, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {openLeadPage, pressLeadButton} from "./open_page";
import {useLeadLater} from "../../common/lead_later/use_lead_later";

// Stands for what is still on its way; the line keeps its height.
const WAITING = "\u2026";

/**
 * What one wants to know of a lead at a glance; each fact is the way to its reason.
 *
 * What is not stored on the lead follows when the form shows: the last contact, how far the
 * checklist is, what to ask next, why the owner is the owner.
 */
export class LeadFacts extends Component {
    static template = "crm_lead_management.LeadFacts";
    static props = {...standardWidgetProps};

    setup() {
        this.root = useRef("root");
        this.more = useLeadLater("lead_glance").state;
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
            this.last(),
            this.owner(data),
            this.audits(),
        ].filter(Boolean);
    }

    get glance() {
        return this.more.value || {};
    }

    checklist({qualification_state: gate}) {
        const states = {
            passed: {text: _t("Passed"), color: "text-success"},
            failed: {text: _t("Failed"), color: "text-danger"},
            open: {text: _t("Questions open"), color: "text-info"},
        };
        const list = this.more.value ? this.glance.checklist : gate && {state: gate};
        if (!list) {
            return null; // No question is asked of this lead.
        }
        return {
            key: "checklist",
            name: _t("Checklist"),
            text: list.total ? _t("%(passed)s of %(total)s", list) : WAITING,
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
        const {next} = this.glance;
        return {
            key: "known",
            name: _t("Known"),
            text: _t("%s %", Math.round(share)),
            note: next ? _t("ask: %s", next.name) : "",
            page: next && next.kind === "question" ? "qualification" : "profile",
        };
    }

    last() {
        const {last} = this.glance;
        const none = this.more.value ? _t("none yet") : WAITING;
        return {
            key: "last",
            name: _t("Last contact"),
            text: last ? deserializeDateTime(last.on).toRelative() : none,
            note: last
                ? [last.kind, last.text || last.direction].filter(Boolean).join(": ")
                : "",
            page: "story",
        };
    }

    owner({user_id: user}) {
        const reason = this.glance.why;
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

    audits() {
        const {audits} = this.glance;
        return audits
            ? {
                  key: "audits",
                  name: _t("Audits"),
                  text: String(audits),
                  method: "action_open_audits",
              }
            : null;
    }

    open(fact) {
        if (fact.method) {
            pressLeadButton(this.env, this.props.record, fact.method);
        } else {
            openLeadPage(this.root.el, fact.page);
        }
    }
}

export const leadFacts = {
    component: LeadFacts,
    fieldDependencies: [
        {name: "qualification_state", type: "selection"},
        {name: "user_id", type: "many2one", relation: "res.users"},
        {name: "persona_id", type: "many2one", relation: "crm.persona"},
        {name: "persona_match", type: "float"},
        {name: "info_completeness", type: "float"},
    ],
};

registry.category("view_widgets").add("lead_facts", leadFacts);
