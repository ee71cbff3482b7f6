import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useLooking} from "../../common/looking/use_looking";
import {useService} from "@web/core/utils/hooks";

// Milliseconds between two looks.
const PAUSE = 2000;

/**
 * How far the import of a file is: looked up again and again while entries wait.
 */
export class IntakeProgress extends Component {
    static template = "crm_lead_management.IntakeProgress";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        useLooking(
            (isGone) => this.look(isGone),
            () => this.planned
        );
    }

    get percent() {
        return Math.round(this.props.record.data.progress);
    }

    get text() {
        const waiting = this.props.record.data.waiting_count;
        return waiting
            ? _t("%s entries wait", waiting)
            : _t("All entries are processed");
    }

    /** After how many milliseconds to look again: never once the import is through. */
    get planned() {
        return this.props.record.data.state === "running" ? PAUSE : false;
    }

    async look(isGone) {
        const {record} = this.props;
        await this.orm.silent.call(record.resModel, "action_refresh", [[record.resId]]);
        if (isGone()) {
            return false;
        }
        await record.load();
        return this.planned;
    }
}

registry
    .category("view_widgets")
    .add("crm_intake_progress", {component: IntakeProgress});
