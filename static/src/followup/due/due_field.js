import {DateTimeField, dateTimeField} from "@web/views/fields/datetime/datetime_field";
import {formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";

/**
 * Until when something is to be done. What is due on a day, as Odoo's activities are, is due
 * until its last minute: the day alone says so, and no 11:59 PM.
 */
export class DueField extends DateTimeField {
    static template = "web.DateTimeField";

    getFormattedValue(valueIndex, numeric = this.props.numeric) {
        const value = this.values[valueIndex];
        if (value && value.hour === 23 && value.minute === 59) {
            return formatDate(value, {numeric});
        }
        return super.getFormattedValue(valueIndex, numeric);
    }
}

registry.category("fields").add("lead_due", {
    ...dateTimeField,
    component: DueField,
});
