import {Component, onPatched, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useLeadLater} from "../../common/lead_later/use_lead_later";
import {fieldControls, focusLeadField} from "../../persona/focus_field";

const MARKS = {
    pass: {icon: "fa-check-circle", color: "text-success", text: _t("Passed")},
    fail: {icon: "fa-times-circle", color: "text-danger", text: _t("Failed")},
    open: {icon: "fa-circle-o", color: "text-muted", text: _t("Not asked yet")},
};

const IMPORTANCES = {
    required: _t("Required"),
    nice_to_have: _t("Nice to have"),
    knock_out: _t("Knock-out"),
};

/** The buttons of a question that is answered with one click. */
export function choicesOf(row) {
    if (row.kind === "yes_no") {
        return [
            {value: "yes", text: _t("Yes")},
            {value: "no", text: _t("No")},
        ];
    }
    return row.options.map((option) => ({value: option.id, text: option.name}));
}

/** The type of the input of a question that is answered in figures or words. */
export function inputTypeOf(row) {
    return {number: "number", date: "date"}[row.kind] || "text";
}

/**
 * Put the focus on the next open question after one that was answered by keyboard; on the
 * answered one where nothing is open any more. Who uses a mouse is left alone.
 */
export function focusNextQuestion(root, answered) {
    const rows = [...root.querySelectorAll(".o_lead_checklist_row")];
    const place = rows.findIndex((row) => row.dataset.qualifier === String(answered));
    const after = [...rows.slice(place + 1), ...rows.slice(0, place)];
    for (const row of [
        ...after.filter((one) => one.dataset.mark === "open"),
        rows[place],
    ]) {
        const control = row?.querySelector("button:not([disabled]), input");
        if (control) {
            control.focus();
            return;
        }
    }
}

/**
 * The qualifiers of a lead as a list to go through during a call.
 *
 * An answer is sent to the server at once, and evaluated there. What else the user has typed
 * into the form stays as it is: the form is reloaded only when nothing waits to be saved.
 */
export class QualifierChecklist extends Component {
    static template = "crm_lead_management.QualifierChecklist";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({busy: false});
        const {orm} = this.env.services;
        this.later = useLeadLater("qualifier_checklist", (id) =>
            orm.call("crm.lead", "get_qualifier_checklist", [id ? [id] : []])
        );
        this.answered = false;
        onPatched(() => {
            // The buttons were disabled while the answer was on its way: the focus is gone.
            if (this.answered && !this.state.busy) {
                const answered = this.answered;
                this.answered = false;
                if (document.activeElement === document.body) {
                    focusNextQuestion(this.root.el, answered);
                }
            }
        });
    }

    get list() {
        return this.later.state.value;
    }

    get rows() {
        return this.list.rows;
    }

    get progress() {
        return _t("%(passed)s of %(total)s passed", {
            passed: this.rows.filter((row) => row.mark === "pass").length,
            total: this.rows.length,
        });
    }

    /** How the lead stands as a whole, also while the form waits to be saved. */
    get gate() {
        const open = {...MARKS.open, text: _t("Questions open")};
        return {passed: MARKS.pass, failed: MARKS.fail, open}[this.list.state];
    }

    mark(row) {
        return MARKS[row.mark];
    }

    importance(row) {
        return IMPORTANCES[row.importance];
    }

    /** The buttons of a question that is answered with one click. */
    choices(row) {
        return choicesOf(row);
    }

    inputType(row) {
        return inputTypeOf(row);
    }

    isChosen(row, choice) {
        return Boolean(row.answer) && row.answer.value === choice.value;
    }

    answeredBy(row) {
        return _t("%(user)s, %(date)s", {
            user: row.answer.user,
            date: toLocaleDateTimeString(deserializeDateTime(row.answer.on)),
        });
    }

    onInput(row, event) {
        const text = event.target.value;
        const before = row.answer ? String(row.answer.value) : "";
        if (text !== before) {
            this.answer(row, text);
        }
    }

    /** Put the cursor into the field that a fact is about. */
    async fillIn(row) {
        const form = this.root.el.closest(".o_form_view");
        if (!(await focusLeadField(form, fieldControls(row.field)))) {
            this.notification.add(_t("This form does not show that field."), {
                type: "info",
            });
        }
    }

    async answer(row, value) {
        const record = this.props.record;
        if (this.state.busy || (record.isNew && !(await record.save()))) {
            return;
        }
        this.state.busy = true;
        try {
            const list = await this.orm.call("crm.lead", "action_answer_qualifier", [
                [record.resId],
                row.id,
                value,
            ]);
            if (await record.isDirty()) {
                this.later.put(list);
            } else {
                await record.load();
            }
        } finally {
            this.answered = row.id;
            this.state.busy = false;
        }
    }
}

registry.category("view_widgets").add("lead_qualifier_checklist", {
    component: QualifierChecklist,
});
