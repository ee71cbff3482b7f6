import {
    formatFloat,
    formatInteger,
    formatPercentage,
} from "@web/views/fields/formatters";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, toLocaleDateString} from "@web/core/l10n/dates";
import {formatCurrency} from "@web/core/currency";

const NOTHING = "–";
const HOUR = 60;
const DAY = 24 * HOUR;

function decimal(value) {
    return formatFloat(value, {digits: [16, 1]});
}

function duration(minutes) {
    if (minutes < HOUR) {
        return _t("%s min", Math.round(minutes));
    }
    return minutes < 2 * DAY
        ? _t("%s h", decimal(minutes / HOUR))
        : _t("%s days", decimal(minutes / DAY));
}

/** A value within words of another direction: it stays in one piece. */
export function isolated(text) {
    return `\u2068${text}\u2069`;
}

/** A value in the reader's format: only the format is his, the value is the company's. */
export function formatValue(value, unit, currencyId) {
    if (value === null || value === undefined) {
        return NOTHING;
    }
    switch (unit) {
        case "share":
            return formatPercentage(value, {digits: [16, 0]});
        case "money":
            return formatCurrency(Math.round(value), currencyId, {digits: [16, 0]});
        case "minutes":
            return duration(value);
        case "days":
            return _t("%s days", decimal(value));
        case "ratio":
            return formatFloat(value, {digits: [16, 2]});
        case "each":
            return decimal(value);
        default:
            return formatInteger(value);
    }
}

/** A period in words: its day, its first and last day, its month or its quarter. */
export function formatPeriod({kind, first, last}) {
    const begin = deserializeDate(first);
    if (kind === "day") {
        return toLocaleDateString(begin);
    }
    if (kind === "week") {
        return `${toLocaleDateString(begin)} – ${toLocaleDateString(deserializeDate(last))}`;
    }
    return kind === "month"
        ? begin.toFormat("LLLL yyyy")
        : _t("Quarter %(quarter)s of %(year)s", {
              quarter: begin.quarter,
              year: begin.year,
          });
}
