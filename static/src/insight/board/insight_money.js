import {InsightPage} from "./insight_page";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Where the money comes from, and where it is burnt. */
export class InsightMoney extends InsightPage {
    static template = "crm_lead_management.InsightMoney";
    static model = "crm.insight.money";
    static method = "get_money";
    static kind = "quarter";

    get origins() {
        const {sources, methods} = this.state.page;
        return [
            {key: "sources", label: _t("Source"), rows: sources},
            {key: "methods", label: _t("Method"), rows: methods},
        ];
    }

    get received() {
        return _t("Received");
    }

    /** What a source or a method brought, beside how many leads. */
    get columns() {
        return [
            {key: "qualified", label: _t("Qualified"), unit: "count"},
            {key: "customers", label: _t("Customers so far"), unit: "count"},
            {key: "revenue", label: _t("Revenue"), unit: "money"},
            {key: "days", label: _t("Days"), unit: "days"},
            {key: "cost", label: _t("Cost"), unit: "money"},
            {key: "per_customer", label: _t("Per customer"), unit: "money"},
        ];
    }

    get bests() {
        const {customers, leads, by_orders: byOrders} = this.state.page.pareto;
        return [
            {
                key: "customers",
                label: byOrders
                    ? _t("The best fifth of the customers, by their orders")
                    : _t("The best fifth of the customers"),
                ...customers,
            },
            {key: "leads", label: _t("The best fifth of the won leads"), ...leads},
        ];
    }

    leadsOf(rule) {
        return _t("%s leads now", this.count(rule.leads));
    }

    /** What the best of so many bring, and of how many that is told. */
    ofHowMany(best) {
        const words = _t("%(best)s of %(all)s, in twelve months", {
            best: this.count(best.best),
            all: this.count(best.of),
        });
        return best.judged ? words : _t("%s: too few to judge", words);
    }

    /** What an evaluation says in one line; too little says so. */
    quality(one) {
        if (!one.conclusive) {
            return _t("%s closed leads: too few to judge", this.count(one.leads));
        }
        return _t(
            "%(leads)s closed leads judged: of 100 pairs of a won lead and a lost one the won one has more points in %(pairs)s; 50 would be chance. The best 20 % hold %(held)s of the wins, %(most)s were possible; %(missed)s buyers left in the red.",
            {
                leads: this.count(one.leads),
                pairs: this.count(Math.round(100 * one.auc)),
                held: this.format(one.capture, "share"),
                most: this.format(one.possible, "share"),
                missed: this.count(one.missed),
            }
        );
    }

    openEvaluation(one) {
        this.left = `quality/${one.id}`;
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.scorecard.evaluation",
            res_id: one.id,
            views: [[false, "form"]],
        });
    }

    open(figure) {
        this.openList(figure.label, figure.model, figure.domain);
    }

    /** The bars of the curve: what the best tenth brings, the best two tenths, and so on. */
    curve(best) {
        return best.curve.slice(1).map(([share, brought]) => ({
            height: Math.max(2, Math.round(100 * brought)),
            isFifth: Math.abs(share - 0.2) < 0.001,
            title: _t("The best %(share)s bring %(brought)s", {
                share: this.format(share, "share"),
                brought: this.format(brought, "share"),
            }),
        }));
    }
}

registry.category("actions").add("crm_lead_insight_money", InsightMoney);
