import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useLooking} from "../../common/looking/use_looking";
import {useService} from "@web/core/utils/hooks";

// Milliseconds between two looks at the queue; longer each time that nothing moved.
const SHORTEST = 2000;
const LONGEST = 15000;

/**
 * How far the messages to a selection are: looked up again and again while the window is
 * open and some are still in Odoo's queue.
 */
export class MessageProgress extends Component {
    static template = "crm_lead_management.MessageProgress";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.pause = SHORTEST;
        useLooking(
            (isGone) => this.look(isGone),
            () => this.planned
        );
    }

    get data() {
        return this.props.record.data;
    }

    get total() {
        return this.data.queued_count + this.data.sent_count + this.data.failed_count;
    }

    get percent() {
        return Math.round(this.data.progress);
    }

    get text() {
        const {
            queued_count: queued,
            sent_count: sent,
            failed_count: failed,
        } = this.data;
        const words = {total: this.total, sent, failed, queued};
        if (queued) {
            return failed
                ? _t(
                      "%(sent)s of %(total)s sent, %(failed)s failed, %(queued)s waiting in Odoo's queue",
                      words
                  )
                : _t(
                      "%(sent)s of %(total)s sent, %(queued)s waiting in Odoo's queue",
                      words
                  );
        }
        return failed
            ? _t("Done: %(sent)s of %(total)s sent, %(failed)s failed", words)
            : _t("Done: all %(total)s sent", words);
    }

    /** After how many milliseconds to look again: never once nothing waits. */
    get planned() {
        return this.data.queued_count ? this.pause : false;
    }

    async look(isGone) {
        const before = this.data.queued_count;
        const {record} = this.props;
        await this.orm.silent.call(record.resModel, "action_refresh", [[record.resId]]);
        if (isGone()) {
            return false;
        }
        await record.load();
        this.pause =
            before === this.data.queued_count
                ? Math.min(this.pause * 1.5, LONGEST)
                : SHORTEST;
        return this.planned;
    }
}

registry
    .category("view_widgets")
    .add("crm_message_progress", {component: MessageProgress});
