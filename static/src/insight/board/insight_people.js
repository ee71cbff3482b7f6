import {InsightPage} from "./insight_page";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Five figures for each person, beside those of all together; by name, never by rank. */
export class InsightPeople extends InsightPage {
    static template = "crm_lead_management.InsightPeople";
    static model = "crm.insight.people";
    static method = "get_people";

    /** All together first, then everybody by name. */
    get rows() {
        const {average, rows} = this.state.page;
        return [{...average, name: _t("All together"), isAverage: true}, ...rows];
    }

    /** The cells of a person: what is behind each, its words, and how many rows it opens. */
    cells(row) {
        const cell = (label, what, number, text, words = "") => ({
            label,
            what,
            text,
            words,
            canOpen: Boolean(what && number && !row.isAverage),
        });
        const share = (value) => this.format(value, "share");
        return [
            cell(
                _t("Leads and customers"),
                "leads",
                row.leads,
                row.headline,
                row.words
            ),
            cell(
                _t("Brought in"),
                "generated",
                row.generated,
                this.count(row.generated)
            ),
            cell(
                _t("To opportunity"),
                "reached",
                row.reached,
                share(row.reached_rate),
                row.reached_words
            ),
            cell(
                _t("To customer"),
                "customers",
                row.customers,
                share(row.sold_rate),
                row.sold_words
            ),
            cell(
                _t("Average deal"),
                "won",
                row.won,
                this.format(row.deal, "money"),
                _t("%s won", this.count(row.won))
            ),
            cell(
                _t("Days to customer"),
                "won",
                row.won,
                this.format(row.days, "days"),
                row.won
                    ? _t("four of five: %s", this.format(row.slow_days, "days"))
                    : ""
            ),
            cell(
                _t("Steps in time"),
                "steps",
                row.due,
                share(row.on_time),
                _t("%(done)s of %(due)s", {
                    done: this.count(row.in_time),
                    due: this.count(row.due),
                })
            ),
            cell(
                _t("Neglected"),
                "neglected",
                row.neglected,
                this.count(row.neglected)
            ),
            cell(
                _t("Money at risk"),
                "at_risk",
                row.risky,
                this.format(row.risk, "money"),
                _t("%s leads", this.count(row.risky))
            ),
        ];
    }

    async open(row, cell) {
        const {model, domain} = await this.orm.call(
            "crm.insight.people",
            "get_list",
            [cell.what, row.user_id],
            this.options
        );
        this.openList(`${row.name}, ${cell.label}`, model, domain);
    }
}

registry.category("actions").add("crm_lead_insight_people", InsightPeople);
