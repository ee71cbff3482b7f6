/* global Chart */
import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";

import {loadBundle} from "@web/core/assets";
import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const percent = (share) => `${Math.round(100 * share)} %`;

/**
 * The Pareto curve of an evaluation: which share of the wins the best share of the leads
 * holds, for the scorecard, the live one and Odoo's probability, and what was possible.
 */
export class ScorecardCurve extends Component {
    static template = "crm_lead_management.ScorecardCurve";
    static props = {...standardFieldProps};

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.record.data[this.props.name]]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get curves() {
        return this.props.record.data[this.props.name] || {};
    }

    get description() {
        const best = (this.curves.scorecard || []).find(([share]) => share >= 0.2);
        return best
            ? _t(
                  "The best 20 % of the leads hold %(held)s of the wins; %(most)s were possible.",
                  {
                      held: percent(best[1]),
                      most: percent(best[2]),
                  }
              )
            : "";
    }

    draw() {
        this.chart?.destroy();
        const {scorecard, odoo, live} = this.curves;
        if (!this.canvas.el || !scorecard) {
            return;
        }
        const scheme = cookie.get("color_scheme");
        const line = (label, rows, place, color, options = {}) => ({
            label,
            data: rows.map((row) => ({x: row[0], y: row[place]})),
            borderColor: color,
            backgroundColor: color,
            pointRadius: 0,
            pointHitRadius: 8,
            borderWidth: 2,
            ...options,
        });
        const datasets = [
            line(_t("This scorecard"), scorecard, 1, getColor(0, scheme, "odoo"), {
                borderWidth: 3,
            }),
            line(_t("Possible"), scorecard, 2, getColor(3, scheme, "odoo"), {
                borderDash: [4, 4],
            }),
            line(_t("By chance"), scorecard, 0, getColor(5, scheme, "odoo"), {
                borderDash: [1, 3],
            }),
        ];
        if (odoo?.length) {
            datasets.push(
                line(_t("Odoo's probability"), odoo, 1, getColor(1, scheme, "odoo"))
            );
        }
        if (live?.length) {
            datasets.push(
                line(_t("Live scorecard"), live, 1, getColor(2, scheme, "odoo"))
            );
        }
        const axis = (text) => ({
            type: "linear",
            min: 0,
            max: 1,
            title: {display: true, text},
            ticks: {callback: percent},
        });
        this.chart = new Chart(this.canvas.el, {
            type: "line",
            data: {datasets},
            options: {
                animation: false,
                maintainAspectRatio: false,
                scales: {
                    x: axis(_t("Share of leads, best first")),
                    y: axis(_t("Share of wins")),
                },
                plugins: {
                    tooltip: {
                        callbacks: {
                            title: ([item]) => percent(item.parsed.x),
                            label: ({dataset, parsed}) =>
                                `${dataset.label}: ${percent(parsed.y)}`,
                        },
                    },
                },
            },
        });
    }
}

registry.category("fields").add("scorecard_curve", {
    component: ScorecardCurve,
    displayName: _t("Pareto Curve"),
    supportedTypes: ["jsonb"],
});
