import {Component, onMounted, onWillStart, useRef, useState} from "@odoo/owl";
import {formatPeriod, formatValue, isolated} from "./format";
import {_t} from "@web/core/l10n/translation";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

const KINDS = {
    day: _t("Day"),
    week: _t("Week"),
    month: _t("Month"),
    quarter: _t("Quarter"),
};
const PAGES = [
    ["crm_lead_insight", _t("Overview"), "crm_lead_management.crm_insight_action"],
    [
        "crm_lead_insight_people",
        _t("People"),
        "crm_lead_management.crm_insight_people_action",
    ],
    [
        "crm_lead_insight_money",
        _t("Money"),
        "crm_lead_management.crm_insight_money_action",
    ],
];

/**
 * A page of insight: a period of the company, arrows to the one before and after, and what
 * the server says of it in one call. Who comes back from a list finds what he left, and stands
 * where he left it: on the number that he had opened, where the keyboard goes on.
 */
export class InsightPage extends Component {
    static template = ""; // Each page has its own.
    static props = {...standardActionServiceProps};
    // Who is asked, and what he is asked for; the period on which a page begins.
    static model = "";
    static method = "";
    static kind = "month";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.kinds = KINDS;
        this.pages = PAGES;
        const kept = this.props.state || {};
        this.state = useState({
            kind: kept.kind || this.constructor.kind,
            day: kept.day || false,
            teamId: kept.teamId || false,
            userId: kept.userId || false,
            page: null,
            busy: true,
            // The figures of which is told what they mean.
            told: {},
        });
        this.root = useRef("root");
        // What was opened last, by its data-opens.
        this.left = kept.left || false;
        this.asked = 0;
        useSetupAction({
            getLocalState: () => {
                const {kind, day, teamId, userId} = this.state;
                return {kind, day, teamId, userId, left: this.left};
            },
        });
        onWillStart(() => this.load());
        onMounted(() => this.standAgain());
    }

    get options() {
        const {kind, day, teamId} = this.state;
        return {kind, day: day || null, team_id: teamId || null};
    }

    async load(changes = {}) {
        Object.assign(this.state, changes, {busy: true});
        const asked = ++this.asked;
        const {model, method} = this.constructor;
        const page = await this.orm.call(model, method, [], this.options);
        if (asked === this.asked) {
            this.state.page = page;
            this.state.busy = false;
        }
    }

    /** Stand on the number that was opened, after the way back. */
    standAgain() {
        if (this.left) {
            const key = CSS.escape(this.left);
            this.root.el?.querySelector(`[data-opens="${key}"]`)?.focus();
        }
    }

    /** Go to another period: one that has not begun there is none of. */
    turn(day) {
        const {after, is_current: isCurrent, is_future: isFuture} = this.state.page;
        if (day !== after || !(isCurrent || isFuture)) {
            this.load({day});
        }
    }

    /** Tell what a figure means, in words, or be silent again. */
    tell(figure) {
        this.state.told[figure.code] = !this.state.told[figure.code];
    }

    about(figure) {
        return _t("About: %s", figure.label);
    }

    bars(figure) {
        const most = Math.max(...figure.series.map((one) => one || 0), 0);
        return figure.series.map((value) => ({
            gap: value === null,
            height: most ? Math.max(2, Math.round((100 * (value || 0)) / most)) : 2,
            title: this.format(value, figure.unit),
        }));
    }

    /** The last periods in words, for whoever does not see the bars. */
    story(figure) {
        const values = this.bars(figure).map((bar) => isolated(bar.title));
        return _t("The last periods, the earliest first: %s", values.join(", "));
    }

    get tag() {
        return this.props.action.tag;
    }

    get period() {
        return formatPeriod(this.state.page);
    }

    choose(name, event) {
        this.load({[name]: Number(event.target.value) || false});
    }

    openPage(action) {
        this.action.doAction(action, {clearBreadcrumbs: true});
    }

    format(value, unit) {
        return formatValue(value, unit, this.state.page.currency_id);
    }

    count(number) {
        return this.format(number, "count");
    }

    openList(name, model, domain) {
        this.left = document.activeElement?.dataset.opens || false;
        const views = [[false, "list"]];
        if (model === "crm.lead") {
            views.push([false, "form"]);
        }
        this.action.doAction({
            type: "ir.actions.act_window",
            name: `${name}: ${this.period}`,
            res_model: model,
            domain,
            views,
            context: {create: false},
        });
    }

    print() {
        window.print();
    }
}
