import {Component, useEffect, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useLeadLater} from "../../common/lead_later/use_lead_later";

// From so many days without anything on, the silence is shown.
const SILENCE = 7;

const ICONS = {
    call: "fa-phone",
    email: "fa-envelope-o",
    sms: "fa-comment-o",
    whatsapp: "fa-whatsapp",
    meeting: "fa-calendar",
    note: "fa-sticky-note-o",
    document: "fa-paperclip",
    web: "fa-globe",
    stage: "fa-flag-o",
    grade: "fa-signal",
    owner: "fa-user-o",
    qualification: "fa-check-square-o",
    step: "fa-forward",
    track: "fa-road",
};

/**
 * What happened with a lead, newest first: by whom, when, and where nothing happened.
 *
 * The first page comes with what else follows the form; those before it, and those of some
 * kinds only, are read from the server when they are asked for. A click opens the record behind
 * a row.
 */
export class LeadStory extends Component {
    static template = "crm_lead_management.LeadStory";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        // The first page, of all kinds; anew when the lead is read anew: what was done in
        // the form is in the story.
        this.first = useLeadLater("lead_story").state;
        // In `pages` what was read besides: by kind, or of what happened before.
        this.state = useState({pages: null, chosen: [], isAsking: false});
        this.asked = 0;
        useEffect(
            () => {
                this.asked++;
                this.state.pages = null;
                this.state.isAsking = false;
                if (this.first.value && this.state.chosen.length) {
                    this.load();
                }
            },
            () => [this.first.value]
        );
    }

    /** What is shown: the rows, where the next page begins, and the kinds that there are. */
    get page() {
        const page = this.state.pages || this.first.value;
        return page || {rows: [], next: false, kinds: []};
    }

    get busy() {
        return this.state.isAsking || !this.first.value;
    }

    async load(before = false) {
        const asked = ++this.asked;
        const shown = before ? this.page.rows : [];
        this.state.isAsking = true;
        try {
            const page = await this.orm.call(
                "crm.lead",
                "get_story",
                [[this.props.record.resId]],
                {
                    kinds: this.state.chosen.length ? [...this.state.chosen] : null,
                    before: before || null,
                }
            );
            if (asked === this.asked) {
                this.state.pages = {...page, rows: [...shown, ...page.rows]};
            }
        } finally {
            // Unless somebody has asked for something else in between.
            if (asked === this.asked) {
                this.state.isAsking = false;
            }
        }
    }

    toggle(kind) {
        const {chosen} = this.state;
        this.state.chosen = chosen.includes(kind)
            ? chosen.filter((one) => one !== kind)
            : [...chosen, kind];
        this.load();
    }

    icon(row) {
        return ICONS[row.kind] || "fa-circle-o";
    }

    label(row) {
        const found = this.page.kinds.find(([kind]) => kind === row.kind);
        return found ? found[1] : "";
    }

    when(row) {
        return toLocaleDateTimeString(deserializeDateTime(row.date));
    }

    /** The days of silence before a row, in words; none where something happened. */
    silence(index) {
        const {rows} = this.page;
        if (index + 1 >= rows.length || this.state.chosen.length) {
            return "";
        }
        const newer = deserializeDateTime(rows[index].date);
        const older = deserializeDateTime(rows[index + 1].date);
        const days = Math.floor(newer.diff(older, "days").days);
        return days >= SILENCE ? _t("%s days of silence", days) : "";
    }

    /** Chatter and tracked changes stand beside the form: there is nothing to open. */
    canOpen(row) {
        return !["mail.message", "mail.tracking.value"].includes(row.model);
    }

    open(row) {
        if (row.model === "ir.attachment") {
            window.open(`/web/content/${row.res_id}?download=false`);
            return;
        }
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.model,
            res_id: row.res_id,
            views: [[false, "form"]],
            target: row.model === "sale.order" ? "current" : "new",
            context: {create: false, edit: false},
        });
    }
}

registry.category("view_widgets").add("lead_story", {component: LeadStory});
