import {Component, onMounted, onWillUnmount} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
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
        onMounted(() => this.plan());
        onWillUnmount(() => {
            this.gone = true;
            browser.clearTimeout(this.timeout);
        });
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

    plan() {
        const {data} = this.props.record;
        if (!this.gone && data.state === "running") {
            this.timeout = browser.setTimeout(() => this.look(), PAUSE);
        }
    }

    async look() {
        const {record} = this.props;
        await this.orm.silent.call(record.resModel, "action_refresh", [[record.resId]]);
        if (!this.gone) {
            await record.load();
            this.plan();
        }
    }
}

registry
    .category("view_widgets")
    .add("crm_intake_progress", {component: IntakeProgress});
