import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

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
 * The page is read from the server piece by piece; a click opens the record behind a row.
 */
export class LeadStory extends Component {
    static template = "crm_lead_management.LeadStory";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({
            rows: [],
            next: false,
            kinds: [],
            chosen: [],
            busy: true,
        });
        this.asked = 0;
        useRecordObserver((record) => {
            // A saved record is read anew: what was done in the form is in the story.
            if (record.resId && record.data) {
                this.load();
            }
        });
    }

    async load(before = false) {
        const asked = ++this.asked;
        this.state.busy = true;
        const {resId} = this.props.record;
        const page = resId
            ? await this.orm.call("crm.lead", "get_story", [[resId]], {
                  kinds: this.state.chosen.length ? [...this.state.chosen] : null,
                  before: before || null,
              })
            : {rows: [], next: false, kinds: []};
        if (asked !== this.asked) {
            return; // Somebody has asked for something else in between.
        }
        this.state.rows = before ? [...this.state.rows, ...page.rows] : page.rows;
        this.state.next = page.next;
        this.state.kinds = page.kinds;
        this.state.busy = false;
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
        const found = this.state.kinds.find(([kind]) => kind === row.kind);
        return found ? found[1] : "";
    }

    when(row) {
        return toLocaleDateTimeString(deserializeDateTime(row.date));
    }

    /** The days of silence before a row, in words; none where something happened. */
    silence(index) {
        const {rows, chosen} = this.state;
        if (index + 1 >= rows.length || chosen.length) {
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
