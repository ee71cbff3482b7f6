import {Component, onMounted, onWillUnmount, useState, xml} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

// Milliseconds between two looks.
const PAUSE = 3000;

/**
 * How many leads the running pass still has to grade: looked up again and again until it is
 * through; then the assistant is shown anew.
 */
export class GradingProgress extends Component {
    static template = xml`<p class="mb-1" role="status" t-out="text"/>`;
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({todo: this.props.record.data.todo_count});
        onMounted(() => this.plan());
        onWillUnmount(() => {
            this.gone = true;
            browser.clearTimeout(this.timeout);
        });
    }

    get text() {
        return _t("%s still to do in this pass", this.state.todo);
    }

    plan() {
        if (!this.gone) {
            this.timeout = browser.setTimeout(() => this.look(), PAUSE);
        }
    }

    async look() {
        const {resModel} = this.props.record;
        const {todo} = await this.orm.silent.call(resModel, "get_progress", []);
        if (this.gone) {
            return;
        }
        this.state.todo = todo;
        if (todo) {
            this.plan();
        } else {
            await this.action.doAction("soft_reload");
        }
    }
}

registry
    .category("view_widgets")
    .add("lead_grading_progress", {component: GradingProgress});
