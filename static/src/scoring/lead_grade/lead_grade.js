import {Component, onWillStart, useState} from "@odoo/owl";

import {formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const MARKS = [1, 2, 3, 4, 5];
// So many reasons are shown at first: the biggest ones.
const FIRST_REASONS = 3;
// Of leads only: where another model shows a grade, the option "trend" is false.
const TREND_FIELDS = [
    {name: "grade_trend", type: "selection"},
    {name: "grade_before", type: "integer"},
    {name: "grade_before_until", type: "datetime"},
];

/**
 * Why a lead has its grade: what each rule gave or took, and what is missing to the next one.
 */
export class LeadGradeWhy extends Component {
    static template = "crm_lead_management.LeadGradeWhy";
    static props = {resId: Number, close: {type: Function, optional: true}};

    setup() {
        this.orm = useService("orm");
        this.state = useState({why: null, all: false});
        onWillStart(async () => {
            this.state.why = await this.orm.call("crm.lead", "get_grade_explanation", [
                [this.props.resId],
            ]);
        });
    }

    /**
     * The reasons to show: the biggest ones, or all once somebody asks for them.
     *
     * @returns {Object[]}
     */
    get rows() {
        const {why, all} = this.state;
        return all ? why.rows : why.rows.slice(0, FIRST_REASONS);
    }

    get largest() {
        return Math.max(1, ...this.state.why.rows.map((row) => Math.abs(row.points)));
    }

    width(row) {
        return Math.round((100 * Math.abs(row.points)) / this.largest);
    }

    signed(points) {
        return points > 0 ? `+${points}` : `${points}`;
    }

    get title() {
        const {grade, label, points} = this.state.why;
        return _t("Grade %(grade)s: %(label)s (%(points)s points)", {
            grade,
            label,
            points,
        });
    }

    get more() {
        return _t("All %(count)s reasons", {count: this.state.why.rows.length});
    }

    get next() {
        return _t("%(points)s points to the next grade", {points: this.state.why.next});
    }
}

/**
 * The grade of a lead as five rising marks, with the number beside them, and an arrow where
 * it changed of late. On forms a click tells why.
 */
export class LeadGradeField extends Component {
    static template = "crm_lead_management.LeadGradeField";
    static props = {
        ...standardFieldProps,
        alignTrend: {type: Boolean, optional: true},
        explain: {type: Boolean, optional: true},
        showLabel: {type: Boolean, optional: true},
    };

    setup() {
        this.marks = MARKS;
        this.popover = usePopover(LeadGradeWhy, {position: "bottom", arrow: true});
    }

    get grade() {
        return this.props.record.data[this.props.name] || 0;
    }

    get band() {
        return this.props.record.data.lead_band || "none";
    }

    get bandLabel() {
        const field = this.props.record.fields.lead_band;
        const option = (field?.selection || []).find(([value]) => value === this.band);
        return option ? option[1] : "";
    }

    get description() {
        if (!this.grade) {
            return _t("Not graded yet");
        }
        const args = {grade: this.grade, band: this.bandLabel};
        return args.band
            ? _t("Grade %(grade)s of 5, %(band)s", args)
            : _t("Grade %(grade)s of 5", args);
    }

    /**
     * "up" or "down" where the grade changed in the last 30 days, else false.
     *
     * @returns {string|boolean}
     */
    get trend() {
        return (this.grade && this.props.record.data.grade_trend) || false;
    }

    get trendDescription() {
        const {grade_before: before, grade_before_until: until} =
            this.props.record.data;
        if (!this.trend) {
            return "";
        }
        const args = {before, day: formatDate(until)};
        return this.trend === "up"
            ? _t("Rising: was %(before)s until %(day)s", args)
            : _t("Falling: was %(before)s until %(day)s", args);
    }

    /**
     * All that the marks and the arrow say, for the tooltip and for screen readers.
     *
     * @returns {string}
     */
    get summary() {
        return [this.description, this.trendDescription].filter(Boolean).join(". ");
    }

    onClick(ev) {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(ev.currentTarget, {resId: this.props.record.resId});
        }
    }
}

export const leadGradeField = {
    component: LeadGradeField,
    displayName: _t("Lead Grade"),
    supportedTypes: ["integer"],
    fieldDependencies: ({options}) => [
        {name: "lead_band", type: "selection"},
        ...(options.trend === false ? [] : TREND_FIELDS),
    ],
    isEmpty: () => false,
    listViewWidth: [105, 125],
    extractProps: ({viewType, options}) => ({
        alignTrend: viewType === "list",
        explain: viewType === "form" && options.explain !== false,
        showLabel: viewType === "form",
    }),
};

registry.category("fields").add("lead_grade", leadGradeField);
