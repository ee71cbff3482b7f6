import {InsightPage} from "./insight_page";
import {isolated} from "./format";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/**
 * The figures of all components for a day, week, month or quarter of the company.
 *
 * A click on a number opens exactly what it counts.
 */
export class InsightBoard extends InsightPage {
    static template = "crm_lead_management.InsightBoard";
    static model = "crm.insight";
    static method = "get_board";
    static kind = "week";

    /** What the numbers are of. The bars beside them take as long, and follow. */
    get options() {
        return {...this.whose, series: false};
    }

    get whose() {
        return {...super.options, user_id: this.state.userId || null};
    }

    async load(changes = {}) {
        const asked = this.asked + 1;
        await super.load(changes);
        if (asked === this.asked) {
            this.loadBars(asked); // Not waited for.
        }
    }

    async loadBars(asked) {
        const series = await this.orm.call("crm.insight", "get_series", [], this.whose);
        if (asked !== this.asked) {
            return;
        }
        for (const figure of this.state.page.blocks.flatMap((block) => block.figures)) {
            const values = series[figure.code] || [];
            figure.series = [...values.slice(0, -1), figure.value];
        }
    }

    value(figure) {
        return this.format(figure.value, figure.unit);
    }

    /** What the period before said; nothing where there is nothing to compare. */
    before(figure) {
        if (figure.previous === null || figure.error) {
            return "";
        }
        return _t("before: %s", isolated(this.format(figure.previous, figure.unit)));
    }

    /** What the figure should be, and whether it is; nothing where nobody said. */
    target(figure) {
        return figure.target === null
            ? ""
            : _t("target: %s", isolated(this.format(figure.target, figure.unit)));
    }

    isMet(figure) {
        const {value, target, better} = figure;
        return (
            value !== null && (better === "down" ? value <= target : value >= target)
        );
    }

    /** Better or worse than the period before, where it is over and can be judged. */
    trend(figure) {
        const {value, previous, better} = figure;
        const silent = value === null || previous === null || value === previous;
        if (silent || !better || this.state.page.is_current) {
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

    canOpen(figure) {
        return Boolean(figure.domain) && figure.num > 0;
    }

    open(figure) {
        this.openList(figure.label, figure.model, figure.domain);
    }
}

registry.category("actions").add("crm_lead_insight", InsightBoard);
