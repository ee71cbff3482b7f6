import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";

/**
 * The list of My Day: a heading where the next part of the day begins. The rows come in the
 * order of the parts, so nothing is grouped, and the first page is there at once.
 */
export class DayListRenderer extends ListRenderer {
    static rowsTemplate = "crm_lead_management.DayListRows";

    /**
     * @param {Number} index of a row
     * @returns {String} the heading above the row, or nothing
     */
    headingOf(index) {
        const {orderBy, records, fields} = this.props.list;
        if (orderBy.length) {
            return "";
        }
        const part = records[index].data.bucket;
        if (index && records[index - 1].data.bucket === part) {
            return "";
        }
        const found = fields.bucket.selection.find(([value]) => value === part);
        return found ? found[1] : "";
    }
}

registry.category("views").add("crm_lead_day_list", {
    ...listView,
    Renderer: DayListRenderer,
});
