import {Component, useState, xml} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useLooking} from "../../common/looking/use_looking";
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
        useLooking(
            (isGone) => this.look(isGone),
            () => PAUSE
        );
    }

    get text() {
        return _t("%s still to do in this pass", this.state.todo);
    }

    async look(isGone) {
        const {resModel} = this.props.record;
        const {todo} = await this.orm.silent.call(resModel, "get_progress", []);
        if (isGone()) {
            return false;
        }
        this.state.todo = todo;
        if (!todo) {
            await this.action.doAction("soft_reload");
        }
        return todo ? PAUSE : false;
    }
}

registry
    .category("view_widgets")
    .add("lead_grading_progress", {component: GradingProgress});
