import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatPeriod, formatValue} from "./format";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useSetupAction} from "@web/search/action_hook";
import {useService} from "@web/core/utils/hooks";

const KINDS = {
    day: _t("Day"),
    week: _t("Week"),
    month: _t("Month"),
    quarter: _t("Quarter"),
};

/**
 * The figures of all components for a day, week, month or quarter of the company.
 *
 * Everything is read in one call; a click on a number opens exactly what it counts.
 */
export class InsightBoard extends Component {
    static template = "crm_lead_management.InsightBoard";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.kinds = KINDS;
        const kept = this.props.state || {};
        this.state = useState({
            kind: kept.kind || "week",
            day: kept.day || false,
            teamId: kept.teamId || false,
            userId: kept.userId || false,
            board: null,
            busy: true,
        });
        this.asked = 0;
        // Who comes back from a list finds the period that he left.
        useSetupAction({
            getLocalState: () => {
                const {kind, day, teamId, userId} = this.state;
                return {kind, day, teamId, userId};
            },
        });
        onWillStart(() => this.load());
    }

    async load(changes = {}) {
        Object.assign(this.state, changes, {busy: true});
        const asked = ++this.asked;
        const board = await this.orm.call("crm.insight", "get_board", [], {
            kind: this.state.kind,
            day: this.state.day || null,
            team_id: this.state.teamId || null,
            user_id: this.state.userId || null,
        });
        if (asked === this.asked) {
            this.state.board = board;
            this.state.busy = false;
        }
    }

    get period() {
        return formatPeriod(this.state.board);
    }

    value(figure) {
        return formatValue(figure.value, figure.unit, this.state.board.currency_id);
    }

    count(number) {
        return formatValue(number, "count");
    }

    /** What the period before said; nothing where there is nothing to compare. */
    before(figure) {
        if (figure.previous === null || figure.error) {
            return "";
        }
        return _t(
            "before: %s",
            formatValue(figure.previous, figure.unit, this.state.board.currency_id)
        );
    }

    /** Better or worse than the period before, where it is over and can be judged. */
    trend(figure) {
        const {value, previous, better} = figure;
        const silent = value === null || previous === null || value === previous;
        if (silent || !better || this.state.board.is_current) {
            return "";
        }
        return value > previous === (better === "up")
            ? "o_lead_insight_better"
            : "o_lead_insight_worse";
    }

    arrow(figure) {
        if (!this.trend(figure)) {
            return "";
        }
        return figure.value > figure.previous ? "fa-arrow-up" : "fa-arrow-down";
    }

    bars(figure) {
        const most = Math.max(...figure.series.map((one) => one || 0), 0);
        return figure.series.map((value) => ({
            gap: value === null,
            height: most ? Math.max(2, Math.round((100 * (value || 0)) / most)) : 2,
            title: formatValue(value, figure.unit, this.state.board.currency_id),
        }));
    }

    /** The last periods in words, for whoever does not see the bars. */
    story(figure) {
        const values = this.bars(figure).map((bar) => bar.title);
        return _t("The last periods, the earliest first: %s", values.join(", "));
    }

    canOpen(figure) {
        return Boolean(figure.domain) && figure.num > 0;
    }

    open(figure) {
        this.openList(figure.label, figure.model, figure.domain);
    }

    openList(name, model, domain) {
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

registry.category("actions").add("crm_lead_insight", InsightBoard);
